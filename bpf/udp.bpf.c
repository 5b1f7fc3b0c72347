// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * UDP, at the root of the cgroups: the hooks of sendmsg and recvmsg have the socket and the peer of
 * each datagram that is not of a connected socket, sock_release its end. They only look: every
 * datagram passes.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "peers.h"

/*
 * The socket as an address for probe reads: the verifier lets a struct bpf_sock be used as nothing
 * else, but a copy of the pointer's bytes is a number to it.
 */
static __always_inline struct sock *address_of(void *sk)
{
	struct sock *address = 0;

	bpf_probe_read_kernel(&address, sizeof(address), &sk);
	return address;
}

/* For records: its length tells the rest, where there is one. */
static __always_inline void on_peer(struct sock *sk, struct udp_facts *f,
				    const struct peer_key *key, __u32 have)
{
	udp_note_begin(f, have);
	if (use_lengths)
		peer_note(key, have);
	else if (KEEPS_PEERS)
		peer_used(sk, f, key, have);
}

static __always_inline void on_datagram(struct bpf_sock_addr *ctx, const bool v6, __u32 have)
{
	struct peer_key key = {};
	struct udp_facts *f;
	struct bpf_sock *bs = ctx->sk;

	if (!tracing || !bs || bs->protocol != SW_PROTO_UDP || bs->type != SOCK_DGRAM)
		return;
	f = bpf_sk_storage_get(&udp_in_socket, bs, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!f) {
		count_lost();
		return;
	}
	if (!v6) {
		addr_set_v4(&key.addr, ctx->user_ip4);
	} else {
		__u32 *words = (__u32 *)&key.addr;

		words[0] = ctx->user_ip6[0];
		words[1] = ctx->user_ip6[1];
		words[2] = ctx->user_ip6[2];
		words[3] = ctx->user_ip6[3];
	}
	key.cookie = bpf_get_socket_cookie(ctx);
	key.port = bpf_ntohs((__u16)ctx->user_port);
	if (tells_conns)
		on_peer(address_of(bs), f, &key, have);
	else
		udp_used(address_of(bs), f, &key, have);
}

SEC("cgroup/sendmsg4")
int on_sendmsg4(struct bpf_sock_addr *ctx)
{
	on_datagram(ctx, false, 0);
	return 1;
}

SEC("cgroup/sendmsg6")
int on_sendmsg6(struct bpf_sock_addr *ctx)
{
	on_datagram(ctx, true, 0);
	return 1;
}

SEC("cgroup/recvmsg4")
int on_recvmsg4(struct bpf_sock_addr *ctx)
{
	on_datagram(ctx, false, SW_HAVE_RECEIVED);
	return 1;
}

SEC("cgroup/recvmsg6")
int on_recvmsg6(struct bpf_sock_addr *ctx)
{
	on_datagram(ctx, true, SW_HAVE_RECEIVED);
	return 1;
}

static __always_inline void tell_close(struct sock *sk, const struct udp_facts *f)
{
	struct sw_event e = {};

	event_begin(&e, SW_EV_CLOSE, SW_PROTO_UDP, sk, sk, 0);
	if (!f && !e.sock.tuple.local_port) /* never bound, never used */
		return;
	if (f && !KEEPS_PEERS) { /* else those say what it moved */
		e.sock.bytes_sent = f->bytes_sent;
		e.sock.bytes_received = f->bytes_received;
		e.datagrams_sent = f->datagrams_sent;
		e.datagrams_received = f->datagrams_received;
	}
	if (use_lengths && !KEEPS_PEERS)
		e.sock.have |= SW_HAVE_DATAGRAMS;
	if ((f && f->told) || filter_socket(&e.sock) == SW_PASS)
		udp_tell(&e, sk);
}

SEC("cgroup/sock_release")
int on_release(struct bpf_sock *ctx)
{
	struct udp_facts *f;
	__u64 cookie;

	if (!tracing || ctx->protocol != SW_PROTO_UDP || ctx->type != SOCK_DGRAM)
		return 1;
	cookie = bpf_get_socket_cookie(ctx); /* it has one from now on: udp_tell() */
	f = bpf_sk_storage_get(&udp_in_socket, ctx, 0, 0);
	if (KEEPS_PEERS)
		peers_close(address_of(ctx), cookie, f);
	if (!tells_conns || (tells_listeners && udp_end_is_told(address_of(ctx), f)))
		tell_close(address_of(ctx), f);
	return 1;
}
