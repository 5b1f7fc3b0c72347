/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What the BPF objects share with one another and with the loader: settings, counters, maps.
 * Weak, because all objects define them and bpftool links them into one.
 */
#ifndef SOCKWATCH_BPF_MAPS_H
#define SOCKWATCH_BPF_MAPS_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "event.h"
#include "filter.h"

#define SHARED __attribute__((weak))

/* Set by src/live/loader.c before loading; constants to the verifier, which drops dead branches. */
const volatile struct sw_filter filter SHARED = {};
const volatile bool use_sk_storage SHARED = false;
const volatile bool use_cookie SHARED = false;
const volatile bool use_sock_from_file SHARED = false;
const volatile bool use_task_pt_regs SHARED = false;
const volatile bool use_timers SHARED = false;	/* TIME_WAIT by its timers, not by the rule */
const volatile bool use_lengths SHARED = false; /* sock_send_length, sock_recv_length */
const volatile bool want_tcp SHARED = false;
const volatile bool want_udp SHARED = false;
const volatile __u32 own_pidns SHARED = 0; /* inode of our PID namespace; 0: the initial one */
const volatile __u32 nr_accept SHARED = 0;
const volatile __u32 nr_accept4 SHARED = 0;
const volatile __u32 nr_bind SHARED = 0;
const volatile __u32 nr_connect SHARED = 0;

/* Read and written by both sides through the mapped .bss. */
struct sw_cpu cpus[SW_MAX_CPUS] SHARED = {};
__u32 reader_waits SHARED = 0; /* 1: the reader sleeps until the next event */
/*
 * 1 from the end of the attach to the beginning of the detach. Both reach one CPU after the other,
 * so without this a socket that changes CPUs could have an event told, the next missed, and one
 * more told; a store is seen everywhere in the order of the socket's lock.
 */
__u32 tracing SHARED = 0;
__u32 own_level SHARED = 0;   /* how deep our PID namespace is; found by seed_owners */
__u64 tw_function SHARED = 0; /* tw_timer_handler; bpf/timewait.h learns it */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 * 1024 * 1024);
} events SHARED SEC(".maps");

#endif
