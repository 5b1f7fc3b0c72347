// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The state machine: every transition of every TCP socket, in every network namespace.
 *
 * Sixty lines would do to print what the tracepoint inet_sock_set_state gives, beside the current
 * task (so do bcc's tcpstates and, at first, its tcpaccept). They would tell four lies:
 *
 *   the owner    A packet or a timer drives most transitions; current is whatever task it
 *                interrupted. Here only a change that a system call drives (sw_task_driven) looks
 *                at current; the facts keep the owner for all others.
 *   the place    At CLOSE -> SYN_SENT or LISTEN the port is 0 where the call chooses one. Up to
 *                6.12 the first transition of a child has its listener's cookie and no peer. Such a
 *                transition is held until the next one tells the rest, or listen() returns.
 *   the end      CLOSE is told of a connection that goes on in TIME_WAIT (timewait.h).
 *   "this is all"  The kernel skips a program that a packet has interrupted, and a full ring takes
 *                nothing more. Here a twin takes what on_state cannot, each socket's chain of
 *                states must close, and whatever is missing is counted.
 *
 * The tracepoint fires with the socket locked.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "change.h"
#include "emit.h"
#include "facts.h"
#include "listen.h"
#include "listener.h"
#include "record.h"
#include "taken.h"
#include "timewait.h"
#include "used.h"

static __always_inline void note_birth(struct facts *facts, struct sock *sk, __u64 now,
				       int old_state, int state)
{
	struct owner owner = {};

	facts->birth_ns = now;
	if (facts->e.sock.owner_source == SW_OWNER_KERNEL)
		return;
	if (old_state != SW_TCP_CLOSE) {
		if (listener_owner(sk, &owner))
			facts_set_owner(facts, (__u64)sk, &owner, listener_source(&owner), now);
	} else if (state == SW_TCP_SYN_SENT || state == SW_TCP_LISTEN) {
		owner_set_current(&owner);
		facts_set_owner(facts, (__u64)sk, &owner, source_of(state), now);
	}
}

/*
 * Whether a reset came while the running task writes: packets that come for a locked socket wait
 * until whoever has the lock gives it back. (An administrator who ends a connection locks it, too.)
 */
static __always_inline bool is_reset_of_current(struct sock *sk, int state)
{
	return state == SW_TCP_CLOSE && sk->sk_lock.owned && sk->sk_err &&
	       sk->sk_err != SW_ECONNABORTED && current_is_user();
}

/*
 * Whoever ends it owns its last transitions: it has the last descriptor, or shuts down what others
 * hold as well; so does who wrote to what the peer had given up. A kernel thread that does so (of
 * io_uring, the collector of Unix sockets) acts for a process that is gone, and whose it stays; so
 * does who only looked.
 */
static __always_inline void note_owner(struct facts *facts, struct sock *sk, int old_state,
				       int state)
{
	facts_fold(facts, sk);
	if ((sw_task_driven(old_state, state, state == SW_TCP_CLOSE ? sk->sk_err : 0) ||
	     is_reset_of_current(sk, state)) &&
	    !current_only_looks()) {
		facts_use(facts, sk);
		facts_rename_owner(facts);
	} else {
		facts_check_owner(facts, sk);
	}
}

/*
 * The chain of a socket's transitions must close: one that was not seen (the program was skipped,
 * see on_state_nested) is a lost event. Each connection starts a new chain; one that it finds open
 * ended unseen (facts_end).
 */
static __always_inline void note_state(struct facts *facts, __u64 now, int old_state, int state)
{
	bool gap = facts->touched && facts->state != old_state;

	if (!facts->touched && !facts->birth_ns)
		facts->e.first_state = old_state;
	else if (gap)
		count_lost_many(steps_lost(facts->state, old_state));
	if (tells_conns)
		conn_note(facts, now, old_state, state, gap);
	facts->touched = 1;
	facts->state = state;
	if (!remembers)
		remembers = 1;
}

/*
 * Tells a transition that waited for the socket's port or peer, with the time it happened at.
 * Connect and listen were the owner's doing, the birth of a child a packet's.
 */
static __noinline void send_held(struct facts *facts, struct sock *sk)
{
	struct sw_event *e = &facts->e;

	if (facts->held_state == SW_TCP_LISTEN && !listen_take(sk)) { /* when listen() returned */
		facts->change_ns = facts->held_ns;
		facts->held_ns = 0;
		return;
	}
	event_renew(e, sk, facts->held_ns, facts->held_old, facts->held_state);
	event_set_progress(e, sk, true);
	event_set_times(e, facts);
	if (e->sock.state == SW_TCP_SYN_SENT || e->sock.state == SW_TCP_LISTEN) {
		e->actor_pid = e->actor_tid = e->sock.pid;
		__builtin_memcpy(e->actor_comm, e->sock.comm, SW_COMM_LEN);
		e->sock.have |= SW_HAVE_ACTOR;
	}
	if (filter_change(e))
		event_send(e);
	facts->change_ns = facts->held_ns;
	facts->held_ns = 0;
}

/*
 * Keeps a transition until the next one of its socket. A socket that ends still without the port
 * that is asked for (a connect that found none free) cannot match, and its transitions are dropped.
 */
static __always_inline void hold(struct facts *facts, struct sock *sk, __u64 now, int old_state,
				 int state)
{
	if (facts->held_ns && facts->held_state == SW_TCP_LISTEN)
		listen_take(sk);
	facts->held_ns = 0;
	if (state == SW_TCP_CLOSE)
		return;
	facts->held_ns = now;
	facts->held_old = old_state;
	facts->held_state = state;
	if (state == SW_TCP_LISTEN)
		listen_note(sk, now);
}

static __always_inline void send_change(struct facts *facts, struct sock *sk, __u64 now,
					int old_state, int state)
{
	const bool conn = tells_conns && !is_listening(old_state, state);
	struct sw_event *e = &facts->e;
	__u64 timer = 0;
	bool told;

	/* the socket of a connection that goes to TIME_WAIT is closed: the connection is not */
	if (state == SW_TCP_CLOSE &&
	    (old_state == SW_TCP_FIN_WAIT2 || old_state == SW_TCP_CLOSING)) {
		timer = timewait_begin(sk, &e->sock.tuple, old_state);
		if (timer)
			state = SW_TCP_TIME_WAIT;
	}
	if (facts->held_ns)
		send_held(facts, sk);
	if (timer && timewait_awaits_fin(timer)) {
		event_set_progress(e, sk, true);
		e->sock.state = SW_TCP_FIN_WAIT2;
		timewait_note(timer, facts);
		return;
	}
	event_set_change(e, sk, now, old_state, state);
	told = conn ? conn_is_wanted(facts) : filter_change(e);
	if (told || timer) {
		event_set_progress(e, sk, true);
		event_set_times(e, facts);
	}
	facts->change_ns = now;
	if (timer) /* its end may be asked for where this is not */
		timewait_note(timer, facts);
	if (told && conn)
		conn_send(facts, sk);
	else if (told)
		event_send(e);
}

/* Where the socket is by now, and whether that is asked for. */
static __always_inline enum sw_verdict place(struct sw_sock *s, struct sock *sk, int old_state,
					     int state)
{
	sock_begin(s, sk, sk, true, SW_PROTO_TCP, old_state, state);
	if (old_state == SW_TCP_SYN_SENT && state == SW_TCP_CLOSE)
		connect_ended(sk, connect_error(sk, &s->tuple));
	return has_identity(sk, &s->tuple, old_state, state) ? filter_socket(s) : SW_LATER;
}

/*
 * A socket that could not be remembered: what the transition alone tells. A child's owner is
 * its listener's, and a process that drives a change has the socket; after a packet the owner is
 * unknown. The event is made in the ring, as the stack has no room for it either.
 */
static __noinline void tell_unremembered(const struct sw_sock *s, struct sock *sk, int old_state,
					 int state)
{
	struct sw_event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
	struct owner owner = {};

	if (!e) {
		count_lost();
		return;
	}
	__builtin_memset(e, 0, sizeof(*e));
	sock_copy_place(&e->sock, s);
	event_set_change(e, sk, bpf_ktime_get_ns(), old_state, state);
	if (is_child_birth(old_state, state)) {
		if (listener_owner(sk, &owner))
			event_set_owner(e, &owner, listener_source(&owner));
	} else if (e->sock.have & SW_HAVE_ACTOR) {
		owner_set_current(&owner);
		event_set_owner(e, &owner, source_of(state));
	}
	if (!is_birth(old_state, state))
		e->first_state = old_state;
	if (!filter_change(e)) {
		bpf_ringbuf_discard(e, BPF_RB_NO_WAKEUP);
		return;
	}
	sock_set_identity(&e->sock, sk, sk, true);
	sock_set_kernel(&e->sock, sk);
	event_set_progress(e, sk, true);
	record_submit(e);
}

/* There is no room to remember a socket that is asked for. */
static __always_inline void on_unremembered(const struct sw_sock *s, struct sock *sk,
					    enum sw_verdict verdict, int old_state, int state)
{
	if (!is_told(old_state, state))
		return;
	if (verdict == SW_LATER) /* and nowhere to wait */
		count_lost();
	else if (verdict == SW_PASS && tells_conns && !is_listening(old_state, state))
		conn_send_unremembered(s, sk, old_state);
	else if (verdict == SW_PASS)
		tell_unremembered(s, sk, old_state, state);
}

/* Of an MPTCP connection the process ends its own socket, and kernel threads its subflows later. */
static __noinline void note_mptcp_end(struct sock *sk, int old_state, int state)
{
	struct sock *first;

	if (sock_protocol(sk, true) != SW_PROTO_MPTCP || !sw_task_driven(old_state, state, 0) ||
	    current_only_looks())
		return;
	first = first_subflow(sk);
	if (first)
		facts_used(first);
}

/* Tracing is over: a socket that goes on now is none of those that are gone (untold.bpf.c). */
static __noinline void note_ending(struct sock *sk, int old_state)
{
	struct facts *facts = facts_find(sk);

	if (!facts || is_other(facts, sk))
		return;
	if (facts_are_open(facts))
		count_lost_many(steps_lost(facts->state, old_state));
	facts->touched = 0;
}

/* The facts of sk, and of no socket that had the address before. */
static __noinline struct facts *facts_of(struct sock *sk)
{
	struct facts *facts = facts_find(sk);

	if (!facts || !is_other(facts, sk))
		return facts;
	facts_end(facts);
	return 0;
}

/* The filter drops it. */
static __always_inline void unfollow(struct facts *facts, struct sock *sk, bool born)
{
	if (born)
		facts_drop(facts, sk);
	else
		facts->followed = 0;
}

/* Where the socket is, and what it is, as far as that is asked for. */
static __always_inline void note_place(struct facts *facts, const struct sw_sock *s,
				       struct sock *sk, enum sw_verdict verdict, int old_state,
				       int state)
{
	sock_copy_place(&facts->e.sock, s);
	facts->followed = verdict == SW_PASS;
	facts->placed = facts->followed && is_placed(old_state, state);
	if (verdict == SW_PASS || state == SW_TCP_LISTEN)
		sock_set_identity(&facts->e.sock, sk, sk, true);
	facts_set_kernel(facts, sk);
}

static __always_inline void handle_state(struct sock *sk, int old_state, int state, bool again)
{
	enum sw_verdict verdict = SW_PASS;
	bool born = is_birth(old_state, state);
	struct facts *facts;
	struct sw_sock s;
	__u64 now;

	if (!tracing || !want_tcp) {
		if (ending)
			note_ending(sk, old_state);
		return;
	}
	if (!sock_is_tcp(sk, true)) {
		note_mptcp_end(sk, old_state, state);
		return;
	}
	facts = facts_of(sk);
	if (again && facts && facts->touched && facts->state == state)
		return; /* on_state has taken it */
	if (facts && born)
		facts_end(facts);
	if (!facts || !facts->placed || born) {
		verdict = place(&s, sk, old_state, state);
		/* even when its own events are not wanted, a listener's owner is its children's */
		if (verdict == SW_DROP && state != SW_TCP_LISTEN) {
			if (facts)
				unfollow(facts, sk, born);
			return;
		}
		if (!facts || born)
			facts = facts_renew(sk);
		if (!facts) {
			if (!again)
				take_unremembered(sk, old_state, state);
			on_unremembered(&s, sk, verdict, old_state, state);
			return;
		}
		note_place(facts, &s, sk, verdict, old_state, state);
	}
	now = bpf_ktime_get_ns();
	if (born)
		note_birth(facts, sk, now, old_state, state);
	else
		note_owner(facts, sk, old_state, state);
	note_state(facts, now, old_state, state);
	if (!is_told(old_state, state))
		return;
	if (verdict == SW_LATER ||
	    (verdict == SW_PASS && listen_waits(&facts->e.sock.tuple, old_state, state))) {
		hold(facts, sk, now, old_state, state);
		return;
	}
	if (verdict == SW_PASS)
		send_change(facts, sk, now, old_state, state);
	else
		facts->change_ns = now;
}

/* Before 6.0 on_state itself may be entered again by a packet, after that only its twin. */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_state, struct sock *sk, int old_state, int state)
{
	preempt_off();
	take(sk, old_state, state);
	handle_state(sk, old_state, state, false);
	take(sk, old_state, state); /* before 6.0 it may have been entered meanwhile */
	preempt_on();
	return 0;
}

/*
 * The kernel does not enter a program that is running on this CPU already (05b24ff9b2cf, 6.0): a
 * packet that arrives in the middle of on_state would have its transitions skipped, silently. This
 * twin takes them. It is called for every transition, and leaves alone what on_state has taken just
 * now (taken.h). A packet that arrives in the middle of the twin finds on_state free.
 *
 * Two programs, and not one that both go on in by a tail call: since 6.13 (7d1cd70d4b16) a program
 * has its stack in a place of its own on each CPU, and the kernel guards only what is attached.
 */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_state_nested, struct sock *sk, int old_state, int state)
{
	preempt_off();
	if (!was_taken(sk, old_state, state))
		handle_state(sk, old_state, state, true);
	preempt_on();
	return 0;
}

/* Whether the end of sk was to be told: a socket that the filter drops is not followed so far. */
static __always_inline bool is_followed(struct sock *sk)
{
	struct sw_sock s;

	sock_begin(&s, sk, sk, true, SW_PROTO_TCP, SW_TCP_ESTABLISHED, SW_TCP_CLOSE);
	return filter_socket(&s) == SW_PASS;
}

/*
 * A socket that ends without having been closed had transitions that no program saw: those of an
 * orderly end, or one where an error is left to tell of another.
 */
static __always_inline void note_end(struct facts *facts, struct sock *sk)
{
	if (is_other(facts, sk))
		facts_end(facts);
	else if (tracing && facts->touched && facts->state != SW_TCP_CLOSE && is_followed(sk))
		count_lost_many(
			sk->sk_err && !tells_conns ? 1 : steps_lost(facts->state, SW_TCP_CLOSE));
}

SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(on_destroy, struct sock *sk)
{
	struct facts *facts;

	preempt_off();
	facts = facts_find(sk);
	if (facts) {
		note_end(facts, sk);
		facts_drop(facts, sk);
	}
	preempt_on();
	return 0;
}
