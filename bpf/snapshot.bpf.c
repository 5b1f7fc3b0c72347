// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The snapshot: programs that the kernel runs over every descriptor of every process, and over
 * every socket of a network namespace. What they write is what is read from the iterator.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "emit.h"
#include "facts.h"
#include "info.h"
#include "peers.h"
#include "row.h"

/* --- descriptors ------------------------------------------------------------------------------
 */

/* The socket behind a file; without bpf_sock_from_file (before 5.11) found and checked by hand. */
static __always_inline struct sock *sock_of_file(struct file *file)
{
	struct socket *socket;

	if (use_sock_from_file) {
		socket = bpf_sock_from_file(file);
		return socket ? socket->sk : 0;
	}
	socket = READ(file, private_data);
	if (!socket || READ(socket, file) != file)
		return 0;
	return READ(socket, sk);
}

/*
 * An owner that was seen in the act stays while it lives, also where it waits to be taken; one that
 * an earlier seeding left may have had a socket that is gone; of those that this one finds it is
 * who began first.
 */
static __always_inline bool may_be_seeded(const struct facts *facts, struct sock *sk,
					  const struct owner *holder)
{
	__u64 start_ns = facts->e.sock.start_ns;
	__u8 source = facts->e.sock.owner_source;
	struct owner owner;
	__u8 next = facts_next(facts, (__u64)sk, &owner);

	if (next) {
		source = next;
		start_ns = owner.start_ns;
	} else if (!facts_owner_lives(facts)) {
		return true;
	}
	if (is_seen_in_the_act(source))
		return false;
	return source != SW_OWNER_SNAPSHOT || facts->seeding != (__u8)seeding ||
	       holder->start_ns < start_ns;
}

/*
 * Of the processes that hold a TCP socket the one that began first becomes its owner: a server, not
 * its worker, also where PIDs have begun anew in between. The socket's lock is not held: so it is
 * handed over, and who has the lock next takes it.
 */
static __always_inline void seed_owner(struct sock *sk, const struct owner *owner)
{
	__u64 cookie = sock_cookie(sk, true);
	struct facts *facts;

	if (sock_state(sk) == SW_TCP_CLOSE)
		return;
	facts = facts_get(sk);
	if (facts && is_other(facts, sk))
		facts = facts_renew(sk);
	if (!facts || !may_be_seeded(facts, sk, owner))
		return;
	facts_hand_over(facts, (__u64)sk, owner, SW_OWNER_SNAPSHOT);
	facts->seeding = seeding;
	if (!facts->e.sock.cookie) /* made just now; whoever else sets it sets the same */
		facts->e.sock.cookie = cookie;
}

static __noinline void tell_bound(struct seq_file *seq, struct sw_descriptor *told, struct sock *sk)
{
	struct sw_row r = {};

	row_set_bound(&r, sk);
	told->has_row = row_is_wanted(&r);
	bpf_seq_write(seq, told, sizeof(*told));
	if (told->has_row)
		bpf_seq_write(seq, &r, sizeof(r));
}

SEC("iter/task_file")
int tell_descriptors(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct sw_descriptor told = {};
	struct owner owner = {};
	struct sock *sk;
	__u16 protocol;

	find_own_level();
	if (!task || !file || is_thread(task))
		return 0;
	sk = sock_of_file(file);
	if (!sk)
		return 0;
	protocol = tells_all && !seeds_owners ? 0 : sock_protocol(sk, false);
	if (!protocol && !tells_all)
		return 0;
	owner_set_task(&owner, task, READ(task, tgid));
	if (seeds_owners && protocol == SW_PROTO_TCP) {
		preempt_off(); /* or an accept may come between its look and its writing */
		seed_owner(sk, &owner);
		preempt_on();
	}
	told.inode = sock_inode(sk);
	told.start_ns = owner.start_ns;
	told.pid = owner.pid;
	told.fd = ctx->fd;
	__builtin_memcpy(told.comm, owner.comm, SW_COMM_LEN);
	told.netns = READ(READ(sk, __sk_common.skc_net.net), ns.inum);
	if (!told.inode || !told.pid)
		return 0;
	if (tells_bound && want_tcp && is_bound_only(sk))
		tell_bound(ctx->meta->seq, &told, sk);
	else
		bpf_seq_write(ctx->meta->seq, &told, sizeof(told));
	return 0;
}

/* --- sockets ----------------------------------------------------------------------------------
 */

static __always_inline void row_set_owner(struct sw_row *r, struct sock *sk)
{
	struct facts *facts = seeds_owners ? facts_find(sk) : 0;
	struct owner owner;
	__u8 next;

	if (!facts)
		return;
	next = facts_next(facts, (__u64)sk, &owner);
	if (next)
		sock_set_owner(&r->sock, &owner, next);
	else if (facts->e.sock.owner_source != SW_OWNER_UNKNOWN)
		sock_copy_owner(&r->sock, &facts->e.sock, facts->e.sock.owner_source);
}

/* A full socket, one in TIME_WAIT, or a request: told apart by their states. */
static __always_inline struct sock *full_of(struct sock_common *common, __u8 state)
{
	if (state == SW_TCP_TIME_WAIT)
		return 0;
	if (state == SW_TCP_NEW_SYN_RECV)
		return READ(common, skc_listener);
	return (struct sock *)bpf_skc_to_tcp_sock(common);
}

/*
 * Where each connection is told at its end: whether that has been by now, or will be with a start
 * that we saw.
 */
static __always_inline bool is_told_as_conn(struct sock *full, __u8 state)
{
	struct facts *facts;

	if (!full || state == SW_TCP_NEW_SYN_RECV)
		return true;
	facts = facts_find(full);
	return facts && facts->birth_ns && !is_other(facts, full);
}

/* A full socket's row, with what is asked for beyond it. */
static __noinline void tell_row(struct seq_file *seq, struct sw_row *r, struct sock *sk)
{
	struct sw_info i = {};

	if (tells_info && sk)
		info_set(&i, r, sk);
	bpf_seq_write(seq, r, sizeof(*r));
	if (r->info)
		bpf_seq_write(seq, &i, sizeof(i));
}

SEC("iter/tcp")
int tell_tcp(struct bpf_iter__tcp *ctx)
{
	struct sock_common *common = ctx->sk_common;
	struct sw_row r = {};
	struct sock *full;
	__u8 state;

	if (!common)
		return 0;
	state = sock_state((struct sock *)common);
	full = full_of(common, state);
	if (!full && state != SW_TCP_TIME_WAIT) /* of another protocol */
		return 0;
	if (tells_conns && is_told_as_conn(full, state))
		return 0;
	row_begin(&r, (struct sock *)common, full, true, SW_PROTO_TCP, state);
	row_add_tcp(&r, (struct sock *)common, full, state);
	if (full && state != SW_TCP_NEW_SYN_RECV)
		row_set_owner(&r, full);
	if (row_is_wanted(&r))
		tell_row(ctx->meta->seq, &r, state == SW_TCP_NEW_SYN_RECV ? 0 : full);
	return 0;
}

SEC("iter/udp")
int tell_udp(struct bpf_iter__udp *ctx)
{
	struct sock *sk = (struct sock *)ctx->udp_sk;
	struct sw_row r = {};

	if (!sk)
		return 0;
	row_begin(&r, sk, sk, true, SW_PROTO_UDP, sock_state(sk));
	row_add_udp(&r, sk);
	if (!row_is_wanted(&r))
		return 0;
	if (tells_conns && tells_listeners)
		udp_note_bound(sk);
	tell_row(ctx->meta->seq, &r, sk);
	return 0;
}
