/* SPDX-License-Identifier: GPL-2.0-only */
/* Which process holds which socket: the descriptors of processes, found again by socket inode. */
#ifndef SOCKWATCH_PROC_HOLDERS_H
#define SOCKWATCH_PROC_HOLDERS_H

#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"

struct held;
struct proc_snapshot_opts;
struct row;
struct snapshot;

struct holders {
	struct held *held; /* owned; in the order they were found */
	size_t n;
	size_t cap;
	struct hash by_inode; /* index of the last one found; the others follow in a list */
};

/*
 * Adds the sockets among the descriptors of a process; process_fd is its directory. What ends the
 * snapshot is returned: -errno of our own, or what opts->step() gave. What is wrong with the
 * process goes to *ret_fault, set in any case: 0, or the -errno of reading its descriptors.
 */
int holders_add_process(struct holders *h, const struct proc_snapshot_opts *opts, int process_fd,
			uint32_t pid, int *ret_fault);

/*
 * Appends the holders of a row's socket to *s, by PID and descriptor, and notes in *row which they
 * are. 0 or -ENOMEM.
 */
int holders_attach(const struct holders *h, struct row *row, struct snapshot *s);

/* Frees what *h owns; it is empty and usable again. */
void holders_free(struct holders *h);

#endif
