/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * A bind or a connect that is done, by a system call or a request of io_uring: what no transition
 * tells of it.
 */
#ifndef SOCKWATCH_BPF_DONE_H
#define SOCKWATCH_BPF_DONE_H

#include "calls.h"
#include "emit.h"
#include "peers.h"

/* The internet socket behind a file, NULL for all else. Untrusted. */
static __always_inline struct sock *inet_sock_of(struct file *file)
{
	struct socket *socket = READ(file, private_data);
	struct sock *sk;

	if (!socket || READ(socket, file) != file) /* not a socket */
		return 0;
	sk = READ(socket, sk);
	return sk && sock_protocol(sk, false) ? sk : 0;
}

struct sockaddr_any {
	__u16 family;
	__be16 port;
	__be32 v4; /* of sockaddr_in6: sin6_flowinfo */
	__u8 v6[16];
};

/* Where a call has its address: in user memory, or for a request of io_uring in the kernel's. */
struct sockaddr_at {
	__u64 where; /* 0: it is gone */
	bool in_kernel;
};

static __always_inline long read_from(void *to, __u32 size, const struct sockaddr_at *at)
{
	return at->in_kernel ? bpf_probe_read_kernel(to, size, (void *)at->where)
			     : bpf_probe_read_user(to, size, (void *)at->where);
}

static __always_inline void read_sockaddr(const struct sockaddr_at *at, union sw_addr *addr,
					  __u16 *port)
{
	struct sockaddr_any any = {};

	if (read_from(&any, 8, at))
		return;
	if (at->in_kernel && any.family != SW_AF_INET && any.family != SW_AF_INET6)
		return;
	if (any.family == SW_AF_INET6)
		read_from(&any, sizeof(any), at);
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

/* Whether it may have to be told, by its result alone. */
static __always_inline bool call_matters(__u8 kind, long ret)
{
	if (!tracing || ret > 0)
		return false;
	if (tells_conns)
		return kind == SW_EV_CONNECT ? ret : tells_listeners;
	return kind != SW_EV_CONNECT || ret || want_udp;
}

/* A bind or connect of sk is done. */
static __always_inline void on_done(__u8 kind, long ret, struct sock *sk,
				    const struct sockaddr_at *at)
{
	struct sw_event e = {};
	__u16 protocol;
	bool udp;

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
		read_sockaddr(at, &e.sock.tuple.local, &e.sock.tuple.local_port);
	else if (e.error)
		read_sockaddr(at, &e.sock.tuple.remote, &e.sock.tuple.remote_port);
	else if (kind == SW_EV_CONNECT && !e.sock.tuple.remote_port)
		return; /* AF_UNSPEC: disconnected */
	if (filter_socket(&e.sock) != SW_PASS)
		return;
	if (tells_conns && tells_listeners && udp && kind == SW_EV_BIND && !ret)
		udp_note_bound(sk);
	tell_call(&e, sk);
}

#endif
