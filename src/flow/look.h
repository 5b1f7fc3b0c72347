/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sockets that exist, again and again, as pages of rows (sink_begin(), rows, sink_end()):
 * beside the events of a watch, or alone where nothing can be watched. What it needs is opened
 * while rights are there; the looks need none.
 */
#ifndef SOCKWATCH_FLOW_LOOK_H
#define SOCKWATCH_FLOW_LOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"
#include "core/moved.h"
#include "core/recall.h"

struct annotate;
struct loader;
struct watch_job;
struct watch_sum;

/* Starts as all zero, but for the first four. The loop's timer points into it: it stays in place.
 */
struct look {
	const struct watch_job
		*job;	       /* borrowed, as all of these; opts->rows_ms: how often; 0: never */
	struct watch_sum *sum; /* rows that were told, and the sink's error */
	struct annotate *annotate;
	int proc_fd;
	struct loader *loader;	   /* owned; NULL: there are no programs */
	const struct peers *peers; /* borrowed; NULL: nobody knows what UDP moved */
	struct recall recall;
	struct moved moved;
	struct loop_timer timer;
	uint64_t due_ns;
	bool again;
};

struct peer_watch;

/* Sockets of UDP get what they moved, where that is asked for and the kernel side keeps peers. */
void look_at_peers(struct look *l, struct peer_watch *peers);

/* 0, or -errno after a message. Nothing where it is not asked for, as the next ones. */
int look_open(struct look *l);

/* One page, now. 0, or -errno after a message; that of the sink is in sum->sink_err. */
int look_once(struct look *l);

/* From now on, every job->opts->rows_ms; less often where a look takes long: a fifth of the time.
 */
void look_start(struct look *l);

void look_end(struct look *l);

/*
 * Pages alone, without events, until a signal or the sink ends it. As watch_run(): 0 or -errno
 * after a message, and *ret is filled.
 */
int look_run(const struct watch_job *job, struct watch_sum *ret);

#endif
