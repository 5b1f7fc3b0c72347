/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What is told of a row only when it is asked for. */
#ifndef SOCKWATCH_BPF_INFO_H
#define SOCKWATCH_BPF_INFO_H

#include "sock.h"

/* sk_get_meminfo() */
static __always_inline void info_set_memory(struct sw_info *i, struct sock *sk)
{
	i->rmem = READ(sk, sk_backlog.rmem_alloc.counter);
	i->rcvbuf = READ(sk, sk_rcvbuf);
	i->wmem = READ(sk, sk_wmem_alloc.refs.counter) - 1;
	i->sndbuf = READ(sk, sk_sndbuf);
	i->forward = READ(sk, sk_forward_alloc);
	i->wmem_queued = READ(sk, sk_wmem_queued);
	i->optmem = READ(sk, sk_omem_alloc.counter);
	i->backlog = READ(sk, sk_backlog.len);
	i->have |= SW_INFO_MEMORY;
}

static __always_inline void info_set_congestion(struct sw_info *i, struct sock *sk)
{
	const struct tcp_congestion_ops *ops = READ((struct inet_connection_sock *)sk, icsk_ca_ops);

	if (ops)
		bpf_core_read_str(i->congestion, sizeof(i->congestion), &ops->name);
}

/* tcp_get_info() */
static __always_inline void info_set_tcp(struct sw_info *i, struct sock *sk, __u8 state)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;

	i->have |= SW_INFO_TCP;
	info_set_congestion(i, sk);
	i->cwnd = READ(tp, snd_cwnd);
	i->ssthresh = READ(tp, snd_ssthresh);
	if (state == SW_TCP_LISTEN)
		return;
	i->bytes_acked = READ(tp, bytes_acked);
	i->bytes_retransmitted = READ(tp, bytes_retrans);
	i->rttvar_us = READ(tp, mdev_us) >> 2;
	i->min_rtt_us = READ(tp, rtt_min.s[0].v);
	i->mss = READ(tp, mss_cache);
	i->pmtu = READ((struct inet_connection_sock *)sk, icsk_pmtu_cookie);
	i->segments_sent = READ(tp, segs_out);
	i->segments_received = READ(tp, segs_in);
	i->unacked = READ(tp, packets_out);
	i->retransmitting = READ(tp, retrans_out);
	i->lost = READ(tp, lost_out);
	i->sacked = READ(tp, sacked_out);
}

/* What is asked for of a full socket beyond its row; *i is all 0. */
static __always_inline void info_set(struct sw_info *i, struct sw_row *r, struct sock *sk)
{
	if (tells_info & SW_INFO_MEMORY)
		info_set_memory(i, sk);
	if ((tells_info & SW_INFO_TCP) && r->sock.proto == SW_PROTO_TCP)
		info_set_tcp(i, sk, r->sock.state);
	r->info = 1;
}

#endif
