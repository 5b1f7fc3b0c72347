// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Cookies for sockets that have none: the kernel makes one when somebody asks for it, and only a
 * program that was handed the socket can ask. The walk, which finds its sockets by itself, runs
 * these where rows with cookies lack them; nothing is written. An object of its own: most of the
 * time all have theirs, from the time before.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "event.h"

const volatile bool want_tcp = false;
const volatile bool want_udp = false;

#define SOCK_RAW 3

/* The types say that these pointers are good; what lies behind is read directly. */
static __always_inline bool is_wanted(struct sock *sk)
{
	if (sk->__sk_common.skc_cookie.counter || sk->sk_type == SOCK_RAW)
		return false;
	if (sk->__sk_common.skc_family != SW_AF_INET && sk->__sk_common.skc_family != SW_AF_INET6)
		return false;
	return (want_tcp && sk->sk_protocol == SW_PROTO_TCP) ||
	       (want_udp && sk->sk_protocol == SW_PROTO_UDP);
}

/* Those that processes hold, in all network namespaces. */
SEC("iter/task_file")
int cookies_of_held(struct bpf_iter__task_file *ctx)
{
	struct file *file = ctx->file;
	struct socket *socket;
	struct sock *sk;

	if (!file)
		return 0;
	socket = bpf_sock_from_file(file);
	if (!socket)
		return 0;
	sk = socket->sk;
	if (sk && is_wanted(sk))
		bpf_get_socket_cookie(sk);
	return 0;
}

/* All of one namespace: those that nobody holds, requests and TIME_WAIT among them. */
SEC("iter/tcp")
int cookies_of_tcp(struct bpf_iter__tcp *ctx)
{
	struct sock_common *sk = ctx->sk_common;

	if (sk && !sk->skc_cookie.counter)
		bpf_get_socket_cookie(sk);
	return 0;
}

SEC("iter/udp")
int cookies_of_udp(struct bpf_iter__udp *ctx)
{
	struct udp_sock *up = ctx->udp_sk;

	if (up)
		bpf_get_socket_cookie(up);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
