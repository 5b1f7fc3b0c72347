/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of a store's directory: 0640, and of the directory's group. */
#ifndef SOCKWATCH_STORE_FILES_H
#define SOCKWATCH_STORE_FILES_H

#include <limits.h>
#include <stdbool.h>

/* dir/name; false: that is too long. */
bool files_path(char path[static PATH_MAX], const char *dir, const char *name);

/* Makes a file that is not there. Its descriptor, or -errno. */
int files_make(const char *path, const char *dir);

/* What was written to a file, or renamed in a directory, is on the disk for good. 0 or -errno. */
int files_sync(const char *path);
int files_sync_dir(const char *dir);

/* Removes a segment, with what SQLite keeps beside it. 0 or -errno. */
int files_remove(const char *path);

#endif
