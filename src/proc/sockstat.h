/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel counts of sockets, and its limits: net/sockstat, net/sockstat6, sys/net/ipv4. */
#ifndef SOCKWATCH_PROC_SOCKSTAT_H
#define SOCKWATCH_PROC_SOCKSTAT_H

#include <stdbool.h>
#include <stdint.h>

struct summary;

/*
 * Adds to *s what is read: memory in bytes, orphans and TIME_WAIT with their limits, sockets of all
 * kinds, fragments. Memory, orphans and allocated sockets are the machine's, the others (is_here)
 * those of our network namespace. What the kernel does not tell is left out. proc_fd: /proc, or a
 * directory of the same shape; borrowed. 0; -ENOENT: nothing can be read; -ENOMEM.
 */
int sockstat_read(int proc_fd, struct summary *s);

/* How many sockets of TCP the whole machine has, bound or not; false: that cannot be read. */
bool sockstat_tcp(int proc_fd, uint64_t *ret);

#endif
