/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * One record a connection: its transitions only update the facts, and the last of them sends what
 * they have come to.
 */
#ifndef SOCKWATCH_BPF_RECORD_H
#define SOCKWATCH_BPF_RECORD_H

#include "change.h"
#include "conn.h"
#include "facts.h"

#define SOCK_DONE_FLAG (1UL << 1) /* enum sock_flags: the peer's FIN has come */

/* A listener begins or ends. */
static __always_inline bool is_listening(int old_state, int state)
{
	return state == SW_TCP_LISTEN || (old_state == SW_TCP_LISTEN && state == SW_TCP_CLOSE);
}

/* Whether a transition is told, and does not update the facts only. */
static __always_inline bool is_told(int old_state, int state)
{
	if (!tells_conns)
		return true;
	return is_listening(old_state, state) ? tells_listeners : state == SW_TCP_CLOSE;
}

/*
 * The states it goes through, but for the last, and how long it took to connect. gap: some were not
 * seen.
 */
static __always_inline void conn_note(struct facts *facts, __u64 now, int old_state, int state,
				      bool gap)
{
	if (gap)
		facts->history <<= 4;
	if (gap || (!facts->history && !facts->birth_ns))
		facts->history = facts->history << 4 | (old_state & 15);
	if (state != SW_TCP_CLOSE)
		facts->history = facts->history << 4 | (state & 15);
	if (old_state == SW_TCP_SYN_SENT && state == SW_TCP_ESTABLISHED && facts->birth_ns)
		facts->connect_us = (now - facts->birth_ns) / 1000;
}

/*
 * Whether it is asked for: a filter on processes is one on all who owned it. Those who did before
 * are asked about when they cease to (facts_keep_owner).
 */
static __always_inline bool conn_is_wanted(const struct facts *facts)
{
	if (is_of_second_child(&facts->e))
		return false;
	if (facts->wanted && sw_filter_outcome(&filter, &facts->e) == SW_PASS)
		return true;
	return filter_change(&facts->e);
}

static __always_inline void conn_set_head(struct sw_conn *c, const struct facts *facts,
					  struct sock *sk)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);

	c->e = facts->e;
	c->e.kind = SW_EV_CONN;
	c->e.sock.have &= ~SW_HAVE_STATE_TIME;
	c->history = facts->history << 4 | (facts->e.sock.state & 15);
	c->since_ns = facts->owner_ns;
	c->segments_sent = tp ? tp->segs_out : 0;
	c->segments_received = tp ? tp->segs_in : 0;
	c->connect_us = facts->connect_us;
	c->left_out = facts->past.left_out;
	c->n_owners = 0;
	c->so_far = 0;
	/* the kernel counts a FIN as a byte that was received */
	if (tp && sk->__sk_common.skc_flags & SOCK_DONE_FLAG && c->e.sock.bytes_received)
		c->e.sock.bytes_received--;
	/* of a socket that found no room it is not known whether it is so old */
	if (overflowed)
		c->e.first_state = 0;
}

static __noinline void conn_send(const struct facts *facts, struct sock *sk)
{
	__u64 key = (__u64)sk;
	struct past_owners *past = 0;
	struct sw_conn *c;

	if (facts->past.n)
		past = bpf_map_lookup_elem(&past_owners, &key);
	c = past ? bpf_ringbuf_reserve(&events, sizeof(*c), 0) : 0;
	if (c) {
		conn_set_head(c, facts, sk);
		c->n_owners = facts->past.n;
		__builtin_memcpy(c->owners, past->owners, sizeof(c->owners));
		record_submit(c);
		return;
	}
	c = past ? 0 : bpf_ringbuf_reserve(&events, SW_CONN_SHORT, 0);
	if (!c) {
		count_lost();
		return;
	}
	conn_set_head(c, facts, sk);
	record_submit(c);
}

/*
 * The end of a connection that could not be remembered: what the transition alone tells. A process
 * that drives it has the socket.
 */
static __noinline void conn_send_unremembered(const struct sw_sock *s, struct sock *sk,
					      int old_state)
{
	struct sw_conn *c = bpf_ringbuf_reserve(&events, SW_CONN_SHORT, 0);
	struct owner owner = {};

	if (!c) {
		count_lost();
		return;
	}
	__builtin_memset(c, 0, SW_CONN_SHORT);
	sock_copy_place(&c->e.sock, s);
	event_set_change(&c->e, sk, bpf_ktime_get_ns(), old_state, SW_TCP_CLOSE);
	if (c->e.sock.have & SW_HAVE_ACTOR) {
		owner_set_current(&owner);
		event_set_owner(&c->e, &owner, SW_OWNER_USE);
	}
	sock_set_identity(&c->e.sock, sk, sk, true);
	sock_set_kernel(&c->e.sock, sk);
	event_set_progress(&c->e, sk, true);
	c->e.kind = SW_EV_CONN;
	c->history = (old_state & 15) << 4 | SW_TCP_CLOSE;
	if (!is_of_second_child(&c->e) && filter_change(&c->e))
		record_submit(c);
	else
		bpf_ringbuf_discard(c, BPF_RB_NO_WAKEUP);
}

#endif
