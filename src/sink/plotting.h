/* SPDX-License-Identifier: GPL-2.0-only */
/* A sink that draws connections in the end, instead of telling them one by one. */
#ifndef SOCKWATCH_SINK_PLOTTING_H
#define SOCKWATCH_SINK_PLOTTING_H

#include "core/opts.h"
#include "core/sink.h"
#include "render/plot.h"

struct output;

struct plotting {
	struct sink sink;
	struct plot plot; /* owned: plotting_free() */
};

void plotting_init(struct plotting *p);

/* Appends the plots to the output, as `print` has them. */
void plotting_put(const struct plotting *p, const struct print_opts *print, struct output *out);

void plotting_free(struct plotting *p);

#endif
