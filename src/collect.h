/* SPDX-License-Identifier: GPL-2.0-only */
/* The snapshot from the better of its two sources: BPF iterators, or /proc. */
#ifndef SOCKWATCH_COLLECT_H
#define SOCKWATCH_COLLECT_H

#include <stdbool.h>

struct holders;
struct loader;
struct netns_set;
struct options;
struct snapshot;

struct collect_opts {
	const struct options *options; /* borrowed, as all below */
	struct loader *loader;	       /* NULL: there are no programs */
	int proc_fd;
	bool quiet; /* what cannot be seen was told already */
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
 * Appends to *s, unsorted. What could not be seen is told to the user. 0; -EINTR from step(), with
 * what was read until then; or another -errno, after a message.
 */
int collect_snapshot(const struct collect_opts *opts, struct snapshot *s);

/*
 * Every process's descriptors, by /proc, and the network namespaces that processes live in. Told as
 * above. 0 or -errno.
 */
int collect_processes(const struct collect_opts *opts, struct holders *holders,
		      struct netns_set *set);

#endif
