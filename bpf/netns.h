/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* All network namespaces, without a lock: for programs that the kernel takes with use_cast only. */
#ifndef SOCKWATCH_BPF_NETNS_H
#define SOCKWATCH_BPF_NETNS_H

#include "read.h"

/* The 8 bytes at an address, as a number. */
static __always_inline __u64 word_at(__u64 at)
{
	return VIEW((struct sock_common *)(at -
					   bpf_core_field_offset(struct sock_common, skc_addrpair)))
		->skc_addrpair;
}

#define NETS_MAX (1 << 20)

/* A way along the list of all, which is a ring with a head that is no namespace. */
struct ring {
	struct net *own; /* where it begins and ends */
	struct net *net; /* where it is */
	struct net *found;
	__u64 ops; /* what a namespace of the network is known by */
	__u32 wanted;
	__u32 pad;
};

/*
 * Where a program is, in memory of its own and not on its stack: of what lies there the verifier
 * knows nothing, so that it need not go through a loop again for each number that may stand there.
 */
static struct ring ring = {};

static __always_inline __u64 ops_of(struct net *net)
{
	return word_at((__u64)net + bpf_core_field_offset(struct net, ns.ops));
}

static __always_inline struct net *next_net(struct net *net)
{
	__u64 next = word_at((__u64)net + bpf_core_field_offset(struct net, list.next));

	return (struct net *)(next - bpf_core_field_offset(struct net, list));
}

/* ring.own is known. */
static __always_inline void ring_begin(__u32 wanted)
{
	ring.net = ring.own;
	ring.found = 0;
	ring.ops = ops_of(ring.own);
	ring.wanted = wanted;
}

/* One step; whether the way is at its end. */
static __always_inline bool ring_step(struct ring *r)
{
	r->net = next_net(r->net);
	return r->net == r->own;
}

static long match_net(__u32 i, void *ctx)
{
	struct ring *r = &ring;

	if (ops_of(r->net) == r->ops && READ(r->net, ns.inum) == r->wanted) {
		r->found = r->net;
		return 1;
	}
	return ring_step(r);
}

#endif
