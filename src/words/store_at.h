/* SPDX-License-Identifier: GPL-2.0-only */
/* log --at: the table of a moment of the past. */
#ifndef SOCKWATCH_WORDS_STORE_AT_H
#define SOCKWATCH_WORDS_STORE_AT_H

#include <stdbool.h>
#include <stdint.h>

#include "store/ask.h"

struct answer;
struct output;

/*
 * Prints the sockets that were there then, in list's columns, and says on stderr what is not known
 * of that moment. How many there were is in *ret_found. 0, or -errno as store_ask() and the output.
 */
int store_at(struct answer *answer, struct output *out, uint64_t *ret_found);

/*
 * Hands on each socket that was there then and is asked for, as a row, listeners first; none where
 * nothing was recorded then. What its connection is known by, but for the event, is as it was told.
 * With `ages` not that, but how old each was by then. 0, fn's, or -errno as store_ask().
 */
int store_at_rows(struct answer *answer, uint64_t at_ns, bool ages, store_fn fn, void *arg);

#endif
