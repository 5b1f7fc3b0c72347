/* SPDX-License-Identifier: GPL-2.0-only */
/* The sink for people and pipes: records as text, JSON or CSV into an output. */
#ifndef SOCKWATCH_SINK_PRINT_H
#define SOCKWATCH_SINK_PRINT_H

#include <stdbool.h>

#include "base/screen.h"
#include "core/sink.h"
#include "render/columns.h"
#include "render/render.h"

struct output;
struct print_opts;

struct print {
	struct sink sink;		   /* what others see of it */
	const struct print_opts *opts;	   /* borrowed */
	const struct formatter *formatter; /* static */
	struct output *out; /* borrowed; its err is what the sink's functions return */
	struct render render;
	struct chosen chosen; /* with --fields */
	struct screen screen; /* the terminal, where the header stays */
	int titled_width;     /* address_width when the header was told */
	bool measured;	      /* the terminal, for the header that comes next */
	bool wants_community; /* it is among those columns */
	bool begun;
};

/* Makes a sink that needs no memory of its own; opts and out must outlive it. */
void print_init(struct print *p, const struct print_opts *opts, struct output *out);

/* How times are written, and whether text is coloured: for pages of other things than sockets. */
enum stamp_style print_stamp(const struct print_opts *opts);
bool print_in_color(const struct print_opts *opts, const struct output *out);

#endif
