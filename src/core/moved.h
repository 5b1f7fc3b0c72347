/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What each datagram socket moved since it is watched: that of the peers it has (core/peers.h), and
 * of those that have ended. Pure.
 */
#ifndef SOCKWATCH_CORE_MOVED_H
#define SOCKWATCH_CORE_MOVED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"

struct peers;
struct sw_conn;
struct sw_sock;

struct moved_socket {
	uint64_t cookie;
	uint64_t ended_sent, ended_received; /* with peers that it has no more */
	uint64_t sent, received;	     /* of those that it has, when it was looked at */
	bool seen;			     /* its row was asked for since */
};

/* Starts as all zero. */
struct moved {
	struct moved_socket *all; /* owned */
	size_t n, cap;
	struct hash by_cookie; /* index */
	bool counted;	       /* the kernel side tells lengths */
};

/* A peer has ended. 0 or -ENOMEM, as the next. */
int moved_ended(struct moved *m, const struct sw_conn *conn);

/* Adds up what there is now, and forgets the sockets that no row was asked for since the last. */
int moved_look(struct moved *m, const struct peers *p);

/* The row of a socket of UDP gets what it moved, where that is known. */
void moved_set_row(struct moved *m, struct sw_sock *row);

void moved_free(struct moved *m);

#endif
