// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Who uses a socket: reads and writes. A descriptor that is handed on by fork or SCM_RIGHTS makes
 * no event; the first use of it tells the new owner.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "calls.h"
#include "facts.h"
#include "peers.h"
#include "used.h"

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

/* include/linux/socket.h */
#define MSG_PEEK 2
#define MSG_ERRQUEUE 0x2000

static __always_inline void count_length(struct udp_facts *f, int ret, __u32 have)
{
	if (have & SW_HAVE_RECEIVED) {
		__sync_fetch_and_add(&f->bytes_received, ret);
		__sync_fetch_and_add(&f->datagrams_received, 1);
	} else {
		__sync_fetch_and_add(&f->bytes_sent, ret);
		__sync_fetch_and_add(&f->datagrams_sent, 1);
	}
}

/* The same, of one peer. */
static __always_inline void count_length_of(struct sw_peer *p, int ret, __u32 have)
{
	if (have & SW_HAVE_RECEIVED) {
		__sync_fetch_and_add(&p->e.sock.bytes_received, ret);
		__sync_fetch_and_add(&p->e.datagrams_received, 1);
	} else {
		__sync_fetch_and_add(&p->e.sock.bytes_sent, ret);
		__sync_fetch_and_add(&p->e.datagrams_sent, 1);
	}
}

/*
 * Of the stream: the first use with the peer that the socket is connected to, or of recv and read,
 * which ask for none; what asks for it was seen just before.
 */
static __always_inline void tell_first_use(struct sock *sk, struct udp_facts *f,
					   const struct peer_key *key, __u32 have)
{
	if (key->port || (have && f->user >> 32 != current_tgid()))
		udp_used(sk, f, key, have);
}

/* The peer that the socket is connected to. (A function of its own: scripts/bpf_stack.py.) */
static __noinline void read_peer(struct sock *sk, struct peer_key *key)
{
	struct sw_tuple t = {};

	sock_read_tuple(&t, sk, true, 0, 0);
	key->addr = t.remote;
	key->port = t.remote_port;
}

/*
 * Counts a datagram; one of a connected socket is seen nowhere else. ret: bytes, or -errno.
 * nothing: it only looked, and took no datagram.
 */
static __always_inline void count_datagram(struct sock *sk, int ret, __u32 have, bool nothing)
{
	struct peer_key key = { .cookie = bpf_get_socket_cookie(sk) };
	struct udp_facts *f;
	struct sw_peer *p;

	read_peer(sk, &key);
	if (tells_conns) /* whatever became of it, what was left for it is used up */
		peer_take_note(&key, have);
	if (nothing || (ret < 0 && is_no_failure(-ret)))
		return;
	f = bpf_sk_storage_get(&udp_in_socket, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!f) {
		count_lost();
		return;
	}
	if (ret < 0) {
		udp_failed(sk, f, &key, -ret, have);
		return;
	}
	count_length(f, ret, have);
	if (!tells_conns) {
		tell_first_use(sk, f, &key, have);
		return;
	}
	udp_note_begin(f, have);
	f->error = 0;
	p = KEEPS_PEERS ? peer_used(sk, f, &key, have) : 0;
	if (p)
		count_length_of(p, ret, have);
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
		count_datagram(sk, ret, 0, false);
	preempt_on();
	return 0;
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(on_received, struct sock *sk, int ret, int flags)
{
	__u16 protocol;

	preempt_off();
	protocol = tracing ? sock_protocol(sk, true) : 0;
	if (is_stream(protocol) && (!ret || (ret > 0 && protocol == SW_PROTO_MPTCP)))
		stream_used(sk, protocol);
	else if (want_udp && protocol == SW_PROTO_UDP)
		count_datagram(sk, ret, SW_HAVE_RECEIVED, flags & (MSG_PEEK | MSG_ERRQUEUE));
	preempt_on();
	return 0;
}
