/* SPDX-License-Identifier: GPL-2.0-only */
/* Directories, links and small files of /proc, each relative to an open directory. */
#ifndef SOCKWATCH_PROC_DIR_H
#define SOCKWATCH_PROC_DIR_H

#include <dirent.h>
#include <stddef.h>
#include <stdint.h>

#define PROCESS_SELF 0 /* in place of a PID: /proc/self, whatever number that has there */

/* Opens /proc; the caller closes it. -errno after a message. */
int proc_open(void);

/*
 * A descriptor of the process's directory, for lookups only; the caller closes it. It stays with
 * the process: once that has ended they fail, even when the PID is in use again. -errno on failure.
 * proc_fd: /proc, or a directory of the same shape.
 */
int process_dir_open(int proc_fd, uint32_t pid);

/* The PID that a directory of /proc is named after; 0 for any other name. */
uint32_t pid_of_name(const char *name);

/*
 * Opens a directory to go through it; *ret is the caller's, for closedir(). `path` is relative to
 * at_fd, which may be AT_FDCWD. 0 or -errno.
 */
int dir_open(int at_fd, const char *path, DIR **ret);

/*
 * The number in a link such as "socket:[12345]", where `prefix` is "socket:[". 0; -ENODATA for a
 * link to something else; or the -errno of reading it.
 */
int link_read(int dir_fd, const char *name, const char *prefix, uint64_t *ret);

/*
 * Reads the beginning of a file: size - 1 bytes at most, with a NUL behind them. Returns how many;
 * 0, and an empty text, when nothing can be read.
 */
size_t file_read(int dir_fd, const char *name, char *text, size_t size);

#endif
