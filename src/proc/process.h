/* SPDX-License-Identifier: GPL-2.0-only */
/* What /proc tells of one process and the kernel side does not. */
#ifndef SOCKWATCH_PROC_PROCESS_H
#define SOCKWATCH_PROC_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "event.h"

/* Where a process comes from: its parent when it was looked at. */
struct process_origin {
	uint32_t ppid;		       /* 0: not known, or not visible */
	uint32_t login_uid;	       /* who logged in; valid where the last one says so */
	char parent_comm[SW_COMM_LEN]; /* with a NUL; "": not known */
	bool has_login_uid;
};

struct process {
	char *exe;	   /* owned; NULL: a kernel thread, ended, no permission */
	char *cmdline;	   /* owned; NULL likewise */
	uint64_t start_ns; /* CLOCK_BOOTTIME, in whole clock ticks; 0: not known */
	struct process_origin origin;
};

/*
 * The executable of a process, its command line with the arguments separated by blanks, and when it
 * started, by whom: all of one process, also when the PID changes hands meanwhile. Control bytes
 * are kept as they are. A command line longer than 4096 bytes is cut there. 0, or -ENOMEM with
 * nothing set. proc_fd: borrowed, /proc or a directory of the same shape.
 */
int process_read(int proc_fd, uint32_t pid, struct process *ret);

/*
 * The effective user of a process, as our user namespace counts them. False, with *ret untouched:
 * the process is gone, or may not be seen.
 */
bool process_user(int proc_fd, uint32_t pid, uint32_t *ret);

/* Frees what *p owns; all of it is unknown then. */
void process_free(struct process *p);

/* As process.start_ns, of the process whose directory this is (process_dir_open()). */
uint64_t process_start(int process_fd);

/* Whether two start times are of the same process: one of them may be in whole clock ticks. */
bool process_same_start(uint64_t a_ns, uint64_t b_ns);

/*
 * The inode of the PID namespace that we live in; 0 for the initial one, and where that cannot be
 * found out.
 */
uint32_t process_own_pidns(int proc_fd);

#endif
