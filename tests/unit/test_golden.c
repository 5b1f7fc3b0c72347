// SPDX-License-Identifier: GPL-2.0-only
/*
 * Recorded events through the formatters, byte for byte against tests/golden/. To accept a change
 * of the output: SOCKWATCH_GOLDEN_UPDATE=1, then read the difference before it is committed.
 */
#include "unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "core/record.h"
#include "core/row.h"
#include "event.h"
#include "golden.h"
#include "render/render.h"

#define NETNS 4026531840u
#define START 1795475645123456789u /* 2026-11-23T23:14:05.123456789Z */
#define MS (uint64_t)1000000
#define SEC (uint64_t)1000000000

#define V4(a, b0, c, d)                                                        \
	{                                                                      \
		.b = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b0, c, d } \
	}
/* 2001:db8:1234:5678:9abc:def0:1234:host */
#define V6_LONG(host)                \
	{                            \
		.b = { 0x20,         \
		       0x01,         \
		       0x0d,         \
		       0xb8,         \
		       0x12,         \
		       0x34,         \
		       0x56,         \
		       0x78,         \
		       0x9a,         \
		       0xbc,         \
		       0xde,         \
		       0xf0,         \
		       0x12,         \
		       0x34,         \
		       (host) >> 8,  \
		       (host)&0xff } \
	}
#define V6_LOOPBACK               \
	{                         \
		.b = { [15] = 1 } \
	}
#define V6_ANY             \
	{                  \
		.b = { 0 } \
	}

#define TUPLE(version, l, lport, r, rport)                                                 \
	{                                                                                  \
		.family = (version) == 4 ? SW_AF_INET : SW_AF_INET6, .local = l,           \
		.local_port = (lport), .remote = r, .remote_port = (rport), .netns = NETNS \
	}

#define CLIENT TUPLE(4, V4(10, 0, 0, 5), 51514, V4(10, 0, 0, 9), 443)
#define CLIENT_UNBOUND TUPLE(4, V4(10, 0, 0, 5), 0, V4(10, 0, 0, 9), 443)
#define SERVER TUPLE(4, V4(127, 0, 0, 1), 8080, V4(127, 0, 0, 1), 40000)

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define POD "1f2e3d4c-5b6a-7980-91a2-b3c4d5e6f708"
#define POD_ "1f2e3d4c_5b6a_7980_91a2_b3c4d5e6f708"

struct scene {
	struct sw_event ev;
	uint64_t after_ns; /* the scene before */
	struct sw_row row; /* queues, where sock.have says so */
	const struct holder *holders;
	size_t n_holders;
	const char *exe; /* of -e */
	const char *cmdline;
	uint64_t started_ns; /* before the event; 0: not known */
	const char *netns_name;
	const char *cgroup;
	const char *container;
	const char *runtime;
	const char *pod;
	const char *unit;
	uint64_t lost;
};

static const struct holder sshd[] = { { .pid = 811, .fd = 3, .comm = "sshd" } };
static const struct holder nginx[] = { { .pid = 900, .fd = 6, .comm = "nginx" },
				       { .pid = 901, .fd = 6, .comm = "nginx" },
				       { .pid = 901, .fd = 9, .comm = "nginx" },
				       { .pid = 902, .fd = 6, .comm = "nginx, worker" } };
static const struct holder seeded[] = { { .pid = 77, .fd = -1, .comm = "postgres" } };
static const struct holder hostile[] = {
	{ .pid = 6661, .fd = 3, .comm = "\x1b[2J\"a\",b\\\n" },
	{ .pid = 6662, .fd = 4, .comm = "\xff\xc3\xa4\xe2\x80\xae z=\r\t" }
};

static const struct scene scenes[] = {
	/* the snapshot */
	{ .ev = { .kind = SW_EV_SOCKET,
		  .sock.tuple = TUPLE(4, V4(0, 0, 0, 0), 22, V4(0, 0, 0, 0), 0),
		  .sock.state = SW_TCP_LISTEN,
		  .sock.have = SW_HAVE_UID,
		  .sock.inode = 20022,
		  .sock.owner_source = SW_OWNER_SNAPSHOT,
		  .sock.pid = 811,
		  .sock.comm = "sshd" },
	  .row.sock.have = SW_HAVE_QUEUES,
	  .row.send_q = 128,
	  .holders = sshd,
	  .n_holders = COUNT(sshd),
	  .exe = "/usr/sbin/sshd",
	  .cmdline = "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups" },
	{ .ev = { .kind = SW_EV_SOCKET,
		  .sock.tuple = TUPLE(6, V6_ANY, 80, V6_ANY, 0),
		  .sock.state = SW_TCP_LISTEN,
		  .sock.have = SW_HAVE_UID,
		  .sock.uid = 33,
		  .sock.inode = 20080,
		  .sock.owner_source = SW_OWNER_SNAPSHOT,
		  .sock.pid = 900,
		  .sock.comm = "nginx" },
	  .row.sock.have = SW_HAVE_QUEUES,
	  .row.recv_q = 3,
	  .row.send_q = 511,
	  .holders = nginx,
	  .n_holders = COUNT(nginx),
	  .exe = "/usr/sbin/nginx",
	  .cmdline = "nginx: master process /usr/sbin/nginx" },
	{ .ev = { .kind = SW_EV_SOCKET,
		  .sock.tuple = TUPLE(4, V4(192, 168, 1, 2), 44000, V4(192, 0, 2, 1), 443),
		  .sock.state = SW_TCP_ESTABLISHED,
		  .sock.have = SW_HAVE_UID,
		  .sock.uid = 1000,
		  .sock.inode = 20100,
		  .sock.owner_source = SW_OWNER_SNAPSHOT,
		  .sock.pid = 6661,
		  .sock.comm = "\x1b[2J\"a\",b\\\n" },
	  .row.sock.have = SW_HAVE_QUEUES,
	  .row.recv_q = 4294967295u,
	  .row.send_q = 1234567,
	  .holders = hostile,
	  .n_holders = COUNT(hostile),
	  .exe = "/tmp/a \x1b]0;pwned\x07 (deleted)",
	  .cmdline = "sh -c \"echo a,b\"\nsecond\xe2\x80\xa8line \xf0\x9f\x90\xa7 \xed\xa0\x80" },
	{ .ev = { .kind = SW_EV_SOCKET,
		  .sock.tuple = TUPLE(4, V4(192, 168, 1, 2), 44001, V4(192, 0, 2, 1), 443),
		  .sock.state = SW_TCP_TIME_WAIT,
		  .sock.have = SW_HAVE_UID },
	  .row.sock.have = SW_HAVE_QUEUES },
	/* existed at the attach, gone before its table was read */
	{ .ev = { .kind = SW_EV_SOCKET,
		  .sock.tuple = TUPLE(4, V4(192, 168, 1, 2), 5432, V4(192, 168, 1, 3), 44002),
		  .sock.state = SW_TCP_ESTABLISHED,
		  .sock.have = SW_HAVE_UID,
		  .sock.uid = 26,
		  .sock.owner_source = SW_OWNER_SNAPSHOT,
		  .sock.pid = 77,
		  .sock.comm = "postgres" },
	  .holders = seeded,
	  .n_holders = COUNT(seeded) },

	/* a connection from its first packet to its last: the client */
	{ .ev = { .kind = SW_EV_STATE,
		  .sock.tuple = CLIENT_UNBOUND,
		  .old_state = SW_TCP_CLOSE,
		  .sock.state = SW_TCP_SYN_SENT,
		  .sock.have = SW_HAVE_UID | SW_HAVE_AGE | SW_HAVE_ACTOR | SW_HAVE_COUNTERS,
		  .sock.uid = 1000,
		  .sock.cookie = 4097,
		  .sock.inode = 30001,
		  .sock.cgroup_id = 4242,
		  .sock.owner_source = SW_OWNER_CONNECT,
		  .sock.pid = 2291,
		  .sock.comm = "curl",
		  .actor_pid = 2291,
		  .actor_tid = 2291,
		  .actor_comm = "curl" },
	  .after_ns = 1500 * MS,
	  .exe = "/usr/bin/curl",
	  .cmdline = "curl -s https://10.0.0.9/" },
	{ .ev = { .kind = SW_EV_STATE,
		  .sock.tuple = CLIENT,
		  .old_state = SW_TCP_SYN_SENT,
		  .sock.state = SW_TCP_ESTABLISHED,
		  .sock.have = SW_HAVE_UID | SW_HAVE_AGE | SW_HAVE_STATE_TIME | SW_HAVE_COUNTERS,
		  .sock.uid = 1000,
		  .sock.cookie = 4097,
		  .sock.inode = 30001,
		  .sock.cgroup_id = 4242,
		  .age_ns = 1234567,
		  .state_ns = 1234567,
		  .sock.srtt_us = 1230,
		  .sock.retransmits = 1,
		  .sock.owner_source = SW_OWNER_CONNECT,
		  .sock.pid = 2291,
		  .sock.comm = "curl" },
	  .after_ns = 1234567 },
	/* a thread of another process, that was handed the descriptor, closes it */
	{ .ev = { .kind = SW_EV_STATE,
		  .sock.tuple = CLIENT,
		  .old_state = SW_TCP_ESTABLISHED,
		  .sock.state = SW_TCP_FIN_WAIT1,
		  .sock.have = SW_HAVE_UID | SW_HAVE_AGE | SW_HAVE_STATE_TIME | SW_HAVE_COUNTERS |
			       SW_HAVE_ACTOR,
		  .sock.uid = 1000,
		  .sock.cookie = 4097,
		  .sock.inode = 30001,
		  .sock.cgroup_id = 4242,
		  .age_ns = 433 * MS,
		  .state_ns = 432 * MS,
		  .sock.bytes_sent = 412,
		  .sock.bytes_received = 8294,
		  .sock.srtt_us = 1230,
		  .sock.owner_source = SW_OWNER_CONNECT,
		  .sock.pid = 2291,
		  .sock.comm = "curl",
		  .actor_pid = 2300,
		  .actor_tid = 2301,
		  .actor_comm = "pool-1 \x1b[31m" },
	  .after_ns = 432 * MS },
	{ .ev = { .kind = SW_EV_STATE,
		  .sock.tuple = CLIENT,
		  .old_state = SW_TCP_FIN_WAIT2,
		  .sock.state = SW_TCP_TIME_WAIT,
		  .sock.have = SW_HAVE_UID | SW_HAVE_AGE | SW_HAVE_STATE_TIME | SW_HAVE_COUNTERS,
		  .sock.uid = 1000,
		  .sock.cookie = 4097,
		  .sock.cgroup_id = 4242,
		  .age_ns = 433 * MS,
		  .state_ns = 800000,
		  .sock.bytes_sent = 412,
		  .sock.bytes_received = 8294,
		  .sock.srtt_us = 1230,
		  .sock.owner_source = SW_OWNER_CONNECT,
		  .sock.pid = 2291,
		  .sock.comm = "curl" },
	  .after_ns = 2 },
	/* and a server: cloned from the listener, accepted, reset */
	{ .ev = { .kind = SW_EV_STATE,
		  .sock.tuple = SERVER,
		  .old_state = SW_TCP_LISTEN,
		  .sock.state = SW_TCP_SYN_RECV,
		  .sock.have = SW_HAVE_UID | SW_HAVE_AGE | SW_HAVE_COUNTERS,
		  .sock.cookie = 4098,
		  .sock.owner_source = SW_OWNER_INHERITED,
		  .sock.pid = 900,
		  .sock.comm = "nginx" },
	  .after_ns = 10 * SEC },
	{ .ev = { .kind = SW_EV_ACCEPT,
		  .sock.tuple = SERVER,
		  .sock.state = SW_TCP_ESTABLISHED,
		  .sock.have = SW_HAVE_UID | SW_HAVE_ACTOR | SW_HAVE_COUNTERS,
		  .sock.cookie = 4098,
		  .sock.inode = 30002,
		  .sock.owner_source = SW_OWNER_ACCEPT,
		  .sock.pid = 901,
		  .sock.comm = "nginx",
		  .actor_pid = 901,
		  .actor_tid = 905,
		  .actor_comm = "accepter" },
	  .after_ns = 20000 },
	{ .ev = { .kind = SW_EV_STATE,
		  .sock.tuple = SERVER,
		  .old_state = SW_TCP_ESTABLISHED,
		  .sock.state = SW_TCP_CLOSE,
		  .sock.have = SW_HAVE_UID | SW_HAVE_AGE | SW_HAVE_STATE_TIME | SW_HAVE_COUNTERS,
		  .sock.cookie = 4098,
		  .sock.inode = 30002,
		  .age_ns = 100 * 3600 * SEC,
		  .state_ns = 100 * 3600 * SEC,
		  .sock.bytes_sent = UINT64_MAX,
		  .sock.bytes_received = (uint64_t)1536 << 20,
		  .sock.retransmits = 12,
		  .sock.owner_source = SW_OWNER_ACCEPT,
		  .reason = SW_REASON_RESET_BY_PEER,
		  .error = 104,
		  .sock.pid = 901,
		  .sock.comm = "nginx" },
	  .after_ns = 1 },
	/* a connect that is refused */
	{ .ev = { .kind = SW_EV_STATE,
		  .sock.tuple = TUPLE(4, V4(127, 0, 0, 1), 51515, V4(127, 0, 0, 1), 9),
		  .old_state = SW_TCP_SYN_SENT,
		  .sock.state = SW_TCP_CLOSE,
		  .sock.have = SW_HAVE_UID | SW_HAVE_AGE | SW_HAVE_STATE_TIME | SW_HAVE_COUNTERS,
		  .sock.uid = 1000,
		  .sock.cookie = 4099,
		  .sock.inode = 30003,
		  .age_ns = 45678,
		  .state_ns = 45678,
		  .sock.owner_source = SW_OWNER_CONNECT,
		  .reason = SW_REASON_REFUSED,
		  .error = 111,
		  .sock.pid = 2292,
		  .sock.comm = "nc" },
	  .after_ns = 1 },
	/* it waits for too long, over the longest addresses there are */
	{ .ev = { .kind = SW_EV_STATE,
		  .sock.tuple = TUPLE(6, V6_LONG(0x5678), 65535, V6_LONG(0x9abc), 65535),
		  .old_state = SW_TCP_SYN_SENT,
		  .sock.state = SW_TCP_CLOSE,
		  .sock.have = SW_HAVE_UID | SW_HAVE_AGE | SW_HAVE_STATE_TIME | SW_HAVE_COUNTERS,
		  .sock.uid = 4294967294u,
		  .sock.cookie = UINT64_MAX,
		  .sock.inode = 30004,
		  .age_ns = 127 * SEC,
		  .state_ns = 127 * SEC,
		  .sock.retransmits = 6,
		  .sock.owner_source = SW_OWNER_CONNECT,
		  .reason = SW_REASON_TIMED_OUT,
		  .error = 110,
		  .sock.pid = 4194304,
		  .sock.comm = "fifteen-letters" },
	  .after_ns = 127 * SEC },
	/* the columns stay as wide as that */
	{ .ev = { .kind = SW_EV_STATE,
		  .sock.tuple = TUPLE(6, V6_LOOPBACK, 50000, V6_LOOPBACK, 631),
		  .old_state = SW_TCP_CLOSE_WAIT,
		  .sock.state = SW_TCP_LAST_ACK,
		  .sock.have = SW_HAVE_UID | SW_HAVE_ACTOR | SW_HAVE_COUNTERS,
		  .sock.owner_source = SW_OWNER_SNAPSHOT,
		  .sock.pid = 640,
		  .sock.comm = "cups-browsed",
		  .actor_pid = 640,
		  .actor_tid = 640,
		  .actor_comm = "cups-browsed" },
	  .after_ns = 0 },
	/* v4-mapped, and the owner is not known, but who acted is */
	{ .ev = { .kind = SW_EV_STATE,
		  .sock.tuple = TUPLE(6, V4(10, 0, 0, 5), 80, V4(203, 0, 113, 7), 61000),
		  .old_state = SW_TCP_ESTABLISHED,
		  .sock.state = SW_TCP_CLOSE,
		  .sock.have = SW_HAVE_UID | SW_HAVE_ACTOR | SW_HAVE_COUNTERS,
		  .sock.uid = 33,
		  .sock.owner_source = SW_OWNER_UNKNOWN,
		  .reason = SW_REASON_RESET_LOCALLY,
		  .actor_pid = 902,
		  .actor_tid = 902,
		  .actor_comm = "nginx, worker" },
	  .after_ns = 7 },
	/* nobody is known */
	{ .ev = { .kind = SW_EV_STATE,
		  .sock.tuple = TUPLE(4, V4(10, 0, 0, 5), 80, V4(203, 0, 113, 7), 61001),
		  .old_state = SW_TCP_LAST_ACK,
		  .sock.state = SW_TCP_CLOSE,
		  .sock.have = SW_HAVE_UID },
	  .after_ns = 7 },
	/* a listener begins and ends */
	{ .ev = { .kind = SW_EV_STATE,
		  .sock.tuple = TUPLE(6, V6_ANY, 8443, V6_ANY, 0),
		  .old_state = SW_TCP_CLOSE,
		  .sock.state = SW_TCP_LISTEN,
		  .sock.have = SW_HAVE_UID | SW_HAVE_AGE | SW_HAVE_ACTOR | SW_HAVE_COUNTERS,
		  .sock.cookie = 4100,
		  .sock.inode = 30005,
		  .sock.owner_source = SW_OWNER_LISTEN,
		  .sock.pid = 950,
		  .sock.comm = "\"quoted\\ name\"",
		  .actor_pid = 950,
		  .actor_tid = 950,
		  .actor_comm = "\"quoted\\ name\"" },
	  .after_ns = 7,
	  .exe = "",
	  .cmdline = "" },
	{ .ev = { .kind = SW_EV_STATE,
		  .sock.tuple = TUPLE(6, V6_ANY, 8443, V6_ANY, 0),
		  .old_state = SW_TCP_LISTEN,
		  .sock.state = SW_TCP_CLOSE,
		  .sock.have = SW_HAVE_UID | SW_HAVE_AGE | SW_HAVE_STATE_TIME | SW_HAVE_ACTOR |
			       SW_HAVE_COUNTERS,
		  .sock.cookie = 4100,
		  .sock.inode = 30005,
		  .age_ns = 12 * SEC,
		  .state_ns = 12 * SEC,
		  .sock.owner_source = SW_OWNER_LISTEN,
		  .sock.pid = 950,
		  .sock.comm = "\"quoted\\ name\"",
		  .actor_pid = 950,
		  .actor_tid = 950,
		  .actor_comm = "\"quoted\\ name\"" },
	  .after_ns = 12 * SEC },
	/* TIME_WAIT, from its beginning to both of its ends */
	{ .ev = { .kind = SW_EV_STATE,
		  .sock.tuple = CLIENT,
		  .old_state = SW_TCP_FIN_WAIT2,
		  .sock.state = SW_TCP_TIME_WAIT,
		  .sock.have = SW_HAVE_UID | SW_HAVE_AGE | SW_HAVE_STATE_TIME | SW_HAVE_COUNTERS,
		  .sock.cookie = 4200,
		  .age_ns = 433 * MS,
		  .state_ns = 2 * MS,
		  .sock.bytes_sent = 412,
		  .sock.bytes_received = 8300,
		  .sock.owner_source = SW_OWNER_CONNECT,
		  .sock.pid = 2291,
		  .sock.comm = "curl" },
	  .after_ns = MS },
	{ .ev = { .kind = SW_EV_STATE,
		  .sock.tuple = CLIENT,
		  .old_state = SW_TCP_TIME_WAIT,
		  .sock.state = SW_TCP_CLOSE,
		  .sock.have = SW_HAVE_UID | SW_HAVE_AGE | SW_HAVE_STATE_TIME | SW_HAVE_COUNTERS |
			       SW_HAVE_EXPIRED,
		  .sock.cookie = 4200,
		  .age_ns = 60433 * MS,
		  .state_ns = 60 * SEC,
		  .sock.bytes_sent = 412,
		  .sock.bytes_received = 8300,
		  .sock.owner_source = SW_OWNER_CONNECT,
		  .sock.pid = 2291,
		  .sock.comm = "curl" },
	  .after_ns = 60 * SEC },
	{ .ev = { .kind = SW_EV_STATE,
		  .sock.tuple = CLIENT,
		  .old_state = SW_TCP_TIME_WAIT,
		  .sock.state = SW_TCP_CLOSE,
		  .sock.have = SW_HAVE_RECYCLED },
	  .after_ns = MS },
	/* calls that are no transition */
	{ .ev = { .kind = SW_EV_BIND,
		  .sock.proto = SW_PROTO_TCP,
		  .sock.tuple = TUPLE(4, V4(127, 0, 0, 1), 8080, V4(0, 0, 0, 0), 0),
		  .sock.state = SW_TCP_CLOSE,
		  .sock.have = SW_HAVE_UID | SW_HAVE_ACTOR,
		  .sock.owner_source = SW_OWNER_BIND,
		  .sock.pid = 951,
		  .sock.comm = "nginx",
		  .actor_pid = 951,
		  .actor_tid = 951,
		  .actor_comm = "nginx",
		  .error = 98,
		  .reason = SW_REASON_IN_USE },
	  .after_ns = MS },
	{ .ev = { .kind = SW_EV_CONNECT,
		  .sock.proto = SW_PROTO_TCP,
		  .sock.tuple = TUPLE(6, V6_ANY, 0, V6_LONG(9), 443),
		  .sock.state = SW_TCP_CLOSE,
		  .sock.have = SW_HAVE_UID | SW_HAVE_ACTOR,
		  .sock.owner_source = SW_OWNER_CONNECT,
		  .sock.pid = 2300,
		  .ns_pid = 7,
		  .sock.comm = "app",
		  .actor_pid = 2300,
		  .actor_tid = 2301,
		  .actor_comm = "worker",
		  .error = 101,
		  .reason = SW_REASON_UNREACHABLE },
	  .after_ns = MS },
	/* a segment that was sent again, of an MPTCP subflow */
	{ .ev = { .kind = SW_EV_RETRANSMIT,
		  .sock.proto = SW_PROTO_TCP,
		  .sock.tuple = CLIENT,
		  .sock.state = SW_TCP_ESTABLISHED,
		  .sock.have = SW_HAVE_UID | SW_HAVE_COUNTERS | SW_HAVE_MPTCP,
		  .mptcp_token = 3735928559u,
		  .parent_inode = 30100,
		  .sock.owner_source = SW_OWNER_USE,
		  .sock.pid = 77,
		  .sock.comm = "postgres",
		  .sock.retransmits = 3 },
	  .after_ns = MS },
	/* UDP */
	{ .ev = { .kind = SW_EV_SOCKET,
		  .sock.proto = SW_PROTO_UDP,
		  .sock.tuple = TUPLE(6, V6_ANY, 53, V6_ANY, 0),
		  .sock.state = SW_TCP_CLOSE,
		  .sock.have = SW_HAVE_UID },
	  .row.sock.have = SW_HAVE_QUEUES,
	  .row.recv_q = 768 },
	{ .ev = { .kind = SW_EV_OPEN,
		  .sock.proto = SW_PROTO_UDP,
		  .sock.tuple = TUPLE(4, V4(0, 0, 0, 0), 53, V4(10, 0, 0, 9), 40001),
		  .sock.state = SW_TCP_CLOSE,
		  .sock.have = SW_HAVE_UID | SW_HAVE_RECEIVED,
		  .sock.owner_source = SW_OWNER_USE,
		  .sock.pid = 53,
		  .sock.comm = "named" },
	  .after_ns = MS },
	{ .ev = { .kind = SW_EV_CLOSE,
		  .sock.proto = SW_PROTO_UDP,
		  .sock.tuple = TUPLE(4, V4(10, 0, 0, 5), 40001, V4(10, 0, 0, 9), 53),
		  .sock.state = SW_TCP_ESTABLISHED,
		  .sock.have = SW_HAVE_UID | SW_HAVE_DATAGRAMS,
		  .sock.bytes_sent = 62,
		  .sock.bytes_received = 1280,
		  .datagrams_sent = 2,
		  .datagrams_received = 2,
		  .sock.owner_source = SW_OWNER_USE,
		  .sock.pid = 2291,
		  .sock.comm = "curl" },
	  .after_ns = MS },
	/* in a pod, with the names of everything */
	{ .ev = { .kind = SW_EV_STATE,
		  .sock.tuple = CLIENT_UNBOUND,
		  .old_state = SW_TCP_CLOSE,
		  .sock.state = SW_TCP_SYN_SENT,
		  .sock.cgroup_id = 9001,
		  .sock.owner_source = SW_OWNER_CONNECT,
		  .sock.pid = 3001,
		  .sock.comm = "app" },
	  .after_ns = MS,
	  .exe = "/app/bin/app",
	  .cmdline = "/app/bin/app --serve",
	  .started_ns = 90 * SEC,
	  .netns_name = "cni-1f2e, 3d",
	  .cgroup = "/kubepods.slice/kubepods-pod" POD_ ".slice/cri-containerd-" HASH ".scope",
	  .container = HASH,
	  .runtime = "containerd",
	  .pod = POD },
	/* names that are no hash are not cut */
	{ .ev = { .kind = SW_EV_STATE,
		  .sock.tuple = CLIENT_UNBOUND,
		  .old_state = SW_TCP_CLOSE,
		  .sock.state = SW_TCP_SYN_SENT,
		  .sock.cgroup_id = 9002,
		  .sock.owner_source = SW_OWNER_CONNECT,
		  .sock.pid = 3002,
		  .sock.comm = "nginx" },
	  .after_ns = MS,
	  .started_ns = 1,
	  .cgroup = "/lxc.payload.web-of-the-team/system.slice/nginx\\x2d1.service",
	  .container = "web-of-the-team",
	  .runtime = "lxc",
	  .unit = "nginx-1.service" },
	{ .ev = { .kind = SW_EV_LOST }, .after_ns = 1000, .lost = 1 },
	{ .ev = { .kind = SW_EV_LOST }, .after_ns = 1000, .lost = 18446744073709551615u },
};

/* --- rendering and comparing -------------------------------------------------------------------
 */

static void put_scene(const struct formatter *f, struct render *r, struct buf *b, size_t i,
		      uint64_t wall_ns)
{
	const struct scene *scene = &scenes[i];
	struct sw_event ev = scene->ev;
	struct record rec = { .ev = &ev,
			      .wall_ns = wall_ns,
			      .row = &scene->row,
			      .holders = scene->holders,
			      .n_holders = scene->n_holders,
			      .netns_name = scene->netns_name,
			      .cgroup = scene->cgroup,
			      .container = scene->container,
			      .runtime = scene->runtime,
			      .pod = scene->pod,
			      .unit = scene->unit,
			      .lost = scene->lost };

	if (!ev.sock.proto)
		ev.sock.proto = SW_PROTO_TCP;
	if (r->extended) {
		rec.exe = scene->exe;
		rec.cmdline = scene->cmdline;
		rec.start_wall_ns = scene->started_ns ? wall_ns - scene->started_ns : 0;
	}
	f->record(r, b, &rec);
}

static void render_all(const struct formatter *f, struct render r, struct buf *b)
{
	uint64_t now = START;

	if (f->header)
		f->header(&r, b);
	for (size_t i = 0; i < COUNT(scenes); i++) {
		now += scenes[i].after_ns;
		put_scene(f, &r, b, i, now);
	}
	assert_false(buf_failed(b));
}

static void check_render(const char *name, const struct formatter *f, struct render r)
{
	struct buf got = { 0 };

	render_all(f, r, &got);
	golden_check(name, &got);
}

static void check(const char *name, const struct formatter *f, enum stamp_style style,
		  bool extended)
{
	check_render(name, f, (struct render){ .time = style, .extended = extended });
}

TEST(golden__text_for_a_narrow_terminal)
{
	struct render stream = { 0 }, rows = { .no_event = true };

	render_text_fit_terminal(&stream, 80);
	render_text_fit_terminal(&rows, 80);
	check_render("narrow.txt", &render_text, stream);
	check_render("narrow-rows.txt", &render_text, rows);
}

TEST(golden__text_in_colour)
{
	check_render("color.txt", &render_text, (struct render){ .color = true });
}

TEST(golden__text_with_the_clock)
{
	check("clock.txt", &render_text, STAMP_CLOCK, false);
}

TEST(golden__text_extended_with_iso_time)
{
	check("extended-iso.txt", &render_text, STAMP_ISO, true);
}

TEST(golden__text_with_seconds_since_1970)
{
	check("epoch.txt", &render_text, STAMP_EPOCH, false);
}

TEST(golden__text_with_time_since_the_line_before)
{
	check("delta.txt", &render_text, STAMP_DELTA, false);
}

TEST(golden__json)
{
	check("stream.json", &render_json, STAMP_ISO, false);
}

TEST(golden__json_extended)
{
	check("extended.json", &render_json, STAMP_ISO, true);
}

/* -T is for people: a program that reads JSON gets one kind of time. */
TEST(golden__json_has_the_same_time_in_every_style)
{
	static const enum stamp_style styles[] = { STAMP_CLOCK, STAMP_EPOCH, STAMP_DELTA };

	for (size_t i = 0; i < COUNT(styles); i++)
		check("stream.json", &render_json, styles[i], false);
}

TEST(golden__csv)
{
	check("stream.csv", &render_csv, STAMP_ISO, false);
}

TEST(golden__csv_extended)
{
	check("extended.csv", &render_csv, STAMP_ISO, true);
}

/* --- what holds for every line -----------------------------------------------------------------
 */

TEST(golden__every_record_is_one_line)
{
	static const struct formatter *const formatters[] = { &render_text, &render_json,
							      &render_csv };

	for (size_t f = 0; f < COUNT(formatters); f++) {
		for (size_t i = 0; i < COUNT(scenes); i++) {
			struct render r = { .time = STAMP_ISO, .extended = true };
			struct buf b = { 0 };

			put_scene(formatters[f], &r, &b, i, START);
			assert_true(b.len > 1);
			assert_ptr_equal(memchr(b.data, '\n', b.len), b.data + b.len - 1);
			buf_free(&b);
		}
	}
}

/* Where the columns of a line begin, as the header says; a queue of a megabyte pushes, as
 * netstat's. */
TEST(golden__text_columns_line_up_when_room_is_made_before)
{
	struct render r = { .time = STAMP_CLOCK };
	struct buf b = { 0 };
	size_t foreign, owner;

	for (size_t i = 0; i < COUNT(scenes); i++)
		render_text_fit(&r, &scenes[i].ev.sock.tuple);
	render_text.header(&r, &b);
	buf_putc(&b, '\0');
	foreign = (size_t)(strstr(b.data, "Foreign Address") - b.data);
	owner = (size_t)(strstr(b.data, "PID/Program") - b.data);
	for (size_t i = 0; i < COUNT(scenes); i++) {
		if (scenes[i].ev.kind == SW_EV_LOST || scenes[i].row.send_q > 999999)
			continue;
		b.len = 0;
		put_scene(&render_text, &r, &b, i, START);
		buf_putc(&b, '\0');
		assert_int_equal(b.data[foreign - 1], ' ');
		assert_int_not_equal(b.data[foreign], ' ');
		assert_int_equal(b.data[owner - 1], ' ');
		assert_int_not_equal(b.data[owner], ' ');
	}
	buf_free(&b);
}

TEST(golden__text_column_once_grown_stays)
{
	struct render r = { .time = STAMP_CLOCK };
	struct buf b = { 0 };
	int width;

	render_text.header(&r, &b);
	assert_int_equal(r.address_width, 20);
	for (size_t i = 0; i < COUNT(scenes); i++)
		put_scene(&render_text, &r, &b, i, START);
	width = r.address_width;
	assert_int_equal(width, strlen("2001:db8:1234:5678:9abc:def0:1234:5678:65535"));
	put_scene(&render_text, &r, &b, 0, START);
	assert_int_equal(r.address_width, width);
	buf_free(&b);
}

/* From the first column that it cannot do with, a terminal has the layout of none. */
TEST(golden__text_has_all_columns_where_they_fit)
{
	static const struct {
		bool no_event;
		enum stamp_style time;
		int columns;
	} cases[] = { { false, STAMP_CLOCK, 126 },
		      { false, STAMP_ISO, 144 },
		      { true, STAMP_CLOCK, 90 } };

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct render r = { .time = cases[i].time, .no_event = cases[i].no_event };
		struct render narrow = r, none = r;
		struct buf b[3] = { { 0 } };

		render_text_fit_terminal(&narrow, cases[i].columns - 1);
		assert_true(narrow.narrow);
		render_text_fit_terminal(&r, cases[i].columns);
		assert_false(r.narrow);
		render_text.header(&narrow, &b[0]);
		render_text.header(&r, &b[1]);
		render_text.header(&none, &b[2]);
		assert_int_equal(b[1].len, b[2].len);
		assert_memory_equal(b[1].data, b[2].data, b[1].len);
		assert_true(b[0].len < b[1].len);
		for (size_t j = 0; j < COUNT(b); j++)
			buf_free(&b[j]);
	}
}

/* An address beyond what fits pushes what is behind it, in its own row. */
TEST(golden__text_of_a_terminal_grows_as_far_as_it_fits)
{
	struct render r = { .time = STAMP_CLOCK };
	struct buf b = { 0 };

	for (int columns = 10; columns <= 200; columns += 10) {
		render_text_fit_terminal(&r, columns);
		for (size_t i = 0; i < COUNT(scenes); i++)
			put_scene(&render_text, &r, &b, i, START);
		assert_true(r.address_width <= (columns < 130 ? 20 : columns / 2 - 43));
	}
	assert_int_equal(r.address_width, strlen("2001:db8:1234:5678:9abc:def0:1234:5678:65535"));
	render_text_fit_terminal(&r, 80); /* made smaller */
	render_text.header(&r, &b);
	assert_int_equal(r.address_width, 20);
	buf_free(&b);
}

TEST(golden__full_memory_is_told_not_hidden)
{
	struct buf b = { .failed = true };
	struct render r = { 0 };

	put_scene(&render_csv, &r, &b, 1, START);
	assert_true(buf_failed(&b));
	assert_int_equal(b.len, 0);
	buf_free(&b);
}
