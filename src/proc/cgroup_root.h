/* SPDX-License-Identifier: GPL-2.0-only */
/* The root of the cgroup v2 hierarchy, where programs see the sockets of every cgroup below. */
#ifndef SOCKWATCH_PROC_CGROUP_ROOT_H
#define SOCKWATCH_PROC_CGROUP_ROOT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A descriptor of its directory, which the caller closes: of the first cgroup2 mount that has the
 * root of all cgroups, else of the first; or, where there is none, of a mount of our own that no
 * path leads to (fsmount, Linux 5.2; CAP_SYS_ADMIN). -errno on failure.
 */
int cgroup_root_open(void);

/* Whether a root is that of all cgroups, and not of those of a cgroup namespace. */
bool cgroup_root_is_of_all(int fd);

/*
 * The id of the cgroup that a path names: below that root, with or without a slash in front, as the
 * field `cgroup` has it; or else the path of its directory. 0; -ENOENT, with *ret_id untouched,
 * when it names none.
 */
int cgroup_find(const char *path, uint64_t *ret_id);

#endif
