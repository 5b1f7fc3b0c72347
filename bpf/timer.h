/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* The timer of a TCP socket for its row, as /proc/net/tcp has it (get_tcp4_sock() and its like). */
#ifndef SOCKWATCH_BPF_TIMER_H
#define SOCKWATCH_BPF_TIMER_H

#include "sock.h"

/* A moment of a timer, by how far it is off; one that is late is over. */
static __always_inline void timer_set(struct sw_row *r, __u8 kind, __u64 expires)
{
	__s64 ticks = expires - bpf_jiffies64();
	__u64 ms = ticks > 0 ? (__u64)ticks * tick_ns / 1000000 : 0;

	r->timer.kind = kind;
	r->timer.ms = ms < 0xffffffff ? ms : 0xffffffff;
}

#ifndef PLAIN_ROWS
/* Where the retransmission timer is: 7.x has it in struct sock, and the time beside it is older. */
static __always_inline __u64 retransmit_at(struct sock *sk)
{
	struct inet_connection_sock *icsk = (struct inet_connection_sock *)sk;

	if (bpf_core_field_exists(sk->tcp_retransmit_timer))
		return READ(sk, tcp_retransmit_timer.expires);
	if (bpf_core_field_exists(icsk->icsk_timeout))
		return READ(icsk, icsk_timeout);
	return bpf_core_field_exists(icsk->icsk_retransmit_timer.expires)
		       ? READ(icsk, icsk_retransmit_timer.expires)
		       : 0;
}

static __always_inline void timer_set_keepalive(struct sw_row *r, struct sock *sk)
{
	struct inet_connection_sock *icsk = (struct inet_connection_sock *)sk;

	if (bpf_core_field_exists(icsk->icsk_keepalive_timer)) {
		if (READ(icsk, icsk_keepalive_timer.entry.pprev))
			timer_set(r, SW_TIMER_KEEPALIVE, READ(icsk, icsk_keepalive_timer.expires));
	} else if (READ(sk, sk_timer.entry.pprev)) {
		timer_set(r, SW_TIMER_KEEPALIVE, READ(sk, sk_timer.expires));
	}
}

#define ICSK_TIME_RETRANS 1
#define ICSK_TIME_PROBE0 3
#define ICSK_TIME_LOSS_PROBE 5
#define ICSK_TIME_REO_TIMEOUT 6

static __always_inline void timer_set_full(struct sw_row *r, struct sock *sk)
{
	struct inet_connection_sock *icsk = (struct inet_connection_sock *)sk;
	__u8 pending = READ(icsk, icsk_pending);

	if (pending == ICSK_TIME_RETRANS || pending == ICSK_TIME_LOSS_PROBE ||
	    pending == ICSK_TIME_REO_TIMEOUT)
		timer_set(r, SW_TIMER_ON, retransmit_at(sk));
	else if (pending == ICSK_TIME_PROBE0)
		timer_set(r, SW_TIMER_PROBE, retransmit_at(sk));
	else
		timer_set_keepalive(r, sk);
	r->timer.retransmits = READ(icsk, icsk_retransmits);
	r->timer.probes = READ(icsk, icsk_probes_out);
}
#endif

static __always_inline void timer_set_time_wait(struct sw_row *r, struct sock *sk)
{
	timer_set(r, SW_TIMER_TIME_WAIT,
		  READ((struct tcp_timewait_sock *)sk, tw_sk.tw_timer.expires));
}

#ifdef PLAIN_ROWS
static __always_inline void row_set_timer(struct sw_row *r, struct sock *sk, __u8 state)
{
	if (state != SW_TCP_TIME_WAIT)
		return;
	timer_set_time_wait(r, sk);
	r->sock.have |= SW_HAVE_TIMER;
}
#else
/* Of a request, of what is left in TIME_WAIT, or of a full socket: told apart by `state`. */
static __always_inline void row_set_timer(struct sw_row *r, struct sock *sk, __u8 state)
{
	struct tcp_request_sock *req = (struct tcp_request_sock *)sk;

	if (state == SW_TCP_TIME_WAIT) {
		timer_set_time_wait(r, sk);
	} else if (state == SW_TCP_NEW_SYN_RECV) {
		timer_set(r, SW_TIMER_ON, READ(req, req.req.rsk_timer.expires));
		r->timer.retransmits = BPF_CORE_READ_BITFIELD_PROBED(req, req.req.num_timeout);
	} else {
		timer_set_full(r, sk);
	}
	r->sock.have |= SW_HAVE_TIMER;
}
#endif

#endif
