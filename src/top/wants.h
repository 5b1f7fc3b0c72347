/* SPDX-License-Identifier: GPL-2.0-only */
/* Which entries are asked for: by the command line's own filters, and by texts that they have. */
#ifndef SOCKWATCH_TOP_WANTS_H
#define SOCKWATCH_TOP_WANTS_H

#include <stdbool.h>
#include <stddef.h>

struct board;
struct board_entry;
struct board_failure;
struct select_opts;

struct wants {
	const struct select_opts *select; /* borrowed; NULL: all */
	char *const *texts; /* borrowed: each is to stand somewhere, in any case of letters */
	size_t n_texts;
};

bool wants_entry(const struct wants *w, const struct board *b, const struct board_entry *e);
bool wants_failure(const struct wants *w, const struct board *b, const struct board_failure *f);

#endif
