/* SPDX-License-Identifier: GPL-2.0-only */
/* The snapshot from the best of its sources: the walk, BPF iterators, netlink, /proc. */
#ifndef SOCKWATCH_FLOW_COLLECT_H
#define SOCKWATCH_FLOW_COLLECT_H

#include <stdbool.h>

#include "core/holders.h"
#include "core/opts.h"
#include "proc/netns.h"

struct devices;
struct loader;
struct snapshot;

/* What is known besides the rows, for whoever has more sockets to tell. Starts as all zero. */
struct gathered {
	struct holders holders; /* of sockets of every kind, where the loader tells all of them */
	struct netns_set namespaces;
};

struct collect_opts {
	const struct select_opts *select; /* borrowed, as all below */
	struct rows_opts rows;
	struct loader *loader; /* NULL: there are no programs */
	int proc_fd;
	uint32_t netns;		   /* of /proc and netlink: of this one alone; 0: of all */
	bool quiet;		   /* what cannot be seen was told already */
	struct gathered *gathered; /* NULL: not asked for */
	struct devices *devices;   /* learns the names that the rows need; NULL: nobody */
	/* Between small steps, so that the ring can be drained; NULL: none. Non-zero ends it. */
	int (*step)(void *arg);
	void *arg;
};

/*
 * Lets the kernel side know the owners of sockets that it has not seen yet, where there is a
 * stream. collect_snapshot() does so in passing.
 */
void collect_owners(struct loader *loader);

/*
 * The iterators for who wants rows and no stream: loaded into *ret, NULL where they are not asked
 * for or not to be had, and /proc is what there is. details: cgroup and counters of each socket.
 * proc_fd: of /proc, borrowed for the call. 0, or -errno after a message when there is no way
 * without them.
 */
int collect_open(const struct select_opts *select, struct rows_opts rows, bool details, int proc_fd,
		 struct loader **ret);

/*
 * Appends to *s, unsorted, the rows of the protocols that are selected, and fills *gathered, which
 * the caller frees in any case. What could not be seen is told to the user. 0; -EINTR from step(),
 * with what was read until then; or another -errno, after a message.
 */
int collect_snapshot(const struct collect_opts *opts, struct snapshot *s);

/*
 * Adds to what collect_snapshot() found, which left opts->gathered: TCP sockets that are bound and
 * do nothing, and that only the kernel's diagnosis tells (flow/bound.h), at some milliseconds for
 * each namespace. It is part of the collection where descriptors do not show them all. 0 or -errno.
 */
int collect_bound(const struct collect_opts *opts, struct snapshot *s);

/*
 * Of the last collection of rows: which processes did not let their network namespaces be seen, as
 * one line for who is told that nobody has something; NULL: all were seen. Borrowed.
 */
const char *collect_unseen(void);

/* Of the last collection: tables of a network namespace could not be read, which was noted. */
bool collect_missed_tables(void);

/* Frees what it owns; it is empty and usable again. */
void gathered_free(struct gathered *g);

#endif
