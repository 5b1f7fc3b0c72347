// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The floor of watching: programs that do nothing, at the places where those of the stream of TCP
 * are. What sockwatch costs more than these is its own doing.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#define EMPTY(place, name)          \
	SEC(place)                  \
	int empty_##name(void *ctx) \
	{                           \
		return 0;           \
	}

EMPTY("tp_btf/inet_sock_set_state", on_state)
EMPTY("tp_btf/inet_sock_set_state", on_state_nested)
EMPTY("tp_btf/tcp_destroy_sock", on_destroy)
EMPTY("tp_btf/tcp_rcv_space_adjust", on_read)
EMPTY("tp_btf/sock_send_length", on_sent)
EMPTY("tp_btf/sock_recv_length", on_received)
EMPTY("tp_btf/timer_start", on_timer_start)
EMPTY("tp_btf/timer_cancel", on_timer_cancel)
EMPTY("tp_btf/kfree_skb", on_drop)
EMPTY("tp_btf/io_uring_complete", on_uring)
EMPTY("tracepoint/syscalls/sys_exit_accept", on_accept)
EMPTY("tracepoint/syscalls/sys_exit_accept4", on_accept4)
EMPTY("tracepoint/syscalls/sys_exit_bind", on_bind)
EMPTY("tracepoint/syscalls/sys_exit_connect", on_connect)
EMPTY("tracepoint/syscalls/sys_exit_listen", on_listen)

char LICENSE[] SEC("license") = "Dual BSD/GPL";
