/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Two rules about a transition that both sides need: did a task drive it, and was it a failure.
 * They stand on what the kernel does in the functions named beside them (net/ipv4/tcp*.c).
 */
#ifndef SOCKWATCH_REASON_H
#define SOCKWATCH_REASON_H

#include "event.h"

/* errno values; the same on every CPU that Linux's generic numbers serve. */
enum sw_errno {
	SW_EPERM = 1,
	SW_EACCES = 13,
	SW_EPIPE = 32,
	SW_EADDRINUSE = 98,
	SW_EADDRNOTAVAIL = 99,
	SW_ENETDOWN = 100,
	SW_ENETUNREACH = 101,
	SW_ECONNABORTED = 103,
	SW_ECONNRESET = 104,
	SW_ETIMEDOUT = 110,
	SW_ECONNREFUSED = 111,
	SW_EHOSTDOWN = 112,
	SW_EHOSTUNREACH = 113,
};

/*
 * True when the running task drove old -> state by a system call; false when a packet or a timer
 * did, in which case the running task is whatever was interrupted and must not be named.
 *
 *   CLOSE -> SYN_SENT          connect: tcp_v4_connect, tcp_v6_connect
 *   CLOSE -> LISTEN            listen: inet_csk_listen_start
 *   LISTEN -> CLOSE            close: tcp_close, inet_csk_listen_stop
 *   * -> FIN_WAIT1, LAST_ACK   close or shutdown: tcp_close_state
 *   * -> CLOSE without sk_err  close of a connection that is not closing yet: tcp_close aborts
 *                              (unread data, linger 0, still connecting), tcp_disconnect; packets
 *                              and timers set sk_err first (tcp_reset, tcp_write_err)
 * SYN_RECV is left out of the last rule: a child that cannot be queued is dropped from softirq.
 * EADDRNOTAVAIL is no sk_err: connect itself found no local port (inet_hash_connect).
 */
static inline int sw_task_driven(__u8 old_state, __u8 state, __s32 error)
{
	switch (state) {
	case SW_TCP_SYN_SENT:
	case SW_TCP_LISTEN:
		return old_state == SW_TCP_CLOSE;
	case SW_TCP_FIN_WAIT1:
	case SW_TCP_LAST_ACK:
		return 1;
	case SW_TCP_CLOSE:
		return old_state == SW_TCP_LISTEN ||
		       (!error &&
			(old_state == SW_TCP_ESTABLISHED || old_state == SW_TCP_SYN_SENT ||
			 old_state == SW_TCP_CLOSE_WAIT)) ||
		       error == SW_EADDRNOTAVAIL;
	default:
		return 0;
	}
}

/*
 * Why the socket ended with old -> state and errno `error` (positive, 0: none). A listener's close,
 * the end of the four-way close and every change that is not an end give SW_REASON_NONE.
 */
static inline enum sw_reason sw_reason_of(__u8 old_state, __u8 state, __s32 error)
{
	if (state != SW_TCP_CLOSE || old_state == SW_TCP_LISTEN || old_state == SW_TCP_CLOSE)
		return SW_REASON_NONE;
	switch (error) {
	case 0:
		if (old_state == SW_TCP_SYN_SENT || old_state == SW_TCP_SYN_RECV)
			return SW_REASON_ABORTED;
		if (old_state == SW_TCP_ESTABLISHED || old_state == SW_TCP_CLOSE_WAIT)
			return SW_REASON_RESET_LOCALLY;
		return SW_REASON_NONE;
	case SW_EADDRNOTAVAIL:
		return SW_REASON_NO_ADDRESS;
	case SW_ECONNREFUSED:
		return SW_REASON_REFUSED;
	case SW_ECONNRESET:
	case SW_EPIPE: /* a reset in CLOSE_WAIT: tcp_reset */
		return SW_REASON_RESET_BY_PEER;
	case SW_ETIMEDOUT:
		return SW_REASON_TIMED_OUT;
	case SW_EHOSTUNREACH:
	case SW_ENETUNREACH:
	case SW_EHOSTDOWN:
	case SW_ENETDOWN:
	case SW_EACCES: /* administratively prohibited: icmp_err_convert */
	case SW_EPERM:
		return SW_REASON_UNREACHABLE;
	default:
		return SW_REASON_ABORTED;
	}
}

/* Why a call failed: bind, connect. `error` is its errno, positive; 0 gives SW_REASON_NONE. */
static inline enum sw_reason sw_reason_of_call(__s32 error)
{
	switch (error) {
	case 0:
		return SW_REASON_NONE;
	case SW_EADDRINUSE:
		return SW_REASON_IN_USE;
	case SW_EADDRNOTAVAIL:
		return SW_REASON_NO_ADDRESS;
	case SW_EACCES: /* a low port, a broadcast address, a security module */
	case SW_EPERM:	/* a firewall, a program of the cgroup */
		return SW_REASON_DENIED;
	case SW_ECONNREFUSED:
		return SW_REASON_REFUSED;
	case SW_ETIMEDOUT:
		return SW_REASON_TIMED_OUT;
	case SW_EHOSTUNREACH:
	case SW_ENETUNREACH:
	case SW_EHOSTDOWN:
	case SW_ENETDOWN:
		return SW_REASON_UNREACHABLE;
	default:
		return SW_REASON_INVALID;
	}
}

#endif
