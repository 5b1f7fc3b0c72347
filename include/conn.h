/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * One record a connection, sent at its end for this side: when it closes, or goes to TIME_WAIT.
 * It begins with the event of its last transition. Of a long one also so far, before that.
 */
#ifndef SOCKWATCH_CONN_H
#define SOCKWATCH_CONN_H

#include "event.h"

#define SW_CONN_OWNERS 4 /* earlier owners that are kept */

/* A process that owned the connection before its last owner did. */
struct sw_conn_owner {
	__u64 start_ns; /* as that of struct sw_sock */
	__u64 since_ns; /* when it became the owner; 0: before the programs */
	__u32 pid;
	__u8 source;	 /* enum sw_owner_source */
	__u8 in_cgroups; /* as that of struct sw_sock */
	__u8 pad[2];
	char comm[SW_COMM_LEN];
};

struct sw_conn {
	struct sw_event e; /* SW_EV_CONN; its age is how long the connection was there */
	__u64 history;	   /* states, four bits each, the last one lowest; 0 among them: unseen */
	__u64 since_ns;	   /* of the owner, as above */
	__u32 segments_sent;
	__u32 segments_received;
	__u32 connect_us; /* from SYN to ESTABLISHED; 0: unknown, or it did not connect */
	__u16 left_out;	  /* earlier owners that had no room, at least */
	__u8 n_owners;	  /* in use of the next: each process once, in order */
	__u8 so_far;	  /* 1: it goes on, and all is as it was then */
	/* What follows is left out of the ring where it says nothing. */
	struct sw_conn_owner owners[SW_CONN_OWNERS];
};

#define SW_CONN_SHORT 264

/* What a pass over long connections found, besides their records. */
struct sw_so_far {
	__u32 next_ms; /* until the next one is due, at most */
	__u32 again;   /* 1: there was no room in the ring for more */
	__u32 now_ms;  /* of the first pass, of those that go on for one another */
	__u32 pad;
};

_Static_assert(sizeof(struct sw_conn_owner) == 40, "sw_conn_owner is ABI");
_Static_assert(sizeof(struct sw_conn) == 424, "sw_conn is ABI");
_Static_assert(__builtin_offsetof(struct sw_conn, owners) == SW_CONN_SHORT, "so is its part");

#endif
