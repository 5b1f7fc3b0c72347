/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file that is written again and again, as a whole: who reads it sees one or the other, also
 * after a crash. What is written goes to a name of its own in the same directory (NAME.tmp).
 */
#ifndef SOCKWATCH_BASE_REPLACED_H
#define SOCKWATCH_BASE_REPLACED_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

struct replaced {
	int dir_fd;	    /* owned */
	char dir[PATH_MAX]; /* its path, as it was given */
	char name[NAME_MAX + 1];
	char temporary[NAME_MAX + 1];
	unsigned int mode; /* of what is written, whatever the umask */
	uint64_t time_ns;  /* since 1970: the time that it gets; 0: when it is written */
};

/*
 * Opens its directory; anybody may read what will be written, unless another mode is set behind it.
 * 0, or -errno with *ret untouched; -ENAMETOOLONG: no room for ".tmp".
 */
int replaced_open(const char *path, struct replaced *ret);

/* -EEXIST: what is there is no file, and is not to be replaced. Else 0. */
int replaced_check(const struct replaced *r);

/*
 * All of it, on the disk, in place of what was there. 0, or -errno: what was there is so still. A
 * link of that name is replaced, not followed.
 */
int replaced_write(struct replaced *r, const void *data, size_t len);

/* Removes the file. One that is not there is fine. 0 or -errno. */
int replaced_remove(struct replaced *r);

void replaced_close(struct replaced *r);

#endif
