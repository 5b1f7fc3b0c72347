/* SPDX-License-Identifier: GPL-2.0-only */
/* Every word that there is, each with what does it, of the one program and of the other. */
#ifndef SOCKWATCH_WORDS_WORDS_H
#define SOCKWATCH_WORDS_WORDS_H

#include "cli/words.h"

extern const struct word word_watch; /* the stream, which needs no word */
extern const struct word word_list;
extern const struct word word_who;
extern const struct word word_conns;
extern const struct word word_record;
extern const struct word word_top;
extern const struct word word_top_viewer; /* of sockwatch-top */
extern const struct word word_route;
extern const struct word word_link;
extern const struct word word_stats;
extern const struct word word_features; /* --features */
extern const struct word word_log;
extern const struct word word_store_log; /* the same, of sockwatch-store */

extern const struct word word_store_record; /* of sockwatch-store */

extern const struct word word_export;
extern const struct word word_export_serve; /* of sockwatch-export */

extern const struct word word_fleet_export; /* export --to, of sockwatch-fleet */
extern const struct word word_fleet_log;    /* log --from, likewise */

extern const struct word word_who_past; /* who --since */
extern const struct word word_store_top, word_store_who,
	word_store_who_past; /* of sockwatch-store */

/*
 * Those of the program at hand: of sockwatch all, in the order of the help (words/words.c); of
 * sockwatch-store, which it starts, those that need the store (words/store_words.c).
 */
extern const struct words all_words;

struct options;

/* Before one of them runs: what holds for the whole process. 0, or -EMFILE after a message. */
int words_prepare(const struct options *options);

#endif
