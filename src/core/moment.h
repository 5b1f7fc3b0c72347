/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sockets that were there at a moment of the past, by what was recorded before and after it.
 * Pure. First all records up to the moment, the newest first, until one is not wanted any more;
 * then those behind it, the oldest first, likewise.
 */
#ifndef SOCKWATCH_CORE_MOMENT_H
#define SOCKWATCH_CORE_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "core/record.h"

/* Starts as all zero but for the time (ns since 1970). */
struct moment {
	uint64_t at_ns;
	struct hash known; /* sockets that are decided */
	bool ages;	   /* wanted: how old each was by then, where that is known */
	bool so_far; /* long connections were told so far: none that still goes on is missing */
};

enum moment_verdict {
	MOMENT_NOT, /* it was not there, is known already, or tells nothing of it */
	MOMENT_THERE,
	MOMENT_ENOUGH, /* no record beyond this one tells more */
	MOMENT_NO_MEMORY,
};

enum moment_verdict moment_before(struct moment *m, const struct record *rec);
enum moment_verdict moment_after(struct moment *m, const struct record *rec);

/*
 * A row of the socket as it was then, with the process that owned it; its state is known of
 * listeners only. ret_rec borrows from rec and from ret_ev.
 */
void moment_row(const struct moment *m, const struct record *rec, struct sw_event *ret_ev,
		struct record *ret_rec);

/* Frees what it owns. */
void moment_free(struct moment *m);

#endif
