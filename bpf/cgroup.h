/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* The cgroup of a socket, and whether it is one of those that are asked for. */
#ifndef SOCKWATCH_BPF_CGROUP_H
#define SOCKWATCH_BPF_CGROUP_H

#include "read.h"
#include "settings.h"

/* The cgroup of the socket: that of the task which made it, of a child its listener's. May be 0. */
static __always_inline struct cgroup *sock_cgroup(struct sock *sk)
{
	struct sock_cgroup_data___5_10 *old = (void *)&sk->sk_cgrp_data;
	__u64 val;

	if (bpf_core_field_exists(sk->sk_cgrp_data.cgroup))
		return READ(sk, sk_cgrp_data.cgroup);
	if (!bpf_core_field_exists(old->val))
		return 0;
	val = READ(old, val);
	return val & 1 ? 0 : (struct cgroup *)(val & ~3ULL);
}

static __always_inline __u64 cgroup_id(struct cgroup *cgroup)
{
	return READ(READ(cgroup, kn), id);
}

static __always_inline __u64 sock_cgroup_id(struct sock *sk)
{
	struct cgroup *cgroup = sock_cgroup(sk);

	return cgroup ? cgroup_id(cgroup) : 0;
}

#ifdef PLAIN_ROWS /* rows of cgroups are never told by the walk */
static __always_inline bool sock_in_cgroups(struct sock *sk)
{
	return true;
}
#else

/*
 * Ids of the cgroups that are asked for; all below are meant, too. More than SW_FILTER_MAX: one
 * that was made anew has another id, and sockets of the one before may still be there.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4 * SW_FILTER_MAX);
	__type(key, __u64);
	__type(value, __u8);
} asked_cgroups SEC(".maps");

#define CGROUP_DEPTH 32 /* deeper ones are made by nobody */

static __noinline bool sock_in_cgroups(struct sock *sk)
{
	struct cgroup *cgroup = sock_cgroup(sk);
	struct cgroup_subsys_state *parent;
	__u64 id;

	for (int i = 0; i < CGROUP_DEPTH && cgroup; i++) {
		id = cgroup_id(cgroup);
		if (bpf_map_lookup_elem(&asked_cgroups, &id))
			return true;
		parent = READ(cgroup, self.parent);
		cgroup = parent ? (void *)parent - bpf_core_field_offset(struct cgroup, self) : 0;
	}
	return false;
}
#endif

static __always_inline bool wants_cgroup_of(struct sock *sk)
{
	return !(filter.on & SW_F_CGROUP) || sock_in_cgroups(sk);
}

#endif
