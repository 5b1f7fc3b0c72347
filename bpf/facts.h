/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What sockwatch remembers of a socket: the event that was told of it last. What a transition does
 * not change (tuple, cookie, cgroup, owner) is neither read nor copied again, and the next event is
 * sent from where it is kept.
 *
 * A hash by the socket's address, with room for as many sockets as the machine can have
 * (socket_room() in src/live/choice.c). Socket storage would need no room of its own, but costs
 * about 5 us for a connection (two allocations at each end, charged, and a clone), where this costs
 * about 1.
 */
#ifndef SOCKWATCH_BPF_FACTS_H
#define SOCKWATCH_BPF_FACTS_H

#include "past.h"
#include "process.h"
#include "sock.h"

/*
 * A new owner, seen where the socket's lock is not held: at the exit of accept, at the end of a
 * send. It waits in the facts until a program that holds the lock folds it in. One that two tasks
 * wrote at once, or that was written into facts of another socket, does not add up to its `sum`.
 */
struct handover {
	struct owner owner;
	__u64 sk;
	__u64 sum;
	__u32 source; /* enum sw_owner_source */
	__u32 waits;
};

struct facts {
	struct sw_event e; /* with the owner, and how it is known */
	__u64 birth_ns;	   /* 0: older than the program */
	__u64 change_ns;   /* of the last transition seen; 0: none yet */
	__u64 held_ns;	   /* a transition that could not be told yet; 0: none */
	__u64 leader;	   /* owner.leader; 0: nobody is known */
	__u32 tgid;	   /* the owner's, in the initial PID namespace; 0: nobody */
	__u8 placed;	   /* tuple, cookie and cgroup are known, asked for, and stay */
	__u8 touched;	   /* a transition was seen */
	__u8 state;	   /* the one it led to */
	__u8 held_old;
	__u8 held_state;
	__u8 seeding;  /* of an owner by SW_OWNER_SNAPSHOT: which seeding found it */
	__u8 followed; /* at its last look the filter let it pass */
	/* what only tells_conns asks for: */
	__u8 wanted; /* one who owned it matches the filter */
	struct past past;
	__u64 history; /* as the next, see struct sw_conn */
	__u32 connect_us;
	__u32 told_ms;	/* so far, bpf/sofar.bpf.c; 0: not yet */
	__u64 owner_ns; /* since when the owner is; 0: not known */
	__u64 next_ns;	/* when `next` was left */
	struct handover next;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, struct facts);
} facts_by_address SEC(".maps");

/* The facts of sk, NULL when there are none. */
static __always_inline struct facts *facts_find(struct sock *sk)
{
	__u64 key = (__u64)sk;

	return bpf_map_lookup_elem(&facts_by_address, &key);
}

static const struct facts no_facts;

#define E2BIG 7

/*
 * Three things fail here: there is no room (E2BIG), which --max-sockets makes; a packet came while
 * this CPU held the bucket's lock (EBUSY); no memory was at hand (ENOMEM).
 */
static __always_inline int facts_add(struct sock *sk, __u64 flags)
{
	__u64 key = (__u64)sk;
	int err = bpf_map_update_elem(&facts_by_address, &key, &no_facts, flags);

	if (err == -E2BIG)
		count_no_room();
	return err;
}

/* The facts of sk, made when there are none; NULL: they cannot be. */
static __always_inline struct facts *facts_get(struct sock *sk)
{
	struct facts *facts = facts_find(sk);

	if (facts)
		return facts;
	facts_add(sk, BPF_NOEXIST); /* it fails too where another CPU was faster */
	return facts_find(sk);
}

/* Empty facts of sk, whatever a socket left that had the address before; NULL: they cannot be. */
static __always_inline struct facts *facts_renew(struct sock *sk)
{
	return facts_add(sk, BPF_ANY) ? 0 : facts_find(sk);
}

/* The owner of what the kernel made for itself, where sk is such a socket, is the kernel. */
static __always_inline void facts_set_kernel(struct facts *facts, struct sock *sk)
{
	if (!sock_set_kernel(&facts->e.sock, sk))
		return;
	facts->tgid = 0;
	facts->leader = 0;
	facts->e.ns_pid = 0;
}

/* A process owned sk and does no more: it joins the earlier owners, and counts for the filter. */
static __always_inline void facts_keep(struct facts *facts, __u64 sk, const struct sw_conn_owner *o)
{
	if (filter.on & SW_F_OF_PROCESS &&
	    sw_filter_process(&filter, o->pid, o->comm, o->in_cgroups))
		facts->wanted = 1;
	past_keep(&facts->past, sk, o);
}

/* The owner of sk is about to be another, or nobody. */
static __noinline void facts_keep_owner(struct facts *facts, __u64 sk)
{
	struct sw_conn_owner o = {};

	if (past_owner_of(&facts->e.sock, facts->owner_ns, &o))
		facts_keep(facts, sk, &o);
}

/* Another process owns sk. when: 0 for now. */
static __always_inline void facts_change_owner(struct facts *facts, __u64 sk, __u8 source,
					       __u64 when)
{
	facts_keep_owner(facts, sk);
	if (source == SW_OWNER_SNAPSHOT)
		facts->owner_ns = 0;
	else
		facts->owner_ns = when ? when : bpf_ktime_get_ns();
}

static __always_inline bool facts_owned_by(const struct facts *facts, const struct owner *o)
{
	return facts->tgid == o->tgid && facts->leader == o->leader;
}

static __always_inline bool is_seen_in_the_act(__u8 source)
{
	return source != SW_OWNER_UNKNOWN && source != SW_OWNER_INHERITED &&
	       source != SW_OWNER_SNAPSHOT;
}

/* Who had the listener alone so far does something with sk itself. when: 0 for now. */
static __always_inline void facts_set_source(struct facts *facts, __u8 source, __u64 when)
{
	facts->e.sock.owner_source = source;
	if (tells_conns)
		facts->owner_ns = when ? when : bpf_ktime_get_ns();
}

/*
 * What the kernel made for itself stays its own: whoever is running works for it. Who accepted or
 * connected is not known better by a use. when: see facts_change_owner().
 */
static __always_inline void facts_set_owner(struct facts *facts, __u64 sk, const struct owner *o,
					    __u8 source, __u64 when)
{
	if (facts->e.sock.owner_source == SW_OWNER_KERNEL)
		return;
	if (!facts_owned_by(facts, o)) {
		if (tells_conns)
			facts_change_owner(facts, sk, source, when);
	} else if (facts->e.sock.owner_source == SW_OWNER_INHERITED) {
		facts_set_source(facts, source, when);
	} else if (source == SW_OWNER_USE && is_seen_in_the_act(facts->e.sock.owner_source)) {
		source = facts->e.sock.owner_source;
	}
	event_set_owner(&facts->e, o, source);
	facts->tgid = o->tgid;
	facts->leader = o->leader;
}

static __always_inline void facts_forget_owner(struct facts *facts, __u64 sk)
{
	if (tells_conns)
		facts_keep_owner(facts, sk);
	facts->e.sock.owner_source = SW_OWNER_UNKNOWN;
	facts->e.sock.pid = 0;
	facts->e.sock.owner_cgroup = 0;
	facts->e.sock.in_cgroups = 0;
	facts->tgid = 0;
	facts->leader = 0;
}

static __always_inline bool facts_owner_lives(const struct facts *facts)
{
	return facts->leader && process_lives(facts->leader, facts->e.sock.start_ns);
}

/* Whether the running task is of the owner's process. */
static __always_inline bool facts_owned_by_current(const struct facts *facts)
{
	return facts->tgid == current_tgid() && facts->leader == current_leader();
}

static __always_inline void event_set_age(struct sw_event *e, const struct facts *facts)
{
	if (facts->birth_ns) {
		e->age_ns = e->time_ns - facts->birth_ns;
		e->sock.have |= SW_HAVE_AGE;
	}
}

/* Of a transition: and how long the socket was in the state that it leaves. */
static __always_inline void event_set_times(struct sw_event *e, const struct facts *facts)
{
	event_set_age(e, facts);
	if (facts->change_ns) {
		e->state_ns = e->time_ns - facts->change_ns;
		e->sock.have |= SW_HAVE_STATE_TIME;
	}
}

static __always_inline void event_copy_owner(struct sw_event *e, const struct sw_event *from,
					     __u8 source)
{
	sock_copy_owner(&e->sock, &from->sock, source);
	e->ns_pid = from->ns_pid;
}

static __always_inline __u64 handover_sum(const struct owner *o, __u32 source)
{
	const __u64 *comm = (const __u64 *)o->comm;

	return ~(o->start_ns ^ o->leader ^ o->cgroup ^ comm[0] ^ comm[1] ^ source ^
		 ((__u64)o->tgid << 32 | o->pid) ^ (__u64)o->ns_pid << 16 ^
		 (__u64)o->in_cgroups << 8);
}

/* Who waits was only found with a descriptor, and an owner who lives was seen in the act. */
static __always_inline bool facts_next_is_outdone(const struct facts *facts)
{
	return facts->next.source == SW_OWNER_SNAPSHOT &&
	       is_seen_in_the_act(facts->e.sock.owner_source) && facts_owner_lives(facts);
}

/*
 * Copies who is left as the new owner, and returns how that is known; 0 when it does not add up.
 * (Not the whole hand-over: before 5.13 programs have little stack.) One whose process has ended
 * meanwhile hands nothing over: whoever it had the socket from has it still.
 */
static __always_inline __u8 facts_handover(const struct facts *facts, __u64 sk, struct owner *ret)
{
	__u32 source = facts->next.source;

	*ret = facts->next.owner;
	if (facts->next.sk != sk || facts->next.sum != handover_sum(ret, source) ||
	    !process_lives(ret->leader, ret->start_ns) || facts_next_is_outdone(facts))
		return 0;
	return source;
}

/*
 * The owner that waits for sk, or was not taken as its process has ended, as one of its owners: it
 * used the socket all the same. One that is written meanwhile adds up to another sum, or to none.
 */
static __always_inline bool facts_waiting(const struct facts *facts, __u64 sk,
					  struct sw_conn_owner *ret)
{
	const struct handover *next = &facts->next;
	const struct owner *owner = &next->owner;
	__u64 sum = next->sum;

	ret->start_ns = owner->start_ns;
	ret->since_ns = facts->next_ns;
	ret->pid = owner->pid;
	ret->source = next->source;
	ret->in_cgroups = owner->in_cgroups;
	__builtin_memcpy(ret->comm, owner->comm, SW_COMM_LEN);
	asm volatile("" ::: "memory");
	return ret->source != SW_OWNER_SNAPSHOT && next->sk == sk && next->sum == sum &&
	       sum == handover_sum(owner, next->source);
}

static __noinline void facts_keep_waiting(struct facts *facts, __u64 sk)
{
	struct sw_conn_owner o = {};

	if (facts_waiting(facts, sk, &o))
		facts_keep(facts, sk, &o);
}

/* For a caller without the lock of sk: leaves the new owner to the next that has it. */
static __always_inline void facts_leave(struct facts *facts, __u64 sk, const struct owner *owner,
					__u8 source)
{
	struct handover *next = &facts->next;

	next->owner = *owner;
	next->sk = sk;
	next->sum = handover_sum(owner, source);
	next->source = source;
	if (tells_conns)
		facts->next_ns = bpf_ktime_get_ns();
	next->waits = 1;
}

/*
 * For a caller without the lock of sk, before another takes the place of the owner that waits
 * there: that was an owner, too. Where it is who had the listener, it is not only that since it
 * accepted.
 */
static __always_inline void facts_note_waiting(struct facts *facts, __u64 sk)
{
	if (!facts_owned_by(facts, &facts->next.owner))
		facts_keep_waiting(facts, sk);
	else if (facts->e.sock.owner_source == SW_OWNER_INHERITED && facts->next.sk == sk)
		facts_set_source(facts, facts->next.source, facts->next_ns);
}

/* Leaves the new owner of a connection. */
static __always_inline void facts_hand_over(struct facts *facts, __u64 sk,
					    const struct owner *owner, __u8 source)
{
	const struct owner *waiting = &facts->next.owner;

	if (tells_conns && facts->next.waits &&
	    (waiting->tgid != owner->tgid || waiting->leader != owner->leader))
		facts_note_waiting(facts, sk);
	facts_leave(facts, sk, owner, source);
}

/* The owner that was left for sk, if any: a look, for any caller. */
static __always_inline __u8 facts_next(const struct facts *facts, __u64 sk, struct owner *ret)
{
	return facts->next.waits ? facts_handover(facts, sk, ret) : 0;
}

/*
 * A hand-over to a process that has ended meanwhile, of facts_handover(). The owner of the listener
 * is the owner no more, as somebody has accepted, and who has the socket now is not known.
 */
static __always_inline void facts_drop_handover(struct facts *facts, __u64 sk)
{
	if (facts->e.sock.owner_source == SW_OWNER_INHERITED && facts->next.sk == sk) {
		facts_forget_owner(facts, sk);
		owners_wanted = 1;
	}
	if (tells_conns)
		facts_keep_waiting(facts, sk);
}

/* For a caller with the lock of sk: takes the owner that was left, if any. */
static __noinline void facts_fold(struct facts *facts, struct sock *sk)
{
	struct owner owner;
	__u8 source;

	if (!facts->next.waits)
		return;
	facts->next.waits = 0; /* before it is copied: one that comes meanwhile waits again */
	source = facts_handover(facts, (__u64)sk, &owner);
	if (source)
		facts_set_owner(facts, (__u64)sk, &owner, source, facts->next_ns);
	else
		facts_drop_handover(facts, (__u64)sk);
}

/*
 * Whether the owner that is known is to be told, where nobody who lives was left as the next: one
 * that has ended is not, of what is held; nor the listener's, once somebody accepted.
 */
static __always_inline bool facts_owner_counts(const struct facts *facts, __u64 sk)
{
	__u8 source = facts->e.sock.owner_source;

	if (source == SW_OWNER_INHERITED && facts->next.waits && facts->next.sk == sk)
		return false;
	return source == SW_OWNER_KERNEL ||
	       (source != SW_OWNER_UNKNOWN &&
		(facts_owner_lives(facts) || !READ((struct sock *)sk, sk_socket)));
}

/*
 * A process that has ended is not the owner of what another still holds. Without the holder being
 * known it is nobody, until the holders are looked at again. Of what nobody holds any more
 * (orphans, TIME_WAIT) the last owner stays. A name is that of the last exec.
 */
static __always_inline void facts_check_owner(struct facts *facts, struct sock *sk)
{
	struct task_struct *leader = (struct task_struct *)facts->leader;

	if (facts->e.sock.owner_source == SW_OWNER_UNKNOWN ||
	    facts->e.sock.owner_source == SW_OWNER_KERNEL)
		return;
	if (facts_owner_lives(facts)) {
		READ_16(facts->e.sock.comm, leader, comm);
	} else if (READ(sk, sk_socket) || facts->e.sock.owner_source == SW_OWNER_INHERITED) {
		facts_forget_owner(facts, (__u64)sk);
		owners_wanted = 1;
	}
}

/*
 * For a caller without the lock of sk, the socket of these facts: the owner as it will be once
 * what was left is taken, as one of this source (0: as it is known).
 */
static __always_inline void event_set_owner_of(struct sw_event *e, const struct facts *facts,
					       __u64 sk, __u8 source)
{
	const struct sw_event *known = &facts->e;
	struct owner owner;
	__u8 next = facts_next(facts, sk, &owner);

	if (next)
		event_set_owner(e, &owner, source ? source : next);
	else if (facts_owner_counts(facts, sk))
		event_copy_owner(e, known, source ? source : known->sock.owner_source);
}

/*
 * Whether the facts are of a socket that had the address before, and whose end no program saw:
 * on_destroy was skipped, as on_state is (see on_state_nested), or was not attached yet when the
 * owners were seeded.
 */
static __always_inline bool is_other(const struct facts *facts, struct sock *sk)
{
	return use_cookie && facts->e.sock.cookie &&
	       facts->e.sock.cookie != (__u64)READ(sk, __sk_common.skc_cookie.counter);
}

/* Whether the end of the socket was to be told, and was not so far. */
static __always_inline bool facts_are_open(const struct facts *facts)
{
	return facts->touched && facts->followed && facts->state != SW_TCP_CLOSE;
}

/* The socket began anew, or is gone: what was not told of its end, no program saw. */
static __always_inline void facts_end(struct facts *facts)
{
	if (facts_are_open(facts))
		count_lost_many(steps_lost(facts->state, SW_TCP_CLOSE));
	facts->touched = 0;
}

/* Forgets sk, which is about to be freed, or not asked for. */
static __always_inline void facts_drop(struct facts *facts, struct sock *sk)
{
	__u64 key = (__u64)sk;

	if (tells_conns && facts->past.n)
		bpf_map_delete_elem(&past_owners, &key);
	bpf_map_delete_elem(&facts_by_address, &key);
}

#endif
