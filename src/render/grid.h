/* SPDX-License-Identifier: GPL-2.0-only */
/* An answer whose columns are chosen by who asks: as a table, JSON or CSV. */
#ifndef SOCKWATCH_RENDER_GRID_H
#define SOCKWATCH_RENDER_GRID_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "core/opts.h"

struct value;

/* Starts as all zero but for the first two. Its columns are as wide as the first rows need. */
struct grid {
	enum output_format format;
	bool no_header;
	struct grid_column *columns; /* owned, as all below */
	size_t n;
	struct buf names;
	struct buf kept; /* text: cells of the first rows, each behind its length */
	size_t n_kept;
	bool flows; /* the columns' widths are settled */
};

/* The first call, once. Appends the header of CSV. 0 or -ENOMEM. */
int grid_begin(struct grid *g, struct buf *b, const char *const *names, size_t n);

/* Appends a row of n cells, or keeps it. JSON leaves out what has no value. */
void grid_row(struct grid *g, struct buf *b, const struct value *cells);

/* Behind the last row: appends what was kept. */
void grid_end(struct grid *g, struct buf *b);

void grid_free(struct grid *g);

#endif
