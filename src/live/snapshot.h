/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The snapshot by the walk (live/walk.h), or by BPF iterators: one pass over every descriptor of
 * every process tells who holds what, and the rows of TCP sockets that are bound and do nothing;
 * one over the sockets of each network namespace tells all others, with their cookies.
 */
#ifndef SOCKWATCH_LIVE_SNAPSHOT_H
#define SOCKWATCH_LIVE_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct holders;
struct loader;
struct snapshot;

struct live_snapshot_opts {
	bool tcp;
	bool udp;
	struct holders *holders; /* borrowed: who holds what is left in it, and not freed */
	const size_t *n_netns;	 /* network namespaces, borrowed; the first is our own */
	/*
	 * A process has a descriptor of a socket in this namespace, which joins them if it is not
	 * one of them yet. 0 or -ENOMEM. The walk needs neither; NULL: nor does anybody else.
	 */
	int (*add_netns)(void *arg, uint32_t inode, uint32_t pid, int fd);
	/*
	 * A descriptor of one, owned by who asked. -ENOENT: it is gone, and left out; another
	 * -errno ends the snapshot.
	 */
	int (*open_netns)(void *arg, size_t index);
	/*
	 * For the walk: calls fn() in each network namespace, with its inode, and brings the thread
	 * back. 0, or what ended it. NULL: sockets elsewhere that nobody holds get no cookie.
	 */
	int (*visit)(void *arg, int (*fn)(void *fn_arg, uint32_t netns), void *fn_arg);
	/* As proc_snapshot_opts.step. */
	int (*step)(void *arg);
	void *arg;
};

/*
 * Appends to *s, by the walk where there is one (loader_walk()). An iterator tells the sockets of
 * the namespace that its maker is in, so this thread goes through all of them (setns(2),
 * CAP_SYS_ADMIN; not needed when there is only one) and comes back. Owners are seeded in passing,
 * where there is a stream. 0, or -errno, or what step() returned; *s may then hold a part.
 */
int live_snapshot(struct loader *l, const struct live_snapshot_opts *opts, struct snapshot *s);

#endif
