/* SPDX-License-Identifier: GPL-2.0-only */
/* Every word that there is, each with what does it. */
#ifndef SOCKWATCH_WORDS_WORDS_H
#define SOCKWATCH_WORDS_WORDS_H

#include "cli/words.h"

extern const struct word word_watch; /* the stream, which needs no word */
extern const struct word word_list;
extern const struct word word_who;
extern const struct word word_conns;
extern const struct word word_route;
extern const struct word word_link;
extern const struct word word_stats;
extern const struct word word_features; /* --features */

/* All of them, in the order of the help. */
extern const struct words all_words;

struct options;

/* Before one of them runs: what holds for the whole process. 0, or -EMFILE after a message. */
int words_prepare(const struct options *options);

#endif
