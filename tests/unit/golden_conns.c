// SPDX-License-Identifier: GPL-2.0-only
#include "golden_scenes.h"

#define CLIENT TUPLE(4, V4(10, 0, 0, 5), 51514, V4(10, 0, 0, 9), 443)
#define SERVER TUPLE(4, V4(10, 0, 0, 5), 22, V4(203, 0, 113, 9), 40112)
#define HISTORY(s1, s2, s3, s4, s5) \
	((uint64_t)(s1) << 16 | (uint64_t)(s2) << 12 | (s3) << 8 | (s4) << 4 | (s5))
#define ACTIVE                                                                           \
	HISTORY(SW_TCP_SYN_SENT, SW_TCP_ESTABLISHED, SW_TCP_FIN_WAIT1, SW_TCP_FIN_WAIT2, \
		SW_TCP_TIME_WAIT)
#define PASSIVE                                                                          \
	HISTORY(SW_TCP_SYN_RECV, SW_TCP_ESTABLISHED, SW_TCP_CLOSE_WAIT, SW_TCP_LAST_ACK, \
		SW_TCP_CLOSE)
#define HAVE (SW_HAVE_UID | SW_HAVE_AGE | SW_HAVE_COUNTERS)

static const struct sw_conn ordinary = { .history = ACTIVE,
					 .since_ns = 1000 * SEC,
					 .segments_sent = 6,
					 .segments_received = 12,
					 .connect_us = 1204 };
/* accepted by a process, handed to another, closed by a third */
static const struct sw_conn handed_on = { .history = PASSIVE,
					  .since_ns = 1002 * SEC,
					  .segments_sent = 9,
					  .segments_received = 8,
					  .n_owners = 2,
					  .owners = { { .pid = 905,
							.comm = "sshd",
							.source = SW_OWNER_ACCEPT,
							.since_ns = 1000 * SEC },
						      { .pid = 906,
							.comm = "sshd: a,b",
							.source = SW_OWNER_USE,
							.since_ns = 1001 * SEC } } };
static const struct sw_conn older = {
	.history = HISTORY(0, 0, SW_TCP_ESTABLISHED, SW_TCP_CLOSE, 0) >> 4,
	.segments_sent = 3,
	.segments_received = 3,
	.left_out = 7
};
static const struct sw_conn gap = { .history = HISTORY(SW_TCP_SYN_SENT, 0, SW_TCP_FIN_WAIT1,
						       SW_TCP_CLOSING, SW_TCP_TIME_WAIT) };
static const struct sw_conn refused = { .history = HISTORY(0, 0, 0, SW_TCP_SYN_SENT, SW_TCP_CLOSE),
					.since_ns = 1000 * SEC };
static const struct sw_conn dropped = { .history = HISTORY(0, 0, 0, SW_TCP_SYN_RECV, SW_TCP_CLOSE),
					.since_ns = 1000 * SEC };
/* accepted, handed on, and going on */
static const struct sw_conn so_far = { .history = HISTORY(0, 0, 0, SW_TCP_SYN_RECV,
							  SW_TCP_ESTABLISHED),
				       .since_ns = 1010 * SEC,
				       .segments_sent = 912,
				       .segments_received = 1100,
				       .so_far = 1,
				       .n_owners = 1,
				       .owners = { { .pid = 905,
						     .comm = "sshd",
						     .source = SW_OWNER_ACCEPT,
						     .since_ns = 1000 * SEC } } };
static const struct sw_conn older_so_far = { .history = SW_TCP_ESTABLISHED, .so_far = 1 };
static const struct sw_conn of_udp = { .since_ns = 1359 * SEC };
static const struct sw_conn of_udp_unseen;
static const struct sw_conn unseen = { .history = SW_TCP_CLOSE };

static const struct record_peer web = { .host = "web\0333",
					.exe = "/usr/sbin/nginx\033",
					.unit = "nginx.service",
					.container = "0123456789abcdef",
					.container_name = "shop web",
					.pod_name = "shop-0",
					.comm = "nginx: w\033rker",
					.pid = 811,
					.uid = 33,
					.has_owner = true,
					.has_uid = true };
static const struct record_peer here = { .comm = "postgres", .pid = 812, .has_owner = true };
static const struct record_peer nobody = { .host = "db" };

#define WITH_PEER(seconds, peer_, retransmits_)                                        \
	{                                                                              \
		.time_ns = START + (seconds)*SEC, .conn = &ordinary, .peer = &(peer_), \
		.ev = {.kind = SW_EV_CONN,                                             \
		       .time_ns = 1400 * SEC,                                          \
		       .age_ns = 433 * MS,                                             \
		       .sock.tuple = CLIENT,                                           \
		       CHANGE(SW_TCP_FIN_WAIT2, SW_TCP_TIME_WAIT),                     \
		       .sock.have = HAVE,                                              \
		       .sock.bytes_sent = 412,                                         \
		       .sock.retransmits = (retransmits_),                             \
		       OWNER(SW_OWNER_CONNECT, 2291, "curl") }                         \
	}

const struct scene conns[] = {
	{ .time_ns = START,
	  .conn = &ordinary,
	  .ev = { .kind = SW_EV_CONN,
		  .time_ns = 1000 * SEC + 433 * MS,
		  .age_ns = 433 * MS,
		  .sock.tuple = CLIENT,
		  CHANGE(SW_TCP_FIN_WAIT2, SW_TCP_TIME_WAIT),
		  .sock.have = HAVE,
		  .sock.uid = 1000,
		  .sock.cookie = 4097,
		  .sock.bytes_sent = 412,
		  .sock.bytes_received = 8294,
		  .sock.srtt_us = 1130,
		  OWNER(SW_OWNER_CONNECT, 2291, "curl") } },
	{ .time_ns = START + 1 * SEC,
	  .conn = &handed_on,
	  .ev = { .kind = SW_EV_CONN,
		  .time_ns = 1003 * SEC,
		  .age_ns = 3 * SEC,
		  .sock.tuple = SERVER,
		  CHANGE(SW_TCP_LAST_ACK, SW_TCP_CLOSE),
		  .sock.have = HAVE,
		  .sock.bytes_sent = 3277,
		  .sock.bytes_received = 1126,
		  .sock.retransmits = 2,
		  .sock.srtt_us = 20480,
		  OWNER(SW_OWNER_USE, 907, "sftp-server") } },
	/* there before us, by nobody that is known */
	{ .time_ns = START + 2 * SEC,
	  .conn = &older,
	  .ev = { .kind = SW_EV_CONN,
		  .time_ns = 1004 * SEC,
		  .age_ns = 7200 * SEC,
		  .first_state = SW_TCP_ESTABLISHED,
		  .sock.tuple = TUPLE(6, V4(10, 0, 0, 5), 80, V4(203, 0, 113, 7), 61000),
		  CHANGE(SW_TCP_ESTABLISHED, SW_TCP_CLOSE),
		  .sock.have = SW_HAVE_COUNTERS,
		  .sock.bytes_sent = (uint64_t)1536 << 20,
		  .reason = SW_REASON_RESET_BY_PEER,
		  .error = 104 } },
	{ .time_ns = START + 3 * SEC,
	  .conn = &gap,
	  .ev = { .kind = SW_EV_CONN,
		  .time_ns = 1005 * SEC,
		  .age_ns = 61 * SEC,
		  .sock.tuple = TUPLE(6, V6_LONG(0x5678), 65535, V6_LONG(0x9abc), 65535),
		  CHANGE(SW_TCP_CLOSING, SW_TCP_TIME_WAIT),
		  .sock.have = HAVE,
		  OWNER(SW_OWNER_CONNECT, 4194304, "fifteen-letters") } },
	{ .time_ns = START + 4 * SEC,
	  .conn = &refused,
	  .ev = { .kind = SW_EV_CONN,
		  .time_ns = 1000 * SEC + 45678,
		  .age_ns = 45678,
		  .sock.tuple = TUPLE(4, V4(127, 0, 0, 1), 51515, V4(127, 0, 0, 1), 9),
		  CHANGE(SW_TCP_SYN_SENT, SW_TCP_CLOSE),
		  .sock.have = HAVE,
		  OWNER(SW_OWNER_CONNECT, 2292, "nc"),
		  .reason = SW_REASON_REFUSED,
		  .error = 111 } },
	{ .time_ns = START + 5 * SEC,
	  .conn = &dropped,
	  .ev = { .kind = SW_EV_CONN,
		  .time_ns = 1000 * SEC + 2000,
		  .age_ns = 2000,
		  .sock.tuple = SERVER,
		  CHANGE(SW_TCP_SYN_RECV, SW_TCP_CLOSE),
		  .sock.have = HAVE,
		  OWNER(SW_OWNER_INHERITED, 811, "sshd"),
		  .reason = SW_REASON_ABORTED } },
	{ .time_ns = START + 6 * SEC,
	  .conn = &unseen,
	  .ev = { .kind = SW_EV_CONN, .sock.tuple = SERVER, .sock.state = SW_TCP_CLOSE } },
	/* what is no connection: a connect that failed at once, a listener's begin and end, a bind
	 */
	{ .time_ns = START + 7 * SEC,
	  .ev = { .kind = SW_EV_CONNECT,
		  .sock.tuple = TUPLE(4, V4(0, 0, 0, 0), 0, V4(192, 0, 2, 7), 80),
		  .sock.state = SW_TCP_CLOSE,
		  .sock.have = SW_HAVE_ACTOR,
		  OWNER(SW_OWNER_CONNECT, 2300, "app"),
		  ACTOR(2300, 2301, "worker"),
		  .error = 101,
		  .reason = SW_REASON_UNREACHABLE } },
	{ .time_ns = START + 8 * SEC,
	  .ev = { .kind = SW_EV_BIND,
		  .sock.tuple = TUPLE(4, V4(0, 0, 0, 0), 8080, V4(0, 0, 0, 0), 0),
		  .sock.state = SW_TCP_CLOSE,
		  OWNER(SW_OWNER_BIND, 951, "nginx"),
		  .error = 98,
		  .reason = SW_REASON_IN_USE } },
	{ .time_ns = START + 9 * SEC,
	  .ev = { .kind = SW_EV_STATE,
		  .sock.tuple = TUPLE(6, V6_ANY, 8443, V6_ANY, 0),
		  CHANGE(SW_TCP_CLOSE, SW_TCP_LISTEN),
		  .sock.have = HAVE,
		  OWNER(SW_OWNER_LISTEN, 950, "caddy") } },
	{ .time_ns = START + 10 * SEC,
	  .ev = { .kind = SW_EV_STATE,
		  .age_ns = 12 * SEC,
		  .sock.tuple = TUPLE(6, V6_ANY, 8443, V6_ANY, 0),
		  CHANGE(SW_TCP_LISTEN, SW_TCP_CLOSE),
		  .sock.have = HAVE,
		  OWNER(SW_OWNER_LISTEN, 950, "caddy") } },
	{ .time_ns = START + 11 * SEC,
	  .ev = { .kind = SW_EV_CLOSE,
		  .sock.proto = SW_PROTO_UDP,
		  .sock.tuple = TUPLE(4, V4(10, 0, 0, 5), 40001, V4(10, 0, 0, 9), 53),
		  .sock.state = SW_TCP_ESTABLISHED,
		  .sock.have = SW_HAVE_DATAGRAMS,
		  .sock.bytes_sent = 62,
		  .sock.bytes_received = 1280,
		  .datagrams_sent = 2,
		  .datagrams_received = 2,
		  OWNER(SW_OWNER_USE, 2291, "curl") } },
	{ .time_ns = START + 12 * SEC, .ev = { .kind = SW_EV_LOST }, .lost = 3 },
	/* what goes on */
	{ .time_ns = START + 300 * SEC,
	  .conn = &so_far,
	  .ev = { .kind = SW_EV_CONN,
		  .time_ns = 1300 * SEC,
		  .age_ns = 300 * SEC,
		  .sock.tuple = SERVER,
		  .sock.state = SW_TCP_ESTABLISHED,
		  .sock.have = HAVE,
		  .sock.bytes_sent = 327790,
		  .sock.bytes_received = 112600,
		  .sock.retransmits = 1,
		  .sock.srtt_us = 20480,
		  OWNER(SW_OWNER_USE, 906, "sshd") } },
	{ .time_ns = START + 301 * SEC,
	  .conn = &older_so_far,
	  .ev = { .kind = SW_EV_CONN,
		  .time_ns = 1301 * SEC,
		  .age_ns = 301 * SEC,
		  .first_state = SW_TCP_ESTABLISHED,
		  .sock.tuple = CLIENT,
		  .sock.state = SW_TCP_ESTABLISHED,
		  .sock.have = SW_HAVE_COUNTERS,
		  .sock.bytes_received = 42,
		  OWNER(SW_OWNER_SNAPSHOT, 2291, "curl") } },
	/* what the recorder tells of itself, the last of these a day later */
	{ .time_ns = START + 13 * SEC,
	  .ev = { .kind = SW_EV_RECORDER },
	  .recorder = RECORDER_START },
	{ .time_ns = START + 14 * SEC,
	  .ev = { .kind = SW_EV_LOST },
	  .lost = 41,
	  .lost_for_ns = 2 * SEC },
	{ .time_ns = START + 15 * SEC,
	  .ev = { .kind = SW_EV_LOST },
	  .lost = 1,
	  .lost_for_ns = SEC },
	{ .time_ns = START + 16 * SEC,
	  .ev = { .kind = SW_EV_RECORDER },
	  .recorder = RECORDER_ALIVE },
	{ .time_ns = START + 17 * SEC,
	  .ev = { .kind = SW_EV_RECORDER },
	  .recorder = RECORDER_STOP },
	{ .time_ns = START + 86400 * SEC,
	  .ev = { .kind = SW_EV_RECORDER },
	  .recorder = RECORDER_GAP,
	  .lost_for_ns = 86383 * SEC },
	/* what was there when recording began */
	{ .time_ns = START + 400 * SEC,
	  .ev = { .kind = SW_EV_SOCKET,
		  .sock.tuple = TUPLE(4, V4(0, 0, 0, 0), 22, V4(0, 0, 0, 0), 0),
		  .sock.state = SW_TCP_LISTEN,
		  OWNER(SW_OWNER_SNAPSHOT, 811, "sshd") } },
	{ .time_ns = START + 400 * SEC,
	  .ev = { .kind = SW_EV_SOCKET,
		  .sock.tuple = SERVER,
		  .sock.state = SW_TCP_ESTABLISHED,
		  OWNER(SW_OWNER_SNAPSHOT, 900, "nginx") } },
	/* what UDP had with a peer */
	{ .time_ns = START + 401 * SEC,
	  .conn = &of_udp,
	  .ev = { .kind = SW_EV_CONN,
		  .time_ns = 1401 * SEC,
		  .age_ns = 42 * SEC,
		  .sock.proto = SW_PROTO_UDP,
		  .sock.tuple = TUPLE(4, V4(0, 0, 0, 0), 53, V4(203, 0, 113, 9), 40112),
		  .sock.state = SW_TCP_CLOSE,
		  .sock.have = SW_HAVE_AGE | SW_HAVE_UID | SW_HAVE_DATAGRAMS | SW_HAVE_RECEIVED,
		  .sock.bytes_sent = 1280,
		  .sock.bytes_received = 62,
		  .datagrams_sent = 2,
		  .datagrams_received = 2,
		  OWNER(SW_OWNER_USE, 611, "named") } },
	{ .time_ns = START + 402 * SEC,
	  .conn = &of_udp_unseen,
	  .ev = { .kind = SW_EV_CONN,
		  .sock.proto = SW_PROTO_UDP,
		  .sock.tuple = TUPLE(6, V6_LONG(0x5678), 65535, V6_LONG(0x9abc), 53),
		  .sock.state = SW_TCP_ESTABLISHED,
		  OWNER(SW_OWNER_USE, 612, "chronyd") } },
	/* who is at the other end */
	WITH_PEER(400, web, 0),
	WITH_PEER(401, here, 1),
	WITH_PEER(402, nobody, 0),
};

const size_t n_conns = COUNT(conns);
