/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * User space's half of include/peer.h: ends what a UDP socket had with a peer, makes a record of
 * it, and gives its slot back. Pure: the slots may be anybody's.
 */
#ifndef SOCKWATCH_CORE_PEERS_H
#define SOCKWATCH_CORE_PEERS_H

#include <stdbool.h>
#include <stdint.h>

struct sw_closed;
struct sw_conn;
struct sw_peer;
struct sw_sock;

/*
 * At least, between two looks, of which the first ends a peer and the second tells it: who was in
 * the middle of a datagram is done by then. Of a long idle time a part.
 */
#define PEERS_GRACE_NS 50000000ull
#define PEERS_PARTS 64

struct peers {
	struct sw_peer
		*slots; /* borrowed, as the next two; the kernel side writes there meanwhile */
	uint32_t *top;	/* slots from here on were never taken */
	uint32_t *hand; /* where the kernel side looks for a free one */
	uint32_t room;
	uint64_t idle_ns;    /* 0: a peer lasts as long as the socket */
	uint64_t interim_ns; /* how often one that goes on is told so far; 0: not */
};

/* Non-zero ends the call, which returns it. The record is borrowed. */
typedef int peers_fn(void *arg, struct sw_conn *conn);

/* Tells the peers of a socket that is closed. 0, or what fn returned. */
int peers_closed(struct peers *p, const struct sw_closed *closed, peers_fn *fn, void *arg);

/*
 * Ends those that were idle for too long, tells those that an earlier look ended, and what is due
 * so far. In *ret_next_ns when to look again, and not before. 0, or what fn returned.
 */
int peers_look(struct peers *p, uint64_t now_ns, peers_fn *fn, void *arg, uint64_t *ret_next_ns);

/* Those that there are now, each as the socket's with what it moved. 0, or what fn returned. */
int peers_each(const struct peers *p, int (*fn)(void *arg, const struct sw_sock *s), void *arg);

#endif
