/* SPDX-License-Identifier: GPL-2.0-only */
/* A page that takes the place of the one before, at a terminal (ECMA-48). */
#ifndef SOCKWATCH_BASE_FRAME_H
#define SOCKWATCH_BASE_FRAME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/hash.h"

struct buf;

/* Starts as all zero. */
struct frame {
	struct hash lines; /* those of the page before, by what they say */
	bool drawn;
};

struct frame_opts {
	int columns; /* of the terminal: what is longer is cut, with a mark; 0: not known */
	int lines;   /* likewise: more is left out, and told in the last one; at least 2 */
	bool mark;   /* lines that were not on the page before are bold */
};

/*
 * Appends to *out what shows the page, lines that may have colours, in place of what the terminal
 * shows; the first one moves that up and out of sight. The cursor is below the last line then. 0 or
 * -ENOMEM.
 */
int frame_draw(struct frame *f, const char *page, size_t len, const struct frame_opts *opts,
	       struct buf *out);

/* Frees what it owns; it is empty and usable again. */
void frame_free(struct frame *f);

#endif
