/* SPDX-License-Identifier: GPL-2.0-only */
/* Points and spans of time as text. */
#ifndef SOCKWATCH_RENDER_STAMP_H
#define SOCKWATCH_RENDER_STAMP_H

#include <stddef.h>
#include <stdint.h>

struct buf;

enum stamp_style {
	STAMP_CLOCK, /* 23:14:05.123, local time */
	STAMP_ISO,   /* 2026-11-23T23:14:05.123456789Z, RFC 3339, UTC */
	STAMP_EPOCH, /* 1795475645.123456, seconds since 1970 */
	STAMP_DELTA, /* +0.000123, seconds since the line before */
};

/* The second that was formatted last: events come many to a second. Starts as all zero. */
struct stamp_cache {
	int64_t second;
	char text[24];
	size_t len;	  /* of text; 0: none yet */
	uint64_t last_ns; /* of the line before, for STAMP_DELTA; 0: none */
};

/* Appends wall_ns (nanoseconds since 1970, UTC). */
void stamp_put(struct buf *b, struct stamp_cache *cache, enum stamp_style style, uint64_t wall_ns);

/* The number of columns a style takes. */
int stamp_width(enum stamp_style style);

enum local_style {
	LOCAL_MINUTE,	  /* 23:14 */
	LOCAL_CLOCK,	  /* 23:14:05 */
	LOCAL_DAY_MINUTE, /* 11-24 23:14 */
	LOCAL_DATE,	  /* 2026-11-24 */
	LOCAL_DATED,	  /* 2026-11-24 23:14:05 */
	LOCAL_WEEKDAY,	  /* Tue 2026-11-24 */
	LOCAL_ZONE,	  /* CET */
};

/* Appends wall_ns, or part of it, as local time. */
void local_put(struct buf *b, uint64_t wall_ns, enum local_style style);

/* Appends a span for people: 850us, 1.2ms, 12s, 5m12s, 3h07m, 2d05h. */
void span_put(struct buf *b, uint64_t ns);

/* Appends a number of bytes for people: 412, 8.1K, 73M. */
void bytes_put(struct buf *b, uint64_t bytes);

#endif
