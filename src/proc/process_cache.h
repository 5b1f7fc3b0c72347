/* SPDX-License-Identifier: GPL-2.0-only */
/* process_read() remembered, so that a busy process is not read again for each of its events. */
#ifndef SOCKWATCH_PROC_PROCESS_CACHE_H
#define SOCKWATCH_PROC_PROCESS_CACHE_H

#include <stdint.h>

struct process_cache; /* opaque; of a fixed size */

/* proc_fd: borrowed, must outlive the cache. NULL when there is no memory. */
struct process_cache *process_cache_new(int proc_fd);

/*
 * The executable and command line of a process. An answer older than a second is read again, one
 * of a process that has ended since is kept. `comm` (SW_COMM_LEN bytes) tells a process from the
 * one that had its PID before. Borrowed until the next call; NULL where nothing is known.
 */
void process_cache_get(struct process_cache *c, uint32_t pid, const char *comm, uint64_t now_ns,
		       const char **ret_exe, const char **ret_cmdline);

/* NULL is fine. */
void process_cache_free(struct process_cache *c);

#endif
