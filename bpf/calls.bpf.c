// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What a system call tells and no transition does: who accepted a connection, which address was
 * bound, which port listen() chose, which connect failed before it began. Seen at the exit of the
 * call, where its arguments still are in the registers that the task saved when it entered the
 * kernel.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "done.h"
#include "listen.h"
#include "syscall.h"

/* The internet socket behind a descriptor of the running task, NULL for all else. Untrusted. */
static __always_inline struct sock *sock_of_fd(long fd)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct fdtable *fdt = READ(READ(task, files), fdt);
	struct file **slots = READ(fdt, fd);
	struct file *file = 0;

	if (fd < 0 || fd >= READ(fdt, max_fds))
		return 0;
	bpf_probe_read_kernel(&file, sizeof(file), &slots[fd]);
	return file ? inet_sock_of(file) : 0;
}

/* --- accept ------------------------------------------------------------------------------------
 */

/* The TCP socket behind a descriptor of the running task. */
static __always_inline struct sock *tcp_of_fd(long fd)
{
	struct sock *sk = sock_of_fd(fd);

	return sk ? tcp_of(sk) : 0;
}

/*
 * Whoever accepts has the listener: where the process that called listen has ended, that is news
 * for its later children.
 */
static __noinline void note_listener(const struct call *known, const struct owner *owner)
{
	struct call call = {};
	struct facts *facts;
	struct sock *sk;

	if (known)
		call = *known;
	else
		call_read(&call, current_regs());
	if (call.kind != CALL_ACCEPT)
		return;
	sk = tcp_of_fd((__s32)call.fd);
	facts = sk ? facts_find(sk) : 0;
	if (facts && !facts_owner_lives(facts))
		facts_leave(facts, (__u64)sk, owner, SW_OWNER_USE);
}

/*
 * accept() returned fd to the running task. call: NULL where it was not read yet. A socket that has
 * already ended needs no owner.
 */
static __always_inline void on_accepted(long fd, const struct call *call)
{
	struct sw_event e = {};
	struct owner owner;
	struct facts *facts;
	struct sock *sk;

	if (!tracing || !want_tcp || fd < 0)
		return;
	sk = tcp_of_fd(fd);
	if (!sk)
		return;
	event_begin(&e, SW_EV_ACCEPT, SW_PROTO_TCP, sk, sk, 0);
	if (filter_socket(&e.sock) == SW_DROP)
		return;
	owner_set_current(&owner);
	event_set_owner(&e, &owner, SW_OWNER_ACCEPT);
	if (e.sock.state != SW_TCP_CLOSE) {
		facts = facts_get(sk);
		if (facts && facts->e.sock.owner_source == SW_OWNER_UNKNOWN)
			note_listener(call, &owner);
		if (facts)
			facts_hand_over(facts, (__u64)sk, &owner, SW_OWNER_ACCEPT);
	}
	event_set_actor(&e);
	if (tells_conns || !filter_change(&e))
		return;
	sock_set_identity(&e.sock, sk, sk, false);
	event_set_progress(&e, sk, false);
	event_send(&e);
}

/* --- bind, connect and listen ------------------------------------------------------------------
 */

static __always_inline void on_call(__u8 kind, long ret, const struct call *call)
{
	struct sockaddr_at at = { .where = call->addr };
	struct sock *sk;

	if (!call_matters(kind, ret))
		return;
	sk = sock_of_fd((__s32)call->fd);
	if (sk)
		on_done(kind, ret, sk, &at);
}

/* --- the programs ------------------------------------------------------------------------------
 */

/* attached to sys_exit_accept4, too */
SEC("tracepoint/syscalls/sys_exit_accept")
int on_accept(struct trace_event_raw_sys_exit *ctx)
{
	preempt_off();
	on_accepted(ctx->ret, 0);
	preempt_on();
	return 0;
}

SEC("tracepoint/syscalls/sys_exit_bind")
int on_bind(struct trace_event_raw_sys_exit *ctx)
{
	struct call call = {};

	preempt_off();
	call_read(&call, current_regs());
	if (call.kind == CALL_BIND)
		on_call(SW_EV_BIND, ctx->ret, &call);
	preempt_on();
	return 0;
}

SEC("tracepoint/syscalls/sys_exit_connect")
int on_connect(struct trace_event_raw_sys_exit *ctx)
{
	struct call call = {};

	preempt_off();
	call_read(&call, current_regs());
	if (call.kind == CALL_CONNECT)
		on_call(SW_EV_CONNECT, ctx->ret, &call);
	preempt_on();
	return 0;
}

SEC("tracepoint/syscalls/sys_exit_listen")
int on_listen(struct trace_event_raw_sys_exit *ctx)
{
	struct call call = {};

	preempt_off();
	call_read(&call, current_regs());
	if (call.kind == CALL_LISTEN)
		on_listened(ctx->ret, sock_of_fd((__s32)call.fd));
	preempt_on();
	return 0;
}

/* The same without tracefs, at the price of a look at every system call. */
SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, struct pt_regs *regs, long ret)
{
	struct call call = {};

	preempt_off();
	call_read(&call, regs);
	if (call.kind == CALL_ACCEPT)
		on_accepted(ret, &call);
	else if (call.kind == CALL_BIND)
		on_call(SW_EV_BIND, ret, &call);
	else if (call.kind == CALL_CONNECT)
		on_call(SW_EV_CONNECT, ret, &call);
	else if (call.kind == CALL_LISTEN)
		on_listened(ret, sock_of_fd((__s32)call.fd));
	preempt_on();
	return 0;
}
