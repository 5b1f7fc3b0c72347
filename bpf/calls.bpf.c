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
#include "calls.h"
#include "emit.h"
#include "facts.h"
#include "listen.h"
#include "syscall.h"

struct sockaddr_any {
	__u16 family;
	__be16 port;
	__be32 v4; /* of sockaddr_in6: sin6_flowinfo */
	__u8 v6[16];
};

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

/* The TCP socket that a process has as sk, NULL for none. */
static __always_inline struct sock *tcp_of(struct sock *sk)
{
	__u16 protocol = sock_protocol(sk, false);

	if (protocol == SW_PROTO_MPTCP)
		return first_subflow(sk);
	return protocol == SW_PROTO_TCP ? sk : 0;
}

/* The same behind a descriptor of the running task. */
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
		facts_hand_over(facts, (__u64)sk, owner, SW_OWNER_USE);
}

/* accept() returned fd to the running task; call: NULL where it was not read yet. A socket that has
 * already ended needs no owner. */
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
	if (filter_sock(sk, &e.sock) == SW_DROP)
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

static __always_inline void on_call(__u8 kind, long ret, const struct call *call)
{
	struct sw_event e = {};
	__u16 protocol;
	struct sock *sk;
	bool udp;

	if (!tracing || ret > 0)
		return;
	if (kind == SW_EV_CONNECT && !ret && !want_udp)
		return;
	sk = sock_of_fd((__s32)call->fd);
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
		read_sockaddr(call->addr, &e.sock.tuple.local, &e.sock.tuple.local_port);
	else if (e.error)
		read_sockaddr(call->addr, &e.sock.tuple.remote, &e.sock.tuple.remote_port);
	else if (kind == SW_EV_CONNECT && !e.sock.tuple.remote_port)
		return; /* AF_UNSPEC: disconnected */
	if (filter_sock(sk, &e.sock) == SW_PASS)
		tell_call(&e, sk);
}

/* --- listen -------------------------------------------------------------------------------------
 */

/* listen() returned: what it waited for in the facts is told, with the port. */
static __always_inline void on_listened(long ret, const struct call *call)
{
	struct sock *sk;

	if (!tracing || !want_tcp || ret)
		return;
	sk = tcp_of_fd((__s32)call->fd);
	if (sk)
		listen_tell(sk);
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
		on_listened(ctx->ret, &call);
	preempt_on();
	return 0;
}

/* The same without tracefs, at the price of a look at every system call. */
SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, struct pt_regs *regs, long ret)
{
	struct call call = {};

	call_read(&call, regs);
	if (call.kind == CALL_OTHER)
		return 0;
	preempt_off();
	if (call.kind == CALL_ACCEPT)
		on_accepted(ret, &call);
	else if (call.kind == CALL_BIND)
		on_call(SW_EV_BIND, ret, &call);
	else if (call.kind == CALL_CONNECT)
		on_call(SW_EV_CONNECT, ret, &call);
	else
		on_listened(ret, &call);
	preempt_on();
	return 0;
}
