/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What a UDP socket had with one peer: kept in a slot of an array that both sides have mapped.
 *
 * The kernel side takes a free slot at the first datagram and adds up in it; user space ends it
 * when the socket is closed or nothing moved for long, tells it, and gives the slot back. Neither
 * needs the other for that, nor user space a right.
 */
#ifndef SOCKWATCH_PEER_H
#define SOCKWATCH_PEER_H

#include "conn.h"

#define SW_PEER_OWNERS 5 /* of them the last is whoever came last, where there were more */
#define SW_PEER_SLOTS 4	 /* which a socket knows by itself */

enum sw_peer_phase {
	SW_PEER_FREE = 0,
	SW_PEER_USED,  /* datagrams are added up */
	SW_PEER_ENDED, /* no more: what comes takes another slot */
};

struct sw_peer {
	__u32 phase;	  /* enum sw_peer_phase */
	__u32 generation; /* how often the slot was given back */
	__u64 cookie;	  /* of the socket */
	__u64 first_ns;
	__u64 last_ns;
	__u64 leader; /* of the process that used it last, as the next: the kernel side's */
	__u32 tgid;
	__u8 n_owners; /* in use of the next, in order */
	__u8 current;  /* which of them used it last */
	__u16 left_out;
	__u64 told_ns;	   /* so far; user space's */
	struct sw_event e; /* with what it moved; SW_HAVE_RECEIVED or SW_HAVE_SENT: who began */
	struct sw_conn_owner owners[SW_PEER_OWNERS]; /* pad: sw_peer_owner_seal() */
	__u64 cgroups[SW_PEER_OWNERS];		     /* as sw_sock.owner_cgroup */
	__u32 ns_pids[SW_PEER_OWNERS];		     /* as sw_event.ns_pid */
	__u32 pad[3];
};

/* A UDP socket is closed: record of the ring. */
struct sw_closed {
	__u64 cookie;
	__u64 time_ns;
	__u32 made;		    /* peers that it had so far */
	__u32 slots[SW_PEER_SLOTS]; /* of the last of them */
	__u32 pad;
};

/*
 * Two processes that begin to use one peer at the same time may write one owner: what does not add
 * up to its seal is nobody.
 */
static inline __u32 sw_peer_owner_sum(const struct sw_conn_owner *o)
{
	const __u64 *comm = (const __u64 *)(const void *)o->comm;
	__u64 sum = o->start_ns ^ comm[0] ^ comm[1] ^ (__u64)o->pid << 17 ^
		    (__u64)o->in_cgroups << 8 ^ o->source;

	return (__u32)(sum ^ sum >> 16 ^ sum >> 32 ^ sum >> 48) & 0xffff;
}

static inline void sw_peer_owner_seal(struct sw_conn_owner *o)
{
	__u32 sum = sw_peer_owner_sum(o);

	o->pad[0] = sum;
	o->pad[1] = sum >> 8;
}

static inline int sw_peer_owner_is_whole(const struct sw_conn_owner *o)
{
	return sw_peer_owner_sum(o) == (o->pad[0] | (__u32)o->pad[1] << 8);
}

_Static_assert(sizeof(struct sw_peer) == 560, "sw_peer is ABI");
_Static_assert(sizeof(struct sw_closed) == 40, "sw_closed is ABI");

#endif
