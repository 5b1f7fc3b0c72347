/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * A listen without a bind. CLOSE -> LISTEN comes before the kernel chooses the port
 * (inet_csk_listen_start), so it is noted, and told when the call returns, or by the
 * next transition if that comes first (another thread closes it; no port was free).
 *
 * The return does not hold the socket's lock. Who of the two takes the note away tells it: deleting
 * from a map succeeds once.
 */
#ifndef SOCKWATCH_BPF_LISTEN_H
#define SOCKWATCH_BPF_LISTEN_H

#include "emit.h"
#include "facts.h"
#include "syscall.h"

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);   /* the socket's address */
	__type(value, __u64); /* when it happened */
} held_listens SEC(".maps");

#define PF_IO_WORKER 0x00000010U /* include/linux/sched.h */

/* Whether the running task does what io_uring was asked for. */
static __always_inline bool uring_runs(void *regs)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();

	return READ(task, flags) & PF_IO_WORKER || call_number(regs) == nr_io_uring_enter;
}

/* Whether the transition is one that is told when the running call, or request, is done. */
static __noinline bool listen_returns(void)
{
	struct call call = {};
	void *regs = current_regs();

	call_read(&call, regs);
	return call.kind == CALL_LISTEN || (use_uring && uring_runs(regs));
}

static __always_inline bool listen_waits(const struct sw_tuple *t, int old_state, int state)
{
	return state == SW_TCP_LISTEN && old_state == SW_TCP_CLOSE && !t->local_port &&
	       listen_returns();
}

static __always_inline void listen_note(struct sock *sk, __u64 now)
{
	__u64 key = (__u64)sk;

	bpf_map_update_elem(&held_listens, &key, &now, BPF_ANY);
}

/* Whether it was still to be told: the caller does, or drops it. */
static __always_inline bool listen_take(struct sock *sk)
{
	__u64 key = (__u64)sk;

	return !bpf_map_delete_elem(&held_listens, &key);
}

/* The event of a listen that has its port by now, in `e`. Whether it is asked for. */
static __always_inline bool listen_event(struct sw_event *e, const struct facts *facts,
					 struct sock *sk, __u64 when)
{
	*e = facts->e;
	sock_begin(&e->sock, sk, sk, false, SW_PROTO_TCP, SW_TCP_CLOSE, SW_TCP_LISTEN);
	event_set_kind(e, SW_EV_STATE, when, SW_TCP_CLOSE);
	if (filter_socket(&e->sock) != SW_PASS)
		return false;
	sock_set_identity(&e->sock, sk, sk, false);
	event_set_progress(e, sk, false);
	event_set_age(e, facts);
	event_set_actor(e);
	return filter_change(e);
}

/* listen() has returned. Made in the ring: the stack has no room for it. */
static __noinline void listen_tell(struct sock *sk)
{
	struct facts *facts = facts_find(sk);
	__u64 key = (__u64)sk, when;
	struct sw_event *e;
	__u64 *noted;

	noted = bpf_map_lookup_elem(&held_listens, &key);
	if (!facts || !noted)
		return;
	when = *noted;
	if (!listen_take(sk))
		return;
	e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
	if (!e)
		count_lost();
	else if (listen_event(e, facts, sk, when))
		record_submit(e);
	else
		bpf_ringbuf_discard(e, BPF_RB_NO_WAKEUP);
}

/* listen() returned: what was noted of it is told, with the port. */
static __always_inline void on_listened(long ret, struct sock *sk)
{
	if (!tracing || !want_tcp || ret || !sk)
		return;
	sk = tcp_of(sk);
	if (sk)
		listen_tell(sk);
}

#endif
