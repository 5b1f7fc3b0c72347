/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The snapshot from /proc: the sockets of IP of every network namespace that a process lives in,
 * and the processes that hold them.
 */
#ifndef SOCKWATCH_PROC_SNAPSHOT_H
#define SOCKWATCH_PROC_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct holders;
struct netns_set;
struct snapshot;
struct sw_filter;

struct proc_snapshot_opts {
	int proc_fd; /* borrowed: /proc, or a directory of the same shape */
	bool tcp;
	bool udp;
	bool udplite;
	bool icmp;
	bool raw;
	bool named;  /* a table that is missing is one of `gaps`, also where few kernels have it */
	bool ipv4;   /* of each of these: net/tcp, net/udp, ... */
	bool ipv6;   /* net/tcp6, net/udp6, ... */
	bool timers; /* rows of TCP have them */
	/* Borrowed: of namespaces that it leaves out nothing is missed; NULL: all are asked for. */
	const struct sw_filter *filter;
	/*
	 * Called between small steps (a process, a chunk of a table), so that the caller can drain
	 * the ring buffer meanwhile. May be NULL. Non-zero stops the snapshot with that value.
	 */
	int (*step)(void *arg);
	void *arg;
};

/* Whether /proc is mounted with hidepid, and we may not see through it. */
bool proc_hides_others(int proc_fd);

/* What could not be read, for one note to the user. */
struct proc_snapshot_gaps {
	uint32_t hidden_processes; /* descriptors not readable: EACCES, EPERM */
	uint32_t hidden_pid;	   /* one of them */
	bool hides_others;	   /* proc_hides_others() */
	uint32_t bad_lines;	   /* lines of a table that were not understood */
	/*
	 * The first table that our own network namespace does not have ("net/tcp6": no IPv6), or
	 * NULL. Static.
	 */
	const char *missing_table;
	uint32_t bad_tables; /* tables that could not be read, by any process of the namespace */
};

/*
 * Appends rows and holders to *s. Processes that vanish while they are read are left out. 0; -errno
 * when /proc itself cannot be read, or memory or descriptors run out; or what step() returned.
 * *ret_gaps is set in any case.
 */
int proc_snapshot(const struct proc_snapshot_opts *opts, struct snapshot *s,
		  struct proc_snapshot_gaps *ret_gaps);

/*
 * The two halves of proc_snapshot(), which return what it does. First which process holds which
 * socket, of every kind, and the network namespaces with the processes that live in them: adds to
 * *holders and *set, and sets *ret_gaps. Then the tables, whose bad lines are added to *gaps.
 */
int proc_processes(const struct proc_snapshot_opts *opts, struct holders *holders,
		   struct netns_set *set, struct proc_snapshot_gaps *ret_gaps);
int proc_tables(const struct proc_snapshot_opts *opts, const struct holders *holders,
		const struct netns_set *set, struct snapshot *s, struct proc_snapshot_gaps *gaps);

#endif
