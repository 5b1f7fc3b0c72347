/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Filling a row of the snapshot, for every program that tells rows: what a row has is read here or,
 * where an event has it too, in sock.h.
 *
 * handed: the kernel handed the socket to the program, so a helper tells its cookie; else only one
 * that exists already is told.
 */
#ifndef SOCKWATCH_BPF_ROW_H
#define SOCKWATCH_BPF_ROW_H

#include "sock.h"
#include "timer.h"

/* What every row has; sk, full: see sock.h. */
static __always_inline void row_begin(struct sw_row *r, struct sock *sk, struct sock *full,
				      const bool handed, __u8 proto, __u8 state)
{
	bool is_full = full && state != SW_TCP_NEW_SYN_RECV;

	sock_begin(&r->sock, sk, full, false, proto, 0, state);
	sock_set_identity(&r->sock, sk, tells_details && is_full ? full : 0, handed);
	if (is_full)
		r->sock.inode = sock_inode(full);
	if (full)
		sock_set_kernel(&r->sock, full);
	r->sock.have |= SW_HAVE_QUEUES;
}

/* sk_drops_read() */
static __always_inline __u32 sock_drops(struct sock *sk)
{
	struct numa_drop_counters *many;

	if (!bpf_core_field_exists(sk->sk_drop_counters))
		return READ(sk, sk_drops.counter);
	many = READ(sk, sk_drop_counters);
	if (!many)
		return READ(sk, sk_drops.counter);
	return READ(many, drops0.counter) + READ(many, drops1.counter);
}

/* What only a row tells, of a full socket of every kind. */
static __always_inline void row_set_facts(struct sw_row *r, struct sock *sk)
{
	if (sw_is_datagram(r->sock.proto) || r->sock.state == SW_TCP_LISTEN ||
	    (tells_info & SW_INFO_MEMORY)) {
		r->drops = sock_drops(sk);
		r->sock.have |= SW_HAVE_DROPS;
	}
	if (!tells_details)
		return;
	r->mark = READ(sk, sk_mark);
	r->priority = READ(sk, sk_priority);
	r->sock.have |= SW_HAVE_MARK;
}

/* get_tcp4_sock() has them so, for /proc/net/tcp; a listener's limit as ss has it. */
static __always_inline void row_set_queues(struct sw_row *r, struct sock *sk)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	__s32 unread;

	if (r->sock.state == SW_TCP_LISTEN) {
		r->recv_q = READ(sk, sk_ack_backlog);
		r->send_q = READ(sk, sk_max_ack_backlog);
		r->sock.have |= SW_HAVE_BACKLOG;
		return;
	}
	unread = READ(tp, rcv_nxt) - READ(tp, copied_seq);
	r->recv_q = unread > 0 ? unread : 0;
	r->send_q = READ(tp, write_seq) - READ(tp, snd_una);
	if (tells_details)
		sock_set_counters(&r->sock, tp, false);
}

/*
 * Of TCP, behind row_begin(): one in TIME_WAIT (full: NULL), a request (full: its listener) or a
 * full socket, which is `full` itself.
 */
static __always_inline void row_add_tcp(struct sw_row *r, struct sock *sk, struct sock *full,
					__u8 state)
{
	if (state == SW_TCP_TIME_WAIT) {
		/* FIN_WAIT2 while the other side has not closed: so does /proc say it */
		r->sock.state = READ((struct tcp_timewait_sock *)sk, tw_sk.tw_substate);
	} else if (state == SW_TCP_NEW_SYN_RECV) {
		r->sock.state = SW_TCP_SYN_RECV;
		if (request_is_mptcp(sk))
			r->sock.have |= SW_HAVE_MPTCP;
	} else {
		if (sock_is_mptcp(full))
			r->sock.have |= SW_HAVE_MPTCP;
		row_set_queues(r, full);
		row_set_facts(r, full);
	}
	if (tick_ns)
		row_set_timer(r, sk, state);
}

/* Of UDP, likewise; udp4_format_sock() has the queues so. */
static __always_inline void row_add_udp(struct sw_row *r, struct sock *sk)
{
	struct udp_sock *up = (struct udp_sock *)sk;

	r->recv_q = READ(sk, sk_backlog.rmem_alloc.counter) - READ(up, forward_deficit);
	r->send_q = READ(sk, sk_wmem_alloc.refs.counter) - 1;
	row_set_facts(r, sk);
}

/*
 * A TCP socket that is bound, and neither listens nor connects, has its port and is in no table
 * that the iterator over TCP goes through. One of MPTCP has it, too.
 */
static __noinline bool is_bound_only(struct sock *sk)
{
	__u16 protocol;

	if (sock_state(sk) != SW_TCP_CLOSE || !READ(sk, __sk_common.skc_num))
		return false;
	protocol = sock_protocol(sk, false);
	return protocol == SW_PROTO_TCP || protocol == SW_PROTO_MPTCP;
}

static __always_inline void row_set_bound(struct sw_row *r, struct sock *sk)
{
	row_begin(r, sk, sk, false, SW_PROTO_TCP, SW_TCP_CLOSE);
	if (sock_protocol(sk, false) == SW_PROTO_MPTCP)
		r->sock.have |= SW_HAVE_MPTCP;
#ifndef PLAIN_ROWS
	if (tick_ns)
		r->sock.have |= SW_HAVE_TIMER;
#endif
}

/* Listeners also where they are not asked for: their children may be, and inherit. */
static __always_inline bool row_is_wanted(const struct sw_row *r)
{
	return r->sock.state == SW_TCP_LISTEN || filter_socket(&r->sock) == SW_PASS;
}

#endif
