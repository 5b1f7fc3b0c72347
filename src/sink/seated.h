/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A sink around that for people, where somebody sits at a terminal: a host with very many sockets
 * has one line in place of their rows, who gets more than people read is told of other words, and
 * what there was is known at the end.
 */
#ifndef SOCKWATCH_SINK_SEATED_H
#define SOCKWATCH_SINK_SEATED_H

#include <stdbool.h>
#include <stdint.h>

#include "core/digest.h"
#include "core/sink.h"

struct output;

#define SEATED_ROWS 1000 /* more of them are one line */

struct seated {
	struct sink sink;   /* what others see of it */
	struct sink *inner; /* borrowed, as the next */
	struct output *out; /* of the inner one */
	/* Said once, when more comes than people read. Static; NULL: nothing. */
	const char *advice;
	bool sums;	 /* very many rows are one line */
	uint64_t coming; /* rows */
	bool holds;	 /* that line is to be told */
	bool advised;
	struct digest digest;
};

/* inner and out must outlive it. Needs no memory of its own; close closes the inner one. */
void seated_init(struct seated *s, struct sink *inner, struct output *out, bool sums,
		 const char *advice);

#endif
