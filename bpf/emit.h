/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Making an event and handing it to the ring buffer. It is made on the stack or in the facts, so
 * the filter decides before the ring reserves anything, and what costs most is read only for events
 * that are sent. The order: event_begin, the filter, owner and actor, identity and progress,
 * event_send.
 */
#ifndef SOCKWATCH_BPF_EMIT_H
#define SOCKWATCH_BPF_EMIT_H

#include "process.h"
#include "sock.h"

/* What every event has beside its socket. */
static __always_inline void event_set_kind(struct sw_event *e, __u8 kind, __u64 now, int old_state)
{
	e->kind = kind;
	e->time_ns = now;
	e->old_state = old_state;
	e->error = 0;
	e->reason = SW_REASON_NONE;
}

/*
 * What every event has, of a socket as it is now; for events that are no transition. sk, full: see
 * sock.h; both are read by probe reads. old_state: see sock_read_tuple().
 */
static __always_inline void event_begin(struct sw_event *e, __u8 kind, __u8 proto, struct sock *sk,
					struct sock *full, int old_state)
{
	sock_begin(&e->sock, sk, full, false, proto, old_state, sock_state(sk));
	event_set_kind(e, kind, bpf_ktime_get_ns(), 0);
}

/* The same for a transition, in an event that was told before: the socket is where it was then. */
static __always_inline void event_renew(struct sw_event *e, struct sock *sk, __u64 now,
					int old_state, int state)
{
	sock_set_state(&e->sock, sk, true, state);
	event_set_kind(e, SW_EV_STATE, now, old_state);
}

/* A subflow of an MPTCP connection: which one, and the socket that the process holds. */
static __always_inline void event_set_mptcp(struct sw_event *e, struct tcp_sock *tp)
{
	struct inet_connection_sock *icsk = (struct inet_connection_sock *)tp;
	struct mptcp_subflow_context *subflow;
	struct sock *parent;

	if (!sock_is_mptcp((struct sock *)tp))
		return;
	e->sock.have |= SW_HAVE_MPTCP;
	subflow = READ(icsk, icsk_ulp_data);
	parent = READ(subflow, conn);
	if (!parent)
		return;
	e->mptcp_token = READ((struct mptcp_sock *)parent, token);
	e->parent_inode = sock_inode(parent);
}

/* How far a TCP socket has come: what no filter asks for, and what is another at each event. */
static __always_inline void event_set_progress(struct sw_event *e, struct sock *sk,
					       const bool trusted)
{
	struct tcp_sock *tp = trusted ? bpf_skc_to_tcp_sock(sk) : (struct tcp_sock *)sk;

	e->sock.inode = sock_inode(sk);
	if (!tp)
		return;
	sock_set_counters(&e->sock, tp, trusted);
	event_set_mptcp(e, tp);
}

/*
 * The reader is woken only when it says that it sleeps until the next record, which it does on a
 * quiet machine: the event is told at once. On a busy one it comes by itself every few milliseconds
 * and no event pays for a wakeup. Called after the record is in the ring, never before: the reader
 * says that it sleeps and then looks into the ring once more, so one of the two sees the other. A
 * wakeup without a record of its own is one that is thrown away. The other half of this rule is
 * reader_wait() in src/live/reader.c.
 */
static __always_inline void wake_reader(void)
{
	void *nothing;

	if (!reader_waits)
		return;
	nothing = bpf_ringbuf_reserve(&events, sizeof(__u64), 0);
	if (!nothing)
		return;
	reader_waits = 0;
	bpf_ringbuf_discard(nothing, BPF_RB_FORCE_WAKEUP);
}

/* For what was made in the ring. */
static __always_inline void record_submit(void *record)
{
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	wake_reader();
}

static __always_inline void event_send(struct sw_event *e)
{
	__u64 size = sw_event_is_short(e) ? SW_EVENT_SHORT : sizeof(*e);

	if (bpf_ringbuf_output(&events, e, size, BPF_RB_NO_WAKEUP))
		count_lost();
	wake_reader();
}

#endif
