// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What a system call tells and no transition does: who accepted a connection, which address was
 * bound, which connect failed before it began. Seen at the exit of the call, where its arguments
 * still are in the registers that the task saved when it entered the kernel.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "calls.h"
#include "emit.h"
#include "facts.h"

#define THREAD_SIZE 16384 /* of x86_64 and arm64 with 4K pages; a wrong guess is noticed */

struct call {
	__u64 fd;
	__u64 addr; /* of a struct sockaddr in user space */
};

struct sockaddr_any {
	__u16 family;
	__be16 port;
	__be32 v4; /* of sockaddr_in6: sin6_flowinfo */
	__u8 v6[16];
};

/* The registers of the running task; before bpf_task_pt_regs (dd6e10fbd9f, 5.15) on its stack. */
static __always_inline void *current_regs(void)
{
	struct task_struct *task;

	if (use_task_pt_regs)
		return (void *)bpf_task_pt_regs(bpf_get_current_task_btf());
	task = (struct task_struct *)bpf_get_current_task();
	return READ(task, stack) + THREAD_SIZE - bpf_core_type_size(struct pt_regs___x86);
}

/* The number of the system call that is returning; 0 on a CPU that we do not know. */
static __always_inline __u64 call_number(void *regs)
{
	struct pt_regs___x86 *x86 = regs;
	struct pt_regs___arm64 *arm64 = regs;

	if (bpf_core_field_exists(x86->orig_ax))
		return READ(x86, orig_ax);
	if (bpf_core_field_exists(arm64->syscallno))
		return READ(arm64, syscallno);
	return 0;
}

static __always_inline void call_args(void *regs, struct call *call)
{
	struct pt_regs___x86 *x86 = regs;
	struct pt_regs___arm64 *arm64 = regs;

	if (bpf_core_field_exists(x86->orig_ax)) {
		call->fd = READ(x86, di);
		call->addr = READ(x86, si);
	} else {
		call->fd = READ(arm64, orig_x0);
		call->addr = READ(arm64, user_regs.regs[1]);
	}
}

/* The internet socket behind a descriptor of the running task, NULL for all else. Untrusted. */
static __always_inline struct sock *sock_of_fd(long fd)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct fdtable *fdt = READ(READ(task, files), fdt);
	struct file **slots = READ(fdt, fd);
	struct socket *socket;
	struct file *file = 0;
	struct sock *sk;

	if (fd < 0 || fd >= READ(fdt, max_fds))
		return 0;
	bpf_probe_read_kernel(&file, sizeof(file), &slots[fd]);
	if (!file)
		return 0;
	socket = READ(file, private_data);
	if (!socket || READ(socket, file) != file) /* not a socket */
		return 0;
	sk = READ(socket, sk);
	return sk && sock_protocol(sk, false) ? sk : 0;
}

/* --- accept ------------------------------------------------------------------------------------
 */

/* The TCP socket behind a descriptor; of MPTCP's, the first subflow. NULL for all else. */
static __always_inline struct sock *tcp_of_fd(long fd)
{
	struct sock *sk = sock_of_fd(fd);
	__u16 protocol = sk ? sock_protocol(sk, false) : 0;

	if (protocol == SW_PROTO_MPTCP)
		return first_subflow(sk);
	return protocol == SW_PROTO_TCP ? sk : 0;
}

/*
 * Whoever accepts has the listener: where the process that called listen has ended, that is news
 * for its later children.
 */
static __noinline void note_listener(void *regs, const struct owner *owner)
{
	struct call call = {};
	struct facts *facts;
	struct sock *sk;

	call_args(regs ? regs : current_regs(), &call);
	sk = tcp_of_fd((__s32)call.fd);
	facts = sk ? facts_find(sk) : 0;
	if (facts && !facts_owner_lives(facts))
		facts_hand_over(facts, (__u64)sk, owner, SW_OWNER_USE);
}

/* accept() returned fd to the running task. A socket that has already ended needs no owner. */
static __always_inline void on_accepted(long fd, void *regs)
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
	if (filter_sock(sk, &e.sock) == SW_DROP)
		return;
	owner_set_current(&owner);
	event_set_owner(&e, &owner, SW_OWNER_ACCEPT);
	if (e.sock.state != SW_TCP_CLOSE) {
		facts = facts_get(sk);
		if (facts && facts->e.sock.owner_source == SW_OWNER_UNKNOWN)
			note_listener(regs, &owner);
		if (facts)
			facts_hand_over(facts, (__u64)sk, &owner, SW_OWNER_ACCEPT);
	}
	event_set_actor(&e);
	if (!filter_change(&e))
		return;
	sock_set_identity(&e.sock, sk, sk, false);
	event_set_progress(&e, sk, false);
	event_send(&e);
}

/* --- bind and connect --------------------------------------------------------------------------
 */

static __always_inline void read_sockaddr(__u64 from, union sw_addr *addr, __u16 *port)
{
	struct sockaddr_any any = {};

	if (bpf_probe_read_user(&any, 8, (void *)from))
		return;
	if (any.family == SW_AF_INET6)
		bpf_probe_read_user(&any, sizeof(any), (void *)from);
	*port = bpf_ntohs(any.port);
	if (any.family == SW_AF_INET6)
		__builtin_memcpy(addr, any.v6, sizeof(*addr));
	else if (any.family == SW_AF_INET)
		addr_set_v4(addr, any.v4);
}

/* A connect that has not failed, or is told by the transitions of its socket. */
static __always_inline bool connect_is_told(struct sock *sk, bool udp, __s32 error)
{
	switch (error) {
	case 0:
		return !udp;
	case EINTR:
	case EAGAIN:
	case EISCONN:
	case EALREADY:
	case EINPROGRESS:
		return true;
	case SW_ECONNREFUSED: /* of TCP: the answer to its SYN, so there was one */
	case SW_ETIMEDOUT:
	case SW_ECONNRESET:
		return !udp;
	default:
		return error >= ERESTARTSYS || (!udp && connect_was_told(sk, error));
	}
}

/* The call was made on the socket that subflows are made for. */
static __always_inline void event_set_parent(struct sw_event *e, struct sock *sk)
{
	struct mptcp_sock *msk = (struct mptcp_sock *)sk;

	if (bpf_core_field_exists(msk->token))
		e->mptcp_token = READ(msk, token);
	e->sock.have |= SW_HAVE_MPTCP;
}

static __always_inline bool is_wanted(__u16 protocol)
{
	return protocol == SW_PROTO_UDP
		       ? want_udp
		       : want_tcp && (protocol == SW_PROTO_TCP || protocol == SW_PROTO_MPTCP);
}

static __always_inline void tell_call(struct sw_event *e, struct sock *sk)
{
	struct owner owner;

	owner_set_current(&owner);
	event_set_owner(e, &owner, e->kind == SW_EV_BIND ? SW_OWNER_BIND : SW_OWNER_CONNECT);
	event_set_actor(e);
	if (!filter_change(e))
		return;
	sock_set_identity(&e->sock, sk, sk, false);
	e->sock.inode = sock_inode(sk);
	event_send(e);
}

static __always_inline void on_call(__u8 kind, long ret, void *regs)
{
	struct sw_event e = {};
	struct call call = {};
	__u16 protocol;
	struct sock *sk;
	bool udp;

	if (!tracing || ret > 0)
		return;
	if (kind == SW_EV_CONNECT && !ret && !want_udp)
		return;
	if (!regs)
		regs = current_regs();
	if (call_number(regs) != (kind == SW_EV_BIND ? nr_bind : nr_connect))
		return;
	call_args(regs, &call);
	sk = sock_of_fd((__s32)call.fd);
	if (!sk)
		return;
	protocol = sock_protocol(sk, false);
	udp = protocol == SW_PROTO_UDP;
	if (!is_wanted(protocol) || (kind == SW_EV_CONNECT && connect_is_told(sk, udp, -ret)))
		return;
	event_begin(&e, kind, udp ? SW_PROTO_UDP : SW_PROTO_TCP, sk, sk, SW_TCP_CLOSE);
	if (protocol == SW_PROTO_MPTCP)
		event_set_parent(&e, sk);
	e.error = -ret;
	e.reason = sw_reason_of_call(e.error);
	if (e.error && kind == SW_EV_BIND)
		read_sockaddr(call.addr, &e.sock.tuple.local, &e.sock.tuple.local_port);
	else if (e.error)
		read_sockaddr(call.addr, &e.sock.tuple.remote, &e.sock.tuple.remote_port);
	else if (kind == SW_EV_CONNECT && !e.sock.tuple.remote_port)
		return; /* AF_UNSPEC: disconnected */
	if (filter_sock(sk, &e.sock) == SW_PASS)
		tell_call(&e, sk);
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
	preempt_off();
	on_call(SW_EV_BIND, ctx->ret, 0);
	preempt_on();
	return 0;
}

SEC("tracepoint/syscalls/sys_exit_connect")
int on_connect(struct trace_event_raw_sys_exit *ctx)
{
	preempt_off();
	on_call(SW_EV_CONNECT, ctx->ret, 0);
	preempt_on();
	return 0;
}

/* The same without tracefs, at the price of a look at every system call. */
SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, struct pt_regs *regs, long ret)
{
	__u64 nr = call_number(regs);

	if (nr != nr_accept && nr != nr_accept4 && nr != nr_bind && nr != nr_connect)
		return 0;
	preempt_off();
	if (nr == nr_accept || nr == nr_accept4)
		on_accepted(ret, regs);
	else if (nr == nr_bind)
		on_call(SW_EV_BIND, ret, regs);
	else
		on_call(SW_EV_CONNECT, ret, regs);
	preempt_on();
	return 0;
}
