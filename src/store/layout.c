// SPDX-License-Identifier: GPL-2.0-only
#include "store/layout.h"

#include "store/stored.h"

#define SIZE(member_) sizeof(((struct stored *)0)->member_)
#define AT(member_) offsetof(struct stored, member_)
#define COLUMN(member_, coding_, from_, twin_, base_)                                             \
	{                                                                                         \
		.offset = AT(member_), .twin = (twin_), .size = SIZE(member_), .coding = coding_, \
		.from = from_, .base = base_                                                      \
	}

#define NUMBER(member, from) COLUMN(member, NUMBER, from, AT(member), BASE_NONE)
#define TIME(member, from, base) COLUMN(member, NUMBER, from, AT(member), base)
#define CHOICE(member, from) COLUMN(member, CHOICE, from, AT(member), BASE_NONE)
#define TWIN(member, from, twin) COLUMN(member, CHOICE, from, AT(twin), BASE_NONE)
#define FEW(member) COLUMN(member, FEW, FROM_LAST, AT(member), BASE_NONE)

/* 16 bytes of text, or of a name, as two numbers */
#define HALVES(member, half, from)                                                       \
	{                                                                                \
		AT(member) + (half)*8, AT(member) + (half)*8, 8, CHOICE, from, BASE_NONE \
	}
#define COMM(member, from) HALVES(member, 0, from), HALVES(member, 1, from)
#define COMM_TWIN(member, from, twin)                                    \
	{ AT(member), AT(twin), 8, CHOICE, from, BASE_NONE },            \
	{                                                                \
		AT(member) + 8, AT(twin) + 8, 8, CHOICE, from, BASE_NONE \
	}

#define OWNER_ASKED(i)                         \
	CHOICE(conn.owners[i].pid, FROM_ROLE), \
		COMM_TWIN(conn.owners[i].comm, FROM_ROLE, conn.e.sock.comm)
#define OWNER(i)                                                                              \
	CHOICE(conn.owners[i].start_ns, FROM_ROLE), CHOICE(conn.owners[i].source, FROM_ROLE), \
		TIME(conn.owners[i].since_ns, FROM_NONE, BASE_BEGIN),                         \
		CHOICE(conn.owners[i].in_cgroups, FROM_LAST),                                 \
		CHOICE(conn.owners[i].pad, FROM_LAST)

#define TEXT(i) CHOICE(texts[i], FROM_PID)

const struct column stored_columns[] = {
	/* by these others are foretold */
	FEW(conn.e.sock.pid),
	/* COLUMNS_OF_PID */
	CHOICE(conn.e.sock.start_ns, FROM_PID),
	CHOICE(conn.e.sock.owner_source, FROM_PID),
	/* COLUMNS_OF_ROLE */
	NUMBER(conn.e.time_ns, FROM_LAST),
	TIME(wall_ns, FROM_LAST, BASE_TIME),

	CHOICE(conn.e.kind, FROM_ROLE),
	CHOICE(recorder, FROM_LAST),
	COMM(conn.e.sock.comm, FROM_PID),
	CHOICE(conn.e.sock.tuple.local.q[0], FROM_ROLE),
	CHOICE(conn.e.sock.tuple.local.q[1], FROM_ROLE),
	TWIN(conn.e.sock.tuple.remote.q[0], FROM_ROLE, conn.e.sock.tuple.local.q[0]),
	FEW(conn.e.sock.tuple.remote.q[1]),
	NUMBER(conn.e.sock.tuple.local_port, FROM_ROLE),
	NUMBER(conn.e.sock.tuple.remote_port, FROM_ROLE),
	TWIN(conn.e.actor_pid, FROM_ROLE, conn.e.sock.pid),
	COMM_TWIN(conn.e.actor_comm, FROM_ROLE, conn.e.sock.comm),
	OWNER_ASKED(0),
	OWNER_ASKED(1),
	OWNER_ASKED(2),
	OWNER_ASKED(3),
	/* COLUMNS_ASKED */

	NUMBER(conn.e.age_ns, FROM_NONE),
	NUMBER(conn.e.state_ns, FROM_NONE),
	TIME(conn.since_ns, FROM_NONE, BASE_BEGIN),
	NUMBER(conn.connect_us, FROM_NONE),
	TIME(start_wall_ns, FROM_PID, BASE_START),

	/* the socket */
	CHOICE(conn.e.sock.have, FROM_ROLE),
	CHOICE(conn.e.sock.proto, FROM_ROLE),
	CHOICE(conn.e.sock.state, FROM_ROLE),
	CHOICE(conn.e.sock.in_cgroups, FROM_LAST),
	NUMBER(conn.e.sock.cookie, FROM_LAST),
	NUMBER(conn.e.sock.inode, FROM_LAST),
	CHOICE(conn.e.sock.owner_cgroup, FROM_PID),
	CHOICE(conn.e.sock.cgroup_id, FROM_PID),
	NUMBER(conn.e.sock.bytes_sent, FROM_NONE),
	NUMBER(conn.e.sock.bytes_received, FROM_NONE),
	NUMBER(conn.segments_sent, FROM_NONE),
	NUMBER(conn.segments_received, FROM_NONE),
	NUMBER(conn.e.sock.retransmits, FROM_NONE),
	NUMBER(conn.e.sock.srtt_us, FROM_NONE),
	CHOICE(conn.e.sock.uid, FROM_PID),
	CHOICE(conn.e.sock.tuple.family, FROM_ROLE),
	CHOICE(conn.e.sock.tuple.flags, FROM_ROLE),
	CHOICE(conn.e.sock.tuple.netns, FROM_PID),
	CHOICE(conn.e.sock.tuple.device, FROM_ROLE),

	/* the event */
	TWIN(conn.e.actor_tid, FROM_ROLE, conn.e.actor_pid),
	CHOICE(conn.e.error, FROM_ROLE),
	CHOICE(conn.e.old_state, FROM_ROLE),
	CHOICE(conn.e.reason, FROM_ROLE),
	CHOICE(conn.e.first_state, FROM_ROLE),
	NUMBER(conn.e.datagrams_sent, FROM_NONE),
	NUMBER(conn.e.datagrams_received, FROM_NONE),
	NUMBER(conn.e.parent_inode, FROM_NONE),
	NUMBER(conn.e.mptcp_token, FROM_NONE),
	CHOICE(conn.e.ns_pid, FROM_PID),

	/* the connection */
	CHOICE(conn.history, FROM_ROLE),
	CHOICE(conn.left_out, FROM_ROLE),
	CHOICE(conn.n_owners, FROM_ROLE),
	CHOICE(conn.so_far, FROM_LAST),
	OWNER(0),
	OWNER(1),
	OWNER(2),
	OWNER(3),

	/* what a record says besides */
	NUMBER(lost, FROM_NONE),
	TIME(lost_since_ns, FROM_NONE, BASE_TIME),
	TEXT(STORED_DEVICE),
	TEXT(STORED_NETNS_NAME),
	TEXT(STORED_CGROUP),
	TEXT(STORED_CONTAINER),
	TEXT(STORED_RUNTIME),
	TEXT(STORED_POD),
	TEXT(STORED_UNIT),
	TEXT(STORED_EXE),
	TEXT(STORED_CMDLINE),
	TEXT(STORED_PARENT_COMM),
	TEXT(STORED_CONTAINERS),
	TEXT(STORED_SOCKET_CGROUP),
	TEXT(STORED_USER_UNIT),
	TEXT(STORED_CONTAINER_NAME),
	TEXT(STORED_CONTAINER_IMAGE),
	TEXT(STORED_POD_NAME),
	TEXT(STORED_POD_NAMESPACE),
	CHOICE(ppid, FROM_PID),
	CHOICE(login_uid, FROM_PID),
	CHOICE(flags, FROM_PID),
	CHOICE(pad, FROM_LAST),
};

const size_t n_stored_columns = sizeof(stored_columns) / sizeof(stored_columns[0]);
