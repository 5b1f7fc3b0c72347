/* SPDX-License-Identifier: GPL-2.0-only */
/* The records of tests/golden/, each with its own time. */
#ifndef SOCKWATCH_TESTS_GOLDEN_SCENES_H
#define SOCKWATCH_TESTS_GOLDEN_SCENES_H

#include "unit.h"

#include "conn.h"
#include "core/record.h"
#include "core/row.h"
#include "render/render.h"

/* --- what scenes are made of -------------------------------------------------------------------
 */

#define START 1795475645123456789u /* 2026-11-23T23:14:05.123456789Z */

#define NETNS 4026531840u
#define MS (uint64_t)1000000
#define SEC (uint64_t)1000000000

#define ADDR(...)                    \
	{                            \
		.b = { __VA_ARGS__ } \
	}
#define V4(a, b0, c, d) ADDR([10] = 0xff, [11] = 0xff, a, b0, c, d)
/* 2001:db8:1234:5678:9abc:def0:1234:host */
#define V6_LONG(host)                                                                            \
	ADDR(0x20, 0x01, 0x0d, 0xb8, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0, 0x12, 0x34, \
	     (host) >> 8, (host)&0xff)
#define V6_LOOPBACK ADDR([15] = 1)
#define V6_ANY ADDR(0)
#define V6_LINK(host) ADDR(0xfe, 0x80, [15] = (host))

#define TUPLE(version, l, lport, r, rport)                                                 \
	{                                                                                  \
		.family = (version) == 4 ? SW_AF_INET : SW_AF_INET6, .local = l,           \
		.local_port = (lport), .remote = r, .remote_port = (rport), .netns = NETNS \
	}

#define V6_LISTENER(port, flags_)                                                                \
	{                                                                                        \
		.family = SW_AF_INET6, .flags = (flags_), .local = V6_ANY, .local_port = (port), \
		.remote = V6_ANY, .netns = NETNS                                                 \
	}

#define CHANGE(from, to) .old_state = (from), .sock.state = (to)
#define OWNER(source, pid_, comm_) \
	.sock.owner_source = (source), .sock.pid = (pid_), .sock.comm = comm_
#define ACTOR(pid_, tid_, comm_) .actor_pid = (pid_), .actor_tid = (tid_), .actor_comm = comm_

/* --- the scenes --------------------------------------------------------------------------------
 */

struct scene {
	uint64_t time_ns;	    /* since 1970 */
	struct sw_event ev;	    /* TCP, unless it says otherwise */
	const struct sw_conn *conn; /* but for its event; NULL: it is no connection */
	struct sw_row row;	    /* queues and timer, where sock.have says so */
	const struct holder *holders;
	size_t n_holders;
	const struct holder *held_by;
	size_t n_held_by;
	uint32_t blocked_ms;
	const struct record_names *names; /* of --resolve */
	const char *exe;		  /* of -e */
	const char *cmdline;
	const char *parent_comm;
	uint32_t ppid;
	uint32_t login_uid;		/* 0: none */
	uint64_t started_ns;		/* before the event; 0: not known */
	const struct sw_info *info;	/* of list -i and -m */
	const struct record_peer *peer; /* of --peer */
	const char *device;
	bool elsewhere;
	const char *netns_name;
	const char *cgroup;
	const char *container;
	const char *runtime;
	const char *pod;
	const char *unit;
	const char *user_unit;
	const char *containers;
	const char *socket_cgroup;
	const struct sw_tuple *nat;
	const char *container_name;
	const char *container_image;
	const char *pod_name;
	const char *pod_namespace;
	const char *container_labels;
	const char *host;
	const char *boot;
	uint64_t lost;
	uint64_t lost_for_ns; /* 0: it is not known since when */
	uint8_t recorder;
};

/* The stream as it comes without asking for more. */
extern const struct scene scenes[];
extern const size_t n_scenes;

/* What only some options or some moments tell: names, timers, who has an address. */
extern const struct scene asked[];
extern const size_t n_asked;

/* Connections, and what else is told among them. */
extern const struct scene conns[];
extern const size_t n_conns;

/* Formats a scene as of that time. */
void put_scene(const struct formatter *f, struct render *r, struct buf *b,
	       const struct scene *scene, uint64_t wall_ns);

#endif
