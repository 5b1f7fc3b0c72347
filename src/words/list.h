/* SPDX-License-Identifier: GPL-2.0-only */
/* sockwatch list: the sockets that exist, once. */
#ifndef SOCKWATCH_LIST_H
#define SOCKWATCH_LIST_H

struct options;

/* 0, or -errno after a message. A reader that has seen enough (EPIPE) is no fault. */
int list_run(const struct options *options);

#endif
