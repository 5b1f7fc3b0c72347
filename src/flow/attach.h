/* SPDX-License-Identifier: GPL-2.0-only */
/* From what is to be watched to the programs in the kernel that do it. */
#ifndef SOCKWATCH_FLOW_ATTACH_H
#define SOCKWATCH_FLOW_ATTACH_H

struct loader;
struct watch_job;

/*
 * Checks the rights, loads and attaches; *ret is the caller's, for loader_free(). proc_fd:
 * borrowed, /proc. 0, or -errno after a message with *ret untouched.
 */
int attach_open(const struct watch_job *job, int proc_fd, struct loader **ret);

#endif
