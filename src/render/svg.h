/* SPDX-License-Identifier: GPL-2.0-only */
/* Bars of SVG, one below the other: a label before each, and what it means behind it. */
#ifndef SOCKWATCH_RENDER_SVG_H
#define SOCKWATCH_RENDER_SVG_H

#include <stdint.h>

struct buf;

/* Where bars are, in the units of the picture. */
struct svg_bars {
	int left;      /* labels end here */
	int width;     /* of the longest bar */
	int line;      /* from a bar to the next */
	uint64_t most; /* which the longest stands for; not 0 */
};

/* Both texts are escaped already; borrowed. */
struct svg_bar {
	const char *label;
	uint64_t n;
	uint64_t bad;	    /* of them: the bar's end, of the class "bad" */
	const char *behind; /* NULL: the number n */
};

/* Appends it, its text on the line y. */
void svg_put_bar(struct buf *b, const struct svg_bars *bars, const struct svg_bar *bar, int y);

#endif
