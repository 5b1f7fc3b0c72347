// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Segments that were sent again. Timers and packets drive this: current says nothing. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "emit.h"
#include "facts.h"

/* full: the socket itself, or the listener of the request that sk is; its owner is told. */
static __always_inline bool retransmit_event(struct sw_event *e, struct sock *sk, struct sock *full,
					     bool inherited)
{
	struct facts *facts = facts_find(full);

	event_begin(e, SW_EV_RETRANSMIT, SW_PROTO_TCP, sk, full, 0);
	if (facts)
		event_set_owner_of(e, facts, (__u64)full, inherited ? SW_OWNER_INHERITED : 0);
	if (facts && !inherited)
		event_set_age(e, facts);
	return filter_socket(&e->sock) == SW_PASS && filter_change(e);
}

SEC("tp_btf/tcp_retransmit_skb")
int BPF_PROG(on_retransmit, struct sock *sk)
{
	struct sw_event e = {};

	preempt_off();
	if (tracing && retransmit_event(&e, sk, sk, false)) {
		sock_set_identity(&e.sock, sk, sk, true);
		event_set_progress(&e, sk, true);
		event_send(&e);
	}
	preempt_on();
	return 0;
}

/* A SYN-ACK: its connection is a request of the listener sk, with no socket yet. */
SEC("tp_btf/tcp_retransmit_synack")
int BPF_PROG(on_retransmit_synack, struct sock *sk, struct request_sock *req)
{
	struct sw_event e = {};

	preempt_off();
	if (tracing && retransmit_event(&e, (struct sock *)req, sk, true)) {
		sock_set_identity(&e.sock, (struct sock *)req, sk, false);
		if (request_is_mptcp((struct sock *)req))
			e.sock.have |= SW_HAVE_MPTCP;
		event_send(&e);
	}
	preempt_on();
	return 0;
}
