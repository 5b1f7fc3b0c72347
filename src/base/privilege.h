/* SPDX-License-Identifier: GPL-2.0-only */
/* Giving up rights once everything that needs them is open. */
#ifndef SOCKWATCH_BASE_PRIVILEGE_H
#define SOCKWATCH_BASE_PRIVILEGE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * For good: becomes user and group 65534 without further groups (where it was root), drops every
 * capability from every set, forbids new privileges (prctl(2), PR_SET_NO_NEW_PRIVS) and, where
 * libseccomp was there at build time, all system calls but those that a stream needs; the others
 * fail with EPERM.
 *
 * keep_proc keeps CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH as far as they were there: what looking up
 * other users' processes and cgroups takes.
 *
 * 0, and what was done in `text` (of `size` bytes), as one line for the user; or -errno, with what
 * failed in `text`: the process is then to end.
 */
int privilege_drop(bool keep_proc, char *text, size_t size);

/*
 * The same without the filter of system calls, for a process that runs code which may need any of
 * them. 0, or -errno with what failed in `text`.
 */
int privilege_drop_rights(char *text, size_t size);

#endif
