// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Owners of sockets that are older than the program: who holds a descriptor of them. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "emit.h"
#include "facts.h"

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
 * Run over every descriptor of every process at start: the first process that holds a TCP socket,
 * in the order of PIDs, becomes its owner. An owner seen in the act is never overwritten.
 */
SEC("iter/task_file")
int seed_owners(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct facts *facts;
	struct sock *sk;
	__u8 state;

	if (own_pidns)
		own_level = READ(process_of((struct task_struct *)bpf_get_current_task()), level);
	if (!task || !file)
		return 0;
	sk = sock_of_file(file);
	if (!sk || !sock_is_tcp(sk, false))
		return 0;
	state = READ(sk, __sk_common.skc_state);
	if (state == SW_TCP_CLOSE)
		return 0;
	facts = facts_get(sk);
	if (!facts || (facts->source != SW_OWNER_UNKNOWN && facts->source != SW_OWNER_INHERITED))
		return 0;
	owner_set_task(&facts->owner, task, task->tgid);
	facts->source = SW_OWNER_SNAPSHOT;
	if (state == SW_TCP_LISTEN)
		listener_note(facts, READ(READ(sk, __sk_common.skc_net.net), ns.inum),
			      READ(sk, __sk_common.skc_num));
	return 0;
}
