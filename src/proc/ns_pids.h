/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The numbers that processes have inside their own PID namespaces, as /proc tells: for rows, to
 * which the kernel side does not say it. Of a fixed size.
 */
#ifndef SOCKWATCH_PROC_NS_PIDS_H
#define SOCKWATCH_PROC_NS_PIDS_H

#include <stdint.h>

struct ns_pids; /* opaque */

/* proc_fd: borrowed, /proc or a directory of the same shape. NULL when there is no memory. */
struct ns_pids *ns_pids_new(int proc_fd);

/*
 * The number of a process inside its own PID namespace; 0: that is the namespace of this /proc, or
 * it is not known, as of a process that is gone, or is another than the one that started then.
 * start_ns: CLOCK_BOOTTIME; 0: not known, whoever has the PID is meant. now_ns: of any clock that
 * only goes forward, the same for all calls.
 */
uint32_t ns_pids_get(struct ns_pids *n, uint32_t pid, uint64_t start_ns, uint64_t now_ns);

/* NULL is fine. */
void ns_pids_free(struct ns_pids *n);

#endif
