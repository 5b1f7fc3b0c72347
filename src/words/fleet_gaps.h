/* SPDX-License-Identifier: GPL-2.0-only */
/* When nothing was recorded on the machines of a fleet, by when their recorders ran. */
#ifndef SOCKWATCH_WORDS_FLEET_GAPS_H
#define SOCKWATCH_WORDS_FLEET_GAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "words/log_job.h"

struct fleet_run;

struct fleet_gap_of {
	char *host; /* owned */
	uint64_t from_ns, to_ns;
	bool not_sent; /* nothing has come: it may have been recorded */
};

struct fleet_gaps {
	struct fleet_gap_of *gaps; /* owned; from fleet_gaps_end() on by their ends */
	size_t n, cap;
	size_t told;
	uint64_t since_ns, until_ns; /* 0: from the first; until_ns at most now */
	char *host;		     /* owned: the one whose runs come; NULL: none */
	uint64_t last_ns;	     /* of it so far */
};

/* Times as in struct store_question. */
void fleet_gaps_init(struct fleet_gaps *g, uint64_t since_ns, uint64_t until_ns, uint64_t now_ns);
void fleet_gaps_free(struct fleet_gaps *g);

/* A run, host by host in the order of their begins; and that there are no more. 0 or -ENOMEM. */
int fleet_gaps_take(struct fleet_gaps *g, const struct fleet_run *run);
int fleet_gaps_end(struct fleet_gaps *g);

/*
 * Hands on those that end before the next record (newest first: behind it), as records of
 * RECORDER_GAP; and all that are left. 0, or fn's.
 */
int fleet_gaps_tell(struct fleet_gaps *g, uint64_t next_ns, bool newest_first, log_fn fn,
		    void *arg);
int fleet_gaps_tell_rest(struct fleet_gaps *g, bool newest_first, log_fn fn, void *arg);

#endif
