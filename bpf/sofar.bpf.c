// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Long connections, told so far: one pass over the facts sends a record of each that is due.
 *
 * No lock of a socket is held here, and one may end meanwhile. What keeps the records right:
 *
 *   the order    The room in the ring is reserved first, the facts are read second. on_state notes
 *                the end in the facts before it reserves room for the last record: so where that
 *                stands before ours, the end is seen here, and ours is discarded.
 *   the content  What was copied is compared with the facts again. One that changed between, or
 *                whose element is another socket's by now (the cookie), waits for the next pass.
 *
 * A pass stops when the ring is half full. The next one goes on, as each connection has when it was
 * told, and with the same time: else those that come first would be due again before the last are.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "record.h"

/* At least, between two passes, each of which is one over all sockets. */
#define PAUSE_MS (interim_ms / 64 > 50 ? interim_ms / 64 : 50)

struct sw_so_far so_far = {};

/* In milliseconds, until a connection of these facts is due at now_ms; 0: it is. */
static __always_inline __u32 due_in(struct facts *facts, __u32 now_ms)
{
	__u32 since = facts->told_ms;

	if (!since && facts->birth_ns)
		since = facts->birth_ns / 1000000 + 1; /* late rather than early */
	else if (!since) /* there before the programs: from when it is seen here */
		since = facts->told_ms = now_ms;
	since = now_ms - since;
	/* one that was born after the pass began is younger than nothing */
	return since >= interim_ms && (__s32)since > 0 ? 0 : interim_ms - since;
}

/* The state of what a record is told of; 0 for all else. */
static __always_inline __u8 open_state(const struct facts *facts, struct sock *sk)
{
	__u8 state = sock_state(sk);

	if (!facts->e.sock.cookie || is_other(facts, sk) ||
	    !READ(sk, __sk_common.skc_refcnt.refs.counter))
		return 0;
	if (facts->touched)
		state = facts->followed ? facts->state : SW_TCP_CLOSE;
	return state == SW_TCP_CLOSE || state == SW_TCP_LISTEN ? 0 : state;
}

static __always_inline void add_owner(struct sw_conn *c, const struct sw_conn_owner *o)
{
	__u32 n = c->n_owners;

	if (n >= SW_CONN_OWNERS) {
		c->left_out++;
		return;
	}
	c->owners[n] = *o;
	c->n_owners = n + 1;
}

/* Who the facts have as the owner joins the earlier ones, as another took over, or nobody did. */
static __always_inline void add_last_owner(struct sw_conn *c, const struct facts *facts)
{
	struct sw_conn_owner o = {};

	if (past_owner_of(&facts->e.sock, facts->owner_ns, &o))
		add_owner(c, &o);
}

static __always_inline void forget_owner(struct sw_event *e)
{
	e->sock.owner_source = SW_OWNER_UNKNOWN;
	e->sock.pid = 0;
	e->sock.start_ns = 0;
	e->sock.owner_cgroup = 0;
	e->sock.in_cgroups = 0;
	e->ns_pid = 0;
	__builtin_memset(e->sock.comm, 0, SW_COMM_LEN);
}

/* As it will be once what was left is taken: see event_set_owner_of(). */
static __noinline void set_owners(struct sw_conn *c, const struct facts *facts, __u64 sk)
{
	struct task_struct *leader = (struct task_struct *)facts->leader;
	struct sw_conn_owner ended = {};
	struct owner owner = {};
	__u8 next = facts_next(facts, sk, &owner);

	if (!next && facts->next.waits && facts_waiting(facts, sk, &ended))
		add_owner(c, &ended);
	c->since_ns = facts->owner_ns;
	if (next) {
		if (!facts_owned_by(facts, &owner)) {
			add_last_owner(c, facts);
			c->since_ns = next == SW_OWNER_SNAPSHOT ? 0 : facts->next_ns;
		}
		event_set_owner(&c->e, &owner, next);
	} else if (!facts_owner_counts(facts, sk)) {
		add_last_owner(c, facts);
		forget_owner(&c->e);
		if (facts->e.sock.owner_source != SW_OWNER_UNKNOWN)
			owners_wanted = 1;
	} else if (facts->leader && facts_owner_lives(facts)) {
		READ_16(c->e.sock.comm, leader, comm); /* of its last exec */
	}
}

static __always_inline bool is_unchanged(const struct facts *facts, const struct sw_conn *c,
					 __u8 state)
{
	const __u64 *now = (const __u64 *)&facts->e, *copied = (const __u64 *)&c->e;

	for (__u32 i = 0; i < sizeof(facts->e) / 8; i++)
		if (now[i] != copied[i])
			return false;
	return facts->history == c->history && facts->past.n == c->n_owners &&
	       (!facts->touched || facts->state == state);
}

/* Copies what the facts have, and whether it is all of one moment and one connection. */
static __always_inline bool copy_facts(struct sw_conn *c, const struct facts *facts, __u64 key,
				       __u8 state)
{
	struct past_owners *past = 0;

	c->e = facts->e;
	c->history = facts->history;
	c->connect_us = facts->connect_us;
	c->left_out = facts->past.left_out;
	c->n_owners = facts->past.n;
	if (c->n_owners)
		past = bpf_map_lookup_elem(&past_owners, &key);
	if (past)
		__builtin_memcpy(c->owners, past->owners, sizeof(c->owners));
	else if (c->n_owners)
		return false;
	asm volatile("" ::: "memory"); /* and read again */
	return is_unchanged(facts, c, state) && open_state(facts, (struct sock *)key) == state;
}

/* What is as it is now, and not as the facts had it at their last transition. */
static __always_inline void set_present(struct sw_conn *c, const struct facts *facts,
					struct sock *sk, __u8 state)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;

	if (facts->placed)
		sock_set_state(&c->e.sock, sk, false, state);
	else
		sock_begin(&c->e.sock, sk, sk, false, SW_PROTO_TCP, 0, state);
	event_set_kind(&c->e, SW_EV_CONN, bpf_ktime_get_ns(), 0);
	if (!facts->touched) {
		c->e.first_state = state;
		c->e.sock.cgroup_id = sock_cgroup_id(sk);
		c->history = state;
		sock_set_kernel(&c->e.sock, sk);
	}
	if (overflowed)
		c->e.first_state = 0;
	event_set_age(&c->e, facts);
	event_set_progress(&c->e, sk, false);
	c->segments_sent = READ(tp, segs_out);
	c->segments_received = READ(tp, segs_in);
	/* the kernel counts a FIN as a byte that was received */
	if (READ(sk, __sk_common.skc_flags) & SOCK_DONE_FLAG && c->e.sock.bytes_received)
		c->e.sock.bytes_received--;
	c->so_far = 1;
}

/* As conn_is_wanted(), of an owner that is not among the earlier ones yet, too. */
static __always_inline bool is_asked_for(const struct sw_conn *c, const struct facts *facts,
					 struct sock *sk)
{
	const struct sw_sock *s = &facts->e.sock;

	if (!facts->placed && filter_socket(&c->e.sock) != SW_PASS)
		return false;
	if (filter_change(&c->e))
		return true;
	return sw_filter_outcome(&filter, &c->e) == SW_PASS &&
	       (facts->wanted || sw_filter_process(&filter, s->pid, s->comm, s->in_cgroups));
}

/* False: it changed meanwhile, and is to be looked at again. */
static __always_inline bool fill(struct sw_conn *c, struct facts *facts, __u64 key, __u8 state,
				 bool *ret_told)
{
	struct sock *sk = (struct sock *)key;

	__builtin_memset(c, 0, sizeof(*c));
	if (!copy_facts(c, facts, key, state))
		return false;
	set_owners(c, facts, key);
	set_present(c, facts, sk, state);
	*ret_told = is_asked_for(c, facts, sk);
	return true;
}

static long tell_element(void *map, const __u64 *element_key, struct facts *facts, __u32 *now_ms)
{
	__u64 key = *element_key;
	__u8 state = open_state(facts, (struct sock *)key);
	bool told = false;
	struct sw_conn *c;
	__u32 wait;

	if (!state)
		return 0;
	wait = due_in(facts, *now_ms);
	if (!wait) {
		c = bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) * 2 < ring_size
			    ? bpf_ringbuf_reserve(&events, sizeof(*c), 0)
			    : 0;
		if (!c) {
			so_far.again = 1;
			return 1;
		}
		if (fill(c, facts, key, state, &told)) {
			facts->told_ms = *now_ms;
			wait = interim_ms;
		}
		if (told)
			bpf_ringbuf_submit(c, BPF_RB_NO_WAKEUP);
		else
			bpf_ringbuf_discard(c, BPF_RB_NO_WAKEUP);
	}
	if (wait < so_far.next_ms)
		so_far.next_ms = wait > PAUSE_MS ? wait : PAUSE_MS;
	return 0;
}

/* All is done at the first task, as by count_untold(). */
SEC("iter/task")
int tell_so_far(struct bpf_iter__task *ctx)
{
	__u32 now_ms;

	if (ctx->meta->seq_num || !ctx->task)
		return 0;
	if (!so_far.again)
		so_far.now_ms = bpf_ktime_get_ns() / 1000000 ?: 1;
	now_ms = so_far.now_ms;
	so_far.again = 0;
	so_far.next_ms = interim_ms;
	bpf_for_each_map_elem(&facts_by_address, tell_element, &now_ms, 0);
	return 0;
}
