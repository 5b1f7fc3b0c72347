/* SPDX-License-Identifier: GPL-2.0-only */
/* Network namespaces, the processes that live in each, and the tables read through them. */
#ifndef SOCKWATCH_PROC_NETNS_H
#define SOCKWATCH_PROC_NETNS_H

#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"

#define NETNS_PIDS 8   /* remembered for each namespace: the first may be gone by then */
#define PROCESS_SELF 0 /* in place of a PID: /proc/self, whatever number that has there */

struct netns {
	uint32_t inode;
	uint32_t pids[NETNS_PIDS];
	uint32_t n_pids;
};

struct netns_set {
	struct netns *all; /* owned; in the order they were found */
	size_t n;
	size_t cap;
	struct hash by_inode; /* index in all */
};

/*
 * A descriptor of the process's directory, for lookups only. It stays with the process: once that
 * has ended they fail, even when the PID is in use again. -errno on failure.
 */
int process_dir_open(int proc_fd, uint32_t pid);

/*
 * The number in a link such as "socket:[12345]", where `prefix` is "socket:[". 0; -ENODATA for a
 * link to something else; or the -errno of reading it.
 */
int link_read(int dir_fd, const char *name, const char *prefix, uint64_t *ret);

/* The namespace that a process lives in. As link_read(). */
int netns_of_process(int process_fd, uint32_t *ret);

/* Notes that a process lives in a namespace. 0 or -ENOMEM. */
int netns_set_add(struct netns_set *set, uint32_t inode, uint32_t pid);

/*
 * Opens the namespace's "net/tcp" or the like through a process that still lives in it. A
 * descriptor; -ENOENT when all of them ended or there is no such table; -errno when those that are
 * left cannot read it.
 */
int netns_open_table(int proc_fd, const struct netns *netns, const char *name);

/* Frees what the set owns; it is empty and usable again. */
void netns_set_free(struct netns_set *set);

#endif
