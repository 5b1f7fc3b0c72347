/* SPDX-License-Identifier: GPL-2.0-only */
/* The root of the cgroup v2 hierarchy, where programs see the sockets of every cgroup below. */
#ifndef SOCKWATCH_PROC_CGROUP_ROOT_H
#define SOCKWATCH_PROC_CGROUP_ROOT_H

/*
 * A descriptor of its directory: of the first cgroup2 mount, or, where there is none, of a mount of
 * our own that no path leads to (fsmount, Linux 5.2; CAP_SYS_ADMIN). -errno on failure.
 */
int cgroup_root_open(void);

#endif
