/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line on its way into the options: what the parts of options_parse() share. */
#ifndef SOCKWATCH_CLI_PARSING_H
#define SOCKWATCH_CLI_PARSING_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/table.h"
#include "cli/words.h"

struct parsing {
	struct options *o; /* borrowed, as all below */
	const struct words *words;
	char **argv;
	int argc;
	int at;		    /* index of the argument that is being taken apart */
	enum word_id first; /* the word that stands first: two may share a letter */
	bool terse;	    /* -t was given */
	bool tcp;	    /* --tcp was given */
	bool json, csv;	    /* were given */
	char *why;
	size_t size;
};

/* Says in p->why what is wrong; -EINVAL. */
__attribute__((format(printf, 2, 3))) int parsing_fail(struct parsing *p, const char *format, ...);

/* Whose options are good: --features takes those of the stream. */
enum word_id parsing_job(const struct options *o);

/* What all of it means together, when each part was taken. 0, or parsing_fail(). */
int parsing_check(struct parsing *p);

#endif
