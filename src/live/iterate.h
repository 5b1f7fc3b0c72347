/* SPDX-License-Identifier: GPL-2.0-only */
/* Iterators of the kernel whose programs write nothing: what they are run for is what they do. */
#ifndef SOCKWATCH_LIVE_ITERATE_H
#define SOCKWATCH_LIVE_ITERATE_H

/*
 * A link of this program, for iterate(): owned by the caller. Once it is there, running it needs no
 * rights. -errno.
 */
int iterate_link(int prog_fd);

/*
 * Runs one, by its link, from its first object to its last. step: called with arg whenever it has
 * stopped, to let others run or as its program wanted, and at the end; non-zero ends it. May be
 * NULL. 0, -errno, or what step() returned.
 */
int iterate(int link_fd, int (*step)(void *arg), void *arg);

#endif
