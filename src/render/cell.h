/* SPDX-License-Identifier: GPL-2.0-only */
/* Columns of a text table: as wide as they are, and a blank; what is longer is not cut. */
#ifndef SOCKWATCH_RENDER_CELL_H
#define SOCKWATCH_RENDER_CELL_H

#include <stddef.h>

struct buf;

/* Ends a column whose text begins at `start` of the buffer: fills its width, and a blank. */
void cell_end(struct buf *b, size_t start, int width);

/* A column with this text. */
void cell_put(struct buf *b, const char *text, int width);

#endif
