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

/* Appends a picture, complete with its root element. */
void plot_put_svg(const struct plot *p, struct buf *b);

#endif
