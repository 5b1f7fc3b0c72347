/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What the BPF programs share with one another and with the loader besides settings: counters,
 * maps.
 */
#ifndef SOCKWATCH_BPF_MAPS_H
#define SOCKWATCH_BPF_MAPS_H

#include "chain.h"
#include "settings.h"

/* Read and written by both sides through the mapped .bss. */
struct sw_cpu cpus[SW_MAX_CPUS] = {};
__u32 reader_waits = 0; /* 1: the reader sleeps until the next event */
/*
 * 1 from the end of the attach to the beginning of the detach. Both reach one CPU after the other,
 * so without this a socket that changes CPUs could have an event told, the next missed, and one
 * more told; a store is seen everywhere in the order of the socket's lock.
 */
__u32 tracing = 0;
__u32 ending = 0;    /* 1: from the end of tracing to the detach, for the sweep (untold.bpf.c) */
__u32 remembers = 0; /* 1: there were transitions */
__u32 seeding = 0;   /* how often owners were seeded */
__u32 owners_wanted = 0; /* 1: an owner has ended, look at the holders again */
__u32 overflowed = 0;	 /* 1: there was no room for a socket */
__u64 tw_function = 0;	 /* tw_timer_handler; bpf/timewait.h learns it */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 * 1024 * 1024);
} events SEC(".maps");

static __always_inline struct sw_cpu *this_cpu(void)
{
	return &cpus[bpf_get_smp_processor_id() & (SW_MAX_CPUS - 1)];
}

extern void bpf_preempt_disable(void) __ksym __weak;
extern void bpf_preempt_enable(void) __ksym __weak;

/*
 * On 7.x a program on a tracepoint can be preempted, and the kernel does not enter it again on
 * that CPU until it is done: for whole time slices the events of other tasks would not be seen. So
 * it begins with the one and ends with the other.
 */
static __always_inline void preempt_off(void)
{
	if (use_preempt)
		bpf_preempt_disable();
}

static __always_inline void preempt_on(void)
{
	if (use_preempt)
		bpf_preempt_enable();
}

static __always_inline void count_lost_many(__u32 n)
{
	__sync_fetch_and_add(&this_cpu()->lost, n);
}

static __always_inline void count_lost(void)
{
	count_lost_many(1);
}

/*
 * What is lost where transitions were not seen: they, or the one record of the connection, which is
 * told all the same if its end was seen.
 */
static __always_inline __u32 steps_lost(__u8 from, __u8 to)
{
	if (!tells_conns)
		return sw_steps_missing(from, to);
	if (to != SW_TCP_CLOSE || from == to)
		return 0;
	return from != SW_TCP_LISTEN || tells_listeners;
}

static __always_inline void count_no_room(void)
{
	__sync_fetch_and_add(&this_cpu()->no_room, 1);
	overflowed = 1;
}

#endif
