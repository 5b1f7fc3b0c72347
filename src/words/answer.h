/* SPDX-License-Identifier: GPL-2.0-only */
/* What words that ask the store have in common: whom they ask, and what they say when it fails. */
#ifndef SOCKWATCH_WORDS_ANSWER_H
#define SOCKWATCH_WORDS_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/words.h"
#include "core/asked.h"
#include "filter.h"

struct buf;
struct options;
struct record;
struct store_question;

/* What is asked for, by the command line. */
struct answer {
	const struct options *options; /* borrowed */
	struct who_target *targets;    /* owned */
	struct asked asked;
	struct sw_filter skip;	      /* by which blocks are passed over */
	char *cgroups[SW_FILTER_MAX]; /* owned: paths of those that are asked for */
	bool notes;		      /* what is not known is told on stderr, too */
	uint64_t noted;		      /* gaps and losses so far */
	uint64_t not_there;	      /* gaps of which something was recorded */
	struct buf *lines; /* borrowed: where they go as lines of the answer; NULL: to stderr */
};

/* The directory that is asked. */
const char *answer_dir(const struct options *o);

/* 0, or -ENOMEM after a message. */
int answer_init(struct answer *a, const struct options *o);
void answer_free(struct answer *a);

/* What these options ask of the store; borrows from a. */
struct store_question answer_question(const struct answer *a);

/* Says on stderr what an answer does not know, where a->notes; the first few one by one. */
void answer_note(struct answer *a, const struct record *rec);

/*
 * With store_question.holes, what is not there of behind and before the time that is asked for: of
 * what was there at until_ns the end may have been recorded in it (or what it moved so far, each
 * few minutes); of what was there at since_ns the beginning. What reaches into that time is none.
 */
bool answer_hides_end(const struct record *rec, uint64_t until_ns);
bool answer_hides_begin(const struct record *rec, uint64_t since_ns);

/* What store_ask() could not say by itself. */
void answer_explain(const char *dir, int err);

/* That nothing was found, and since when there is something; or that it is not known. */
void answer_nothing(const struct answer *a);

#endif
