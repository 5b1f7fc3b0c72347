/* SPDX-License-Identifier: GPL-2.0-only */
/* Sockets of packet(7), netlink(7), vsock(7) and XDP by sock_diag(7). */
#ifndef SOCKWATCH_NETLINK_FAMILY_DIAG_H
#define SOCKWATCH_NETLINK_FAMILY_DIAG_H

#include <stddef.h>
#include <stdint.h>

struct snapshot;
struct sw_row;

/*
 * Appends to *s the rows of a protocol (SW_PROTO_PACKET and its like) in the network namespace that
 * we are in, with netns as its number and without holders. A socket may be there twice. 0, or
 * -errno with nothing appended: -ENOENT when the kernel has no such diagnosis.
 */
int family_diag_read(uint8_t proto, uint32_t netns, struct snapshot *s);

/*
 * Makes a row of one message of the kernel's answer, header and all: the part of the above that
 * needs no kernel. 0; -EBADMSG, with *ret untouched, for what is none.
 */
int family_diag_take(uint8_t proto, const void *message, size_t len, struct sw_row *ret);

#endif
