/* SPDX-License-Identifier: GPL-2.0-only */
/* The other side of sink/process.h: what runs in the process, and what the two say to each other.
 */
#ifndef SOCKWATCH_SINK_PROCESS_INNER_H
#define SOCKWATCH_SINK_PROCESS_INNER_H

#include <stdint.h>

#include "core/record.h"

struct sink;

/* In memory that both see: exact, however the process ends. In events and rows. */
struct process_progress {
	uint64_t taken;
	uint64_t told_lost;
};

struct process_inner {
	struct sink *sink;
	struct process_progress *progress;
};

/* What the process says: once, when the sink is open, or why it is not; and at its end. */
struct process_report {
	int32_t err;
};

/* As child_opts.open and run, of a struct process_inner. */
int process_inner_open(void *arg, int fd);
int process_inner_run(void *arg, int fd);

/* How many events it stands for: one that tells of a loss, for all that were lost. */
static inline uint64_t record_worth(const struct record *rec)
{
	return rec->ev->kind == SW_EV_LOST ? rec->lost : 1;
}

#endif
