/* SPDX-License-Identifier: GPL-2.0-only */
/* The Unix sockets of `list`: collected, joined with their owners and peers, told. */
#ifndef SOCKWATCH_LOCAL_H
#define SOCKWATCH_LOCAL_H

#include <stdint.h>

struct options;
struct output;

/*
 * Appends page number n of them to out->buf. proc_fd: borrowed. What could not be seen is told
 * once, with the first page. 0, or -errno after a message.
 */
int local_list(const struct options *options, int proc_fd, struct output *out, uint64_t n);

#endif
