/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the id of a cgroup (v2) to its path and what that says. Of a fixed size; a cgroup that was
 * seen once is known after it was removed too.
 */
#ifndef SOCKWATCH_PROC_CGROUP_H
#define SOCKWATCH_PROC_CGROUP_H

#include <stdint.h>

struct cgroup_cache; /* opaque */

/* What the path of a cgroup says, in memory that the cache frees with free(); NULL: nothing. */
typedef void *cgroup_describe_fn(const char *path);

struct cgroup_place {
	const char *path;  /* borrowed until the next call; NULL: not known */
	const void *facts; /* likewise; what describe() made of the path */
};

/* Whose cgroup it is, for machines where v2 has no cgroups of its own (hybrid v1). */
struct cgroup_owner {
	uint32_t pid;	   /* 0: not known */
	uint64_t start_ns; /* CLOCK_BOOTTIME; 0: not known */
};

/*
 * root_fd: the root of cgroup v2 (cgroup_root_open()), borrowed; negative: none. proc_fd: borrowed,
 * /proc or a directory of the same shape. NULL when there is no memory.
 */
struct cgroup_cache *cgroup_cache_new(int root_fd, int proc_fd, cgroup_describe_fn *describe);

/*
 * Sets *ret to where the cgroup with this id is (0: not known): its path below the root, "/" the
 * root itself. Where the path says nothing because the owner's process is in no cgroup of v2 but
 * the root, it is that of v1 that says something. now_ns: of any clock that only goes forward, the
 * same for all calls.
 */
void cgroup_cache_get(struct cgroup_cache *c, uint64_t id, const struct cgroup_owner *owner,
		      uint64_t now_ns, struct cgroup_place *ret);

/*
 * A cgroup was made, as the kernel says, with this path from the root of all cgroups; taken where
 * that root is ours, as it is not in a cgroup namespace. now_ns: likewise.
 */
void cgroup_cache_learn(struct cgroup_cache *c, uint64_t id, const char *path, uint64_t now_ns);

/* The id of the cgroup (v2) that a process is in; 0: not known. now_ns: likewise. */
uint64_t cgroup_cache_process(struct cgroup_cache *c, const struct cgroup_owner *owner,
			      uint64_t now_ns);

/* NULL is fine. */
void cgroup_cache_free(struct cgroup_cache *c);

#endif
