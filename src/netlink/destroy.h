/* SPDX-License-Identifier: GPL-2.0-only */
/* Closing a socket of somebody else's, by sock_diag(7): SOCK_DESTROY. */
#ifndef SOCKWATCH_NETLINK_DESTROY_H
#define SOCKWATCH_NETLINK_DESTROY_H

#include <stddef.h>
#include <stdint.h>

struct sw_tuple;

/* A descriptor for destroy_socket(), of the network namespace that we are in; or -errno. */
int destroy_open(void);

/*
 * Closes the socket (SW_PROTO_TCP, SW_PROTO_UDP) with this cookie, which must not be 0, at these
 * addresses: a peer of TCP gets a reset, whoever holds it ECONNABORTED. 0; -ENOENT: there is none,
 * or another one; -EPERM: it takes CAP_NET_ADMIN; -EOPNOTSUPP: the kernel was built without
 * (CONFIG_INET_DIAG_DESTROY), or cannot with one like that; another -errno.
 */
int destroy_socket(int fd, uint8_t proto, const struct sw_tuple *t, uint64_t cookie);

/*
 * The message that asks for it, in `ret` of `size` bytes, aligned to 4. Returns its length; 0: it
 * does not fit. The part of the above that needs no kernel.
 */
size_t destroy_pack(void *ret, size_t size, uint8_t proto, const struct sw_tuple *t,
		    uint64_t cookie);

#endif
