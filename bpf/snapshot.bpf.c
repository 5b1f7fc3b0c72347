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
 * an earlier seeding left may have had a socket that is gone.
 */
static __always_inline bool may_be_seeded(const struct facts *facts, struct sock *sk)
{
	__u8 source = facts->e.sock.owner_source;
	struct owner owner;
	__u8 next = facts_next(facts, (__u64)sk, &owner);

	if (next)
		source = next;
	else if (!facts_owner_lives(facts))
		return true;
	return !is_seen_in_the_act(source) &&
	       (source != SW_OWNER_SNAPSHOT || facts->seeding != (__u8)seeding);
}

/*
 * The first process that holds a TCP socket, in the order of PIDs, becomes its owner. The socket's
 * lock is not held: so it is handed over, and who has the lock next takes it.
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
	if (!facts || !may_be_seeded(facts, sk))
		return;
	facts_hand_over(facts, (__u64)sk, owner, SW_OWNER_SNAPSHOT);
	facts->seeding = seeding;
	if (!facts->e.sock.cookie) /* made just now; whoever else sets it sets the same */
		facts->e.sock.cookie = cookie;
}

/* Threads share their process's table, and before 203d7b054fc7 each was gone through. */
static __always_inline bool is_thread(struct task_struct *task)
{
	struct task_struct *leader = READ(task, group_leader);

	return leader != task && READ(leader, files) == READ(task, files);
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

	reader = current_tgid();
	if (own_pidns)
		own_level = READ(process_of((struct task_struct *)bpf_get_current_task()), level);
	if (!task || !file || is_thread(task))
		return 0;
	sk = sock_of_file(file);
	if (!sk)
		return 0;
	protocol = tells_all && !seeds_owners ? 0 : sock_protocol(sk, false);
	if (!protocol && !tells_all)
		return 0;
	owner_set_task(&owner, task, READ(task, tgid));
	if (seeds_owners && protocol == SW_PROTO_TCP)
		seed_owner(sk, &owner);
	told.inode = sock_inode(sk);
	told.pid = owner.pid;
	told.fd = ctx->fd;
	__builtin_memcpy(told.comm, owner.comm, SW_COMM_LEN);
	if (told.inode && told.pid)
		bpf_seq_write(ctx->meta->seq, &told, sizeof(told));
	return 0;
}

/* --- sockets ----------------------------------------------------------------------------------
 */

/* What every row has; sk, full: see sock.h. The iterator gave sk, so a helper tells its cookie. */
static __always_inline void row_begin(struct sw_row *r, struct sock *sk, struct sock *full,
				      __u8 proto, __u8 state)
{
	bool is_full = full && state != SW_TCP_NEW_SYN_RECV;

	sock_begin(&r->sock, sk, full, false, proto, 0, state);
	sock_set_identity(&r->sock, sk, tells_details && is_full ? full : 0, true);
	if (is_full)
		r->sock.inode = sock_inode(full);
	if (full)
		sock_set_kernel(&r->sock, full);
	r->sock.have |= SW_HAVE_QUEUES;
}

/* get_tcp4_sock() has them so, for /proc/net/tcp. */
static __always_inline void row_set_tcp(struct sw_row *r, struct sock *sk, struct tcp_sock *tp)
{
	__s32 unread;

	if (r->sock.state == SW_TCP_LISTEN) {
		r->recv_q = READ(sk, sk_ack_backlog);
		return;
	}
	unread = READ(tp, rcv_nxt) - READ(tp, copied_seq);
	r->recv_q = unread > 0 ? unread : 0;
	r->send_q = READ(tp, write_seq) - READ(tp, snd_una);
	if (tells_details)
		sock_set_counters(&r->sock, tp, false);
}

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

/* Listeners also where they are not asked for: their children may be, and inherit. */
static __always_inline bool row_is_wanted(struct sw_row *r, struct sock *full)
{
	if (filter.on & SW_F_CGROUP) {
		if (full && sock_in_cgroups(full))
			r->sock.have |= SW_HAVE_CGROUP;
		else if (r->sock.state != SW_TCP_LISTEN)
			return false;
	}
	return r->sock.state == SW_TCP_LISTEN || filter_socket(&r->sock) == SW_PASS;
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
	row_begin(&r, (struct sock *)common, full, SW_PROTO_TCP, state);
	if (state == SW_TCP_TIME_WAIT) {
		/* FIN_WAIT2 while the other side has not closed: so does /proc say it */
		r.sock.state = READ((struct inet_timewait_sock *)common, tw_substate);
	} else if (state == SW_TCP_NEW_SYN_RECV) {
		r.sock.state = SW_TCP_SYN_RECV;
		if (request_is_mptcp((struct sock *)common))
			r.sock.have |= SW_HAVE_MPTCP;
	} else if (full) {
		if (sock_is_mptcp(full))
			r.sock.have |= SW_HAVE_MPTCP;
		row_set_tcp(&r, full, (struct tcp_sock *)full);
		row_set_owner(&r, full);
	} else { /* of another protocol */
		return 0;
	}
	if (row_is_wanted(&r, full))
		bpf_seq_write(ctx->meta->seq, &r, sizeof(r));
	return 0;
}

/* udp4_format_sock() has the queues so. */
SEC("iter/udp")
int tell_udp(struct bpf_iter__udp *ctx)
{
	struct udp_sock *up = ctx->udp_sk;
	struct sock *sk = (struct sock *)up;
	struct sw_row r = {};

	if (!up)
		return 0;
	row_begin(&r, sk, sk, SW_PROTO_UDP, sock_state(sk));
	r.recv_q = READ(sk, sk_backlog.rmem_alloc.counter) - READ(up, forward_deficit);
	r.send_q = READ(sk, sk_wmem_alloc.refs.counter) - 1;
	if (row_is_wanted(&r, sk))
		bpf_seq_write(ctx->meta->seq, &r, sizeof(r));
	return 0;
}
