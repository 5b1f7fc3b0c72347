/* SPDX-License-Identifier: GPL-2.0-only */
/* The times of a question about the past. */
#ifndef SOCKWATCH_CLI_TIMES_H
#define SOCKWATCH_CLI_TIMES_H

#include <stdbool.h>
#include <stddef.h>

struct options;

/*
 * Reads --since and --until into o->past. 0, or -EINVAL with one line in `why`, of `size` bytes:
 * what is wrong with them, and what was meant.
 */
int times_check(struct options *o, char *why, size_t size);

/* Whether who is asked about the past; and the same for it: --at is a time as short as can be. */
bool times_ask_past(const struct options *o);
int times_check_who(struct options *o, char *why, size_t size);

#endif
