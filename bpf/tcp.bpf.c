// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The state machine: every transition of every TCP socket, in every network namespace.
 *
 * inet_sock_set_state runs with the socket locked, on whatever task the CPU was in: only a change
 * that a system call drives (sw_task_driven) may look at the current task.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "emit.h"
#include "facts.h"
#include "reason.h"
#include "timewait.h"
#include "calls.h"

static __always_inline bool is_child_birth(int old_state, int state)
{
	return old_state == SW_TCP_LISTEN && state == SW_TCP_SYN_RECV;
}

/*
 * Up to 6.12 the clone of a listener fires LISTEN -> SYN_RECV before it gets its own peer, and its
 * cookie is still the listener's (inet_csk_clone_lock sets the state first). Its next transition
 * follows at once and has both.
 */
static __always_inline bool has_identity(const struct sw_tuple *t, int old_state, int state)
{
	return !is_child_birth(old_state, state) ||
	       (t->remote_port != 0 && (t->remote.q[0] || t->remote.q[1]));
}

static __always_inline void note_owner(struct facts *facts, struct sock *sk,
				       const struct sw_tuple *t, int old_state, int state)
{
	if (old_state == SW_TCP_CLOSE && (state == SW_TCP_SYN_SENT || state == SW_TCP_LISTEN)) {
		owner_set_current(&facts->owner);
		facts->source = state == SW_TCP_LISTEN ? SW_OWNER_LISTEN : SW_OWNER_CONNECT;
		return;
	}
	facts_fold(facts, sk, t->local_port, t->remote_port);
	/* who closes it had it from accept(), even one that was not seen (io_uring) */
	if ((facts->source == SW_OWNER_INHERITED || facts->source == SW_OWNER_UNKNOWN) &&
	    (state == SW_TCP_FIN_WAIT1 || state == SW_TCP_LAST_ACK))
		facts_use(facts);
}

static __always_inline void note_listener(struct facts *facts, const struct sw_tuple *t,
					  int old_state, int state)
{
	if (state == SW_TCP_LISTEN)
		listener_note(facts, t->netns, t->local_port);
	else if (old_state == SW_TCP_LISTEN && state == SW_TCP_CLOSE)
		listener_forget(t->netns, t->local_port);
	else if (is_child_birth(old_state, state))
		listener_inherit(facts, t->netns, t->local_port);
}

static __always_inline void note_birth(struct facts *facts, __u64 now, int old_state, int state)
{
	bool born = old_state == SW_TCP_CLOSE || is_child_birth(old_state, state);

	if (facts->touched)
		return;
	facts->touched = 1;
	if (born)
		facts->birth_ns = now;
	else
		facts->first_state = old_state;
}

/*
 * The chain of a socket's transitions must close: one that was not seen (the program was skipped,
 * see on_state_nested) is a lost event. Each connection starts a new chain from CLOSE.
 */
static __always_inline void note_state(struct facts *facts, int old_state, int state)
{
	if (facts->touched && facts->state != old_state && old_state != SW_TCP_CLOSE)
		count_lost();
	facts->state = state;
}

static __always_inline void event_set_facts(struct sw_event *e, const struct facts *facts)
{
	e->first_state = facts->first_state;
	if (facts->source != SW_OWNER_UNKNOWN)
		event_set_owner(e, &facts->owner, facts->source);
}

static __always_inline void event_set_times(struct sw_event *e, const struct facts *facts)
{
	if (facts->birth_ns) {
		e->age_ns = e->time_ns - facts->birth_ns;
		e->have |= SW_HAVE_AGE;
	}
	if (facts->change_ns) {
		e->state_ns = e->time_ns - facts->change_ns;
		e->have |= SW_HAVE_STATE_TIME;
	}
}

/* Tells a transition that waited for the socket's port or peer, with the time it happened at. */
static __always_inline void send_held(struct sw_event *e, struct facts *facts)
{
	e->time_ns = facts->held_ns;
	e->old_state = facts->held_old;
	e->state = facts->held_state;
	e->error = 0;
	e->reason = 0;
	e->have &= ~SW_HAVE_ACTOR;
	event_set_times(e, facts);
	if (e->state == SW_TCP_SYN_SENT || e->state == SW_TCP_LISTEN) { /* the owner drove it */
		e->actor_pid = e->actor_tid = facts->owner.pid;
		__builtin_memcpy(e->actor_comm, facts->owner.comm, SW_COMM_LEN);
		e->have |= SW_HAVE_ACTOR;
	}
	if (sw_filter_change(&filter, e))
		event_send(e);
	facts->change_ns = facts->held_ns;
	facts->held_ns = 0;
}

/*
 * Keeps a transition until the next one of its socket. One that ends still without the port that
 * is asked for (a connect that found none free) cannot match, and is dropped.
 */
static __always_inline void hold(struct facts *facts, __u64 now, int old_state, int state)
{
	if (!facts) {
		count_lost();
	} else if (state == SW_TCP_CLOSE) {
		facts->held_ns = 0;
	} else {
		facts->held_ns = now;
		facts->held_old = old_state;
		facts->held_state = state;
	}
}

static __noinline void event_set_change(struct sw_event *e, struct sock *sk, __u64 now,
					int old_state, int state)
{
	e->time_ns = now;
	e->old_state = old_state;
	e->state = state;
	e->error = 0;
	e->have &= ~SW_HAVE_ACTOR;
	if (state == SW_TCP_CLOSE && old_state == SW_TCP_SYN_SENT)
		e->error = connect_error(sk, &e->tuple);
	else if (state == SW_TCP_CLOSE && old_state != SW_TCP_LISTEN)
		e->error = sk->sk_err;
	e->reason = sw_reason_of(old_state, state, e->error);
	if (sw_task_driven(old_state, state, e->error))
		event_set_actor(e);
}

static __always_inline void send_change(struct sw_event *e, struct facts *facts, struct sock *sk,
					__u64 now, int old_state, int state)
{
	bool held = facts && facts->held_ns, told;
	__u64 timer = 0;

	/* the socket of a connection that goes to TIME_WAIT is closed: the connection is not */
	if (state == SW_TCP_CLOSE &&
	    (old_state == SW_TCP_FIN_WAIT2 || old_state == SW_TCP_CLOSING)) {
		timer = timewait_begin(sk, &e->tuple, old_state);
		if (timer)
			state = SW_TCP_TIME_WAIT;
	}

	e->kind = SW_EV_STATE;
	e->proto = SW_PROTO_TCP;
	if (facts)
		event_set_facts(e, facts);
	event_set_change(e, sk, now, old_state, state);
	told = sw_filter_change(&filter, e);
	if (!told && !held && !timer)
		return;
	event_set_details(e, sk, true);
	if (held) {
		send_held(e, facts);
		event_set_change(e, sk, now, old_state, state);
	}
	if (facts && timer) /* its end may be asked for where this is not */
		timewait_note(timer, e, facts);
	if (!told)
		return;
	if (facts)
		event_set_times(e, facts);
	event_send(e);
}

/*
 * The event in the making, and one that is made when a packet interrupts that. Not on the stack,
 * whose every slot the verifier would compare on each path: that took most of the time of a start.
 */
#define DEPTH_MAX 2

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, DEPTH_MAX);
	__type(key, __u32);
	__type(value, struct sw_event);
} making SEC(".maps");

/* Clears what an earlier one left, but for the tuple and the user. */
static __always_inline void event_begin(struct sw_event *e)
{
	const __u32 tuple = __builtin_offsetof(struct sw_event, tuple);
	const __u32 rest = tuple + sizeof(e->tuple);
	__u32 uid = e->uid;

	__builtin_memset(e, 0, tuple);
	__builtin_memset((char *)e + rest, 0, sizeof(*e) - rest);
	e->uid = uid;
	e->have = SW_HAVE_UID;
}

static __always_inline void make_event(struct sw_event *e, struct sock *sk, int old_state,
				       int state)
{
	enum sw_verdict verdict;
	struct facts *facts;
	bool identity;
	__u64 now;

	if (!tracing || !want_tcp || !sock_is_tcp(sk, true))
		return;
	sock_read_tuple(&e->tuple, sk, true, old_state, state);
	if (old_state == SW_TCP_SYN_SENT && state == SW_TCP_CLOSE)
		connect_ended(sk, connect_error(sk, &e->tuple));
	e->uid = sk->sk_uid.val;
	identity = has_identity(&e->tuple, old_state, state);
	verdict = identity ? sw_filter_socket(&filter, &e->tuple, e->uid) : SW_LATER;
	/* even when its own events are not wanted, a listener's owner is its children's */
	if (verdict == SW_DROP && state != SW_TCP_LISTEN)
		return;

	now = bpf_ktime_get_ns();
	facts = facts_get(sk);
	if (facts) {
		note_owner(facts, sk, &e->tuple, old_state, state);
		note_listener(facts, &e->tuple, old_state, state);
		note_state(facts, old_state, state);
		note_birth(facts, now, old_state, state);
	}
	if (verdict == SW_LATER) {
		hold(facts, now, old_state, state);
	} else if (verdict == SW_PASS) {
		event_begin(e);
		send_change(e, facts, sk, now, old_state, state);
	}
	if (facts && verdict != SW_LATER)
		facts->change_ns = now;
}

/* Before 6.0 on_state itself may be entered again by a packet, after that only its twin. */
static __always_inline void handle_state(struct sock *sk, int old_state, int state)
{
	volatile __u64 *depth = &this_cpu()->depth;
	__u32 slot = *depth;
	struct sw_event *e = bpf_map_lookup_elem(&making, &slot);

	if (!e) { /* deeper than task and packet: not known to happen */
		count_lost();
		return;
	}
	*depth = slot + 1;
	make_event(e, sk, old_state, state);
	*depth = slot;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_state, struct sock *sk, int old_state, int state)
{
	volatile __u64 *busy = &this_cpu()->busy;

	*busy = 1;
	handle_state(sk, old_state, state);
	*busy = 0;
	return 0;
}

/*
 * The kernel does not enter a program that is running on this CPU already (05b24ff9b2cf, 6.0): a
 * packet that arrives in the middle of on_state would have its transitions skipped, silently. This
 * twin takes them. It is called for every transition, and the rest it leaves alone: when on_state
 * ran for the same transition, it is not busy any more. Between the kernel's mark and ours are a
 * few instructions: what falls there is counted by note_state().
 *
 * Two programs, and not one that both go on in by a tail call: since 6.13 (7d1cd70d4b16) a program
 * has its stack in a place of its own on each CPU, and the kernel guards only what is attached.
 */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_state_nested, struct sock *sk, int old_state, int state)
{
	if (*(volatile __u64 *)&this_cpu()->busy)
		handle_state(sk, old_state, state);
	return 0;
}

/* Was its end to be told? What the filter drops is not followed to the end. */
static __always_inline bool is_followed(struct sock *sk)
{
	struct sw_tuple t = {};

	sock_read_tuple(&t, sk, true, SW_TCP_ESTABLISHED, SW_TCP_CLOSE);
	return sw_filter_socket(&filter, &t, sk->sk_uid.val) == SW_PASS;
}

/* A socket that ends without having been closed had a last transition that no program saw. */
SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(on_destroy, struct sock *sk)
{
	struct facts *facts = facts_find(sk);

	if (tracing && facts && facts->sk == (__u64)sk && facts->touched &&
	    facts->state != SW_TCP_CLOSE && is_followed(sk))
		count_lost();
	facts_drop(sk, facts);
	return 0;
}
