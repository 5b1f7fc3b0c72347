/* SPDX-License-Identifier: GPL-2.0-only */
/* The limits of a store. */
#ifndef SOCKWATCH_CLI_KEEP_H
#define SOCKWATCH_CLI_KEEP_H

#include <stddef.h>

struct keep_opts;

/* Those of a store to which none are given. */
void keep_default(struct keep_opts *k);

/* Whether they go together. 0, or -EINVAL with one line in `why`, of `size` bytes. */
int keep_check(const struct keep_opts *k, char *why, size_t size);

#endif
