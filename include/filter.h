/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Which events the user asked for: the settings, and the rule that applies them.
 *
 * The rule is compiled into the BPF programs, where the settings are constants and what is unset
 * is dropped by the verifier, and into user space, where it decides about rows of the snapshot and
 * about what the kernel side left open. One rule, so both always agree.
 */
#ifndef SOCKWATCH_FILTER_H
#define SOCKWATCH_FILTER_H

#include "event.h"

#define SW_FILTER_MAX 64 /* values of --pid, --uid, --comm, --netns, --cgroup, each CIDR option */

enum sw_filter_bit {
	SW_F_PORT = 1 << 0,
	SW_F_LOCAL_PORT = 1 << 1,
	SW_F_REMOTE_PORT = 1 << 2,
	SW_F_ADDR = 1 << 3,
	SW_F_LOCAL_ADDR = 1 << 4,
	SW_F_REMOTE_ADDR = 1 << 5,
	SW_F_IPV4 = 1 << 6, /* only IPv4, v4-mapped included */
	SW_F_IPV6 = 1 << 7, /* only IPv6, v4-mapped excluded */
	SW_F_NO_LOOPBACK = 1 << 8,
	SW_F_UID = 1 << 9,
	SW_F_PID = 1 << 10,
	SW_F_COMM = 1 << 11,
	SW_F_STATE = 1 << 12,
	SW_F_LISTEN = 1 << 13,
	SW_F_FAILED = 1 << 14,
	SW_F_NETNS = 1 << 15,
	SW_F_CGROUP = 1 << 16,
};

#define SW_F_OF_CHANGE (SW_F_PID | SW_F_COMM | SW_F_STATE | SW_F_LISTEN | SW_F_FAILED | SW_F_CGROUP)

/*
 * A cgroup that is asked for, by its path from the root of cgroup v2 ("/a/b"), NUL-padded; and the
 * ids of the cgroup that has it, and of the one that had it before (0: none).
 */
#define SW_CGROUP_PATH 256

struct sw_cgroup_path {
	char path[SW_CGROUP_PATH];
};

struct sw_cgroup_ids {
	__u64 now;
	__u64 before;
};

/* An address block: an address of the same family matches when (address & mask) == net. */
struct sw_cidr {
	union sw_addr net;
	union sw_addr mask;
	__u64 v4; /* 1: of IPv4, and of v4-mapped, addresses; they are not in ::/0 */
};

/* A process name, NUL-padded; the first len bytes must match (len includes the NUL when exact). */
struct sw_comm_pattern {
	char name[SW_COMM_LEN];
	__u32 len;
};

struct sw_cidr_set {
	__u32 n;
	__u32 pad;
	struct sw_cidr cidr[SW_FILTER_MAX];
};

/* One bit a port. */
struct sw_port_set {
	__u64 bits[65536 / 64];
};

struct sw_filter {
	__u32 on;     /* enum sw_filter_bit: what is set */
	__u32 states; /* bit 1 << state */
	__u32 n_pids;
	__u32 n_uids;
	__u32 n_comms;
	__u32 n_netns;
	__u32 n_cgroups;
	__u32 pad;
	__u64 cgroups[SW_FILTER_MAX]; /* ids; all cgroups below are meant, too */
	__u32 pids[SW_FILTER_MAX];
	__u32 uids[SW_FILTER_MAX];
	__u32 netns[SW_FILTER_MAX]; /* inode numbers */
	struct sw_comm_pattern comms[SW_FILTER_MAX];
	struct sw_cidr_set any_addr;
	struct sw_cidr_set local_addr;
	struct sw_cidr_set remote_addr;
	struct sw_port_set any_port;
	struct sw_port_set local_port;
	struct sw_port_set remote_port;
};

enum sw_verdict {
	SW_DROP = 0,
	SW_PASS,
	SW_LATER, /* not decided by what is known so far */
};

#ifdef __bpf__
#define SW_FILTER_CONST const volatile
#define SW_FILTER_RULE \
	static __attribute__((noinline)) /* compiled once, not at each place that asks */
#else
#define SW_FILTER_CONST const
#define SW_FILTER_RULE static inline
#endif

static inline int sw_is_v4mapped(const union sw_addr *a)
{
	return a->q[0] == 0 && a->b[8] == 0 && a->b[9] == 0 && a->b[10] == 0xff && a->b[11] == 0xff;
}

/* Bound to all addresses of IPv6, and so to those of IPv4. */
static inline int sw_takes_ipv4(const struct sw_tuple *t)
{
	return (t->flags & (SW_TUPLE_V6ONLY_KNOWN | SW_TUPLE_V6ONLY)) == SW_TUPLE_V6ONLY_KNOWN &&
	       !t->local.q[0] && !t->local.q[1] && !t->remote.q[0] && !t->remote.q[1];
}

static inline int sw_addr_is_loopback(const union sw_addr *a)
{
	if (sw_is_v4mapped(a))
		return a->b[12] == 127;
	return a->q[0] == 0 && a->b[8] == 0 && a->b[9] == 0 && a->b[10] == 0 && a->b[11] == 0 &&
	       a->b[12] == 0 && a->b[13] == 0 && a->b[14] == 0 && a->b[15] == 1;
}

static inline int sw_port_in(SW_FILTER_CONST struct sw_port_set *set, __u16 port)
{
	return (set->bits[port / 64] >> (port % 64)) & 1;
}

static inline void sw_port_add(struct sw_port_set *set, __u16 port)
{
	set->bits[port / 64] |= (__u64)1 << (port % 64);
}

static inline int sw_addr_in(SW_FILTER_CONST struct sw_cidr_set *set, const union sw_addr *a)
{
	__u64 v4 = sw_is_v4mapped(a);

	for (__u32 i = 0; i < SW_FILTER_MAX; i++) {
		if (i >= set->n)
			break;
		if (set->cidr[i].v4 == v4 &&
		    (a->q[0] & set->cidr[i].mask.q[0]) == set->cidr[i].net.q[0] &&
		    (a->q[1] & set->cidr[i].mask.q[1]) == set->cidr[i].net.q[1])
			return 1;
	}
	return 0;
}

static inline int sw_u32_in(SW_FILTER_CONST __u32 *set, __u32 n, __u32 value)
{
	for (__u32 i = 0; i < SW_FILTER_MAX; i++) {
		if (i >= n)
			break;
		if (set[i] == value)
			return 1;
	}
	return 0;
}

static inline int sw_u64_in(SW_FILTER_CONST __u64 *set, __u32 n, __u64 value)
{
	for (__u32 i = 0; i < SW_FILTER_MAX; i++) {
		if (i >= n)
			break;
		if (set[i] == value)
			return 1;
	}
	return 0;
}

static inline int sw_comm_in(SW_FILTER_CONST struct sw_filter *f, const char *comm)
{
	for (__u32 i = 0; i < SW_FILTER_MAX; i++) {
		__u32 k;

		if (i >= f->n_comms)
			break;
		for (k = 0; k < SW_COMM_LEN; k++) {
			if (k >= f->comms[i].len || comm[k] != f->comms[i].name[k])
				break;
		}
		if (k >= f->comms[i].len)
			return 1;
	}
	return 0;
}

static inline int sw_ports_want_local(SW_FILTER_CONST struct sw_filter *f, __u16 remote_port)
{
	return (f->on & SW_F_LOCAL_PORT) ||
	       ((f->on & SW_F_PORT) && !sw_port_in(&f->any_port, remote_port));
}

#define SW_UID_UNKNOWN ((__u32)-1) /* nobody's: matches no filter */

static inline __u32 sw_uid_of(const struct sw_sock *s)
{
	return s->have & SW_HAVE_UID ? s->uid : SW_UID_UNKNOWN;
}

/*
 * What never changes in the life of a socket: family, namespace, addresses, ports, user. SW_LATER
 * only when a wanted local port is not chosen yet (it is 0 at CLOSE -> SYN_SENT of an unbound
 * socket).
 */
SW_FILTER_RULE enum sw_verdict sw_filter_socket(SW_FILTER_CONST struct sw_filter *f,
						const struct sw_sock *s)
{
	const struct sw_tuple *t = &s->tuple;
	__u32 on = f->on;

	if ((on & SW_F_IPV4) && t->family != SW_AF_INET &&
	    !(sw_is_v4mapped(&t->local) || sw_is_v4mapped(&t->remote)) && !sw_takes_ipv4(t))
		return SW_DROP;
	if ((on & SW_F_IPV6) &&
	    (t->family != SW_AF_INET6 || sw_is_v4mapped(&t->local) || sw_is_v4mapped(&t->remote)))
		return SW_DROP;
	if ((on & SW_F_NO_LOOPBACK) &&
	    (sw_addr_is_loopback(&t->local) || sw_addr_is_loopback(&t->remote)))
		return SW_DROP;
	if ((on & SW_F_NETNS) && !sw_u32_in(f->netns, f->n_netns, t->netns))
		return SW_DROP;
	if ((on & SW_F_UID) && !sw_u32_in(f->uids, f->n_uids, sw_uid_of(s)))
		return SW_DROP;
	if ((on & SW_F_ADDR) && !sw_addr_in(&f->any_addr, &t->local) &&
	    !sw_addr_in(&f->any_addr, &t->remote))
		return SW_DROP;
	if ((on & SW_F_LOCAL_ADDR) && !sw_addr_in(&f->local_addr, &t->local))
		return SW_DROP;
	if ((on & SW_F_REMOTE_ADDR) && !sw_addr_in(&f->remote_addr, &t->remote))
		return SW_DROP;
	if ((on & SW_F_REMOTE_PORT) && !sw_port_in(&f->remote_port, t->remote_port))
		return SW_DROP;
	if (!sw_ports_want_local(f, t->remote_port))
		return SW_PASS;
	if (t->local_port == 0)
		return SW_LATER;
	if ((on & SW_F_LOCAL_PORT) && !sw_port_in(&f->local_port, t->local_port))
		return SW_DROP;
	if ((on & SW_F_PORT) && !sw_port_in(&f->any_port, t->remote_port) &&
	    !sw_port_in(&f->any_port, t->local_port))
		return SW_DROP;
	return SW_PASS;
}

/*
 * A listener, or the end of one. A datagram socket without a peer takes what anybody sends, so
 * netstat -l and ss -l count it; who its peers are is another question.
 */
static inline int sw_listens(const struct sw_event *e)
{
	if (sw_is_datagram(e->sock.proto))
		return e->sock.state != SW_TCP_ESTABLISHED && e->kind != SW_EV_OPEN &&
		       e->kind != SW_EV_CONNECT && e->kind != SW_EV_CONN;
	return e->sock.state == SW_TCP_LISTEN ||
	       (e->old_state == SW_TCP_LISTEN && e->sock.state == SW_TCP_CLOSE);
}

/* What differs from event to event, but for the processes: the state and the reason. */
static inline enum sw_verdict sw_filter_outcome(SW_FILTER_CONST struct sw_filter *f,
						const struct sw_event *e)
{
	if ((f->on & SW_F_STATE) && !((f->states >> (e->sock.state & 31)) & 1))
		return SW_DROP;
	if ((f->on & SW_F_LISTEN) && !sw_listens(e))
		return SW_DROP;
	return (f->on & SW_F_FAILED) && e->reason == SW_REASON_NONE ? SW_DROP : SW_PASS;
}

/* What asks for processes. */
#define SW_F_OF_PROCESS (SW_F_PID | SW_F_COMM | SW_F_CGROUP)

/* Whether --pid, --comm and --cgroup ask for a process. in_cgroups: as that of struct sw_sock. */
static inline int sw_filter_process(SW_FILTER_CONST struct sw_filter *f, __u32 pid,
				    const char *comm, int in_cgroups)
{
	return (!(f->on & SW_F_CGROUP) || in_cgroups) &&
	       (!(f->on & SW_F_PID) || sw_u32_in(f->pids, f->n_pids, pid)) &&
	       (!(f->on & SW_F_COMM) || sw_comm_in(f, comm));
}

/*
 * What differs from event to event: the state, the reason, the owner. An event matches --pid and
 * --comm by its owner or by the task that drove it, --cgroup by its owner. SW_LATER when that
 * depends on an owner that the kernel side does not know.
 */
SW_FILTER_RULE enum sw_verdict sw_filter_change(SW_FILTER_CONST struct sw_filter *f,
						const struct sw_event *e)
{
	__u32 on = f->on;
	int actor = e->sock.have & SW_HAVE_ACTOR;

	if (!(on & SW_F_OF_CHANGE))
		return SW_PASS;
	if (sw_filter_outcome(f, e) == SW_DROP)
		return SW_DROP;
	if (!(on & SW_F_OF_PROCESS))
		return SW_PASS;
	if (actor && (on & (SW_F_PID | SW_F_COMM)) &&
	    sw_filter_process(f, e->actor_pid, e->actor_comm, e->sock.in_cgroups))
		return SW_PASS;
	if (e->sock.owner_source == SW_OWNER_UNKNOWN)
		return SW_LATER;
	return sw_filter_process(f, e->sock.pid, e->sock.comm, e->sock.in_cgroups) ? SW_PASS
										   : SW_DROP;
}

#endif
