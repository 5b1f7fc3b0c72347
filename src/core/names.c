// SPDX-License-Identifier: GPL-2.0-only
#include "core/names.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "core/record.h"
#include "core/row.h"
#include "event.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const state_names[] = {
	[SW_TCP_ESTABLISHED] = "ESTABLISHED",
	[SW_TCP_SYN_SENT] = "SYN_SENT",
	[SW_TCP_SYN_RECV] = "SYN_RECV",
	[SW_TCP_FIN_WAIT1] = "FIN_WAIT1",
	[SW_TCP_FIN_WAIT2] = "FIN_WAIT2",
	[SW_TCP_TIME_WAIT] = "TIME_WAIT",
	[SW_TCP_CLOSE] = "CLOSE",
	[SW_TCP_CLOSE_WAIT] = "CLOSE_WAIT",
	[SW_TCP_LAST_ACK] = "LAST_ACK",
	[SW_TCP_LISTEN] = "LISTEN",
	[SW_TCP_CLOSING] = "CLOSING",
	[SW_TCP_NEW_SYN_RECV] = "SYN_RECV", /* a request socket: netstat makes no difference */
};

const char *state_name(uint8_t state)
{
	if (state >= COUNT(state_names) || !state_names[state])
		return "UNKNOWN";
	return state_names[state];
}

/* Equal but for case and for what stands between the words: FIN_WAIT1, fin-wait-1. */
static bool same_words(const char *a, const char *b)
{
	for (;;) {
		while (*a == '_' || *a == '-')
			a++;
		while (*b == '_' || *b == '-')
			b++;
		if (toupper((unsigned char)*a) != toupper((unsigned char)*b))
			return false;
		if (!*a)
			return true;
		a++;
		b++;
	}
}

uint8_t state_from_name(const char *name)
{
	static const struct {
		const char *name;
		uint8_t state;
	} others[] = {
		{ "ESTAB", SW_TCP_ESTABLISHED },
		{ "LISTENING", SW_TCP_LISTEN },
		{ "CLOSED", SW_TCP_CLOSE },
		{ "SYN_RCVD", SW_TCP_SYN_RECV },
	};

	for (uint8_t s = SW_TCP_ESTABLISHED; s <= SW_TCP_CLOSING; s++)
		if (same_words(name, state_names[s]))
			return s;
	for (size_t i = 0; i < COUNT(others); i++)
		if (same_words(name, others[i].name))
			return others[i].state;
	return 0;
}

const char *event_kind_name(uint8_t kind)
{
	static const char *const names[] = { [0] = "unknown",
					     [SW_EV_SOCKET] = "socket",
					     [SW_EV_STATE] = "state",
					     [SW_EV_ACCEPT] = "accept",
					     [SW_EV_LOST] = "lost",
					     [SW_EV_BIND] = "bind",
					     [SW_EV_CONNECT] = "connect",
					     [SW_EV_OPEN] = "open",
					     [SW_EV_CLOSE] = "close",
					     [SW_EV_RETRANSMIT] = "retransmit",
					     [SW_EV_CONN] = "conn",
					     [SW_EV_RECORDER] = "recorder" };

	return kind < COUNT(names) ? names[kind] : names[0];
}

const char *recorder_act_name(uint8_t act)
{
	static const char *const names[RECORDER_ACTS] = { [RECORDER_START] = "start",
							  [RECORDER_ALIVE] = "alive",
							  [RECORDER_STOP] = "stop",
							  [RECORDER_GAP] = "gap",
							  [RECORDER_REMOVED] = "removed",
							  [RECORDER_MISSING] = "missing",
							  [RECORDER_UNREADABLE] = "unreadable" };

	return act < RECORDER_ACTS ? names[act] : NULL;
}

const char *owner_source_name(uint8_t source)
{
	static const char *const names[SW_OWNER_SOURCES] = {
		[SW_OWNER_UNKNOWN] = "unknown",	    [SW_OWNER_CONNECT] = "connect",
		[SW_OWNER_ACCEPT] = "accept",	    [SW_OWNER_LISTEN] = "listen",
		[SW_OWNER_INHERITED] = "inherited", [SW_OWNER_SNAPSHOT] = "snapshot",
		[SW_OWNER_BIND] = "bind",	    [SW_OWNER_USE] = "use",
		[SW_OWNER_KERNEL] = "kernel",
	};

	return source < COUNT(names) ? names[source] : names[0];
}

const char *reason_name(uint8_t reason)
{
	static const char *const names[SW_REASONS] = {
		[SW_REASON_REFUSED] = "refused",
		[SW_REASON_RESET_BY_PEER] = "reset_by_peer",
		[SW_REASON_RESET_LOCALLY] = "reset_locally",
		[SW_REASON_TIMED_OUT] = "timed_out",
		[SW_REASON_UNREACHABLE] = "unreachable",
		[SW_REASON_ABORTED] = "aborted",
		[SW_REASON_IN_USE] = "in_use",
		[SW_REASON_NO_ADDRESS] = "no_address",
		[SW_REASON_DENIED] = "denied",
		[SW_REASON_INVALID] = "invalid",
	};

	return reason < COUNT(names) ? names[reason] : NULL;
}

const char *errno_name(int error)
{
	return error > 0 ? strerrorname_np(error) : NULL;
}

const char *proto_name(const struct sw_event *e)
{
	static const char *const names[UINT8_MAX + 1] = {
		[SW_PROTO_ICMP] = "icmp",	[SW_PROTO_TCP] = "tcp",
		[SW_PROTO_UDP] = "udp",		[SW_PROTO_UDPLITE] = "udplite",
		[SW_PROTO_RAW] = "raw",		[SW_PROTO_SCTP] = "sctp",
		[SW_PROTO_META] = "mptcp",	[SW_PROTO_PACKET] = "packet",
		[SW_PROTO_NETLINK] = "netlink", [SW_PROTO_VSOCK] = "vsock",
		[SW_PROTO_TIPC] = "tipc",	[SW_PROTO_XDP] = "xdp",
	};

	if (e->sock.proto == SW_PROTO_TCP && (e->sock.have & SW_HAVE_MPTCP))
		return "mptcp";
	return names[e->sock.proto] ? names[e->sock.proto] : "unknown";
}

const char *event_state_name(const struct sw_event *e)
{
	if (!e->sock.state) /* a row of which not more is known than that it is there */
		return NULL;
	if (sw_is_datagram(e->sock.proto) && e->sock.state != SW_TCP_ESTABLISHED)
		return NULL;
	return state_name(e->sock.state);
}

const char *time_wait_end_name(const struct sw_event *e)
{
	if (e->sock.have & SW_HAVE_EXPIRED)
		return "expired";
	return e->sock.have & SW_HAVE_RECYCLED ? "recycled" : NULL;
}

const char *timer_name(uint8_t kind)
{
	static const char *const names[] = { [SW_TIMER_OFF] = "off",
					     [SW_TIMER_ON] = "on",
					     [SW_TIMER_KEEPALIVE] = "keepalive",
					     [SW_TIMER_TIME_WAIT] = "timewait",
					     [SW_TIMER_PROBE] = "probe" };

	return kind < COUNT(names) ? names[kind] : "unknown";
}
