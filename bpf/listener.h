/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* The listener of a child that is being born, and who has it. */
#ifndef SOCKWATCH_BPF_LISTENER_H
#define SOCKWATCH_BPF_LISTENER_H

#include "facts.h"

/*
 * The listener that sk was cloned from just now. The clone is a copy of the bytes, and a list that
 * is empty points to itself: until tcp_create_openreq_child() makes the child's own, the head of
 * its send queue points to that of the listener, which never sends.
 */
static __always_inline __u64 listener_of(struct sock *sk)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;

	return (__u64)READ(tp, tsorted_sent_queue.next) -
	       bpf_core_field_offset(struct tcp_sock, tsorted_sent_queue);
}

/*
 * Who has the listener that sk was cloned from just now, in *o, which is empty for the kernel's
 * own; false when that is not known. An owner that has ended since it called listen (daemon(3)) has
 * it no more: until a process accepts, or the holders are looked at again, nobody is known.
 */
static __noinline bool listener_owner(struct sock *sk, struct owner *o)
{
	__u64 key = listener_of(sk);
	struct facts *facts = bpf_map_lookup_elem(&facts_by_address, &key);

	if (!facts)
		return false;
	if (facts_next(facts, key, o))
		return true;
	__builtin_memset(o, 0, sizeof(*o));
	if (facts->e.sock.owner_source == SW_OWNER_UNKNOWN)
		return false;
	if (facts->e.sock.owner_source == SW_OWNER_KERNEL)
		return true;
	if (!facts_owner_lives(facts)) {
		owners_wanted = 1;
		return false;
	}
	o->start_ns = facts->e.sock.start_ns;
	o->cgroup = facts->e.sock.owner_cgroup;
	o->in_cgroups = facts->e.sock.in_cgroups;
	o->leader = facts->leader;
	o->tgid = facts->tgid;
	o->pid = facts->e.sock.pid;
	o->ns_pid = facts->e.ns_pid;
	__builtin_memcpy(o->comm, facts->e.sock.comm, SW_COMM_LEN);
	return true;
}

static __always_inline __u8 listener_source(const struct owner *o)
{
	return o->tgid ? SW_OWNER_INHERITED : SW_OWNER_KERNEL;
}

#endif
