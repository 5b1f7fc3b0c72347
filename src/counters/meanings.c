// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sentences are those that netstat -s prints; the meaning of what it prints by name is that of
 * Documentation/networking/snmp_counter.rst, of RFC 2011 to 2013 and 4293, or of the place in the
 * kernel that counts it.
 */
#include "counters/meanings.h"

#include <stddef.h>
#include <string.h>

#include "core/counter.h"
#include "counters/meanings_tcp.h"

#define B COUNTER_BASIC
#define T COUNTER_TROUBLE
#define G COUNTER_GAUGE
#define I COUNTER_IN
#define O COUNTER_OUT

static const struct counter_meaning ip[] = {
	{ "Forwarding", "1: packets are forwarded, 2: they are not", G },
	{ "DefaultTTL", "hops that a packet of ours may take", G },
	{ "InReceives", "# total packets received", B },
	{ "InHdrErrors", "# with invalid headers", T },
	{ "InAddrErrors", "# with invalid addresses", T },
	{ "ForwDatagrams", "# forwarded", B },
	{ "InUnknownProtos", "# with unknown protocol", 0 },
	{ "InDiscards", "# incoming packets discarded", B | T },
	{ "InDelivers", "# incoming packets delivered", B },
	{ "OutRequests", "# requests sent out", B },
	{ "OutDiscards", "# outgoing packets dropped", T },
	{ "OutNoRoutes", "# dropped because of missing route", T },
	{ "ReasmTimeout", "# fragments dropped after timeout", T },
	{ "ReasmReqds", "# reassemblies required", 0 },
	{ "ReasmOKs", "# packets reassembled ok", 0 },
	{ "ReasmFails", "# packet reassemblies failed", T },
	{ "FragOKs", "# outgoing packets fragmented ok", 0 },
	{ "FragFails", "# outgoing packets failed fragmentation", T },
	{ "FragCreates", "# fragments created", 0 },
	{ "OutTransmits", "packets handed to a device, forwarded ones too", 0 },
	{ 0 },
};

/* of ip[] too, but for these */
static const struct counter_meaning ip6[] = {
	{ "InTooBigErrors", "# with packets too big", T },
	{ "InNoRoutes", "# incoming packets with no route", T },
	{ "InTruncatedPkts", "# with truncated packets", T },
	{ "OutForwDatagrams", "# forwarded", B },
	{ "InMcastPkts", "# incoming multicast packets", 0 },
	{ "OutMcastPkts", "# outgoing multicast packets", 0 },
	{ 0 },
};

static const struct counter_meaning ip_ext[] = {
	{ "InNoRoutes", "incoming packets without a route", T },
	{ "InTruncatedPkts", "packets shorter than their header says", T },
	{ "InCsumErrors", "packets with a wrong header checksum", T },
	{ "InCEPkts", "packets marked by a congested router", 0 },
	{ "ReasmOverlaps", "fragments that overlap, dropped", T },
	{ 0 },
};

static const struct counter_meaning icmp[] = {
	{ "InMsgs", "# ICMP messages received", B },
	{ "InErrors", "# input ICMP message failed", B | T },
	{ "InCsumErrors", "messages with a wrong checksum", T },
	{ "InDestUnreachs", "destination unreachable: #", I },
	{ "InTimeExcds", "timeout in transit: #", I },
	{ "InParmProbs", "wrong parameters: #", I },
	{ "InSrcQuenchs", "source quenches: #", I },
	{ "InRedirects", "redirects: #", I },
	{ "InEchos", "echo requests: #", I },
	{ "InEchoReps", "echo replies: #", I },
	{ "InTimestamps", "timestamp request: #", I },
	{ "InTimestampReps", "timestamp reply: #", I },
	{ "InAddrMasks", "address mask request: #", I },
	{ "InAddrMaskReps", "address mask replies: #", I },
	{ "OutMsgs", "# ICMP messages sent", B },
	{ "OutErrors", "# ICMP messages failed", B },
	{ "OutRateLimitGlobal", "messages not sent: too many in all", 0 },
	{ "OutRateLimitHost", "messages not sent: too many to one host", 0 },
	{ "OutDestUnreachs", "destination unreachable: #", O },
	{ "OutTimeExcds", "time exceeded: #", O },
	{ "OutParmProbs", "wrong parameters: #", O },
	{ "OutSrcQuenchs", "source quench: #", O },
	{ "OutRedirects", "redirect: #", O },
	{ "OutEchos", "echo requests: #", O },
	{ "OutEchoReps", "echo replies: #", O },
	{ "OutTimestamps", "timestamp requests: #", O },
	{ "OutTimestampReps", "timestamp replies: #", O },
	{ "OutAddrMasks", "address mask requests: #", O },
	{ "OutAddrMaskReps", "address mask replies: #", O },
	{ 0 },
};

static const struct counter_meaning icmp6[] = {
	{ "InMsgs", "# ICMP messages received", B },
	{ "InErrors", "# input ICMP message failed", B | T },
	{ "OutMsgs", "# ICMP messages sent", B },
	{ "OutErrors", "messages that could not be sent", 0 },
	{ "InCsumErrors", "messages with a wrong checksum", T },
	{ "OutRateLimitHost", "messages not sent: too many to one host", 0 },
	{ "InDestUnreachs", "destination unreachable: #", I },
	{ "InPktTooBigs", "packets too big: #", I },
	{ "InTimeExcds", "received ICMPv6 time exceeded: #", I },
	{ "InParmProblems", "parameter problem: #", I },
	{ "InEchos", "echo requests: #", I },
	{ "InEchoReplies", "echo replies: #", I },
	{ "InGroupMembQueries", "group member queries: #", I },
	{ "InGroupMembResponses", "group member responses: #", I },
	{ "InGroupMembReductions", "group member reductions: #", I },
	{ "InRouterSolicits", "router solicits: #", I },
	{ "InRouterAdvertisements", "router advertisement: #", I },
	{ "InNeighborSolicits", "neighbour solicits: #", I },
	{ "InNeighborAdvertisements", "neighbour advertisement: #", I },
	{ "InRedirects", "redirects: #", I },
	{ "InMLDv2Reports", NULL, I },
	{ "OutDestUnreachs", "destination unreachable: #", O },
	{ "OutPktTooBigs", "packets too big: #", O },
	{ "OutTimeExcds", "sent ICMPv6 time exceeded: #", O },
	{ "OutParmProblems", "parameter problem: #", O },
	{ "OutEchos", "echo requests: #", O },
	{ "OutEchoReplies", "echo replies: #", O },
	{ "OutGroupMembQueries", "group member queries: #", O },
	{ "OutGroupMembResponses", "group member responses: #", O },
	{ "OutGroupMembReductions", "group member reductions: #", O },
	{ "OutRouterSolicits", "router solicits: #", O },
	{ "OutRouterAdvertisements", NULL, O },
	{ "OutNeighborSolicits", "neighbor solicits: #", O },
	{ "OutNeighborAdvertisements", "neighbor advertisements: #", O },
	{ "OutRedirects", "redirects: #", O },
	{ "OutMLDv2Reports", NULL, O },
	{ 0 },
};

static const struct counter_meaning tcp[] = {
	{ "RtoAlgorithm", "how the retransmission timeout is found, 1: other than RFC 2012 knows",
	  G },
	{ "RtoMin", "milliseconds until a retransmission, at least", G },
	{ "RtoMax", "milliseconds until a retransmission, at most", G },
	{ "MaxConn", "connections that there may be, -1: no limit", G },
	{ "ActiveOpens", "# active connection openings", B },
	{ "PassiveOpens", "# passive connection openings", B },
	{ "AttemptFails", "# failed connection attempts", B | T },
	{ "EstabResets", "# connection resets received", B | T },
	{ "CurrEstab", "# connections established", B | G },
	{ "InSegs", "# segments received", B },
	{ "OutSegs", "# segments sent out", B },
	{ "RetransSegs", "# segments retransmitted", B | T },
	{ "InErrs", "# bad segments received", B | T },
	{ "OutRsts", "# resets sent", B },
	{ "InCsumErrors", "segments with a wrong checksum", T },
	{ 0 },
};

static const struct counter_meaning udp[] = {
	{ "InDatagrams", "# packets received", B },
	{ "NoPorts", "# packets to unknown port received", B | T },
	{ "InErrors", "# packet receive errors", B | T },
	{ "OutDatagrams", "# packets sent", B },
	{ "RcvbufErrors", "# receive buffer errors", B | T },
	{ "SndbufErrors", "# send buffer errors", B | T },
	{ "InCsumErrors", "datagrams with a wrong checksum", T },
	{ "IgnoredMulti", "datagrams to a group or all that nobody wanted", 0 },
	{ "MemErrors", "datagrams dropped as UDP has no memory left (net.ipv4.udp_mem)", T },
	{ 0 },
};

/* of udp[] too, but for these, which netstat shows by name */
static const struct counter_meaning udp6[] = {
	{ "RcvbufErrors", "datagrams dropped as a receive buffer was full", T },
	{ "SndbufErrors", "datagrams not sent as a send buffer was full", T },
	{ 0 },
};

static const struct counter_meaning udp_lite[] = {
	{ "InDatagrams", "packets received", 0 },
	{ "NoPorts", "packets to unknown port received", T },
	{ "InErrors", "packet receive errors", T },
	{ "OutDatagrams", "packets sent", 0 },
	{ "RcvbufErrors", "datagrams dropped as a receive buffer was full", T },
	{ "SndbufErrors", "datagrams not sent as a send buffer was full", T },
	{ "InCsumErrors", "datagrams with a wrong checksum", T },
	{ "MemErrors", "datagrams dropped as UDP has no memory left (net.ipv4.udp_mem)", T },
	{ 0 },
};

static const struct counter_meaning sctp[] = {
	{ "CurrEstab", "# Current Associations", B | G },
	{ "ActiveEstabs", "# Active Associations", B },
	{ "PassiveEstabs", "# Passive Associations", B },
	{ "Aborteds", "# Number of Aborteds", B | T },
	{ "Shutdowns", "# Number of Graceful Terminations", B },
	{ "OutOfBlues", "# Number of Out of Blue packets", B },
	{ "ChecksumErrors", "# Number of Packets with invalid Checksum", B | T },
	{ "OutCtrlChunks", "# Number of control chunks sent", B },
	{ "OutOrderChunks", "# Number of ordered chunks sent", B },
	{ "OutUnorderChunks", "# Number of Unordered chunks sent", B },
	{ "InCtrlChunks", "# Number of control chunks received", B },
	{ "InOrderChunks", "# Number of ordered chunks received", B },
	{ "InUnorderChunks", "# Number of Unordered chunks received", B },
	{ "FragUsrMsgs", "# Number of messages fragmented", B },
	{ "ReasmUsrMsgs", "# Number of messages reassembled", B },
	{ "OutSCTPPacks", "# Number of SCTP packets sent", B },
	{ "InSCTPPacks", "# Number of SCTP packets received", B },
	{ "T3RtxExpireds", "retransmission timeouts", T },
	{ "T3Retransmits", "chunks sent again after a timeout", T },
	{ "FastRetransmits", "chunks sent again at once", T },
	{ "InPktDiscards", "received packets discarded", T },
	{ "InDataChunkDiscards", "received data chunks discarded", T },
	{ 0 },
};

#undef B
#undef T
#undef G
#undef I
#undef O

struct section {
	const char *name;
	enum counter_group group;
	const struct counter_meaning *all; /* up to one without a name; NULL: none */
};

/* A section that is here twice has the meanings of both, the first of a name counts. */
static const struct section sections[] = {
	{ "Ip", GROUP_IP, ip },
	{ "IpExt", GROUP_IP, ip_ext },
	{ "Icmp", GROUP_IP, icmp },
	{ "IcmpMsg", GROUP_IP, NULL },
	{ "Tcp", GROUP_TCP, tcp },
	{ "TcpExt", GROUP_TCP, meanings_tcp_ext },
	{ "MPTcpExt", GROUP_TCP, meanings_mptcp_ext },
	{ "Udp", GROUP_UDP, udp },
	{ "UdpLite", GROUP_UDP, udp_lite },
	{ "Ip6", GROUP_IP, ip6 },
	{ "Ip6", GROUP_IP, ip },
	{ "Icmp6", GROUP_IP, icmp6 },
	{ "Udp6", GROUP_UDP, udp6 },
	{ "Udp6", GROUP_UDP, udp },
	{ "UdpLite6", GROUP_UDP, udp_lite },
	{ "Sctp", GROUP_OTHER, sctp },
};

#define COUNT (sizeof(sections) / sizeof(sections[0]))

enum counter_group counter_group_of(const char *section)
{
	for (size_t i = 0; i < COUNT; i++)
		if (!strcmp(sections[i].name, section))
			return sections[i].group;
	return GROUP_OTHER;
}

const struct counter_meaning *counter_meaning_find(const char *section, const char *name)
{
	for (size_t i = 0; i < COUNT; i++) {
		if (strcmp(sections[i].name, section) != 0)
			continue;
		for (const struct counter_meaning *m = sections[i].all; m && m->name; m++)
			if (!strcmp(m->name, name))
				return m;
	}
	return NULL;
}
