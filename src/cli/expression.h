/* SPDX-License-Identifier: GPL-2.0-only */
/* ss's filters behind the options: "state time-wait ( dport = :80 or sport = :443 )". */
#ifndef SOCKWATCH_CLI_EXPRESSION_H
#define SOCKWATCH_CLI_EXPRESSION_H

#include <stddef.h>

#include "cli/words.h"

struct parsing;
struct sw_cidr;

/*
 * The addresses of a host's name, which is looked up; at most `most`. 0, or -ENOENT with *ret_n
 * untouched.
 */
int host_addresses(const char *name, struct sw_cidr *ret, size_t most, size_t *ret_n);

/* Whether `word` begins one, where the job is this one. */
bool expression_begins(enum word_id id, const char *word);

/* Takes all n words, for that job. 0, or what parsing_fail() returns. */
int expression_take(struct parsing *p, enum word_id id, char *const *words, size_t n);

#endif
