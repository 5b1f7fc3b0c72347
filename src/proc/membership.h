/* SPDX-License-Identifier: GPL-2.0-only */
/* Which processes are in the cgroups that are asked for. */
#ifndef SOCKWATCH_PROC_MEMBERSHIP_H
#define SOCKWATCH_PROC_MEMBERSHIP_H

#include <stddef.h>

struct holders;
struct snapshot;
struct sw_filter;

/*
 * In the text of a /proc/PID/cgroup the path of v2, whose line is one of several beside v1: from
 * "/" on, *ret_len bytes. Borrowed; NULL, with nothing set: there is none.
 */
const char *membership_unified(const char *text, size_t *ret_len);

/*
 * Sets holder.in_cgroups of all holders by /proc/PID/cgroup: true for a process in a cgroup of the
 * filter, or below one; false where there is no cgroup v2, and for a process that is gone or may
 * not be seen. proc_fd: borrowed, /proc or a directory of the same shape.
 */
void membership_mark(int proc_fd, const struct sw_filter *f, struct holders *holders);

/* Likewise of the holders of a snapshot, and of its rows, whose owner is the first of them. */
void membership_mark_rows(int proc_fd, const struct sw_filter *f, struct snapshot *s);

#endif
