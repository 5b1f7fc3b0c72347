/* SPDX-License-Identifier: GPL-2.0-only */
/* What a formatter gets: one thing to tell, everything in it borrowed for the call. */
#ifndef SOCKWATCH_CORE_RECORD_H
#define SOCKWATCH_CORE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"

struct holder;

struct record {
	const struct sw_event *ev; /* borrowed */
	uint64_t wall_ns;	   /* since 1970, UTC */
	bool has_queues;
	uint32_t recv_q; /* as netstat shows them: bytes, or a listener's backlog */
	uint32_t send_q;
	const struct holder *holders; /* borrowed; of a snapshot row, all of them */
	size_t n_holders;
	const char *exe;     /* borrowed; NULL: not asked for or not known */
	const char *cmdline; /* borrowed; likewise */
	uint64_t lost;	     /* of SW_EV_LOST: events since the last report */
};

#endif
