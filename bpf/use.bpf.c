// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Who uses a socket: reads and writes. A descriptor that is handed on by fork or SCM_RIGHTS makes
 * no event; the first use of it tells the new owner.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "facts.h"
#include "calls.h"
#include "udp.h"

/*
 * After a read of TCP, on every kernel. Where a packet is read in softirq (sockmap, kTLS) nobody
 * owns the socket's lock, and current is not to be blamed.
 */
SEC("tp_btf/tcp_rcv_space_adjust")
int BPF_PROG(on_read, struct sock *sk)
{
	preempt_off();
	if (tracing && sk->sk_lock.owned)
		facts_read(sk);
	preempt_on();
	return 0;
}

/* Not a failure of the network: try again, interrupted, or the call itself was wrong. */
static __always_inline bool is_no_failure(__u32 error)
{
	return error == EAGAIN || error == EINTR || error == EFAULT || error >= ERESTARTSYS;
}

/* Counts a datagram; one of a connected socket is seen nowhere else. ret: bytes, or -errno. */
static __always_inline void count_datagram(struct sock *sk, int ret, __u32 have)
{
	struct sw_tuple t = {};
	struct udp_facts *f;

	if (ret < 0 && is_no_failure(-ret))
		return;

	f = bpf_sk_storage_get(&udp_in_socket, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!f) {
		count_lost();
		return;
	}
	sock_read_tuple(&t, sk, true, 0, 0);
	if (ret < 0) {
		bpf_get_socket_cookie(sk); /* it has one from now on: udp_tell() */
		udp_failed(sk, f, &t, -ret, have);
		return;
	}
	if (have & SW_HAVE_RECEIVED) {
		__sync_fetch_and_add(&f->bytes_received, ret);
		__sync_fetch_and_add(&f->datagrams_received, 1);
	} else {
		__sync_fetch_and_add(&f->bytes_sent, ret);
		__sync_fetch_and_add(&f->datagrams_sent, 1);
	}
	if (t.remote_port)
		udp_used(sk, bpf_get_socket_cookie(sk), f, &t.remote, t.remote_port, have);
	else if ((have & SW_HAVE_RECEIVED) && f->user >> 32 != current_tgid())
		/* recv or read, which ask for no peer; what asks for it was seen just before */
		udp_used(sk, bpf_get_socket_cookie(sk), f, &t.remote, 0, have);
}

/* Without the lock of the socket. An MPTCP connection is used by its own socket. */
static __always_inline void stream_used(struct sock *sk, __u16 protocol)
{
	if (protocol == SW_PROTO_MPTCP)
		sk = first_subflow(sk);
	if (sk)
		facts_used(sk);
}

static __always_inline bool is_stream(__u16 protocol)
{
	return want_tcp && (protocol == SW_PROTO_TCP || protocol == SW_PROTO_MPTCP);
}

/*
 * sock_send_length and sock_recv_length (6e6eda44b939, 6.3): the call's result, in its process.
 * What TCP reads is seen by on_read, splice included, but for the end of what the peer sends.
 */
SEC("tp_btf/sock_send_length")
int BPF_PROG(on_sent, struct sock *sk, int ret)
{
	__u16 protocol;

	preempt_off();
	protocol = tracing ? sock_protocol(sk, true) : 0;
	if (is_stream(protocol) && ret > 0)
		stream_used(sk, protocol);
	else if (want_udp && protocol == SW_PROTO_UDP)
		count_datagram(sk, ret, 0);
	preempt_on();
	return 0;
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(on_received, struct sock *sk, int ret)
{
	__u16 protocol;

	preempt_off();
	protocol = tracing ? sock_protocol(sk, true) : 0;
	if (is_stream(protocol) && (!ret || (ret > 0 && protocol == SW_PROTO_MPTCP)))
		stream_used(sk, protocol);
	else if (want_udp && protocol == SW_PROTO_UDP)
		count_datagram(sk, ret, SW_HAVE_RECEIVED);
	preempt_on();
	return 0;
}
