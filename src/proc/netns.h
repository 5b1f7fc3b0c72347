/* SPDX-License-Identifier: GPL-2.0-only */
/* Network namespaces, the processes that live in each, and the tables read through these. */
#ifndef SOCKWATCH_PROC_NETNS_H
#define SOCKWATCH_PROC_NETNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"

#define NETNS_PIDS 8 /* remembered for each namespace: the first may be gone by then */

/* The ways into one. Who was seen there may have been a visitor: no way makes another needless. */
struct netns {
	uint32_t inode;
	char *path;		   /* owned: where ip-netns(8) mounted it; NULL: it has no name */
	uint32_t pids[NETNS_PIDS]; /* that live in it */
	uint32_t n_pids;
	uint32_t holder_pid; /* has a socket of it; 0: none is known */
	int holder_fd;	     /* the socket's descriptor there */
};

struct netns_set {
	struct netns *all; /* owned; in the order they were found */
	size_t n;
	size_t cap;
	struct hash by_inode; /* index in all */
	uint32_t hidden;      /* processes that do not let us see which one they live in */
	uint32_t hidden_pid;  /* one of them */
};

/*
 * The inode of the namespace that a process lives in; process_fd is its directory
 * (process_dir_open()). 0 or -errno.
 */
int netns_of_process(int process_fd, uint32_t *ret);

/* The inode of the namespace that we are in. 0 or -errno. */
int netns_own(uint32_t *ret);

/*
 * Notes that a process lives in a namespace, which joins the set. pid: PROCESS_SELF is us, and must
 * come first. 0 or -ENOMEM.
 */
int netns_set_add(struct netns_set *set, uint32_t inode, uint32_t pid);

/*
 * Notes that a process, which need not live there, has a socket in a namespace, if it is the first
 * that has; the namespace joins the set if it is not in it. 0 or -ENOMEM.
 */
int netns_set_add_held(struct netns_set *set, uint32_t inode, uint32_t pid, int fd);

/* Notes where a namespace is mounted, if that is not known yet; it joins the set. 0 or -ENOMEM. */
int netns_set_add_path(struct netns_set *set, uint32_t inode, const char *path);

/* Whether a namespace of a set is the one that we are in: /proc/self says so. */
bool netns_is_own(const struct netns *netns);

/*
 * Adds the namespaces that have a name (one is mounted on a file in names_dir, which need not
 * exist), or notes the names of those in the set. 0 or -ENOMEM.
 */
int netns_set_add_names(struct netns_set *set, const char *names_dir);

/*
 * Adds every namespace that a process lives in, our own first, and those that have a name, as
 * netns_set_add_names(). 0; -ENOMEM; -errno when /proc cannot be read.
 */
int netns_set_scan(struct netns_set *set, int proc_fd, const char *names_dir);

/*
 * A descriptor of a namespace of a set, for setns(2); the caller closes it. -ENOENT when the
 * namespace is gone; -errno.
 */
int netns_open(int proc_fd, const struct netns *netns);

/*
 * Opens the namespace's "net/tcp" or the like through a process that still lives in it; where none
 * does, this thread enters it for a moment. A descriptor, which the caller closes; -ENOENT when
 * the namespace is gone or has no such table; -ENOTRECOVERABLE when the thread could not come back;
 * another -errno when we may not read it.
 */
int netns_open_table(int proc_fd, const struct netns *netns, const char *name);

/*
 * Leaves the namespace with that inode alone in the set, or nothing when it is not in it. 0 or
 * -ENOMEM.
 */
int netns_set_keep(struct netns_set *set, uint32_t inode);

/* Frees what the set owns; it is empty and usable again. */
void netns_set_free(struct netns_set *set);

#endif
