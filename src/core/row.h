/* SPDX-License-Identifier: GPL-2.0-only */
/* The snapshot's data model: what exists, and who holds it. Any source of rows fills it. */
#ifndef SOCKWATCH_CORE_ROW_H
#define SOCKWATCH_CORE_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"

/* A process that holds a descriptor of a socket. */
struct holder {
	uint32_t pid;		/* thread group id */
	int32_t fd;		/* -1: not known */
	char comm[SW_COMM_LEN]; /* NUL-padded, as /proc/PID/comm has it: any byte may occur */
	bool in_cgroups;	/* it is in a cgroup that is asked for: holders_mark() */
};

/* The timer of a TCP socket, as /proc/net/tcp has it (get_tcp4_sock()). */
enum timer_kind {
	TIMER_OFF = 0,
	TIMER_ON, /* retransmission, loss probe, ... */
	TIMER_KEEPALIVE,
	TIMER_TIME_WAIT,
	TIMER_PROBE, /* of a zero window */
};

struct timer {
	uint32_t ms; /* until it is over */
	uint32_t retransmits;
	uint32_t probes; /* sent and not answered */
	uint8_t kind;	 /* enum timer_kind */
};

/* A socket as the snapshot found it. */
struct row {
	struct sw_tuple tuple;
	uint64_t inode; /* 0: TIME_WAIT, orphaned, or not accepted yet */
	/* only the iterators tell these; 0: not known */
	uint64_t cookie;
	uint64_t cgroup_id;
	uint64_t bytes_sent; /* SW_HAVE_COUNTERS, as the three below */
	uint64_t bytes_received;
	uint32_t retransmits;
	uint32_t srtt_us;
	uint32_t have; /* enum sw_have */
	uint32_t uid;
	uint32_t recv_q; /* bytes; of a listener: connections waiting to be accepted */
	uint32_t send_q;
	struct timer timer;    /* only /proc tells it */
	uint32_t first_holder; /* index into snapshot.holders */
	uint32_t n_holders;
	uint8_t state;	   /* enum sw_tcp_state */
	uint8_t no_queues; /* 1: recv_q and send_q are not known */
	/*
	 * Where nobody holds it: how its owner, first_holder, is known (enum sw_owner_source).
	 * A child's is its listener's, and inherited.
	 */
	uint8_t owner_source;
	uint8_t proto; /* SW_PROTO_TCP, SW_PROTO_UDP */
};

struct snapshot {
	struct row *rows; /* owned */
	size_t n_rows;
	size_t cap_rows;
	struct holder *holders; /* owned; sorted by pid, then fd, within a row */
	size_t n_holders;
	size_t cap_holders;
};

/* Appends a copy of *row or *holder. 0, or -ENOMEM with the snapshot unchanged. */
int snapshot_add_row(struct snapshot *s, const struct row *row);
int snapshot_add_holder(struct snapshot *s, const struct holder *holder);

/* Frees what the snapshot owns; it is empty and usable again. */
void snapshot_free(struct snapshot *s);

#endif
