/* SPDX-License-Identifier: GPL-2.0-only */
/* What the protocols' counters mean, in the sentences of netstat -s where it has one. Pure. */
#ifndef SOCKWATCH_COUNTERS_MEANINGS_H
#define SOCKWATCH_COUNTERS_MEANINGS_H

struct counter_meaning;

/* What netstat's -t, -u and -w select. */
enum counter_group {
	GROUP_TCP,   /* Tcp, TcpExt, MPTcpExt */
	GROUP_UDP,   /* Udp, Udp6, UdpLite, UdpLite6 */
	GROUP_IP,    /* IP and ICMP */
	GROUP_OTHER, /* Sctp, and what a newer kernel may add */
};

/* The group of a section ("TcpExt"); GROUP_OTHER for one that is not known. */
enum counter_group counter_group_of(const char *section);

/* What is known of the counter `name` of a section; static. NULL: nothing is. */
const struct counter_meaning *counter_meaning_find(const char *section, const char *name);

#endif
