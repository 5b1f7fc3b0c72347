/* SPDX-License-Identifier: GPL-2.0-only */
/* What --json=SCHEMA and --tag go together with. */
#ifndef SOCKWATCH_CLI_SCHEMAS_H
#define SOCKWATCH_CLI_SCHEMAS_H

#include <stddef.h>

#include "cli/options.h"

/* The option that puts another table in the place of the records: static; NULL: none does. */
const char *other_table(const struct options *o);

/*
 * Schemas of others have records of sockets, and nothing that is counted or another table. 0, or
 * -EINVAL with one line in `why`, of `size` bytes.
 */
int schemas_check(const struct options *o, char *why, size_t size);

/* Tags are members of our own objects. Likewise. */
int tags_check(const struct options *o, char *why, size_t size);

/*
 * What was recorded may be of another machine or boot: host and boot, asked for as tags or columns,
 * are what each record has, and columns where others are chosen.
 */
void tags_settle(struct options *o);

#endif
