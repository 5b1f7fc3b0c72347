/* SPDX-License-Identifier: GPL-2.0-only */
/* The one table of options: parsing, help, completion and the manual's check come from it. */
#ifndef SOCKWATCH_CLI_TABLE_H
#define SOCKWATCH_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct options;

/*
 * Takes one value (of a list: each in turn); NULL: none was given. 0, or an error of values.h;
 * -ENOTSUP: not available, and `wants` says why.
 */
typedef int (*option_take)(struct options *o, const char *value);

struct option_def {
	char letter;	   /* 0: none */
	const char *name;  /* of a title: what it says; `list`: it names options, and explains them
			      elsewhere */
	const char *arg;   /* what the help calls the value; NULL: takes none */
	bool list;	   /* several values, with commas or by repetition */
	option_take take;  /* NULL: a title */
	const char *help;  /* NULL: not listed */
	const char *wants; /* what a good value looks like, for the error; NULL: takes none */
	size_t flag;	   /* offset of a bool in struct options that it sets; 0: none */
	uint32_t bit;	   /* of the filter that it sets; 0: none */
	uint32_t words;	   /* cli/words.h: FOR(...) of each that has a use for it */
	bool number;  /* a value may be left out; the next word is one only if it is a number, and
		    there is a letter */
	bool by_name; /* likewise, and the letter takes no value at all */
	bool (*is_value)(const char *text); /* in place of "a number"; NULL: that */
	/* the values that there are, with blanks between; "@netns" and the like: cli/completion.c
	 */
	const char *choices; /* NULL: open */
	uint32_t not_letter; /* FOR(...) of words where the letter is another option's: of one that
				has it, too, or of the word itself */
};

#define DEFS_MAX 140 /* at most; room for tables made from this one */

extern const struct option_def defs[];
extern const size_t n_defs;

/*
 * Whether it is called by its letter where `first` is the word that stands first (enum word_id): of
 * two options with a letter it is that word's.
 */
bool option_has_letter(const struct option_def *d, uint32_t first);

/* The names of enum sort_key, from SORT_PORT on. */
extern const char *const sort_names[];

#endif
