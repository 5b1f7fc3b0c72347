/* SPDX-License-Identifier: GPL-2.0-only */
/* Which processes are in the cgroups that are asked for. */
#ifndef SOCKWATCH_PROC_MEMBERSHIP_H
#define SOCKWATCH_PROC_MEMBERSHIP_H

struct holders;
struct sw_filter;

/*
 * Sets holder.in_cgroups of all by /proc/PID/cgroup: of those in a cgroup of the filter, or below
 * one. Where there is no cgroup v2, and of a process that is gone or may not be seen, it is false.
 * proc_fd: borrowed, /proc or a directory of the same shape.
 */
void membership_mark(int proc_fd, const struct sw_filter *f, struct holders *holders);

#endif
