/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Reading a struct sock. A pointer that the kernel handed to the program is read directly
 * (trusted = true); one that was found through a descriptor is read by probe reads. `trusted` is a
 * constant in every call, so only one of the two is compiled.
 */
#ifndef SOCKWATCH_BPF_SOCK_H
#define SOCKWATCH_BPF_SOCK_H

#include "cgroup.h"
#include "read.h"
#include <bpf/bpf_endian.h>

#define SOCK_READ(sk, trusted, field) ((trusted) ? (sk)->field : READ(sk, field))

#define SOCK_DGRAM 2
#define SOCK_RAW 3

/* The protocol of an internet socket; 0 for any other, and for a raw one of whatever protocol. */
static __always_inline __u16 sock_protocol(struct sock *sk, const bool trusted)
{
	__u16 family = SOCK_READ(sk, trusted, __sk_common.skc_family);

	if (family != SW_AF_INET && family != SW_AF_INET6)
		return 0;
	if (SOCK_READ(sk, trusted, sk_type) == SOCK_RAW)
		return 0;
	return SOCK_READ(sk, trusted, sk_protocol);
}

/* The TCP socket that an MPTCP connection began with. Untrusted. */
static __always_inline struct sock *first_subflow(struct sock *sk)
{
	struct mptcp_sock *msk = (struct mptcp_sock *)sk;

	return bpf_core_field_exists(msk->first) ? READ(msk, first) : 0;
}

/* The TCP socket that a process has as sk, NULL for none. */
static __always_inline struct sock *tcp_of(struct sock *sk)
{
	__u16 protocol = sock_protocol(sk, false);

	if (protocol == SW_PROTO_MPTCP)
		return first_subflow(sk);
	return protocol == SW_PROTO_TCP ? sk : 0;
}

static __always_inline bool sock_is_tcp(struct sock *sk, const bool trusted)
{
	return sock_protocol(sk, trusted) == SW_PROTO_TCP;
}

/*
 * A subflow of MPTCP: a TCP socket of the kernel's own, below the socket that the process has. It
 * goes by the name of that one, in each event and row.
 */
static __always_inline bool sock_is_mptcp(struct sock *sk)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;

	return bpf_core_field_exists(tp->is_mptcp) && READ(tp, is_mptcp);
}

/* Whether a request is going to be one: the other side asked for it. */
static __always_inline bool request_is_mptcp(struct sock *sk)
{
	struct mptcp_subflow_request_sock *asked = (void *)sk;
	struct tcp_request_sock *req = (void *)sk;

	if (!bpf_core_field_exists(req->is_mptcp) || !bpf_core_field_exists(asked->mp_capable))
		return false;
	return READ(req, is_mptcp) && (BPF_CORE_READ_BITFIELD_PROBED(asked, mp_capable) ||
				       BPF_CORE_READ_BITFIELD_PROBED(asked, mp_join));
}

static __always_inline void addr_set_v4(union sw_addr *addr, __be32 v4)
{
	addr->q[0] = 0;
	addr->q[1] = 0;
	addr->b[10] = 0xff;
	addr->b[11] = 0xff;
	__builtin_memcpy(&addr->b[12], &v4, sizeof(v4));
}

static __always_inline void sock_read_addrs(struct sw_tuple *t, struct sock *sk, const bool trusted)
{
	if (t->family == SW_AF_INET) {
		addr_set_v4(&t->local, SOCK_READ(sk, trusted, __sk_common.skc_rcv_saddr));
		addr_set_v4(&t->remote, SOCK_READ(sk, trusted, __sk_common.skc_daddr));
		return;
	}
	READ_16(&t->local, sk, __sk_common.skc_v6_rcv_saddr);
	READ_16(&t->remote, sk, __sk_common.skc_v6_daddr);
}

/* Only what is bound to all addresses has anything to say. */
static __always_inline __u16 tuple_flags(const struct sw_tuple *t, struct sock *sk)
{
	if (t->family != SW_AF_INET6 || t->local.q[0] || t->local.q[1])
		return 0;
	return SW_TUPLE_V6ONLY_KNOWN |
	       (BPF_CORE_READ_BITFIELD_PROBED(sk, __sk_common.skc_ipv6only) ? SW_TUPLE_V6ONLY : 0);
}

/*
 * The tuple of sk as it is in `state`, coming from `old_state` (0: no transition).
 * skc_num is the bound port, gone at -> CLOSE for a port that was not bound by name, where
 * inet_sport still has it; before that, inet_sport may be the stale one of an earlier connection.
 * A listener has no peer, whatever a reused socket still holds.
 */
static __always_inline void sock_read_tuple(struct sw_tuple *t, struct sock *sk, const bool trusted,
					    int old_state, int state)
{
	t->family = SOCK_READ(sk, trusted, __sk_common.skc_family);
	t->netns = READ(READ(sk, __sk_common.skc_net.net), ns.inum);
	t->device = SOCK_READ(sk, trusted, __sk_common.skc_bound_dev_if);
	sock_read_addrs(t, sk, trusted);
	t->flags = tuple_flags(t, sk);
	t->local_port = SOCK_READ(sk, trusted, __sk_common.skc_num);
	if (!t->local_port && old_state != SW_TCP_CLOSE)
		t->local_port = bpf_ntohs(READ((struct inet_sock *)sk, inet_sport));
	t->remote_port = bpf_ntohs(SOCK_READ(sk, trusted, __sk_common.skc_dport));
	if (state == SW_TCP_LISTEN || (old_state == SW_TCP_LISTEN && state == SW_TCP_CLOSE)) {
		t->remote_port = 0;
		if (t->family == SW_AF_INET)
			addr_set_v4(&t->remote, 0);
		else
			t->remote.q[0] = t->remote.q[1] = 0;
	}
}

static __always_inline __u8 sock_state(struct sock *sk)
{
	return READ(sk, __sk_common.skc_state);
}

/* Only a helper makes one, and only for what a program was handed: else 0, unless it has one. */
static __always_inline __u64 sock_cookie(struct sock *sk, const bool trusted)
{
	if (trusted && use_cookie)
		return bpf_get_socket_cookie(sk);
	return READ(sk, __sk_common.skc_cookie.counter);
}

/* The inode number of the socket's descriptor; 0 for one that is not accepted yet or orphaned. */
static __always_inline __u64 sock_inode(struct sock *sk)
{
	struct socket_alloc *alloc = (struct socket_alloc *)READ(sk, sk_socket);

	return alloc ? READ(alloc, vfs_inode.i_ino) : 0;
}

/*
 * Filling a struct sw_sock, for events and rows alike: a field that both have is read here, and
 * nowhere else. In three parts, by how long what is read holds, and what it costs.
 *
 * A request and a socket in TIME_WAIT are no full struct sock. `full` is the one that tells what
 * those do not: the socket itself; the listener of a request; NULL, where nobody knows.
 */

/* What may be another at each event. All that is known beyond is forgotten: begin with this. */
static __always_inline void sock_set_state(struct sw_sock *s, struct sock *full, const bool trusted,
					   __u8 state)
{
	s->have = 0;
	s->state = state;
	if (full) {
		s->uid = SOCK_READ(full, trusted, sk_uid.val);
		s->have |= SW_HAVE_UID;
	}
}

/* The same, and where the socket is: what the filter asks for, and nothing that costs more. */
static __always_inline void sock_begin(struct sw_sock *s, struct sock *sk, struct sock *full,
				       const bool trusted, __u8 proto, int old_state, int state)
{
	s->proto = proto;
	sock_read_tuple(&s->tuple, sk, trusted, old_state, state);
	sock_set_state(s, full, trusted, state);
}

/* Where another one began: what sock_set_state() does not set. */
static __always_inline void sock_copy_place(struct sw_sock *s, const struct sw_sock *from)
{
	s->proto = from->proto;
	s->tuple = from->tuple;
}

/* What stays as it is; the cgroup is a line of memory that nothing else here needs. */
static __always_inline void sock_set_identity(struct sw_sock *s, struct sock *sk, struct sock *full,
					      const bool trusted)
{
	s->cookie = sock_cookie(sk, trusted);
	if (full)
		s->cgroup_id = sock_cgroup_id(full);
}

/* What goes on; lines of memory again, which are cold. */
static __always_inline void sock_set_counters(struct sw_sock *s, struct tcp_sock *tp,
					      const bool trusted)
{
	s->bytes_sent = SOCK_READ(tp, trusted, bytes_sent);
	s->bytes_received = SOCK_READ(tp, trusted, bytes_received);
	s->retransmits = SOCK_READ(tp, trusted, total_retrans);
	s->srtt_us = SOCK_READ(tp, trusted, srtt_us) >> 3; /* kept shifted: tcp_rtt_estimator */
	s->have |= SW_HAVE_COUNTERS;
}

/*
 * Made by the kernel for itself: VXLAN, NFS, WireGuard. MPTCP's subflows are a process's; so is a
 * plain connection that its listener took, which differs from the kernel's own by its descriptor.
 * What connects or listens (NVMe and 9p give theirs a file, too) is no such connection; of one that
 * has no struct socket only its facts may know.
 */
static __always_inline bool sock_is_kernels(struct sock *sk, __u8 proto, __u8 state)
{
	struct socket_alloc *alloc; /* which begins with the struct socket */

	if (!BPF_CORE_READ_BITFIELD_PROBED(sk, sk_kern_sock))
		return false;
	if (proto == SW_PROTO_TCP && sock_is_mptcp(sk))
		return false;
	alloc = (struct socket_alloc *)READ(sk, sk_socket);
	return alloc &&
	       (!READ(alloc, socket.file) || state == SW_TCP_SYN_SENT || state == SW_TCP_LISTEN);
}

/* Whether it is the kernel's, which is its owner then, whatever was thought before. */
static __always_inline bool sock_set_kernel(struct sw_sock *s, struct sock *sk)
{
	if (!sock_is_kernels(sk, s->proto, s->state))
		return false;
	s->owner_source = SW_OWNER_KERNEL;
	s->pid = 0;
	s->start_ns = 0;
	s->owner_cgroup = 0;
	s->in_cgroups = 0;
	__builtin_memset(s->comm, 0, SW_COMM_LEN);
	return true;
}

static __always_inline void sock_copy_owner(struct sw_sock *s, const struct sw_sock *from,
					    __u8 source)
{
	/* the kernel's are so, however they came about */
	s->owner_source = from->owner_source == SW_OWNER_KERNEL ? SW_OWNER_KERNEL : source;
	s->pid = from->pid;
	s->start_ns = from->start_ns;
	s->owner_cgroup = from->owner_cgroup;
	s->in_cgroups = from->in_cgroups;
	__builtin_memcpy(s->comm, from->comm, SW_COMM_LEN);
}

#endif
