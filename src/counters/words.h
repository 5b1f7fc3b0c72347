/* SPDX-License-Identifier: GPL-2.0-only */
/* What the protocols' counters mean, in netstat's words where it has some. */
#ifndef SOCKWATCH_NETSTAT_WORDS_H
#define SOCKWATCH_NETSTAT_WORDS_H

struct counter_word;

/* What netstat's -t, -u and -w select. */
enum counter_group {
	GROUP_TCP,   /* Tcp, TcpExt, MPTcpExt */
	GROUP_UDP,   /* Udp, Udp6, UdpLite, UdpLite6 */
	GROUP_IP,    /* IP and ICMP */
	GROUP_OTHER, /* Sctp, and what a newer kernel may add */
};

enum counter_group counter_group_of(const char *section);

/* NULL: nothing is known of this counter. */
const struct counter_word *counter_word_find(const char *section, const char *name);

#endif
