/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Making an event and handing it to the ring buffer. An event is built on the stack, so the filter
 * decides before anything is reserved, and what cost most is read only for events that are sent.
 */
#ifndef SOCKWATCH_BPF_EMIT_H
#define SOCKWATCH_BPF_EMIT_H

#include "maps.h"
#include "sock.h"

/* The running task as the process it belongs to: thread group id, and the leader's name. */
static __always_inline __u32 current_process(char *comm)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct task_struct *task;

	if ((__u32)id == id >> 32) {
		bpf_get_current_comm(comm, SW_COMM_LEN);
	} else {
		task = (struct task_struct *)bpf_get_current_task();
		task = BPF_CORE_READ(task, group_leader);
		bpf_core_read(comm, SW_COMM_LEN, &task->comm);
	}
	return id >> 32;
}

static __always_inline void event_set_actor(struct sw_event *e)
{
	__u64 id = bpf_get_current_pid_tgid();

	e->actor_pid = id >> 32;
	e->actor_tid = (__u32)id;
	bpf_get_current_comm(e->actor_comm, SW_COMM_LEN);
	e->have |= SW_HAVE_ACTOR;
}

/* The part that does not decide about the filter. */
static __always_inline void event_set_details(struct sw_event *e, struct sock *sk,
					      const bool trusted)
{
	struct tcp_sock *tp = trusted ? bpf_skc_to_tcp_sock(sk) : (struct tcp_sock *)sk;

	e->inode = sock_inode(sk, trusted);
	e->cgroup_id = sock_cgroup_id(sk, trusted);
	if (use_cookie && trusted)
		e->cookie = bpf_get_socket_cookie(sk);
	else
		e->cookie = BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
	if (!tp)
		return;
	e->bytes_sent = SOCK_READ(tp, trusted, bytes_sent);
	e->bytes_received = SOCK_READ(tp, trusted, bytes_received);
	e->retransmits = SOCK_READ(tp, trusted, total_retrans);
	e->srtt_us = SOCK_READ(tp, trusted, srtt_us) >> 3; /* kept shifted: tcp_rtt_estimator */
	e->have |= SW_HAVE_COUNTERS;
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

static __always_inline struct sw_cpu *this_cpu(void)
{
	return &cpus[bpf_get_smp_processor_id() & (SW_MAX_CPUS - 1)];
}

static __always_inline void count_lost(void)
{
	__sync_fetch_and_add(&this_cpu()->lost, 1);
}

static __always_inline void event_send(struct sw_event *e)
{
	if (bpf_ringbuf_output(&events, e, sizeof(*e), wakeup_flags()))
		count_lost();
}

#endif
