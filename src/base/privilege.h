/* SPDX-License-Identifier: GPL-2.0-only */
/* Giving up rights once everything that needs them is open. */
#ifndef SOCKWATCH_BASE_PRIVILEGE_H
#define SOCKWATCH_BASE_PRIVILEGE_H

#include <stddef.h>
#include <stdint.h>

/* A system call that is allowed with one value of one argument only. */
struct privilege_narrow {
	const char *call;
	unsigned int arg; /* which: 0 is the first */
	uint64_t value;
};

/* What stays; all borrowed. */
struct privilege_opts {
	uint64_t keep;		  /* capabilities, as far as they are there: 1 << CAP_... */
	const char *keep_for;	  /* what they are for, for the user; NULL where `keep` is 0 */
	const char *const *calls; /* names of system calls, up to NULL */
	const struct privilege_narrow *narrow; /* up to one without a call */
	const char *root; /* a directory: no path leads out of it any more; NULL: as it is */
};

/*
 * For good: becomes a user of its own (base/own_user.h) without further groups (where it was root),
 * is not to be dumped or traced, drops from every set every capability that opts->keep does not
 * name, forbids new privileges (prctl(2), PR_SET_NO_NEW_PRIVS) and, where libseccomp was there at
 * build time, all system calls that *opts does not name; those fail with EPERM.
 *
 * 0, and what was done in `text` (of `size` bytes), as one line for the user; or -errno, with what
 * failed in `text`: the process is then to end. A call that libseccomp does not know is a failure.
 */
int privilege_drop(const struct privilege_opts *opts, char *text, size_t size);

/*
 * The same without the filter of system calls and without any capability, for a process that runs
 * code which may need any call. 0, or -errno with what failed in `text`.
 */
int privilege_drop_rights(char *text, size_t size);

#endif
