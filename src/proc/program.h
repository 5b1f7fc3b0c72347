/* SPDX-License-Identifier: GPL-2.0-only */
/* The programs that do the work of some words: beside the one that runs, or where it is installed.
 */
#ifndef SOCKWATCH_PROC_PROGRAM_H
#define SOCKWATCH_PROC_PROGRAM_H

#include <stddef.h>

/*
 * The path of a program of this build (name: sockwatch-store): in the directory of the binary that
 * runs, else in LIBEXEC (Makefile). 0; -ENOENT: it is in neither; -ENAMETOOLONG.
 */
int program_find(const char *name, char *ret, size_t size);

/* The same, with a message where it is not there, and of what it needs: -errno. */
int program_need(const char *name, char *ret, size_t size);

/*
 * The arguments of a program at `path` that takes our command line anew. For free(); path and
 * argv, whose first is replaced, are borrowed. NULL, after a message: no memory.
 */
char **program_args(char *path, char *const argv[]);

/*
 * Becomes that program, with these arguments (argv[0] is replaced). Returns only when it cannot:
 * -errno after a message.
 */
int program_become(const char *name, char *const argv[]);

#endif
