/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What sockwatch remembers of a socket: its owner, its birth, its last change.
 *
 * The facts live in the socket's own storage and die with it. Where tracing programs have no
 * socket storage (before 5.11: no bpf_sk_storage_get_tracing) a hash keyed by the socket's address
 * takes its place, and tcp_destroy_sock deletes the entry; such a table can fill up.
 */
#ifndef SOCKWATCH_BPF_FACTS_H
#define SOCKWATCH_BPF_FACTS_H

#include "process.h"
#include <bpf/bpf_endian.h>

struct facts {
	__u64 sk;	 /* whom this was written for; another address: a clone of the listener's */
	__u64 birth_ns;	 /* 0: older than the program */
	__u64 change_ns; /* of the last transition seen; 0: none yet */
	__u64 held_ns;	 /* a transition that could not be told yet; 0: none */
	struct owner owner;
	__u8 source;	  /* enum sw_owner_source */
	__u8 touched;	  /* a transition was seen */
	__u8 state;	  /* the one it led to */
	__u8 first_state; /* the state before the first transition seen; 0: seen from birth */
	__u8 held_old;
	__u8 held_state;
	__u8 pad[6];
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
	__type(value, struct facts);
} facts_in_socket SHARED SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 262144);
	__type(key, __u64);
	__type(value, struct facts);
} facts_by_address SHARED SEC(".maps");

/* The facts of sk, NULL when there are none. */
static __always_inline struct facts *facts_find(struct sock *sk)
{
	__u64 key = (__u64)sk;

	if (use_sk_storage)
		return bpf_sk_storage_get(&facts_in_socket, sk, 0, 0);
	return bpf_map_lookup_elem(&facts_by_address, &key);
}

/*
 * The facts of sk, made when there are none; NULL when memory or the hash is full. A child that
 * was just cloned from its listener keeps only the listener's owner, as inherited.
 */
static __always_inline struct facts *facts_get(struct sock *sk)
{
	struct facts *facts;
	__u64 key = (__u64)sk;

	if (use_sk_storage) {
		facts = bpf_sk_storage_get(&facts_in_socket, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	} else {
		facts = bpf_map_lookup_elem(&facts_by_address, &key);
		if (!facts) {
			struct facts none = {};

			bpf_map_update_elem(&facts_by_address, &key, &none, BPF_NOEXIST);
			facts = bpf_map_lookup_elem(&facts_by_address, &key);
		}
	}
	if (!facts || facts->sk == key)
		return facts;

	facts->sk = key;
	facts->birth_ns = 0;
	facts->change_ns = 0;
	facts->held_ns = 0;
	facts->touched = 0;
	facts->first_state = 0;
	if (facts->source != SW_OWNER_UNKNOWN)
		facts->source = SW_OWNER_INHERITED;
	return facts;
}

/* Forgets sk. Socket storage needs no call: it goes with the socket. */
static __always_inline void facts_drop(struct sock *sk)
{
	__u64 key = (__u64)sk;

	if (!use_sk_storage)
		bpf_map_delete_elem(&facts_by_address, &key);
}

/*
 * Who listens on a port, for a child to inherit where the hash is in use: a clone has no way to its
 * listener but the port. Listeners of several processes on one port leave it unknown (tgid 0).
 */
struct listen_key {
	__u32 netns;
	__u16 port;
	__u16 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, struct listen_key);
	__type(value, struct owner);
} listeners SHARED SEC(".maps");

static __always_inline void listener_note(const struct facts *facts, __u32 netns, __u16 port)
{
	struct listen_key key = { .netns = netns, .port = port };
	struct owner owner = facts->owner;
	struct owner *before;

	if (use_sk_storage || !port)
		return;
	if (!bpf_map_update_elem(&listeners, &key, &owner, BPF_NOEXIST))
		return;
	before = bpf_map_lookup_elem(&listeners, &key); /* two may begin to listen at once */
	if (before && before->tgid != owner.tgid)
		before->tgid = 0;
}

static __always_inline void listener_forget(__u32 netns, __u16 port)
{
	struct listen_key key = { .netns = netns, .port = port };

	if (!use_sk_storage)
		bpf_map_delete_elem(&listeners, &key);
}

static __always_inline void listener_inherit(struct facts *facts, __u32 netns, __u16 port)
{
	struct listen_key key = { .netns = netns, .port = port };
	struct owner *owner;

	if (use_sk_storage)
		return;
	owner = bpf_map_lookup_elem(&listeners, &key);
	if (!owner || !owner->tgid)
		return;
	facts->owner = *owner;
	facts->source = SW_OWNER_INHERITED;
}

/*
 * Who got a connection from accept(). The exit of the system call knows the socket only by its
 * descriptor, and a pointer found that way cannot reach socket storage; so the acceptor waits here
 * until a program that is given the socket itself folds it in: the next transition or first read.
 * The ports guard against an address that was reused. A connection that finds no room stays
 * inherited. Preallocated, as programs on system call tracepoints must not allocate (5.10 warns).
 */
struct acceptor {
	struct owner owner;
	__u16 local_port;
	__u16 remote_port;
	__u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, struct acceptor);
} acceptors SHARED SEC(".maps");

static __always_inline void facts_accepted(struct facts *facts, struct sock *sk, __u16 local_port,
					   __u16 remote_port)
{
	__u64 key = (__u64)sk;
	struct acceptor *a;

	if (facts->source != SW_OWNER_INHERITED && facts->source != SW_OWNER_UNKNOWN &&
	    facts->source != SW_OWNER_SNAPSHOT)
		return;
	a = bpf_map_lookup_elem(&acceptors, &key);
	if (!a)
		return;
	if (a->local_port == local_port && a->remote_port == remote_port) {
		facts->owner = a->owner;
		facts->source = SW_OWNER_ACCEPT;
	}
	bpf_map_delete_elem(&acceptors, &key);
}

/*
 * The running task, a process and not interrupted by the packet it is blamed for, uses the socket:
 * if somebody else was its owner, it was handed on (fork, SCM_RIGHTS), and it is the owner now.
 */
static __always_inline void facts_use(struct facts *facts)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;

	if (facts->source != SW_OWNER_UNKNOWN && facts->owner.tgid == tgid) {
		if (facts->source == SW_OWNER_INHERITED)
			facts->source = SW_OWNER_USE;
		return;
	}
	if (!current_is_user())
		return;
	owner_set_current(&facts->owner);
	facts->source = SW_OWNER_USE;
}

/* The running task read or wrote sk. The facts of a socket without events are not made for that. */
static __always_inline void facts_touch(struct sock *sk)
{
	struct facts *facts = facts_find(sk);

	if (!facts || facts->sk != (__u64)sk)
		return;
	facts_accepted(facts, sk, sk->__sk_common.skc_num, bpf_ntohs(sk->__sk_common.skc_dport));
	facts_use(facts);
}

#endif
