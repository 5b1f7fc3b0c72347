// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The end of TIME_WAIT. These programs see every timer of the machine, so the way of one that is
 * not ours is a few instructions. They run with the timer base locked and interrupts disabled: so
 * nobody preempts them, and before bpf_mem_alloc (6.1) they may not delete (choice_make()).
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "timewait.h"

/* An end that may yet turn out to be a fresh start; one for each CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sw_event);
} ended SEC(".maps");

/* A transition from old_state, now, in an event that was told of the same socket before. */
static __always_inline void timewait_set_change(struct sw_event *e, const struct facts *facts,
						__u8 old_state)
{
	event_set_kind(e, SW_EV_STATE, bpf_ktime_get_ns(), old_state);
	e->sock.inode = 0;
	e->sock.have &= ~SW_HAVE_OF_EVENT;
	event_set_times(e, facts);
}

/* The end of a TIME_WAIT; of one that began before the programs only the place is known. */
static __always_inline bool timewait_end(struct sw_event *e, __u64 timer, __u32 how)
{
	struct facts *facts = bpf_map_lookup_elem(&facts_by_address, &timer);
	struct sock *tw = timewait_of(timer);

	if (facts) {
		*e = facts->e;
		timewait_set_change(e, facts,
				    READ((struct tcp_timewait_sock *)tw, tw_sk.tw_substate));
	} else {
		__builtin_memset(e, 0, sizeof(*e));
		event_begin(e, SW_EV_STATE, SW_PROTO_TCP, tw, 0, 0);
		sock_set_identity(&e->sock, tw, 0, false);
		e->first_state = READ((struct tcp_timewait_sock *)tw, tw_sk.tw_substate);
		e->old_state = e->first_state;
	}
	e->sock.state = SW_TCP_CLOSE;
	e->sock.have |= how;
	return filter_socket(&e->sock) == SW_PASS && filter_change(e);
}

/* It is over, as e tells. That the FIN of an orphan came was not seen, where they do not agree. */
static __always_inline void timewait_forget(__u64 timer, const struct sw_event *e)
{
	struct facts *facts = bpf_map_lookup_elem(&facts_by_address, &timer);

	if (!facts)
		return;
	if (facts->e.sock.state != e->old_state)
		count_lost();
	bpf_map_delete_elem(&facts_by_address, &timer);
}

/* Whether it is that of e, and not another that was made at once in the same place. */
static __always_inline bool timewait_is(__u64 timer, const struct sw_event *e)
{
	struct sock *tw = timewait_of(timer);

	return READ(tw, __sk_common.skc_num) == e->sock.tuple.local_port &&
	       bpf_ntohs(READ(tw, __sk_common.skc_dport)) == e->sock.tuple.remote_port;
}

/*
 * What follows the stop of a timer tells whether that was an end: the start of the same one makes
 * it none. Both happen with interrupts disabled, so any other timer on this CPU comes after.
 */
static __always_inline void settle(struct sw_cpu *cpu, __u64 timer, bool started)
{
	__u64 before = cpu->tw_ended;
	struct sw_event *e;
	__u32 zero = 0;

	if (!before)
		return;
	cpu->tw_ended = 0;
	e = bpf_map_lookup_elem(&ended, &zero);
	if (!e || (started && before == timer && timewait_is(timer, e)))
		return;
	timewait_forget(before, e);
	if (e->kind)
		event_send(e);
}

SEC("tp_btf/timer_start")
int BPF_PROG(on_timer_start, struct timer_list *timer)
{
	struct sw_cpu *cpu = this_cpu();

	settle(cpu, (__u64)timer, true);
	if (!tw_function || (__u64)timer->function == tw_function)
		cpu->tw_begun = (__u64)timer;
	return 0;
}

SEC("tp_btf/timer_cancel")
int BPF_PROG(on_timer_cancel, struct timer_list *timer)
{
	struct sw_cpu *cpu = this_cpu();
	__u64 key = (__u64)timer;
	struct sw_event *e;
	__u32 zero = 0;
	bool expired, told;

	settle(cpu, key, false);
	if (!tw_function || (__u64)timer->function != tw_function || !tracing)
		return 0;
	e = bpf_map_lookup_elem(&ended, &zero);
	if (!e)
		return 0;
	expired = (__s64)(bpf_jiffies64() - timer->expires) >= 0;
	told = timewait_end(e, key, expired ? SW_HAVE_EXPIRED : SW_HAVE_RECYCLED);
	if (!expired) {
		if (!told)
			e->kind = 0;
		cpu->tw_ended = key;
		return 0;
	}
	if (told)
		event_send(e);
	timewait_forget(key, e);
	return 0;
}

/*
 * The FIN that an orphan waits for: of each segment that is taken by a TIME_WAIT the kernel says
 * that it was dropped, and for which socket. Runs that are skipped are no loss by themselves: a FIN
 * that was not seen is counted at the end.
 */
SEC("tp_btf/kfree_skb")
int BPF_PROG(on_drop, void *skb, void *location, int reason, struct sock *sk)
{
	struct inet_timewait_sock *tw = (struct inet_timewait_sock *)sk;
	struct facts *facts;
	__u64 timer;

	if (!sk || !tracing || READ(sk, __sk_common.skc_state) != SW_TCP_TIME_WAIT ||
	    READ(tw, tw_substate) != SW_TCP_TIME_WAIT)
		return 0;
	timer = (__u64)tw + bpf_core_field_offset(struct tcp_timewait_sock, tw_sk.tw_timer);
	facts = bpf_map_lookup_elem(&facts_by_address, &timer);
	if (!facts || facts->e.sock.state != SW_TCP_FIN_WAIT2)
		return 0;
	preempt_off();
	timewait_set_change(&facts->e, facts, SW_TCP_FIN_WAIT2);
	facts->e.sock.state = SW_TCP_TIME_WAIT;
	facts->change_ns = facts->e.time_ns;
	if (filter_change(&facts->e))
		event_send(&facts->e);
	preempt_on();
	return 0;
}
