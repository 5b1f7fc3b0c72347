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
	__u8 handed; /* a new owner waits in handovers */
	__u8 pad[5];
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
	__type(value, struct facts);
} facts_in_socket SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 262144);
	__type(key, __u64);
	__type(value, struct facts);
} facts_by_address SEC(".maps");

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
	facts->handed = 0;
	facts->first_state = 0;
	if (facts->source != SW_OWNER_UNKNOWN)
		facts->source = SW_OWNER_INHERITED;
	return facts;
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
} listeners SEC(".maps");

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
 * Who got the socket, seen where its lock is not held, or where it is known only by its descriptor
 * (a pointer found that way cannot reach socket storage): the exit of accept, the end of a send.
 * Two tasks at once would mix their names in the facts; so the new owner waits here until a program
 * that holds the lock folds it in: at the next transition or read. The ports guard against an
 * address that was reused. A connection that finds no room stays with the owner it has.
 * Preallocated, as programs on system call tracepoints must not allocate (5.10 warns).
 */
struct handover {
	struct owner owner;
	__u16 local_port;
	__u16 remote_port;
	__u8 source; /* enum sw_owner_source */
	__u8 pad[3];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, __u64); /* the socket's address */
	__type(value, struct handover);
} handovers SEC(".maps");

static __always_inline bool may_be_accepted(const struct facts *facts)
{
	return facts->source == SW_OWNER_INHERITED || facts->source == SW_OWNER_UNKNOWN ||
	       facts->source == SW_OWNER_SNAPSHOT;
}

static __always_inline void facts_fold(struct facts *facts, struct sock *sk, __u16 local_port,
				       __u16 remote_port)
{
	__u64 key = (__u64)sk;
	struct handover *h;

	if (!facts->handed && !may_be_accepted(facts))
		return;
	facts->handed = 0;
	h = bpf_map_lookup_elem(&handovers, &key);
	if (!h)
		return;
	if (h->local_port == local_port && h->remote_port == remote_port) {
		facts->owner = h->owner;
		facts->source = h->source;
	}
	bpf_map_delete_elem(&handovers, &key);
}

/* Forgets sk, which is about to be freed. Socket storage goes by itself. */
static __always_inline void facts_drop(struct sock *sk, const struct facts *facts)
{
	__u64 key = (__u64)sk;

	if (facts && (facts->handed || may_be_accepted(facts)))
		bpf_map_delete_elem(&handovers, &key);
	if (!use_sk_storage)
		bpf_map_delete_elem(&facts_by_address, &key);
}

static __always_inline __u32 current_tgid(void)
{
	return bpf_get_current_pid_tgid() >> 32;
}

/*
 * The running task, a process and not interrupted by the packet it is blamed for, uses the socket
 * and holds its lock: if somebody else was its owner, it was handed on (fork, SCM_RIGHTS), and it
 * is the owner now.
 */
static __always_inline void facts_use(struct facts *facts)
{
	if (facts->source != SW_OWNER_UNKNOWN && facts->owner.tgid == current_tgid()) {
		if (facts->source == SW_OWNER_INHERITED)
			facts->source = SW_OWNER_USE;
		return;
	}
	if (!current_is_user())
		return;
	owner_set_current(&facts->owner);
	facts->source = SW_OWNER_USE;
}

/* A read, with the lock held. The facts of a socket without events are not made for that. */
static __always_inline void facts_read(struct sock *sk)
{
	struct facts *facts = facts_find(sk);

	if (!facts || facts->sk != (__u64)sk)
		return;
	facts_fold(facts, sk, sk->__sk_common.skc_num, bpf_ntohs(sk->__sk_common.skc_dport));
	facts_use(facts);
}

/* A write that is done: the same, with the lock given back. */
static __always_inline void facts_written(struct sock *sk)
{
	struct facts *facts = facts_find(sk);
	__u64 key = (__u64)sk;
	struct handover h = {};
	struct handover *before;

	if (!facts || facts->sk != key ||
	    (facts->owner.tgid == current_tgid() && facts->source != SW_OWNER_INHERITED))
		return;
	before = bpf_map_lookup_elem(&handovers, &key);
	if ((before && before->owner.tgid == current_tgid()) || !current_is_user())
		return;
	owner_set_current(&h.owner);
	h.local_port = sk->__sk_common.skc_num;
	h.remote_port = bpf_ntohs(sk->__sk_common.skc_dport);
	h.source = SW_OWNER_USE;
	if (!bpf_map_update_elem(&handovers, &key, &h, BPF_ANY))
		facts->handed = 1;
}

#endif
