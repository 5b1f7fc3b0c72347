/* SPDX-License-Identifier: GPL-2.0-only */
/* Sockets of packet(7) and netlink(7) in PID/net/packet and PID/net/netlink of /proc. */
#ifndef SOCKWATCH_PROC_NET_FAMILY_H
#define SOCKWATCH_PROC_NET_FAMILY_H

#include <stddef.h>
#include <stdint.h>

struct netns;
struct snapshot;
struct sw_row;

/*
 * Parses one line of `len` bytes without its newline, as packet_seq_show() in
 * net/packet/af_packet.c and netlink_native_seq_show() in net/netlink/af_netlink.c print it. proto:
 * SW_PROTO_PACKET or SW_PROTO_NETLINK. Sets everything of *ret but the namespace and the holders.
 * 0; -ENODATA for the header; -EBADMSG, with *ret untouched, for anything else.
 */
int net_family_parse_line(uint8_t proto, const char *line, size_t len, struct sw_row *ret);

/*
 * Appends the rows of a namespace to *s, without holders. 0; -ENOENT when no process of the
 * namespace lets us see the table, or there is none; -errno.
 */
int net_family_read(int proc_fd, const struct netns *netns, uint8_t proto, struct snapshot *s);

#endif
