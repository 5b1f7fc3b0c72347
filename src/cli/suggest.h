/* SPDX-License-Identifier: GPL-2.0-only */
/* The near miss. */
#ifndef SOCKWATCH_CLI_SUGGEST_H
#define SOCKWATCH_CLI_SUGGEST_H

#include <stddef.h>

/*
 * The name of `names` that `word` is most likely a slip of (at most a third of its letters wrong,
 * missing, too many or swapped), or NULL. Borrowed from names.
 */
const char *suggest(const char *word, const char *const *names, size_t n);

#endif
