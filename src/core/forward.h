/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ports that are sent on to another place (DNAT), as far as connections of now tell: where to, and
 * which sockets of this machine have it there. Pure.
 */
#ifndef SOCKWATCH_CORE_FORWARD_H
#define SOCKWATCH_CORE_FORWARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "event.h"

struct holder;
struct snapshot;
struct sw_filter;
struct sw_row;
struct who_target;

#define FORWARDS_MAX 64	    /* places; connections to others are not looked at */
#define FORWARD_CONNS 16384 /* likewise, of which it is known who has them */

struct forward {
	size_t target; /* whose port it is */
	uint8_t proto;
	uint16_t port;
	union sw_addr to;
	uint16_t to_port;
	uint64_t conns;
	uint32_t netns;	  /* in which its connections are; 0: none was seen on this machine */
	uint32_t via_pid; /* a proxy sends it on, too, or alone; 0: none that is known */
	char via[SW_COMM_LEN];
	bool unclear;	  /* in several: which it is, is not known */
	uint64_t wall_ns; /* of the answer, since 1970 */
};

/* Starts as all zero. */
struct forwards {
	struct forward list[FORWARDS_MAX];
	size_t n;
	struct hash conns; /* owned: of each as who got it has it, its number in the list */
};

/*
 * A connection to `asked` (its local end is whom it was made to) that `got` has (likewise): counts
 * where one of n targets is ports that it was made to. 0 or -ENOMEM.
 */
int forwards_add(struct forwards *f, const struct who_target *targets, size_t n, uint8_t proto,
		 const struct sw_tuple *asked, const struct sw_tuple *got);

/*
 * A process that has this port of a target passes it on by itself: it is this holder's. What NAT
 * sends to the same place is one with it.
 */
void forwards_add_proxy(struct forwards *f, size_t target, uint8_t proto, uint16_t port,
			const union sw_addr *to, uint16_t to_port, const struct holder *holder);

/*
 * Those of proxies to this address, of which no connection tells where they are, are in this
 * namespace; n: in how many it could be.
 */
void forwards_place(struct forwards *f, const union sw_addr *addr, uint32_t netns, uint32_t n);

/* Nothing is known any more. */
void forwards_clear(struct forwards *f);

/*
 * Which rows forwards_find() is to look through: *ret in place of who_narrow()'s, and in all
 * network namespaces.
 */
void forwards_narrow(const struct forwards *f, struct sw_filter *ret);

/* Finds where they are, by rows with the connections among them. */
void forwards_find(struct forwards *f, const struct snapshot *s);

/* Whether the row has the place: its connections, and who listens there. */
bool forward_has(const struct forward *f, const struct sw_row *row);

#endif
