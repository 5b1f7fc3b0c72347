/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Cgroups of sockets and of processes, and whether they are asked for. */
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

/* Where the kernel looks for types, one place is better than many; elsewhere stacks are short. */
#ifdef FULL_ROWS
#define ONCE static __noinline
#else
#define ONCE static __always_inline
#endif

ONCE __u64 cgroup_id(struct cgroup *cgroup)
{
	return READ(READ(cgroup, kn), id);
}

ONCE __u64 sock_cgroup_id(struct sock *sk)
{
	struct cgroup *cgroup = sock_cgroup(sk);

	return cgroup ? cgroup_id(cgroup) : 0;
}

/* That of a process, in v2. May be 0. */
static __always_inline struct cgroup *task_cgroup(struct task_struct *task)
{
	if (!bpf_core_field_exists(task->cgroups))
		return 0;
	return READ(READ(task, cgroups), dfl_cgrp);
}

#if !defined(PLAIN_ROWS) && !defined(FULL_ROWS) /* where owners are remembered */
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

/*
 * Whether a process is in one of them, by the address of its first thread. Not static: the verifier
 * goes through it once, and not at each place that asks.
 */
__noinline int process_in_cgroups(__u64 leader)
{
	struct cgroup_subsys_state *parent;
	struct cgroup *cgroup;
	__u64 id;

	if (!(filter.on & SW_F_CGROUP))
		return 0;
	cgroup = task_cgroup((struct task_struct *)leader);
	for (int i = 0; i < CGROUP_DEPTH && cgroup; i++) {
		id = cgroup_id(cgroup);
		if (bpf_map_lookup_elem(&asked_cgroups, &id))
			return 1;
		parent = READ(cgroup, self.parent);
		cgroup = parent ? (void *)parent - bpf_core_field_offset(struct cgroup, self) : 0;
	}
	return 0;
}
#else
static __always_inline int process_in_cgroups(__u64 leader)
{
	return 0;
}
#endif

#endif
