/* SPDX-License-Identifier: GPL-2.0-only */
/* What --by and --sort mean to each other. */
#ifndef SOCKWATCH_CLI_COUNTS_H
#define SOCKWATCH_CLI_COUNTS_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/options.h"

/*
 * What both say together, which becomes o->count. 0, or -EINVAL with one line in `why`, of `size`
 * bytes.
 */
int counts_check(struct options *o, char *why, size_t size);

/* Whether they are by something that is told of a socket only where more of it is read. */
bool counts_want_details(const struct count_opts *c);

#endif
