/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The snapshot by a walk through the kernel's own tables (bpf/walk.bpf.c): all network namespaces
 * at once, without a lock, in a fraction of the time of the iterators. It tells all that they tell;
 * what has no cookie yet gets one (live/cookies.h) where rows with details are asked for.
 */
#ifndef SOCKWATCH_LIVE_WALK_H
#define SOCKWATCH_LIVE_WALK_H

#include <stddef.h>

struct live_snapshot_opts;
struct loader_opts;
struct snapshot;
struct walk; /* opaque */

/*
 * Loads it for rows as *opts asks for them; the filter is copied. On failure `why` (of `size`
 * bytes) tells the user in one line what is missing, and *ret is untouched. 0, or -errno:
 * before 6.2, always.
 */
int walk_open(const struct loader_opts *opts, struct walk **ret, char *why, size_t size);

/*
 * Appends to *s, as live_snapshot() does; opts->open_netns is not called. 0; -EAGAIN or -E2BIG,
 * when the tables cannot be read so (they change too fast, or a chain is too long); another -errno;
 * what step() returned. *s may then hold a part.
 */
int walk_snapshot(struct walk *w, const struct live_snapshot_opts *opts, struct snapshot *s);

/*
 * For walks also where no socket may be made any more: keeps the one by which the programs know
 * sockets, which else is there during a walk only. Once. 0, or -errno.
 */
int walk_keep_socket(struct walk *w);

/* NULL is fine. */
void walk_free(struct walk *w);

#endif
