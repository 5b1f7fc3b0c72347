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

/* The end of a TIME_WAIT; of one that began before the programs only the place is known. */
static __always_inline bool timewait_end(struct sw_event *e, __u64 timer, __u32 how)
{
	struct facts *facts = bpf_map_lookup_elem(&facts_by_address, &timer);
	struct sock *tw = timewait_of(timer);

	if (facts) {
		*e = facts->e;
		event_set_kind(e, SW_EV_STATE, bpf_ktime_get_ns(), SW_TCP_TIME_WAIT);
		e->sock.inode = 0;
		e->sock.have &= ~SW_HAVE_OF_EVENT;
		event_set_times(e, facts);
	} else {
		__builtin_memset(e, 0, sizeof(*e));
		event_begin(e, SW_EV_STATE, SW_PROTO_TCP, tw, 0, 0);
		sock_set_identity(&e->sock, tw, 0, false);
		e->first_state = READ((struct inet_timewait_sock *)tw, tw_substate);
		e->old_state = e->first_state;
	}
	e->sock.state = SW_TCP_CLOSE;
	e->sock.have |= how;
	if (!facts && filter.on & SW_F_CGROUP) /* in none any more */
		return false;
	return filter_socket(&e->sock) == SW_PASS && filter_change(e);
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
	if (started && before == timer)
		return;
	bpf_map_delete_elem(&facts_by_address, &before);
	e = bpf_map_lookup_elem(&ended, &zero);
	if (e && e->kind)
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
	bpf_map_delete_elem(&facts_by_address, &key);
	return 0;
}
