// SPDX-License-Identifier: GPL-2.0-only
#include "counters/faults.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "core/counter.h"

#define PARTS 2
#define MILLION 1000000.0

/* Where a counter is found. */
struct key {
	const char *section; /* NULL: none */
	const char *name;
};

struct fault_rule {
	const char *name;
	struct key count;
	struct key less;      /* is taken off the count */
	struct key of[PARTS]; /* their sum is what count is a part of; none: of nothing */
	bool and_6;	      /* the same for the sections of IPv6 */
	uint32_t least;	      /* fewer are not told */
	uint32_t least_share; /* nor is a smaller part: in a million */
	const char *words;    /* behind "12", or "2.3%" where there is an `of` */
	const char *see;      /* where to go on; NULL: the counters do not say */
};

#define OPENS                                 \
	{                                     \
		{ "Tcp", "ActiveOpens" },     \
		{                             \
			"Tcp", "PassiveOpens" \
		}                             \
	}

/* sockwatch(8) has the limits, too. */
static const struct fault_rule rules[] = {
	{ "retransmits",
	  { "Tcp", "RetransSegs" },
	  .of = { { "TcpExt", "TCPOrigDataSent" }, { "Tcp", "RetransSegs" } },
	  .least = 10,
	  .least_share = 10000,
	  .words = "of the segments with data were sent again: loss or congestion" },
	{ "attempts",
	  { "Tcp", "AttemptFails" },
	  .of = OPENS,
	  .least = 10,
	  .least_share = 100000,
	  .words = "of the connections failed before they were established",
	  .see = "sockwatch --failed" },
	{ "resets",
	  { "Tcp", "EstabResets" },
	  .of = OPENS,
	  .least = 10,
	  .least_share = 100000,
	  .words = "of the connections ended by a reset",
	  .see = "sockwatch --failed" },
	{ "timeouts",
	  { "TcpExt", "TCPAbortOnTimeout" },
	  .of = OPENS,
	  .least = 10,
	  .least_share = 10000,
	  .words = "of the connections were given up after timeouts",
	  .see = "sockwatch --failed" },
	{ "bad_segments",
	  { "Tcp", "InErrs" },
	  .of = { { "Tcp", "InSegs" } },
	  .least = 10,
	  .least_share = 100,
	  .words = "of the segments received were bad" },
	{ "listen_overflows",
	  { "TcpExt", "ListenOverflows" },
	  .least = 1,
	  .words = "times the queue of a listening socket was full",
	  .see = "Recv-Q of sockwatch list -l" },
	{ "listen_drops",
	  { "TcpExt", "ListenDrops" },
	  .less = { "TcpExt", "ListenOverflows" },
	  .least = 1,
	  .words = "SYNs were dropped by listening sockets whose queue was not full" },
	{ "syn_cookies",
	  { "TcpExt", "TCPReqQFullDoCookies" },
	  .least = 1,
	  .words = "SYNs were answered with a cookie as the SYN queue was full: a flood, or a "
		   "backlog too small",
	  .see = "net.ipv4.tcp_max_syn_backlog" },
	{ "syn_drops",
	  { "TcpExt", "TCPReqQFullDrop" },
	  .least = 1,
	  .words = "SYNs were dropped as the SYN queue was full: a flood, or a backlog too small",
	  .see = "net.ipv4.tcp_max_syn_backlog" },
	{ "backlog",
	  { "TcpExt", "TCPBacklogDrop" },
	  .least = 1,
	  .words = "segments were dropped as the backlog of a socket was full",
	  .see = "net.ipv4.tcp_rmem" },
	{ "receive_queue",
	  { "TcpExt", "TCPRcvQDrop" },
	  .least = 1,
	  .words = "segments were dropped as a receive queue was full",
	  .see = "Recv-Q of sockwatch list -t" },
	{ "pruned",
	  { "TcpExt", "RcvPruned" },
	  .least = 1,
	  .words = "times a receive queue that had no room left was thrown away in part",
	  .see = "Recv-Q of sockwatch list -t" },
	{ "memory_pressure",
	  { "TcpExt", "TCPMemoryPressures" },
	  .least = 1,
	  .words = "times TCP ran low on memory",
	  .see = "net.ipv4.tcp_mem" },
	{ "memory_aborts",
	  { "TcpExt", "TCPAbortOnMemory" },
	  .least = 1,
	  .words = "connections were aborted for want of memory",
	  .see = "net.ipv4.tcp_mem, net.ipv4.tcp_max_orphans" },
	{ "time_wait",
	  { "TcpExt", "TCPTimeWaitOverflow" },
	  .least = 1,
	  .words = "connections had no TIME_WAIT as there were too many",
	  .see = "net.ipv4.tcp_max_tw_buckets" },
	{ "reverse_path",
	  { "TcpExt", "IPReversePathFilter" },
	  .least = 10,
	  .words = "packets were dropped by the reverse path filter",
	  .see = "net.ipv4.conf.*.rp_filter" },
	{ "receive_buffer",
	  { "Udp", "RcvbufErrors" },
	  .of = { { "Udp", "InDatagrams" }, { "Udp", "RcvbufErrors" } },
	  .and_6 = true,
	  .least = 1,
	  .words = "of the datagrams were lost as a receive buffer was full",
	  .see = "Recv-Q of sockwatch list -u" },
	{ "send_buffer",
	  { "Udp", "SndbufErrors" },
	  .of = { { "Udp", "OutDatagrams" }, { "Udp", "SndbufErrors" } },
	  .and_6 = true,
	  .least = 1,
	  .words = "of the datagrams were not sent as a send buffer was full" },
	{ "udp_memory",
	  { "Udp", "MemErrors" },
	  .and_6 = true,
	  .least = 1,
	  .words = "datagrams were dropped for want of memory",
	  .see = "net.ipv4.udp_mem" },
	{ "checksums",
	  { "Udp", "InCsumErrors" },
	  .of = { { "Udp", "InDatagrams" }, { "Udp", "InCsumErrors" } },
	  .and_6 = true,
	  .least = 10,
	  .least_share = 100,
	  .words = "of the datagrams had a wrong checksum" },
	{ "closed_ports",
	  { "Udp", "NoPorts" },
	  .of = { { "Udp", "InDatagrams" }, { "Udp", "NoPorts" } },
	  .and_6 = true,
	  .least = 10,
	  .least_share = 100000,
	  .words = "of the datagrams were for ports that nobody has" },
	{ "discarded",
	  { "Ip", "InDiscards" },
	  .of = { { "Ip", "InReceives" } },
	  .and_6 = true,
	  .least = 10,
	  .least_share = 100,
	  .words = "of the packets received were discarded" },
	{ "headers",
	  { "Ip", "InHdrErrors" },
	  .of = { { "Ip", "InReceives" } },
	  .and_6 = true,
	  .least = 10,
	  .least_share = 100,
	  .words = "of the packets received had a bad header, or no hops left" },
	{ "addresses",
	  { "Ip", "InAddrErrors" },
	  .of = { { "Ip", "InReceives" } },
	  .and_6 = true,
	  .least = 10,
	  .least_share = 1000,
	  .words = "of the packets received had an address that is not for us" },
	{ "dropped",
	  { "Ip", "OutDiscards" },
	  .of = { { "Ip", "OutRequests" } },
	  .and_6 = true,
	  .least = 10,
	  .least_share = 1000,
	  .words = "of the packets to be sent were dropped" },
	{ "no_route",
	  { "Ip", "OutNoRoutes" },
	  .of = { { "Ip", "OutRequests" }, { "Ip", "OutNoRoutes" } },
	  .and_6 = true,
	  .least = 10,
	  .least_share = 1000,
	  .words = "of the packets to be sent had no route",
	  .see = "sockwatch route" },
	{ "reassembly",
	  { "Ip", "ReasmFails" },
	  .of = { { "Ip", "ReasmOKs" }, { "Ip", "ReasmFails" } },
	  .and_6 = true,
	  .least = 10,
	  .least_share = 10000,
	  .words = "of the packets in fragments could not be put together" },
};

#define N_RULES (sizeof(rules) / sizeof(rules[0]))

_Static_assert(2 * N_RULES <= FAULTS_MAX, "make FAULTS_MAX larger");

/* Adds the counter of a key to *sum. False: it was not read. */
static bool add(const struct counters *c, const struct key *key, bool six, uint64_t *sum)
{
	char section[COUNTER_SECTION_LEN];
	const struct counter *found;

	snprintf(section, sizeof(section), "%s%s", key->section, six ? "6" : "");
	found = counters_find(c, section, key->name);
	if (!found)
		return false;
	if (!found->negative && __builtin_add_overflow(*sum, found->value, sum))
		*sum = UINT64_MAX;
	return true;
}

/* Three digits that count, at most. */
static void percent_format(char *text, size_t size, double percent)
{
	if (percent < 0.0005)
		snprintf(text, size, "under 0.001%%");
	else
		snprintf(text, size, "%.*f%%",
			 percent >= 9.95    ? 0
			 : percent >= 0.095 ? 1
					    : 3,
			 percent);
}

static void say(const struct fault_rule *rule, struct counter_fault *fault)
{
	char part[64] = "", number[32];

	if (fault->of) {
		percent_format(number, sizeof(number),
			       100.0 * (double)fault->count / (double)fault->of);
		snprintf(part, sizeof(part), " (%" PRIu64 " of %" PRIu64 ")", fault->count,
			 fault->of);
	} else {
		snprintf(number, sizeof(number), "%" PRIu64, fault->count);
	}
	snprintf(fault->text, sizeof(fault->text), "%s %s%s%s%s", number, rule->words, part,
		 rule->see ? ": see " : "", rule->see ? rule->see : "");
}

static bool apply(const struct fault_rule *rule, const struct counters *c, bool six,
		  struct counter_fault *ret)
{
	uint64_t count = 0, less = 0, of = 0;

	if (!add(c, &rule->count, six, &count))
		return false;
	if (rule->less.section && !add(c, &rule->less, six, &less))
		return false;
	for (int i = 0; i < PARTS && rule->of[i].section; i++)
		if (!add(c, &rule->of[i], six, &of))
			return false;
	count = count > less ? count - less : 0;
	if (count < rule->least || (double)count * MILLION < (double)of * rule->least_share)
		return false;
	if (of < count) /* a server's attempts that fail are no openings: a share would mislead */
		of = 0;
	*ret = (struct counter_fault){ .name = rule->name, .count = count, .of = of };
	snprintf(ret->section, sizeof(ret->section), "%s%s", rule->count.section, six ? "6" : "");
	say(rule, ret);
	return true;
}

size_t faults_find(const struct counters *c, struct counter_fault *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < N_RULES; i++) {
		n += apply(&rules[i], c, false, &ret[n]);
		if (rules[i].and_6)
			n += apply(&rules[i], c, true, &ret[n]);
	}
	return n;
}
