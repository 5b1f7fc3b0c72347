// SPDX-License-Identifier: GPL-2.0-only
/* Words for numbers, and back. */
#include "unit.h"

#include <errno.h>

#include "core/names.h"
#include "event.h"

TEST(state_name__is_netstats)
{
	static const char *const names[] = {
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
		[SW_TCP_NEW_SYN_RECV] = "SYN_RECV",
	};

	for (uint8_t s = SW_TCP_ESTABLISHED; s < COUNT(names); s++)
		assert_string_equal(state_name(s), names[s]);
}

TEST(state_name__of_no_state_is_unknown)
{
	assert_string_equal(state_name(0), "UNKNOWN");
	for (unsigned int s = SW_TCP_STATES; s <= UINT8_MAX; s++)
		assert_string_equal(state_name((uint8_t)s), "UNKNOWN");
}

TEST(state_from_name__takes_back_every_name)
{
	for (uint8_t s = SW_TCP_ESTABLISHED; s <= SW_TCP_CLOSING; s++)
		assert_int_equal(state_from_name(state_name(s)), s);
}

TEST(state_from_name__takes_the_spellings_of_ss_and_others)
{
	static const struct {
		const char *name;
		uint8_t state;
	} cases[] = {
		{ "estab", SW_TCP_ESTABLISHED },
		{ "established", SW_TCP_ESTABLISHED },
		{ "Established", SW_TCP_ESTABLISHED },
		{ "syn-sent", SW_TCP_SYN_SENT },
		{ "syn-recv", SW_TCP_SYN_RECV },
		{ "SYN_RCVD", SW_TCP_SYN_RECV },
		{ "synrecv", SW_TCP_SYN_RECV },
		{ "fin-wait-1", SW_TCP_FIN_WAIT1 },
		{ "fin_wait_2", SW_TCP_FIN_WAIT2 },
		{ "finwait2", SW_TCP_FIN_WAIT2 },
		{ "time-wait", SW_TCP_TIME_WAIT },
		{ "Time_Wait", SW_TCP_TIME_WAIT },
		{ "closed", SW_TCP_CLOSE },
		{ "close", SW_TCP_CLOSE },
		{ "close-wait", SW_TCP_CLOSE_WAIT },
		{ "last-ack", SW_TCP_LAST_ACK },
		{ "listening", SW_TCP_LISTEN },
		{ "listen", SW_TCP_LISTEN },
		{ "closing", SW_TCP_CLOSING },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		unit_case("%s", cases[i].name);
		assert_int_equal(state_from_name(cases[i].name), cases[i].state);
	}
}

TEST(state_from_name__of_nonsense_is_none)
{
	static const char *const names[] = {
		"",	      "-", "_",	   "EST",	"ESTABLISHEDX", "UNKNOWN", "fin-wait",
		"fin-wait-3", "1", "wait", "time wait", "TIME_WAI",	"\xff",	   "NEW_SYN_RECV"
	};

	for (size_t i = 0; i < COUNT(names); i++)
		assert_int_equal(state_from_name(names[i]), 0);
}

TEST(event_kind_name__of_every_kind)
{
	assert_string_equal(event_kind_name(SW_EV_SOCKET), "socket");
	assert_string_equal(event_kind_name(SW_EV_STATE), "state");
	assert_string_equal(event_kind_name(SW_EV_ACCEPT), "accept");
	assert_string_equal(event_kind_name(SW_EV_LOST), "lost");
	assert_string_equal(event_kind_name(0), "unknown");
	assert_string_equal(event_kind_name(SW_EV_BIND), "bind");
	assert_string_equal(event_kind_name(SW_EV_CONNECT), "connect");
	assert_string_equal(event_kind_name(SW_EV_OPEN), "open");
	assert_string_equal(event_kind_name(SW_EV_CLOSE), "close");
	assert_string_equal(event_kind_name(SW_EV_RETRANSMIT), "retransmit");
	assert_string_equal(event_kind_name(SW_EV_CONN), "conn");
	assert_string_equal(event_kind_name(SW_EV_RECORDER), "recorder");
	assert_string_equal(event_kind_name(SW_EV_RECORDER + 1), "unknown");
	assert_string_equal(event_kind_name(UINT8_MAX), "unknown");
}

TEST(owner_source_name__of_every_source)
{
	assert_string_equal(owner_source_name(SW_OWNER_UNKNOWN), "unknown");
	assert_string_equal(owner_source_name(SW_OWNER_CONNECT), "connect");
	assert_string_equal(owner_source_name(SW_OWNER_ACCEPT), "accept");
	assert_string_equal(owner_source_name(SW_OWNER_LISTEN), "listen");
	assert_string_equal(owner_source_name(SW_OWNER_INHERITED), "inherited");
	assert_string_equal(owner_source_name(SW_OWNER_SNAPSHOT), "snapshot");
	assert_string_equal(owner_source_name(SW_OWNER_KERNEL), "kernel");
	assert_string_equal(owner_source_name(SW_OWNER_SOURCES), "unknown");
	assert_string_equal(owner_source_name(UINT8_MAX), "unknown");
	for (uint8_t s = 0; s < SW_OWNER_SOURCES; s++)
		assert_non_null(owner_source_name(s));
}

TEST(reason_name__of_every_reason)
{
	assert_null(reason_name(SW_REASON_NONE));
	assert_string_equal(reason_name(SW_REASON_REFUSED), "refused");
	assert_string_equal(reason_name(SW_REASON_RESET_BY_PEER), "reset_by_peer");
	assert_string_equal(reason_name(SW_REASON_RESET_LOCALLY), "reset_locally");
	assert_string_equal(reason_name(SW_REASON_TIMED_OUT), "timed_out");
	assert_string_equal(reason_name(SW_REASON_UNREACHABLE), "unreachable");
	assert_string_equal(reason_name(SW_REASON_ABORTED), "aborted");
	assert_null(reason_name(SW_REASONS));
	assert_null(reason_name(UINT8_MAX));
}

TEST(errno_name__is_the_symbol)
{
	assert_string_equal(errno_name(ECONNREFUSED), "ECONNREFUSED");
	assert_string_equal(errno_name(ECONNRESET), "ECONNRESET");
	assert_string_equal(errno_name(ETIMEDOUT), "ETIMEDOUT");
	assert_string_equal(errno_name(EHOSTUNREACH), "EHOSTUNREACH");
	assert_null(errno_name(0));
	assert_null(errno_name(-ECONNRESET));
	assert_null(errno_name(100000));
}

TEST(proto_name__subflow_of_mptcp_says_so)
{
	struct sw_event e = { .sock.proto = SW_PROTO_TCP };

	assert_string_equal(proto_name(&e), "tcp");
	e.sock.have = SW_HAVE_MPTCP;
	assert_string_equal(proto_name(&e), "mptcp");
	e.sock.proto = SW_PROTO_UDP;
	assert_string_equal(proto_name(&e), "udp");
}

TEST(event_state_name__datagram_socket_has_one_when_connected)
{
	struct sw_event e = { .sock.proto = SW_PROTO_UDP, .sock.state = SW_TCP_CLOSE };

	assert_null(event_state_name(&e));
	e.sock.state = SW_TCP_ESTABLISHED;
	assert_string_equal(event_state_name(&e), "ESTABLISHED");
	e = (struct sw_event){ .sock.proto = SW_PROTO_TCP, .sock.state = SW_TCP_CLOSE };
	assert_string_equal(event_state_name(&e), "CLOSE");
}

TEST(time_wait_end_name__of_ends_only)
{
	struct sw_event e = { .sock.proto = SW_PROTO_TCP };

	assert_null(time_wait_end_name(&e));
	e.sock.have = SW_HAVE_EXPIRED;
	assert_string_equal(time_wait_end_name(&e), "expired");
	e.sock.have = SW_HAVE_RECYCLED;
	assert_string_equal(time_wait_end_name(&e), "recycled");
}
