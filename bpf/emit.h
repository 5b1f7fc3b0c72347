/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Making an event and handing it to the ring buffer. An event is built elsewhere, so the filter
 * decides before anything is reserved, and what cost most is read only for events that are sent.
 */
#ifndef SOCKWATCH_BPF_EMIT_H
#define SOCKWATCH_BPF_EMIT_H

#include "process.h"
#include "sock.h"

/* A subflow of an MPTCP connection: which one, and the socket that the process holds. */
static __always_inline void event_set_mptcp(struct sw_event *e, struct tcp_sock *tp)
{
	struct inet_connection_sock *icsk = (struct inet_connection_sock *)tp;
	struct mptcp_subflow_context *subflow;
	struct sock *parent;

	if (!bpf_core_field_exists(tp->is_mptcp) || !READ(tp, is_mptcp))
		return;
	subflow = READ(icsk, icsk_ulp_data);
	parent = READ(subflow, conn);
	if (!parent)
		return;
	e->mptcp_token = READ((struct mptcp_sock *)parent, token);
	e->parent_inode = sock_inode(parent);
	e->sock.have |= SW_HAVE_MPTCP;
}

/* What does not decide about the filter. This stays, this changes. */
static __always_inline void event_set_identity(struct sw_event *e, struct sock *sk,
					       const bool trusted)
{
	e->sock.cgroup_id = sock_cgroup_id(sk);
	e->sock.cookie = trusted ? sock_cookie(sk) : READ(sk, __sk_common.skc_cookie.counter);
}

static __always_inline void event_set_progress(struct sw_event *e, struct sock *sk,
					       const bool trusted)
{
	struct tcp_sock *tp = trusted ? bpf_skc_to_tcp_sock(sk) : (struct tcp_sock *)sk;

	e->sock.inode = sock_inode(sk);
	if (!tp)
		return;
	e->sock.bytes_sent = SOCK_READ(tp, trusted, bytes_sent);
	e->sock.bytes_received = SOCK_READ(tp, trusted, bytes_received);
	e->sock.retransmits = SOCK_READ(tp, trusted, total_retrans);
	e->sock.srtt_us = SOCK_READ(tp, trusted, srtt_us) >>
			  3; /* kept shifted: tcp_rtt_estimator */
	e->sock.have |= SW_HAVE_COUNTERS;
	event_set_mptcp(e, tp);
}

/*
 * The reader is woken only when it says that it sleeps until the next event, which it does on a
 * quiet machine: the event is told at once. On a busy one it comes by itself every few milliseconds
 * and no event pays for a wakeup. The other half of this rule is reader_wait() in
 * src/live/reader.c.
 */
static __always_inline __u64 wakeup_flags(void)
{
	if (!reader_waits)
		return BPF_RB_NO_WAKEUP;
	reader_waits = 0;
	return BPF_RB_FORCE_WAKEUP;
}

static __always_inline void event_send(struct sw_event *e)
{
	__u64 size = sw_event_is_short(e) ? SW_EVENT_SHORT : sizeof(*e);

	if (bpf_ringbuf_output(&events, e, size, wakeup_flags()))
		count_lost();
}

#endif
