/* SPDX-License-Identifier: GPL-2.0-only */
/* log --sql. */
#ifndef SOCKWATCH_WORDS_STORE_SQL_H
#define SOCKWATCH_WORDS_STORE_SQL_H

#include <stdint.h>

struct answer;
struct output;

/*
 * Tells what the statement selects, and on stderr what that cannot know; *ret_found: rows. 0, or
 * -errno after a message.
 */
int store_sql_tell(struct answer *a, struct output *out, uint64_t *ret_found);

#endif
