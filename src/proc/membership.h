/* SPDX-License-Identifier: GPL-2.0-only */
/* Which processes are in the cgroups that are asked for. */
#ifndef SOCKWATCH_PROC_MEMBERSHIP_H
#define SOCKWATCH_PROC_MEMBERSHIP_H

struct holders;
struct sw_filter;

/*
 * Sets holder.in_cgroups of all holders by /proc/PID/cgroup: true for a process in a cgroup of the
 * filter, or below one; false where there is no cgroup v2, and for a process that is gone or may
 * not be seen. proc_fd: borrowed, /proc or a directory of the same shape.
 */
void membership_mark(int proc_fd, const struct sw_filter *f, struct holders *holders);

#endif
