/* SPDX-License-Identifier: GPL-2.0-only */
/* The main job: the sockets that exist, then every change to them, into a sink. */
#ifndef SOCKWATCH_FLOW_WATCH_H
#define SOCKWATCH_FLOW_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/opts.h"

struct annotate;
struct labels;
struct loop;
struct nats;
struct resolver;
struct sink;

struct watch_job {
	const struct select_opts *select; /* borrowed, as all below */
	const struct watch_opts *opts;
	struct rows_opts rows;
	bool details;	/* records with cgroup, container, counters, ... */
	bool processes; /* with what each owner executes, and what started it */
	bool starts;	/* looks: with when each owner began */
	bool moved;	/* looks: sockets of UDP with what they moved since they are watched */
	struct number_opts numbers; /* of names */
	bool names;    /* with names of services; and, where there is a resolver, of hosts */
	bool looks_up; /* the sink looks below /proc while events come: rights for that stay */
	void (*started)(void *arg); /* all is open, what was there is told; NULL: nobody asks */
	void *arg;
	struct resolver *resolver; /* NULL: none is to be had */
	struct labels *labels;	   /* of containers; NULL likewise */
	struct nats *nats;	   /* what NAT made of connections; NULL likewise */
	struct loop *loop;	   /* with signals; nothing else stops it */
	struct sink *sink;	   /* opened, begun, flushed and closed here, ... */
	bool sink_stays;	   /* ... or not closed, as it is to be asked what it took */
};

struct watch_sum {
	bool began;    /* false: it could not even be opened */
	uint64_t rows; /* told, as the next */
	uint64_t events;
	uint64_t so_far; /* of these, connections that go on */
	uint64_t lost;
	int sink_err; /* the -errno for which the sink took no more; 0: it did */
};

/*
 * Runs until a signal, a count, the time or the sink ends it, and fills *ret in any case. Rights
 * are given up once all is open. 0, or -errno after a message; what the sink said is for the caller
 * to tell.
 */
int watch_run(const struct watch_job *job, struct watch_sum *ret);

/* Who names what the records of a job have numbers for; proc_fd: borrowed. NULL: no memory. */
struct annotate *watch_annotate(const struct watch_job *job, int proc_fd);

#endif
