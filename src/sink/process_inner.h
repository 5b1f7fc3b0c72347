/* SPDX-License-Identifier: GPL-2.0-only */
/* The other side of sink/process.h: what runs in the process, and what the two say to each other.
 */
#ifndef SOCKWATCH_SINK_PROCESS_INNER_H
#define SOCKWATCH_SINK_PROCESS_INNER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/record.h"

struct privilege_opts;
struct sink;

/* In memory that both see: exact, however the process ends. In events and rows. */
struct process_progress {
	uint64_t taken;
	uint64_t told_lost;
	uint64_t left_out; /* of both: its sink had no room for it */
};

struct process_inner {
	struct sink *sink;
	struct process_progress *progress;
	unsigned int tick_ms; /* the sink is flushed so often, also when nothing comes; 0: not */
	uint64_t tick_ns;     /* when that was last */
	int (*turn)(void *arg, int fd, bool empty); /* as process_served has it; or NULL */
	void *turn_arg;
};

/* What the process says: once, when the sink is open, or why it is not; and at its end. */
struct process_report {
	int32_t err;
};

/* As child_opts.open and run, of a struct process_inner. */
int process_inner_open(void *arg, int fd);
int process_inner_run(void *arg, int fd);

/* What a program is that process_sink_opts.program names. */
struct process_served {
	const char *name;  /* of the process; borrowed, as all */
	struct sink *sink; /* opened, told and closed without rights, and not freed */
	unsigned int tick_ms;
	const struct privilege_opts *rights; /* what stays of them; NULL: every system call */
	int (*prepare)(void *arg); /* while they are there; -errno after a message; NULL: nothing */
	/*
	 * One that has more to do than to take records, in place of the flushes: called after what
	 * has come was told; empty: there is nothing more, and it is to wait until fd can be read.
	 * 0, or the -errno for which it ends. NULL: there is nothing else.
	 */
	int (*turn)(void *arg, int fd, bool empty);
	void *arg; /* of both */
};

/*
 * Is the process, until its end. 0; -ENOTSOCK: nobody made us one (no message); else a -errno,
 * after a message.
 */
int process_serve(const struct process_served *served);

/* How many events it stands for: one that tells of a loss, for all that were lost. */
static inline uint64_t record_worth(const struct record *rec)
{
	return rec->ev->kind == SW_EV_LOST ? rec->lost : 1;
}

#endif
