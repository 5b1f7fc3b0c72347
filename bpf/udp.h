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
#include "reason.h"

struct udp_facts {
	__u64 bytes_sent;
	__u64 bytes_received;
	__u64 datagrams_sent;
	__u64 datagrams_received;
	__u64 user;	    /* pid_tgid of the last task that used it */
	union sw_addr peer; /* and with whom: most talk to one for long */
	__u16 peer_port;
	__u8 told; /* an open was told: its close is asked for, whatever a filter says of no peer */
	__u8 pad;
	__u32 error; /* what its last use failed with, told once; 0: it did not */
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

	if (current_is_user()) {
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

static __always_inline void udp_tell_open(struct sock *sk, struct udp_facts *f,
					  const union sw_addr *peer, __u16 port, __u32 error,
					  __u32 have)
{
	struct sw_event e = {};

	event_begin(&e, SW_EV_OPEN, SW_PROTO_UDP, sk, sk, 0);
	e.sock.tuple.remote = *peer;
	e.sock.tuple.remote_port = port;
	e.sock.have |= have;
	e.error = error;
	e.reason = sw_reason_of_call(error);
	if (filter_sock(sk, &e.sock) == SW_PASS && udp_tell(&e, sk))
		f->told = 1;
}

/* The running task sent to, or received from, this peer. sk is read by probe reads only. */
static __always_inline void udp_used(struct sock *sk, __u64 cookie, struct udp_facts *f,
				     const union sw_addr *peer, __u16 port, __u32 have)
{
	struct udp_peer key = { .sk = (__u64)sk, .cookie = cookie, .addr = *peer, .port = port };
	__u64 user = bpf_get_current_pid_tgid();
	__u8 one = 1;

	f->error = 0;
	if (f->user == user && f->peer_port == port && f->peer.q[0] == peer->q[0] &&
	    f->peer.q[1] == peer->q[1])
		return;
	f->peer = *peer;
	f->peer_port = port;
	f->user = user;
	key.tgid = user >> 32;
	if (bpf_map_lookup_elem(&udp_peers, &key))
		return;
	bpf_map_update_elem(&udp_peers, &key, &one, BPF_ANY);
	udp_tell_open(sk, f, peer, port, 0, have);
}

/* A send or receive failed; told once until one succeeds. */
static __always_inline void udp_failed(struct sock *sk, struct udp_facts *f, struct sw_tuple *t,
				       __u32 error, __u32 have)
{
	if (f->error == error)
		return;
	f->error = error;
	if (!t->remote_port && f->user == bpf_get_current_pid_tgid()) { /* not connected */
		t->remote = f->peer;
		t->remote_port = f->peer_port;
	}
	udp_tell_open(sk, f, &t->remote, t->remote_port, error, have);
}

#endif
