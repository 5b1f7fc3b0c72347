/* SPDX-License-Identifier: GPL-2.0-only */
/* A snapshot in the making: what its sources on the kernel side tell, put together. */
#ifndef SOCKWATCH_LIVE_TAKING_H
#define SOCKWATCH_LIVE_TAKING_H

#include <stdint.h>

#include "base/hash.h"
#include "core/row.h"

struct live_snapshot_opts;
struct sw_descriptor;
struct sw_row;

/* Begins with the first two, and all else 0. */
struct taking {
	const struct live_snapshot_opts *opts; /* borrowed */
	struct snapshot *s;		       /* borrowed */
	uint32_t last_netns;		       /* that was added */
	struct snapshot bound;		       /* owned: rows that the descriptors told */
	struct hash bound_inodes;	       /* index in them */
};

/*
 * A descriptor and who has it: all of them come before the first row. bound: the row of its socket,
 * which is in no table of the kernel's; or NULL. 0, or what the options' functions returned.
 */
int taking_descriptor(struct taking *t, const struct sw_descriptor *d, const struct sw_row *bound);

/* A socket of a table. 0 or -ENOMEM. */
int taking_row(struct taking *t, const struct sw_row *row);

/* Behind the last one: adds what is in no table. 0 or -ENOMEM. */
int taking_end(struct taking *t);

void taking_free(struct taking *t);

#endif
