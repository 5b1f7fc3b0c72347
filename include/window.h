/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The ABI of the walk (bpf/walk.bpf.c): the kernel's own tables of sockets and of descriptors, gone
 * through in steps. A step fills a window that both sides have mapped; user space empties it and
 * asks for the next one.
 */
#ifndef SOCKWATCH_WINDOW_H
#define SOCKWATCH_WINDOW_H

#include "event.h"

#define SW_WALK_ROWS 4096      /* struct sw_row; no bucket may have more */
#define SW_WALK_HELD 16384     /* struct sw_descriptor */
#define SW_WALK_NETS 4096      /* struct sw_walk_net */
#define SW_WALK_BUCKETS 16384U /* of a table, in a step */

enum sw_walk_table {
	SW_WALK_ESTABLISHED, /* TCP: connections, requests, TIME_WAIT */
	SW_WALK_LISTENING,
	SW_WALK_UDP,
	SW_WALK_TABLES,
};

/* A network namespace and its tables, which it shares with others or has for itself. */
struct sw_walk_net {
	__u64 tables[SW_WALK_TABLES]; /* addresses: to tell them apart */
	__u32 netns;		      /* inode number */
	__u32 pad;
};

enum sw_walk_error {
	SW_WALK_FINE = 0,
	SW_WALK_RESTLESS, /* a bucket changed again and again while it was read */
	SW_WALK_CROWDED,  /* a bucket, or the list of namespaces, does not fit its window */
	SW_WALK_GONE,	  /* no such namespace any more */
};

/* What is asked for, and how far it came. */
struct sw_walk {
	__u32 netns;  /* asked: whose table */
	__u32 table;  /* asked: enum sw_walk_table */
	__u32 bucket; /* asked: where to begin; told: where to go on */
	__u32 mask;   /* told: of the table, the number of its last bucket */
	__u32 n_rows; /* told, as all below */
	__u32 n_nets;
	__u32 error;	 /* enum sw_walk_error */
	__u32 again;	 /* how many buckets were begun anew; never set back */
	__u32 n_held;	 /* told; set back by user space */
	__u32 task;	 /* whose descriptors did not fit; its number in the initial namespace */
	__u32 next_fd;	 /* of it */
	__s32 socket_fd; /* asked: a socket of the caller's */
	__u32 own_netns; /* told: inode of the caller's network namespace */
	__u32 pad;
	__u64 socket_ops; /* told: by what file operations a socket is known */
};

_Static_assert(sizeof(struct sw_walk_net) == 32, "sw_walk_net is ABI");
_Static_assert(sizeof(struct sw_walk) == 64, "sw_walk is ABI");
/* an element of an array map takes a multiple of 8 bytes: so the window is an array of structs */
_Static_assert(sizeof(struct sw_row) % 8 == 0, "a window of rows has no gaps");
_Static_assert(sizeof(struct sw_info) % 8 == 0, "neither has that beside it");

#endif
