/* SPDX-License-Identifier: GPL-2.0-only */
/* A moment of the past, as the live table is told it. */
#ifndef SOCKWATCH_WORDS_STORE_PAST_H
#define SOCKWATCH_WORDS_STORE_PAST_H

#include <stdint.h>

#include "cli/options.h"
#include "words/answer.h"

struct sink;

/* Starts as all zero, then past_init(). Large, as a filter is: not for a stack. */
struct past {
	struct options asked; /* texts are for the viewer */
	struct answer answer;
	struct sink *sink; /* borrowed; to be set before it tells */
	uint64_t at_ns;
	int sink_err; /* what the sink returned, once it takes no more */
};

/* What these options ask of the store. 0, or -ENOMEM after a message. */
int past_init(struct past *p, const struct options *o);
void past_free(struct past *p);

/*
 * Tells the sink a moment (since 1970): RECORDER_ALIVE of that time, what happened in the minute
 * before it, and what was there then, as a page of rows. 0, the sink's (in sink_err, too), -EINTR:
 * we are to end; or as store_ask().
 */
int past_tell(struct past *p, uint64_t at_ns);

#endif
