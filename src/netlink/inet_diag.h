/* SPDX-License-Identifier: GPL-2.0-only */
/* Sockets of IP by sock_diag(7). */
#ifndef SOCKWATCH_NETLINK_INET_DIAG_H
#define SOCKWATCH_NETLINK_INET_DIAG_H

#include <stddef.h>
#include <stdint.h>

struct snapshot;
struct sw_row;

/*
 * Appends to *s the rows of a protocol (SW_PROTO_META, SW_PROTO_SCTP), of both families, in the
 * network namespace that we are in, with netns as its number and without holders. 0, or -errno with
 * nothing appended: -ENOENT when the kernel has no such diagnosis.
 */
int inet_diag_read(uint8_t proto, uint32_t netns, struct snapshot *s);

/*
 * The same of TCP sockets that are bound and do nothing. Linux 6.8 tells them (91051f003948), an
 * older one none.
 */
int inet_diag_bound(uint32_t netns, struct snapshot *s);

struct inet_diag_opts {
	uint8_t proto; /* SW_PROTO_TCP, SW_PROTO_UDP */
	uint32_t netns;
	int (*step)(void *arg); /* between small steps; non-zero ends it. May be NULL */
	void *arg;
};

/*
 * As inet_diag_read(), whole: TCP with timers, from Linux 6.8 on also what is bound only; UDP with
 * drops. Not told are the user of requests and of TIME_WAIT, marks, and how much went by. Or what
 * step() returned.
 */
int inet_diag_table(const struct inet_diag_opts *opts, struct snapshot *s);

/*
 * Makes a row of one message of the kernel's answer, header and all: the part of the above that
 * needs no kernel. 0; -EBADMSG, with *ret untouched, for what is none.
 */
int inet_diag_take(uint8_t proto, const void *message, size_t len, struct sw_row *ret);

#endif
