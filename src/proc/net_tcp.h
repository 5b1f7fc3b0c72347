/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A line of /proc/net/tcp, tcp6, udp, udp6, raw or raw6 (tcp4_seq_show() and tcp6_seq_show() in
 * net/ipv4/tcp_ipv4.c and net/ipv6/tcp_ipv6.c; those of UDP and raw sockets print the same
 * columns).
 */
#ifndef SOCKWATCH_PROC_NET_TCP_H
#define SOCKWATCH_PROC_NET_TCP_H

#include <stddef.h>

struct sw_row;

/*
 * Parses one line of `len` bytes (newline not included, need not be NUL-terminated) of a table of
 * IPv4 (family SW_AF_INET) or IPv6 (SW_AF_INET6). Sets everything of *ret_row but the protocol, the
 * namespace and the holders, which are 0. 0; -ENODATA for the header line; -EBADMSG, with *ret_row
 * untouched, for anything else that is not a socket.
 */
int net_tcp_parse_line(const char *line, size_t len, int family, struct sw_row *ret_row);

#endif
