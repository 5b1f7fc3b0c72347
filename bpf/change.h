/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What a transition is: a birth, a place that stays, somebody's doing; and the event of one. */
#ifndef SOCKWATCH_BPF_CHANGE_H
#define SOCKWATCH_BPF_CHANGE_H

#include "calls.h"
#include "emit.h"
#include "reason.h"

static __always_inline bool is_child_birth(int old_state, int state)
{
	return old_state == SW_TCP_LISTEN && state == SW_TCP_SYN_RECV;
}

/*
 * Up to 6.12 the clone of a listener fires LISTEN -> SYN_RECV before it gets its own peer, and its
 * cookie is still the listener's (inet_csk_clone_lock sets the state first). Its next transition
 * follows at once and has both. Whether a child of MPTCP's listener is one of MPTCP, too, is known
 * then only, on every kernel.
 */
static __always_inline bool has_identity(struct sock *sk, const struct sw_tuple *t, int old_state,
					 int state)
{
	return !is_child_birth(old_state, state) ||
	       (t->remote_port != 0 && (t->remote.q[0] || t->remote.q[1]) && !sock_is_mptcp(sk));
}

/* A socket begins anew: with connect, with listen, as a child of a listener. */
static __always_inline bool is_birth(int old_state, int state)
{
	return (old_state == SW_TCP_CLOSE && state != SW_TCP_CLOSE) ||
	       is_child_birth(old_state, state);
}

/* Whether the ports and addresses are chosen by this transition, and stay. */
static __always_inline bool is_placed(int old_state, int state)
{
	return state == SW_TCP_ESTABLISHED ||
	       (!is_birth(old_state, state) && old_state != SW_TCP_LISTEN &&
		old_state != SW_TCP_SYN_SENT && old_state != SW_TCP_SYN_RECV);
}

/* How the owner of a socket is known by what the running task does with it. */
static __always_inline __u8 source_of(int state)
{
	if (state == SW_TCP_SYN_SENT)
		return SW_OWNER_CONNECT;
	return state == SW_TCP_LISTEN ? SW_OWNER_LISTEN : SW_OWNER_USE;
}

/*
 * Where two processors take the same last packet of a handshake, each makes a child, and the one
 * that comes second is thrown away before anybody can find it (inet_ehash_nolisten). Only there a
 * socket that was bound is closed without tcp_set_state(), which takes its port away first. A child
 * of Fast Open, which may end in SYN_RECV, goes through that, and one that connected at the same
 * time as its peer has its process's socket.
 */
static __always_inline bool is_second_child(struct sock *sk, int old_state, int state)
{
	return old_state == SW_TCP_SYN_RECV && state == SW_TCP_CLOSE && !sk->sk_err &&
	       !READ(sk, sk_socket) && READ((struct inet_connection_sock *)sk, icsk_bind_hash);
}

/* Likewise, of an event: it was no connection. */
static __always_inline bool is_of_second_child(const struct sw_event *e)
{
	return e->old_state == SW_TCP_SYN_RECV && e->sock.state == SW_TCP_CLOSE && !e->reason;
}

/* A transition, why it is, and who drove it. */
static __always_inline void event_set_change(struct sw_event *e, struct sock *sk, __u64 now,
					     int old_state, int state)
{
	event_renew(e, sk, now, old_state, state);
	if (state == SW_TCP_CLOSE && old_state == SW_TCP_SYN_SENT)
		e->error = connect_error(sk, &e->sock.tuple);
	else if (state == SW_TCP_CLOSE && old_state != SW_TCP_LISTEN)
		e->error = sk->sk_err;
	e->reason = is_second_child(sk, old_state, state)
			    ? SW_REASON_NONE
			    : sw_reason_of(old_state, state, e->error);
	if (sw_task_driven(old_state, state, e->error) && current_acts())
		event_set_actor(e);
}

#endif
