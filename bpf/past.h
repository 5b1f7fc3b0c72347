/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The processes that owned a connection before the one that does now. Most had no other, so they
 * are kept apart from the facts.
 */
#ifndef SOCKWATCH_BPF_PAST_H
#define SOCKWATCH_BPF_PAST_H

#include "conn.h"
#include "maps.h"

struct past_owners {
	struct sw_conn_owner owners[SW_CONN_OWNERS];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u64); /* the socket's address */
	__type(value, struct past_owners);
} past_owners SEC(".maps");

/* Of one connection, in its facts. */
struct past {
	__u16 left_out; /* more than there is room for */
	__u8 n;		/* in past_owners; at 0 what is there is another socket's */
};

static const struct past_owners no_past_owners;

/* Whose owners are being written: of two that come at once, without the lock, one is left out. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64); /* the socket's address */
	__type(value, __u32);
} past_writers SEC(".maps");

static const __u32 a_writer;

/* Who owns a socket, since when, as one of its owners; whether a process does. */
static __always_inline bool past_owner_of(const struct sw_sock *s, __u64 since_ns,
					  struct sw_conn_owner *ret)
{
	ret->start_ns = s->start_ns;
	ret->since_ns = since_ns;
	ret->pid = s->pid;
	ret->source = s->owner_source;
	ret->in_cgroups = s->in_cgroups;
	__builtin_memcpy(ret->comm, s->comm, SW_COMM_LEN);
	return s->owner_source != SW_OWNER_UNKNOWN && s->owner_source != SW_OWNER_KERNEL;
}

static __always_inline void past_leave_out(struct past *p)
{
	if (p->left_out < 65535)
		p->left_out++;
}

static __always_inline void past_put(struct past *p, __u64 sk, const struct sw_conn_owner *o)
{
	struct past_owners *past;

	if (!p->n)
		bpf_map_update_elem(&past_owners, &sk, &no_past_owners, BPF_ANY);
	past = bpf_map_lookup_elem(&past_owners, &sk);
	for (int i = 0; i < SW_CONN_OWNERS && past; i++) {
		if (i >= p->n) {
			past->owners[i] = *o;
			asm volatile("" ::: "memory"); /* who reads without the lock goes by n */
			p->n = i + 1;
			return;
		}
		if (past->owners[i].pid == o->pid && past->owners[i].start_ns == o->start_ns) {
			if (past->owners[i].source == SW_OWNER_INHERITED)
				past->owners[i] =
					*o; /* it had the listener; now it used this one */
			return;
		}
	}
	past_leave_out(p);
}

/*
 * An owner of sk joins the earlier ones, where it is none of them yet. The caller may be without
 * the lock of sk.
 */
static __always_inline void past_keep(struct past *p, __u64 sk, const struct sw_conn_owner *o)
{
	if (bpf_map_update_elem(&past_writers, &sk, &a_writer, BPF_NOEXIST)) {
		past_leave_out(p);
		return;
	}
	past_put(p, sk, o);
	bpf_map_delete_elem(&past_writers, &sk);
}

#endif
