/* SPDX-License-Identifier: GPL-2.0-only */
/* Unix sockets in PID/net/unix of /proc. */
#ifndef SOCKWATCH_PROC_NET_UNIX_H
#define SOCKWATCH_PROC_NET_UNIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct netns;
struct unix_list;
struct unix_socket;

/*
 * Parses one line of `len` bytes without its newline, as unix_seq_show() in net/unix/af_unix.c
 * prints it. ret->path is a copy, owned by the caller. 0; -ENODATA for the header; -EBADMSG, with
 * *ret untouched, for anything else, which may be the rest of a path with a newline in it: the
 * kernel prints paths as they are; -ENOMEM.
 */
int net_unix_parse_line(const char *line, size_t len, struct unix_socket *ret);

/*
 * Gives the sockets of a namespace that are in *l their reference counts, by inode: their paths
 * must be known exactly, so that a newline in one forges nothing. With `add` there are none of this
 * namespace yet, and all are appended; a path with a newline can then forge a line, as it can for
 * every reader of this table alone. 0; -ENOENT when no process of the namespace lets us see the
 * table, or there is none; -errno.
 */
int net_unix_read(int proc_fd, const struct netns *netns, bool add, struct unix_list *l);

#endif
