/* SPDX-License-Identifier: GPL-2.0-only */
/* A table of /proc that is read line by line. */
#ifndef SOCKWATCH_PROC_LINES_H
#define SOCKWATCH_PROC_LINES_H

#include <stddef.h>

/* Takes a line, without its newline. 0, or another value, which ends the reading. */
typedef int line_fn(void *arg, const char *line, size_t len);

/* Hands on each line of fd, which is closed in any case. 0; what take returned; -ENOMEM or -EIO. */
int lines_read(int fd, line_fn *take, void *arg);

#endif
