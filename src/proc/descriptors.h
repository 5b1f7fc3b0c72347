/* SPDX-License-Identifier: GPL-2.0-only */
/* The sockets among the descriptors of a process. */
#ifndef SOCKWATCH_PROC_DESCRIPTORS_H
#define SOCKWATCH_PROC_DESCRIPTORS_H

#include <stdint.h>

struct holders;
struct proc_snapshot_opts;

/*
 * Adds to *h the sockets that a process holds; process_fd is its directory (process_dir_open()). A
 * fault that ends the snapshot is returned: -ENOMEM, or what opts->step() gave. A fault of this
 * process only goes to *ret_fault, set in any case: 0, or the -errno of reading its descriptors.
 */
int descriptors_add(struct holders *h, const struct proc_snapshot_opts *opts, int process_fd,
		    uint32_t pid, int *ret_fault);

#endif
