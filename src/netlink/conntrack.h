/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections that the kernel's conntrack sends on to another address or port (DNAT). */
#ifndef SOCKWATCH_NETLINK_CONNTRACK_H
#define SOCKWATCH_NETLINK_CONNTRACK_H

#include <stddef.h>
#include <stdint.h>

#include "event.h"

struct conntrack {
	uint8_t proto;	       /* SW_PROTO_... */
	struct sw_tuple asked; /* by whom it was begun is remote, to whom local */
	struct sw_tuple got;   /* as who got it has it: itself is local */
};

struct conntrack_reader {
	int (*take)(void *arg, const struct conntrack *c); /* 0, or -errno, which ends it */
	void (*again)(void *arg); /* all is read again: forgets what was taken */
	void *arg;		  /* borrowed */
};

/*
 * Those of the network namespace that we are in, of TCP and UDP. Where nothing is tracked
 * (proc/tracking.h) it is not to be asked. 0 or -errno: -EPERM without CAP_NET_ADMIN.
 */
int conntrack_read(const struct conntrack_reader *reader);

/* A message of that answer, of `len` bytes: 1: *ret is one; 0: it is none of these; -EBADMSG. */
int conntrack_take(const void *message, size_t len, struct conntrack *ret);

/* --- of one connection ------------------------------------------------------------------------ */

struct conntrack_asker; /* opaque */

/* Asks in the network namespace that we are in now. 0, or -errno with *ret untouched. */
int conntrack_ask_open(struct conntrack_asker **ret);

/*
 * How the connection of which this side has `t` looks on the other side of the NAT. 1: *ret has
 * that, its local end is again the one on this side; 0: there it looks the same; -ENOENT: it is not
 * known; another -errno: -EPERM without CAP_NET_ADMIN.
 */
int conntrack_ask(struct conntrack_asker *a, uint8_t proto, const struct sw_tuple *t,
		  struct sw_tuple *ret);

/* A message of the answer, of `len` bytes, likewise; -EBADMSG. */
int conntrack_other(const void *message, size_t len, uint8_t proto, const struct sw_tuple *t,
		    struct sw_tuple *ret);

/* NULL is fine. */
void conntrack_ask_close(struct conntrack_asker *a);

#endif
