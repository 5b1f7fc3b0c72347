/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CSV (RFC 4180, lines end in LF) into a buffer. A cell is what is appended up to csv_next(): a
 * number, a time, a word of our own as they are in text, or what is from outside by escape_csv();
 * or nothing. The end of the line takes the place of its last comma.
 */
#ifndef SOCKWATCH_RENDER_CSV_PUT_H
#define SOCKWATCH_RENDER_CSV_PUT_H

#include "base/buf.h"

/* Ends a cell. */
static inline void csv_next(struct buf *b)
{
	buf_putc(b, ',');
}

/* Ends a line, of at least one cell. */
static inline void csv_end(struct buf *b)
{
	if (!buf_failed(b))
		b->data[b->len - 1] = '\n';
}

#endif
