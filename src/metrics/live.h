/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Connections that go on, and what was told of each so far: so that sums grow while it moves
 * something, and nothing counts twice at its end. Bounded: one for which there is no room counts at
 * its end. Pure.
 */
#ifndef SOCKWATCH_METRICS_LIVE_H
#define SOCKWATCH_METRICS_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"

struct sw_conn;
struct sw_sock;

#define LIVE_MAX 131072

/* What counted already. */
struct live_one {
	uint64_t key; /* 0: not in use */
	uint64_t sent;
	uint64_t received;
	uint64_t seen_ns; /* CLOCK_MONOTONIC */
	uint32_t retransmits;
	uint32_t next_free; /* index + 1; of one that is not in use */
	bool begun;	    /* as a connect, or an accept */
	bool before;	    /* it was there before us: what it had then does not count */
};

/* Starts as all zero. */
struct live {
	struct live_one *all; /* owned */
	size_t n, cap;
	size_t used;
	uint32_t free; /* index + 1 */
	struct hash by_key;
	uint64_t without_room; /* how often one was told so far for which there was none */
};

/* Of a socket, and for a datagram socket of its peer. */
uint64_t live_key(const struct sw_sock *s);

/* NULL: it is not there. */
struct live_one *live_find(const struct live *l, uint64_t key);

/* One that is not there yet. NULL: there is no room, or no memory. */
struct live_one *live_add(struct live *l, uint64_t key);

void live_remove(struct live *l, struct live_one *one);

/* Forgets what was not seen since then. */
void live_sweep(struct live *l, uint64_t since_ns);

void live_free(struct live *l);

#endif
