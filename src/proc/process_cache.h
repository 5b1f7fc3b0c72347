/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is known of processes: read from /proc once, or told by the kernel side when they began, so
 * that those that are gone before they can be looked up are known too. Of a fixed size; what was
 * asked for least recently goes first. All times are CLOCK_BOOTTIME.
 */
#ifndef SOCKWATCH_PROC_PROCESS_CACHE_H
#define SOCKWATCH_PROC_PROCESS_CACHE_H

#include <stdint.h>

#include "proc/process.h"

struct process_cache; /* opaque */
struct sw_exec;
struct sw_fork;

struct process_facts {
	const char *exe;     /* borrowed until the next call; NULL: not known */
	const char *cmdline; /* likewise; arguments separated by blanks */
	uint64_t start_ns;   /* 0: not known */
	/* the parent when the process began, where that was told; else when it was looked at */
	const struct process_origin *origin; /* borrowed likewise; never NULL */
};

/* proc_fd: borrowed, must outlive the cache. NULL when there is no memory. */
struct process_cache *process_cache_new(int proc_fd);

/* The kernel side saw a process exec, or fork: in the order in which they happened. */
void process_cache_note_exec(struct process_cache *c, const struct sw_exec *exec, uint64_t now_ns);
void process_cache_note_fork(struct process_cache *c, const struct sw_fork *fork, uint64_t now_ns);

/*
 * The facts of the process that had this PID and started at start_ns; where that is 0 (unknown), of
 * the one that has it now or had it last, and whose name is `comm` (SW_COMM_LEN bytes). Never those
 * of another process that had the same PID. A process that changed its name is read again, at most
 * once a second.
 */
void process_cache_get(struct process_cache *c, uint32_t pid, uint64_t start_ns, const char *comm,
		       uint64_t now_ns, struct process_facts *ret);

/* NULL is fine. */
void process_cache_free(struct process_cache *c);

#endif
