/* SPDX-License-Identifier: GPL-2.0-only */
/* Descriptors on their way to another process (unix(7), SCM_RIGHTS). */
#ifndef SOCKWATCH_BASE_FD_H
#define SOCKWATCH_BASE_FD_H

#include <stdint.h>

/* Our copy of a descriptor of another process, which we must be allowed to trace. -errno. */
int fd_copy(uint32_t pid, int fd);

/* Sends a message with fd (negative: without) over a socket that keeps messages apart. 0 or -errno.
 */
int fd_send(int socket, int fd);

/* Receives the one of a message: owned by the caller. -ENOENT: it had none; another -errno. */
int fd_receive(int socket);

#endif
