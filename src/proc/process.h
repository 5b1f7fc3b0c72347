/* SPDX-License-Identifier: GPL-2.0-only */
/* What /proc tells of one process and the kernel side does not. */
#ifndef SOCKWATCH_PROC_PROCESS_H
#define SOCKWATCH_PROC_PROCESS_H

#include <stdint.h>

/*
 * The executable of a process, and its command line with the arguments separated by blanks.
 * New strings that the caller frees; *ret_exe or *ret_cmdline is NULL where /proc tells nothing
 * (a kernel thread, a process that ended, no permission). Control bytes are kept as they are.
 * A command line longer than 4096 bytes is cut there. 0, or -ENOMEM with nothing set.
 * proc_fd: borrowed, /proc or a directory of the same shape.
 */
int process_read(int proc_fd, uint32_t pid, char **ret_exe, char **ret_cmdline);

/*
 * The inode of the PID namespace that we live in; 0 for the initial one, and where that cannot be
 * found out.
 */
uint32_t process_own_pidns(int proc_fd);

#endif
