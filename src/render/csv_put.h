/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CSV (RFC 4180, lines end in LF) into a buffer: everything that is CSV is written by these. Each
 * cell ends with a comma; the end of the line takes the place of the last one.
 */
#ifndef SOCKWATCH_RENDER_CSV_PUT_H
#define SOCKWATCH_RENDER_CSV_PUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "render/escape.h"
#include "render/stamp.h"

/* A cell without a value. */
static inline void csv_put_none(struct buf *b)
{
	buf_putc(b, ',');
}

static inline void csv_put_number(struct buf *b, uint64_t number)
{
	buf_put_u64(b, number);
	buf_putc(b, ',');
}

void csv_put_signed(struct buf *b, uint64_t number, bool negative);
void csv_put_real(struct buf *b, double number, int digits);

static inline void csv_put_bool(struct buf *b, bool value)
{
	buf_puts(b, value ? "true," : "false,");
}

/* A word of our own, that needs no quotes. */
static inline void csv_put_word(struct buf *b, const char *text, size_t len)
{
	buf_put(b, text, len);
	buf_putc(b, ',');
}

/* Text from outside. */
static inline void csv_put_text(struct buf *b, const char *text, size_t len)
{
	escape_csv(b, text, len);
	buf_putc(b, ',');
}

/* wall_ns: since 1970, UTC. The cache is for this style only. */
void csv_put_time(struct buf *b, struct stamp_cache *cache, enum stamp_style style,
		  uint64_t wall_ns);

/* Ends a line that has a cell. */
void csv_end(struct buf *b);

#endif
