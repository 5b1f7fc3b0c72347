/* SPDX-License-Identifier: GPL-2.0-only */
/* The words that choose the job: what each is for, and its page of help. */
#ifndef SOCKWATCH_CLI_WORDS_H
#define SOCKWATCH_CLI_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include "cli/options.h"

/* Which words an option is for: bits 1 << enum options_action. */
#define FOR(action) (1U << (action))
#define FOR_STREAM FOR(ACTION_STREAM)
#define FOR_LIST FOR(ACTION_LIST)
#define FOR_WHO FOR(ACTION_WHO)
#define FOR_ROUTE FOR(ACTION_ROUTE)
#define FOR_LINK FOR(ACTION_LINK)
#define FOR_STATS FOR(ACTION_STATS)
#define FOR_SOCKETS (FOR_STREAM | FOR_LIST | FOR_WHO)
#define FOR_PAGES (FOR_LIST | FOR_ROUTE | FOR_LINK | FOR_STATS)
#define FOR_ALL (FOR_SOCKETS | FOR_ROUTE | FOR_LINK | FOR_STATS)

struct word_def {
	const char *name; /* NULL: the stream, which needs no word */
	const char *arg;  /* what follows it, in the help; NULL: nothing */
	enum options_action action;
	const char *summary;
	const char *examples; /* lines, each ends with \n */
};

extern const struct word_def word_defs[];
extern const size_t n_word_defs;

/* The entry of a word, or NULL; and of an action that has one. */
const struct word_def *word_find(const char *name);
const struct word_def *word_of(enum options_action action);

/* The word, or `other`, that `text` is a slip of, or the only one that begins so; or NULL. */
const char *words_near(const char *text, const char *other);

/* "the stream, list, who": those of the set, FOR(...) of each. Cut to size. */
void words_format(uint32_t set, char *text, size_t size);

#endif
