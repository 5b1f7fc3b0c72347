/* SPDX-License-Identifier: GPL-2.0-only */
/* Network namespaces, the processes that live in each, and the tables read through them. */
#ifndef SOCKWATCH_PROC_NETNS_H
#define SOCKWATCH_PROC_NETNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"

#define NETNS_PIDS 8 /* remembered for each namespace: the first may be gone by then */

struct netns {
	uint32_t inode;
	char *name; /* owned; that ip-netns(8) gave it; NULL: it has none, or was not asked for */
	uint32_t pids[NETNS_PIDS];
	uint32_t n_pids;
};

struct netns_set {
	struct netns *all; /* owned; in the order they were found */
	size_t n;
	size_t cap;
	struct hash by_inode; /* index in all */
	uint32_t hidden;      /* processes that do not let us see where they live */
};

/* The namespace that a process lives in. As link_read(). */
int netns_of_process(int process_fd, uint32_t *ret);

/* Notes that a process lives in a namespace. 0 or -ENOMEM. */
int netns_set_add(struct netns_set *set, uint32_t inode, uint32_t pid);

/* Whether it is the one that we are in: /proc/self says so. */
bool netns_is_own(const struct netns *netns);

/*
 * Adds those that have a name (a file in names_dir, which need not exist) and that are not in the
 * set, as no process was seen in them. 0 or -ENOMEM.
 */
int netns_set_add_names(struct netns_set *set, const char *names_dir);

/*
 * Every namespace that a process lives in, our own first, and those that only have a name (a file
 * in names_dir, which need not exist). 0, or -errno when /proc cannot be read.
 */
int netns_set_scan(struct netns_set *set, int proc_fd, const char *names_dir);

/* A descriptor of a namespace of netns_set_scan(), for setns(2); -ENOENT when it is gone; -errno.
 */
int netns_open(int proc_fd, const char *names_dir, const struct netns *netns);

/*
 * Opens the namespace's "net/tcp" or the like through a process that still lives in it. A
 * descriptor; -ENOENT when all of them ended or there is no such table; -errno when those that are
 * left cannot read it.
 */
int netns_open_table(int proc_fd, const struct netns *netns, const char *name);

/* Frees what the set owns; it is empty and usable again. */
void netns_set_free(struct netns_set *set);

#endif
