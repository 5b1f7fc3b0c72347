/* SPDX-License-Identifier: GPL-2.0-only */
/* Records of UDP: what ends a peer is the end of its socket, which the ring tells, or time. */
#ifndef SOCKWATCH_FLOW_PEERS_H
#define SOCKWATCH_FLOW_PEERS_H

#include <stdbool.h>

#include "base/loop.h"
#include "core/peers.h"

struct loader;
struct moved;
struct sw_closed;
struct watch_opts;

/* Starts as all zero. The loop's timer points into it: it stays in place. */
struct peer_watch {
	struct peers peers;
	peers_fn *fn;	       /* takes the records */
	int (*flush)(void *a); /* after some; 0, or a -errno that ends the loop */
	void *arg;	       /* of both; borrowed, as the next */
	struct loop *loop;
	struct loop_timer timer;
	struct moved *moved; /* borrowed: adds up what ended; NULL: nobody asks */
	bool kept;	     /* by the kernel side: there are peers at all */
};

/* What was not asked for, or no loader keeps, has no peers: all below does nothing then. */
void peer_watch_open(struct peer_watch *w, const struct loader *loader,
		     const struct watch_opts *opts);

/* A socket is closed. 0, or what fn returned. */
int peer_watch_closed(struct peer_watch *w, const struct sw_closed *closed);

/* From now on they end by time, too. */
void peer_watch_start(struct peer_watch *w);

void peer_watch_end(struct peer_watch *w);

#endif
