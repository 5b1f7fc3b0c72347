// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Owners that no transition tells: who accepted a connection, and who held a socket before the
 * program started.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "emit.h"
#include "facts.h"

/* The TCP socket behind a descriptor of the running task, NULL for anything else. Untrusted. */
static __always_inline struct sock *sock_of_fd(long fd)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct fdtable *fdt = BPF_CORE_READ(task, files, fdt);
	struct file **slots = BPF_CORE_READ(fdt, fd);
	struct socket *socket;
	struct file *file = 0;
	struct sock *sk;

	if (fd < 0 || fd >= BPF_CORE_READ(fdt, max_fds))
		return 0;
	bpf_probe_read_kernel(&file, sizeof(file), &slots[fd]);
	if (!file)
		return 0;
	socket = BPF_CORE_READ(file, private_data);
	if (!socket || BPF_CORE_READ(socket, file) != file) /* not a socket */
		return 0;
	sk = BPF_CORE_READ(socket, sk);
	return sk && sock_is_tcp(sk, false) ? sk : 0;
}

/* accept() returned fd to the running task. A socket that has already ended needs no owner. */
static __always_inline void on_accepted(long fd)
{
	struct sw_event e = {};
	struct acceptor a = {};
	struct sock *sk;
	__u64 key;

	if (!tracing || fd < 0)
		return;
	sk = sock_of_fd(fd);
	if (!sk)
		return;
	sock_read_tuple(&e.tuple, sk, false, 0, 0);
	e.uid = BPF_CORE_READ(sk, sk_uid.val);
	e.have = SW_HAVE_UID;
	if (sw_filter_socket(&filter, &e.tuple, e.uid) == SW_DROP)
		return;
	e.kind = SW_EV_ACCEPT;
	e.proto = SW_PROTO_TCP;
	e.time_ns = bpf_ktime_get_ns();
	e.state = BPF_CORE_READ(sk, __sk_common.skc_state);
	e.owner_source = SW_OWNER_ACCEPT;
	e.pid = current_process(e.comm);
	if (e.state != SW_TCP_CLOSE) {
		key = (__u64)sk;
		a.pid = e.pid;
		a.local_port = e.tuple.local_port;
		a.remote_port = e.tuple.remote_port;
		__builtin_memcpy(a.comm, e.comm, SW_COMM_LEN);
		bpf_map_update_elem(&acceptors, &key, &a, BPF_ANY);
	}
	event_set_actor(&e);
	if (!sw_filter_change(&filter, &e))
		return;
	event_set_details(&e, sk, false);
	event_send(&e);
}

SEC("tracepoint/syscalls/sys_exit_accept")
int on_accept(struct trace_event_raw_sys_exit *ctx)
{
	on_accepted(ctx->ret);
	return 0;
}

SEC("tracepoint/syscalls/sys_exit_accept4")
int on_accept4(struct trace_event_raw_sys_exit *ctx)
{
	on_accepted(ctx->ret);
	return 0;
}

/* The same without tracefs, at the price of a look at every system call. */
SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, struct pt_regs *regs, long ret)
{
	struct pt_regs___x86 *x86 = (void *)regs;
	struct pt_regs___arm64 *arm64 = (void *)regs;
	__u64 nr;

	if (ret < 0)
		return 0;
	if (bpf_core_field_exists(x86->orig_ax))
		nr = BPF_CORE_READ(x86, orig_ax);
	else if (bpf_core_field_exists(arm64->syscallno))
		nr = BPF_CORE_READ(arm64, syscallno);
	else
		return 0;
	if (nr == nr_accept || nr == nr_accept4)
		on_accepted(ret);
	return 0;
}

/* The socket behind a file; without bpf_sock_from_file (before 5.11) found and checked by hand. */
static __always_inline struct sock *sock_of_file(struct file *file)
{
	struct socket *socket;

	if (use_sock_from_file) {
		socket = bpf_sock_from_file(file);
		return socket ? socket->sk : 0;
	}
	socket = BPF_CORE_READ(file, private_data);
	if (!socket || BPF_CORE_READ(socket, file) != file)
		return 0;
	return BPF_CORE_READ(socket, sk);
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

	if (!task || !file)
		return 0;
	sk = sock_of_file(file);
	if (!sk || !sock_is_tcp(sk, false))
		return 0;
	state = BPF_CORE_READ(sk, __sk_common.skc_state);
	if (state == SW_TCP_CLOSE)
		return 0;
	facts = facts_get(sk);
	if (!facts || (facts->source != SW_OWNER_UNKNOWN && facts->source != SW_OWNER_INHERITED))
		return 0;
	facts->pid = task->tgid;
	task = task->group_leader;
	bpf_core_read(facts->comm, SW_COMM_LEN, &task->comm);
	facts->source = SW_OWNER_SNAPSHOT;
	if (state == SW_TCP_LISTEN)
		listener_note(facts, BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum),
			      BPF_CORE_READ(sk, __sk_common.skc_num));
	return 0;
}
