/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What the loader sets in the BPF programs before they are loaded: constants to the verifier, which
 * drops dead branches.
 */
#ifndef SOCKWATCH_BPF_SETTINGS_H
#define SOCKWATCH_BPF_SETTINGS_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "event.h"
#include "filter.h"

/* Those of the walk are constants to the compiler: what is left out need not even be found. */
#if defined(PLAIN_ROWS) || defined(FULL_ROWS)
#define use_cast true
#else
const volatile bool use_cast = false;	   /* bpf/read.h */
#endif
#ifdef PLAIN_ROWS
#define tells_details false
#else
const volatile bool tells_details = false; /* of a row; each is a line of memory that is cold */
#endif

/* Set by src/live/choice.c. */
const volatile bool tells_cgroups = false; /* that are made */
const volatile struct sw_filter filter = {};
const volatile __u32 tick_ns = 0; /* between two jiffies; 0: rows have no timers */
const volatile bool use_cookie = false;
const volatile bool use_sock_from_file = false;
const volatile bool use_task_pt_regs = false;
const volatile bool use_preempt = false; /* bpf_preempt_disable */
const volatile bool use_timers = false;	 /* TIME_WAIT by its timers, not by the rule */
const volatile bool use_drops = false; /* kfree_skb tells for which socket: FIN_WAIT2 of orphans */
const volatile bool use_lengths = false;     /* sock_send_length, sock_recv_length */
const volatile bool use_uring = false;	     /* requests of io_uring are seen when they complete */
const volatile bool seeds_owners = false;    /* facts are kept: there is a stream */
const volatile bool tells_all = false;	     /* descriptors of sockets of every kind */
const volatile bool tells_bound = false;     /* rows of sockets that are bound and do nothing */
const volatile bool tells_conns = false;     /* one record a connection, see bpf/record.h */
const volatile bool tells_listeners = false; /* of these: their begin and end, and binds */
const volatile __u32 interim_ms = 0; /* of these: long ones so far, bpf/sofar.bpf.c; 0: not */
const volatile __u32 ring_size = 0;  /* bytes */
const volatile __u32 tells_info = 0; /* enum sw_info_bit: of rows, what is asked for */
const volatile bool want_tcp = false;
const volatile bool want_udp = false;
const volatile __u32 own_pidns = 0; /* inode of our PID namespace; 0: the initial one */
const volatile __u32 nr_accept = 0;
const volatile __u32 nr_accept4 = 0;
const volatile __u32 nr_bind = 0;
const volatile __u32 nr_connect = 0;
const volatile __u32 nr_listen = 0;
const volatile __u32 nr_io_uring_enter = 0;
#define CALLS_THAT_LOOK 20
const volatile __u32 nr_looks[CALLS_THAT_LOOK] = {}; /* the first again where there are fewer */
/* of 32-bit programs; 0: there is none, or they are not seen */
const volatile __u32 nr32_accept = 0;
const volatile __u32 nr32_accept4 = 0;
const volatile __u32 nr32_bind = 0;
const volatile __u32 nr32_connect = 0;
const volatile __u32 nr32_listen = 0;
const volatile __u32 nr32_socketcall = 0;

/* The settings are constants when a program is loaded: what is not asked for is not even called. */
static __always_inline enum sw_verdict filter_socket(const struct sw_sock *s)
{
	return filter.on & ~SW_F_OF_CHANGE ? sw_filter_socket(&filter, s) : SW_PASS;
}

static __always_inline enum sw_verdict filter_change(const struct sw_event *e)
{
	return filter.on & SW_F_OF_CHANGE ? sw_filter_change(&filter, e) : SW_PASS;
}

#endif
