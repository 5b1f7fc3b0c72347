/* SPDX-License-Identifier: GPL-2.0-only */
/* Unix sockets by sock_diag(7): exact names, peers, queues and users. */
#ifndef SOCKWATCH_NETLINK_UNIX_DIAG_H
#define SOCKWATCH_NETLINK_UNIX_DIAG_H

#include <stddef.h>
#include <stdint.h>

struct unix_list;

/*
 * Appends the sockets of the network namespace that we are in, with netns as its number. 0, or
 * -errno with nothing appended: -ENOENT when the kernel has no such diagnosis.
 */
int unix_diag_read(uint32_t netns, struct unix_list *l);

/*
 * Takes one message of the kernel's answer, header and all: the part of the above that needs no
 * kernel. 0; -EBADMSG for what is none; -ENOMEM.
 */
int unix_diag_take(const void *message, size_t len, uint32_t netns, struct unix_list *l);

#endif
