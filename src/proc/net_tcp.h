/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A line of /proc/net/tcp, tcp6, udp or udp6 (tcp4_seq_show and tcp6_seq_show in
 * net/ipv4/tcp_ipv4.c and net/ipv6; udp4_seq_show and udp6_seq_show print the same columns).
 */
#ifndef SOCKWATCH_PROC_NET_TCP_H
#define SOCKWATCH_PROC_NET_TCP_H

#include <stddef.h>

struct sw_row;

/*
 * Parses one line of `len` bytes (newline not included, need not be NUL-terminated) of
 * /proc/net/tcp (family SW_AF_INET) or tcp6 (SW_AF_INET6). Sets everything of *ret_row but the
 * namespace and the holders, which are 0. 0; -ENODATA for the header line; -EBADMSG, with
 * *ret_row untouched, for anything else that is not a socket.
 */
int net_tcp_parse_line(const char *line, size_t len, int family, struct sw_row *ret_row);

#endif
