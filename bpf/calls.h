/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * A connect that failed shows twice: as SYN_SENT -> CLOSE of the socket, and as the error of the
 * call. The transition leaves a note here, so that the call is told only when there was none. A
 * caller who waits returns at once; notes of connects that nobody waited for mean nothing later.
 */
#ifndef SOCKWATCH_BPF_CALLS_H
#define SOCKWATCH_BPF_CALLS_H

#include "maps.h"
#include "reason.h"

/* errors that are no end */
#define EINTR 4
#define EAGAIN 11
#define EFAULT 14
#define EISCONN 106
#define EALREADY 114
#define EINPROGRESS 115
#define ERESTARTSYS 512 /* and above: the call is made again, or a signal ends it */

#define NOTE_NS 1000000000ULL

struct connect_note {
	__u64 time_ns;
	__s64 error;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64); /* the socket's address */
	__type(value, struct connect_note);
} ended_connects SEC(".maps");

/* Why sk goes from SYN_SENT to CLOSE. Without a port, connect itself found none that is free. */
static __always_inline __s32 connect_error(struct sock *sk, const struct sw_tuple *t)
{
	return sk->sk_err || t->local_port ? sk->sk_err : SW_EADDRNOTAVAIL;
}

static __always_inline void connect_ended(struct sock *sk, __s32 error)
{
	struct connect_note note = { .time_ns = bpf_ktime_get_ns(), .error = error };
	__u64 key = (__u64)sk;

	if (error)
		bpf_map_update_elem(&ended_connects, &key, &note, BPF_ANY);
}

static __always_inline bool connect_was_told(struct sock *sk, __s32 error)
{
	__u64 key = (__u64)sk;
	struct connect_note *note = bpf_map_lookup_elem(&ended_connects, &key);
	bool told = note && note->error == error && bpf_ktime_get_ns() - note->time_ns < NOTE_NS;

	if (note)
		bpf_map_delete_elem(&ended_connects, &key);
	return told;
}

#endif
