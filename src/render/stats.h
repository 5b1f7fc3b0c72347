/* SPDX-License-Identifier: GPL-2.0-only */
/* The protocols' counters into a buffer: text as netstat -s prints it, JSON or CSV. */
#ifndef SOCKWATCH_RENDER_STATS_H
#define SOCKWATCH_RENDER_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/counter.h"
#include "render/stamp.h"

struct buf;
struct schema;

/* Of a counter; of what looks wrong by them. */
extern const struct schema counter_schema;
extern const struct schema fault_schema;

/* A formatter's settings and what it remembers from line to line. Starts as all zero. */
struct stats_render {
	enum stamp_style time;
	uint64_t wall_ns; /* of the page that is told */
	bool all;	  /* text: those that are 0, too */
	bool color;
	char section[COUNTER_SECTION_LEN]; /* text: that was begun last */
	uint8_t histogram;		   /* text: COUNTER_IN or COUNTER_OUT, likewise */
	struct stamp_cache stamp;
};

struct stats_formatter {
	/* Appends what stands before all; NULL: nothing. */
	void (*header)(struct stats_render *r, struct buf *b);
	/* Appends what stands before the changes of a page; NULL: nothing. */
	void (*changes)(struct stats_render *r, struct buf *b);
	/* Appends one counter. Text leaves out what is 0, as netstat does. */
	void (*counter)(struct stats_render *r, struct buf *b, const struct counter_record *rec);
	/* Appends what looks wrong, which may be nothing; NULL: not told in this form. */
	void (*faults)(struct stats_render *r, struct buf *b, const struct counter_fault *faults,
		       size_t n);
	/* Appends that nothing changed; NULL: nothing. */
	void (*unchanged)(struct stats_render *r, struct buf *b);
};

extern const struct stats_formatter render_stats_text;
extern const struct stats_formatter render_stats_json;
extern const struct stats_formatter render_stats_csv;

#endif
