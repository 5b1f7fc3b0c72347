/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * TIME_WAIT. The kernel closes the socket and puts a small one in its place (tcp_time_wait), which
 * the state tracepoint never mentions, but which has a timer. That is started just before the
 * socket's last transition, on the same CPU, and stopped when the TIME_WAIT is over:
 *
 *   tcp_time_wait()         timer_start, then FIN_WAIT2 -> CLOSE of the socket
 *   a late segment          timer_cancel, timer_start: the time begins anew
 *   the time is over        timer_cancel, with timer->expires behind us
 *   a new SYN, a reset, -K  timer_cancel, and nothing after it
 *
 * An orphan that still waits for the peer's FIN is put into such a small one too: it is in
 * FIN_WAIT2 (tw_substate) until the FIN has come. That restarts the timer, but where both times
 * fall into one bucket of the timer wheel no tracepoint says so: kfree_skb does, as the segment is
 * dropped for it. On kernels whose kfree_skb does not tell for which socket, TIME_WAIT is told at
 * once.
 *
 * A kernel timer tells what it is by its function. tw_timer_handler has no address that everybody
 * may read, so it is learned from the first timer that proves to be one.
 *
 * Where the timer tracepoints are missing, a rule tells the beginning, and the end is not told.
 */
#ifndef SOCKWATCH_BPF_TIMEWAIT_H
#define SOCKWATCH_BPF_TIMEWAIT_H

#include "emit.h"
#include "facts.h"

#define SOCK_DEAD_BIT 0 /* enum sock_flags */
#define SOCK_DONE_BIT 1

static __always_inline struct sock *timewait_of(__u64 timer)
{
	return (struct sock *)(timer -
			       bpf_core_field_offset(struct tcp_timewait_sock, tw_sk.tw_timer));
}

/* Whether the timer that was started last on this CPU is the TIME_WAIT that follows sk. */
static __always_inline bool timewait_follows(__u64 timer, struct sock *sk, const struct sw_tuple *t)
{
	struct sock *tw = timewait_of(timer);

	return READ(tw, __sk_common.skc_state) == SW_TCP_TIME_WAIT &&
	       READ(tw, __sk_common.skc_num) == t->local_port &&
	       READ(tw, __sk_common.skc_dport) == sk->__sk_common.skc_dport &&
	       READ(tw, __sk_common.skc_net.net) == READ(sk, __sk_common.skc_net.net);
}

/* Without timers. SOCK_DONE: both FINs are there; SOCK_DEAD: ours was acknowledged, nobody reads.
 */
static __always_inline bool timewait_by_rule(struct sock *sk, int old_state)
{
	unsigned long flags = sk->__sk_common.skc_flags;
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);

	if (sk->sk_err || !tp)
		return false;
	return flags & (1UL << SOCK_DONE_BIT) ||
	       (old_state == SW_TCP_FIN_WAIT2 && flags & (1UL << SOCK_DEAD_BIT) &&
		tp->linger2 >= 0);
}

/*
 * On the last transition of a socket: the timer of the TIME_WAIT that it lives on in, 0 when it is
 * really closed. By the rule there is no timer to tell the end: TIMEWAIT_NO_TIMER.
 */
#define TIMEWAIT_NO_TIMER 1

static __always_inline __u64 timewait_begin(struct sock *sk, const struct sw_tuple *t,
					    int old_state)
{
	struct sw_cpu *cpu = this_cpu();
	__u64 timer = cpu->tw_begun;

	if (!use_timers)
		return timewait_by_rule(sk, old_state) ? TIMEWAIT_NO_TIMER : 0;
	if (!timer || !timewait_follows(timer, sk, t))
		return 0;
	cpu->tw_begun = 0;
	if (!tw_function)
		tw_function = (__u64)READ((struct timer_list *)timer, function);
	return timer;
}

/* Whether it goes on in FIN_WAIT2 so far, and on_drop() will tell when that is over. */
static __always_inline bool timewait_awaits_fin(__u64 timer)
{
	return use_drops && timer > TIMEWAIT_NO_TIMER &&
	       READ((struct tcp_timewait_sock *)timewait_of(timer), tw_sk.tw_substate) ==
		       SW_TCP_FIN_WAIT2;
}

/*
 * Keeps what the end will tell, as the facts of the timer: the socket's own go with the socket.
 * Where there is no room, the end is told without its owner.
 */
static __always_inline void timewait_note(__u64 timer, const struct facts *facts)
{
	if (timer != TIMEWAIT_NO_TIMER)
		bpf_map_update_elem(&facts_by_address, &timer, facts, BPF_ANY);
}

#endif
