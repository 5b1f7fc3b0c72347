/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How connections look on the other side of the NAT, as conntrack of our own network namespace has
 * it, in a cache of a fixed size. What is not known is asked of a helper process, which alone keeps
 * the right to ask (CAP_NET_ADMIN) and does nothing else. An answer is waited for, as a line is
 * told once: but only for a share of all time (see nat.c), so that nobody is held up; what comes
 * later is there for the next line of the connection.
 */
#ifndef SOCKWATCH_NETLINK_NAT_H
#define SOCKWATCH_NETLINK_NAT_H

#include <stdbool.h>
#include <stdint.h>

#include "event.h"

struct nats; /* opaque */

/* Made by nat_question_of(): it is compared as bytes. One message to the helper. */
struct nat_question {
	uint64_t cookie; /* of the socket; 0: it has none */
	struct sw_tuple tuple;
	uint32_t proto;
	uint32_t pad;
};

enum nat_found {
	NAT_UNKNOWN, /* conntrack does not know it, yet or any more */
	NAT_NONE,    /* it looks the same on both sides */
	NAT_OTHER,
	NAT_REFUSED, /* we may not ask */
};

struct nat_answer {
	struct nat_question question;
	struct sw_tuple other; /* of NAT_OTHER */
	uint32_t found;	       /* enum nat_found */
	uint32_t pad;
};

/* *ret is what there is to ask about a socket. False: it is no connection of TCP or UDP. */
bool nat_question_of(const struct sw_sock *s, struct nat_question *ret);

/*
 * Starts the helper: see child_start() for when. patience_ns: so long answers are waited for at
 * first, all together; where a ring fills meanwhile that is to be little. 0, or -errno with *ret
 * untouched; -ENOSYS: built without libmnl.
 */
int nats_open(uint64_t patience_ns, struct nats **ret);

/* Over a socket of the caller's, who answers at its other end; it is ours from now on. NULL when
 * there is no memory. */
struct nats *nats_new(int fd, uint64_t patience_ns);

/*
 * The other tuple of a connection: its local end is the same end of it. NULL: there is none, or it
 * is not known; so of one elsewhere (not in our own network namespace) while another connection has
 * the same ends: conntrack does not say whose it is. may_ask: false: only what was told before.
 * Borrowed until the next call.
 */
const struct sw_tuple *nats_get(struct nats *n, const struct nat_question *q, bool elsewhere,
				bool may_ask);

/* Whether it was refused to ask (CAP_NET_ADMIN): nothing will ever be known. */
bool nats_refused(const struct nats *n);

/* Ends the helper, too. NULL is fine. */
void nats_free(struct nats *n);

#endif
