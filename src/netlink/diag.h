/* SPDX-License-Identifier: GPL-2.0-only */
/* What every dump of sock_diag(7) has in common, and that of conntrack with them. */
#ifndef SOCKWATCH_NETLINK_DIAG_H
#define SOCKWATCH_NETLINK_DIAG_H

#include <stddef.h>
#include <stdint.h>

struct nlattr;
struct nlmsghdr;

struct diag_dump {
	int family;	     /* of netlink(7); 0: NETLINK_SOCK_DIAG */
	uint16_t type;	     /* of the request; 0: SOCK_DIAG_BY_FAMILY */
	const void *request; /* borrowed: struct unix_diag_req or the like */
	size_t size;	     /* of it */
	uint32_t protocol; /* 0, or one that does not fit in the request (INET_DIAG_REQ_PROTOCOL) */
	/* Appends attributes; NULL: there are none but that of the protocol. */
	void (*put)(struct nlmsghdr *request);
	/* Takes a message of the answer. 0, or -errno, which ends the dump. */
	int (*take)(void *arg, const struct nlmsghdr *message);
	/* The table changed while it was read: it is read again. Forgets what was taken. */
	void (*again)(void *arg);
	void *arg; /* borrowed */
};

/*
 * Asks about the network namespace that we are in. 0, also when the table never held still, with
 * what was read at last; -ENOENT when the kernel has no such diagnosis; another -errno.
 */
int diag_run(const struct diag_dump *dump);

/*
 * Checks that a message of `len` bytes in memory is whole and has `size` bytes in front of its
 * attributes. Those; NULL: -EBADMSG.
 */
const void *diag_body(const void *message, size_t len, size_t size);

/* An attribute that begins with so many bytes, else NULL. */
const void *diag_attr(const struct nlattr *attr, size_t size);

#endif
