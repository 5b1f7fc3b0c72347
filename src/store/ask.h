/* SPDX-License-Identifier: GPL-2.0-only */
/* Questions to all segments of a store, in the order of time, with what it cannot know. */
#ifndef SOCKWATCH_STORE_ASK_H
#define SOCKWATCH_STORE_ASK_H

#include <stdbool.h>
#include <stdint.h>

struct record;
struct store_follow; /* opaque: how far a store was read */
struct sw_filter;

struct store_question {
	const char *dir;   /* borrowed, as the filter */
	uint64_t since_ns; /* wall time; 0: from the beginning */
	uint64_t until_ns; /* UINT64_MAX: to the end */
	uint64_t now_ns;
	const struct sw_filter *filter; /* by which blocks are passed over; NULL: none */
	bool newest_first;
	const struct store_follow *up_to; /* borrowed; only what it is behind of; NULL: all */
	bool machines; /* records have the host and the boot that their segment is of */
	bool no_gaps;  /* records only: nothing is added where nothing was recorded */
	bool holes;    /* with it: but where something was, and is not there or cannot be read */
};

/* rec is borrowed for the call. 0 to go on, else what the question returns. */
typedef int (*store_fn)(void *arg, const struct record *rec);

/*
 * Hands on every record of that time that may pass the filter: whoever takes them decides. Among
 * them, where the recorder did not run, records of SW_EV_RECORDER and RECORDER_GAP, cut to the time
 * that is asked for; and where something was recorded that was removed, is missing or cannot be
 * read, RECORDER_REMOVED and the like. What is damaged is named in a message, too. 0, or fn's;
 * -ENOENT: there is no store, -EACCES: it may not be read (without a message, both); or another
 * -errno after a message.
 */
int store_ask(const struct store_question *q, store_fn fn, void *arg);

/* The first and last time of what is kept; 0, 0: nothing is. 0 or -errno as above. */
int store_span(const char *dir, uint64_t *ret_first_ns, uint64_t *ret_last_ns);

/* --- going on --------------------------------------------------------------------------------- */

/*
 * Begins behind all that is there now. machines: as in the question. 0 or -errno as store_ask().
 */
int store_follow_new(const char *dir, bool machines, struct store_follow **ret);

/*
 * Hands on what came since then, in its order: to be called a few times a second. 0, fn's, or
 * -errno after a message.
 */
int store_follow_more(struct store_follow *f, store_fn fn, void *arg);

/*
 * Whether it is behind something of the segment with this number: up to the block in
 * *ret_until_block, which stays untouched for all of it.
 */
bool store_follow_covers(const struct store_follow *f, uint64_t number, int64_t *ret_until_block);

/* NULL is fine. */
void store_follow_free(struct store_follow *f);

#endif
