/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file with options of record (--config), one a line: the long name, with or without its dashes,
 * and the value behind blanks or a "=". It reaches to the end of the line, or to a # behind a
 * blank; nothing quotes.
 */
#ifndef SOCKWATCH_CLI_CONFIG_H
#define SOCKWATCH_CLI_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

struct option_def;
struct options;
struct words;

struct config_line {
	const struct option_def *def; /* static */
	const char *value;	      /* borrowed from the text; NULL: none */
};

struct config {
	char *text; /* owned, as all */
	struct config_line *lines;
	size_t n, cap;
};

/*
 * Reads the file, and tries each option. 0, and *ret is for config_free(); or, with one line in
 * `why` that begins with the file and the number of its line, -EINVAL: it is not as it should be;
 * another -errno: it cannot be read.
 */
int config_read(const struct words *words, const char *path, struct config *ret, char *why,
		size_t size);

/* A command line; ends with NULL. */
struct config_args {
	char **argv; /* owned */
	int argc;
	size_t n_own; /* of them, behind the word: owned, too; others are borrowed */
};

/*
 * A command line (`given`: what options_parse() made of it) with the file's lines before its own
 * options; lines of an option that it has itself are left out. 0, and *ret is for
 * config_args_free(); or -ENOMEM.
 */
int config_args(const struct config *c, const struct options *given, struct config_args *ret);

/* One that is all zero is fine. */
void config_args_free(struct config_args *args);

/* Whether an option has other lines in `b` than in `a`. */
bool config_differs(const struct config *a, const struct config *b, const struct option_def *d);

/* One that is all zero is fine. */
void config_free(struct config *c);

#endif
