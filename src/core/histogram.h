/* SPDX-License-Identifier: GPL-2.0-only */
/* How many of what took how long, and how many came in each minute. Pure. */
#ifndef SOCKWATCH_CORE_HISTOGRAM_H
#define SOCKWATCH_CORE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#define SPANS 40 /* 1us, 2us, 5us, 10us, ...: the last has all that is longer */

struct spans {
	uint64_t n[SPANS]; /* of those from span_begin(i) up to the next */
	uint64_t all;
};

/* Nanoseconds that the i-th begins with; the first begins with 0. */
uint64_t span_begin(size_t i);

void spans_add(struct spans *s, uint64_t ns);

/* Starts as all zero. */
struct minutes {
	uint64_t first; /* since 1970: of n[0] */
	uint32_t *n;	/* owned */
	size_t len;
	uint64_t outside; /* that are too far from the others to be kept: MINUTES_MAX */
};

#define MINUTES_MAX (366u * 24 * 60)

/* 0 or -ENOMEM. */
int minutes_add(struct minutes *m, uint64_t wall_ns);
void minutes_free(struct minutes *m);

/* How many minutes a bar is to have, so that there are at most `most` bars: 1, 2, 5, 10, ... */
uint64_t minutes_step(const struct minutes *m, size_t most);

#endif
