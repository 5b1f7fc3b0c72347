/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Has the kernel make the cookies of sockets that have none (bpf/cookies.bpf.c), as nobody has
 * asked for them yet. For the walk, which can only read them.
 */
#ifndef SOCKWATCH_LIVE_COOKIES_H
#define SOCKWATCH_LIVE_COOKIES_H

#include <stdbool.h>

struct cookies; /* opaque */

/* Loads it, of TCP, UDP or both. 0 or -errno. */
int cookies_open(bool tcp, bool udp, struct cookies **ret);

/* Of the sockets that processes hold, in all network namespaces. 0 or -errno. */
int cookies_make_held(struct cookies *c);

/* Of all sockets of the network namespace that this thread is in. 0 or -errno. */
int cookies_make_here(struct cookies *c);

/* NULL is fine. */
void cookies_free(struct cookies *c);

#endif
