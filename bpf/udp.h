/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What sockwatch remembers of a UDP socket, and the first use of it with a peer.
 *
 * A datagram socket has no states. Its story is: bind, connect, the first datagram to or from each
 * peer by each process (an event), the end with what it moved. Every use happens in a system call
 * of a process, so current is always the one to name.
 */
#ifndef SOCKWATCH_BPF_UDP_H
#define SOCKWATCH_BPF_UDP_H

#include "emit.h"
#include "peer.h"
#include "reason.h"

/* A peer of a socket. */
struct peer_key {
	__u64 cookie; /* of the socket: no other ever has it */
	union sw_addr addr;
	__u16 port; /* 0: not known, of a socket that asks for no sender */
	__u16 pad[3];
};

/* Why the peer that was used last has no slot in bpf/peers.h; 0: it has one. */
enum { PEER_NOT_ASKED = 1, PEER_NO_ROOM };

enum { BEGAN_SENDING = 1, BEGAN_RECEIVING };

struct udp_facts {
	__u64 bytes_sent;
	__u64 bytes_received;
	__u64 datagrams_sent;
	__u64 datagrams_received;
	__u64 user;	    /* pid_tgid of the last task that used it */
	union sw_addr peer; /* and with whom: most talk to one for long */
	__u16 peer_port;
	__u8 told; /* an open was told: its close is asked for, whatever a filter says of no peer */
	__u8 refused;
	__u32 error; /* what its last use failed with, told once; 0: it did not */
	/* what only tells_conns asks for: */
	__u32 made; /* peers so far */
	__u32 slots[SW_PEER_SLOTS];
	__u32 last_slot; /* of the peer that was used last, + 1; 0: none */
	__u8 began;	 /* what its first datagram was; 0: there was none */
	__u8 pad[7];
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct udp_facts);
} udp_in_socket SEC(".maps");

/* Which uses were told. The least recent ones go first: a peer of long ago may be told again. */
struct udp_peer {
	__u64 sk;
	__u64 cookie; /* an address is used again, a cookie is not */
	union sw_addr addr;
	__u32 tgid;
	__u16 port;
	__u16 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct udp_peer);
	__type(value, __u8);
} udp_peers SEC(".maps");

/*
 * Tells an event whose socket is asked for, and whether it did. The owner is the running task: it
 * uses the socket, or closes its last descriptor. A helper has given the socket its cookie by now.
 */
static __always_inline bool udp_tell(struct sw_event *e, struct sock *sk)
{
	struct owner owner;

	if (e->kind == SW_EV_CLOSE ? current_acts() : current_is_user()) {
		owner_set_current(&owner);
		event_set_owner(e, &owner, SW_OWNER_USE);
		event_set_actor(e);
	}
	if (sock_set_kernel(&e->sock, sk))
		e->ns_pid = 0;
	if (!filter_change(e))
		return false;
	if (tells_conns && e->kind == SW_EV_OPEN && !e->error)
		return true; /* its end tells it */
	sock_set_identity(&e->sock, sk, sk, false);
	e->sock.inode = sock_inode(sk);
	event_send(e);
	return true;
}

/* (A function of its own: scripts/bpf_stack.py.) */
static __noinline void udp_tell_open(struct sock *sk, struct udp_facts *f,
				     const struct peer_key *peer, __u32 error, __u32 have)
{
	struct sw_event e = {};

	event_begin(&e, SW_EV_OPEN, SW_PROTO_UDP, sk, sk, 0);
	e.sock.tuple.remote = peer->addr;
	e.sock.tuple.remote_port = peer->port;
	e.sock.have |= have;
	e.error = error;
	e.reason = sw_reason_of_call(error);
	if (filter_socket(&e.sock) == SW_PASS && udp_tell(&e, sk))
		f->told = 1;
}

/* Whether the first use of a peer by a process was told; from now on it was. */
static __noinline bool udp_was_told(struct sock *sk, const struct peer_key *peer, __u32 tgid)
{
	struct udp_peer key = { .sk = (__u64)sk,
				.cookie = peer->cookie,
				.addr = peer->addr,
				.port = peer->port,
				.tgid = tgid };
	__u8 one = 1;

	if (bpf_map_lookup_elem(&udp_peers, &key))
		return true;
	bpf_map_update_elem(&udp_peers, &key, &one, BPF_ANY);
	return false;
}

/*
 * The running task sent to, or received from, this peer. sk is read by probe reads only.
 */
static __always_inline void udp_used(struct sock *sk, struct udp_facts *f,
				     const struct peer_key *peer, __u32 have)
{
	__u64 user = bpf_get_current_pid_tgid();

	f->error = 0;
	if (f->user == user && f->peer_port == peer->port && f->peer.q[0] == peer->addr.q[0] &&
	    f->peer.q[1] == peer->addr.q[1])
		return;
	f->peer = peer->addr;
	f->peer_port = peer->port;
	f->user = user;
	if (!udp_was_told(sk, peer, user >> 32))
		udp_tell_open(sk, f, peer, 0, have);
}

/* A send or receive failed; told once until one succeeds. */
static __always_inline void udp_failed(struct sock *sk, struct udp_facts *f, struct peer_key *key,
				       __u32 error, __u32 have)
{
	if (f->error == error)
		return;
	f->error = error;
	if (!key->port && f->user == bpf_get_current_pid_tgid()) { /* not connected */
		key->addr = f->peer;
		key->port = f->peer_port;
	}
	udp_tell_open(sk, f, key, error, have);
}

#endif
