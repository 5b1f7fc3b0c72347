/* SPDX-License-Identifier: GPL-2.0-only */
/* The sockets among the descriptors of a process. */
#ifndef SOCKWATCH_PROC_DESCRIPTORS_H
#define SOCKWATCH_PROC_DESCRIPTORS_H

#include <stdint.h>

struct holders;
struct proc_snapshot_opts;

/*
 * Adds the sockets that a process holds; process_fd is its directory. What ends the snapshot is
 * returned: -errno of our own, or what opts->step() gave. What is wrong with the process goes to
 * *ret_fault, set in any case: 0, or the -errno of reading its descriptors.
 */
int descriptors_add(struct holders *h, const struct proc_snapshot_opts *opts, int process_fd,
		    uint32_t pid, int *ret_fault);

#endif
