/* SPDX-License-Identifier: GPL-2.0-only */
/* Histograms as bars: in text, of blocks or of ASCII, or as one SVG. */
#ifndef SOCKWATCH_RENDER_PLOT_H
#define SOCKWATCH_RENDER_PLOT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/histogram.h"

struct buf;

/* What is drawn; starts as all zero. */
struct plot {
	struct spans durations, connects;
	struct minutes minutes; /* owned: minutes_free() */
	uint64_t connections;
};

struct plot_look {
	int columns; /* of text; 0: not known */
	bool blocks; /* Unicode has them; else ASCII */
	bool color;
};

/* Appends the three, each under its title; of what there was none, that. */
void plot_put_text(const struct plot *p, const struct plot_look *look, struct buf *b);

enum plot_part { PLOT_DURATIONS, PLOT_CONNECTS, PLOT_ENDS, PLOT_PARTS };

#define PLOT_SVG_WIDTH 720

/* Appends one of them as elements of a picture, from the line y on; returns where the next begins.
 */
int plot_put_svg_part(const struct plot *p, enum plot_part part, struct buf *b, int y);

/* Appends a picture, complete with its root element. */
void plot_put_svg(const struct plot *p, struct buf *b);

#endif
