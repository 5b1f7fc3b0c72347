/* SPDX-License-Identifier: GPL-2.0-only */
/* The options of top. */
#ifndef SOCKWATCH_CLI_TOP_H
#define SOCKWATCH_CLI_TOP_H

#include <stddef.h>

struct options;

/* Whether they go together. 0, or -EINVAL with one line in `why`. */
int top_check(const struct options *o, char *why, size_t size);

#endif
