/* SPDX-License-Identifier: GPL-2.0-only */
/* One line for what was not understood: it names the word, and what was probably meant. */
#ifndef SOCKWATCH_CLI_EXPLAIN_H
#define SOCKWATCH_CLI_EXPLAIN_H

struct option_def;
struct parsing;
struct word;

/* All return what parsing_fail() does. A value that an option refused with err (cli/table.h). */
int explain_value(struct parsing *p, int err, const struct option_def *d, const char *value);

/* An option that needs a value, and has none. */
int explain_missing(struct parsing *p, const struct option_def *d);

/* An option that there is not: by its letter, or (0) as the word that it is. */
int explain_unknown(struct parsing *p, const char *word, int letter);

/* A word that stands where `word` has chosen the job (the stream's has no name) and takes none. */
int explain_word(struct parsing *p, const struct word *word, const char *text);

#endif
