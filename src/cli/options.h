/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line, taken apart by the table of options (cli/table.h) and that of words
 * (cli/words.h). */
#ifndef SOCKWATCH_CLI_OPTIONS_H
#define SOCKWATCH_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/table.h"
#include "cli/words.h"
#include "core/opts.h"
#include "core/select.h"

enum shell { SHELL_BASH, SHELL_ZSH, SHELL_FISH };

#define SORT_KEYS_MAX 8

/* What is to be done: the job that a word chooses, or one of what the command line itself tells. */
enum options_action { ACTION_RUN, ACTION_HELP, ACTION_VERSION, ACTION_COMPLETION, ACTION_FIELDS };

/* What is asked of the store, or where it is. Texts are borrowed from argv; times in ns since 1970.
 */
struct past_opts {
	const char *dir;   /* NULL: the usual one */
	const char *since; /* as they were given; NULL: not */
	const char *until;
	const char *at;
	uint64_t since_ns; /* 0: from the beginning */
	uint64_t until_ns; /* UINT64_MAX: to the end */
	uint64_t at_ns;
	uint64_t now_ns;
	bool newest_first;
	bool peers;	     /* who is at the other end, too */
	bool verify;	     /* is it as it was written? */
	const char *sql;     /* NULL: none */
	uint64_t timeout_ms; /* of it; 0: the usual one */
	const char *report;  /* a file; NULL: none */
};

struct options {
	const struct words *words; /* borrowed: those that there are */
	char *const *argv;	   /* borrowed: all of the command line */
	enum options_action action;
	enum word_id word;    /* the job */
	enum word_id help_of; /* of ACTION_HELP: which page */
	bool help_filters;    /* of ACTION_HELP: the page of the filters */
	enum shell shell;     /* of ACTION_COMPLETION */
	int verbosity;
	const char *out_path; /* -O: borrowed from argv; NULL: stdout */
	struct select_opts select;
	struct rows_opts rows;
	struct watch_opts watch;
	struct print_opts print;
	struct page_opts page;
	uint32_t families;   /* SW_F_IPV4, SW_F_IPV6: by the name of a family */
	bool comm_patterns;  /* --comm has some that are not a beginning: where, not the filter */
	bool lsof_where;     /* -i has */
	bool lsof;	     /* -i or -s have what lsof has there */
	bool every_protocol; /* none was selected, and the word shows all */
	bool all;	     /* -a */
	bool strict;
	bool nat; /* conntrack is asked */
	bool follow;
	enum sort_key sorts[SORT_KEYS_MAX];	/* the first counts most */
	const char *sort_fields[SORT_KEYS_MAX]; /* static: of those that are SORT_FIELD */
	int n_sorts;
	struct count_opts count;
	bool summary;	   /* list -s */
	char *const *args; /* of a word that takes some: borrowed from argv */
	int n_args;
	bool pids_only; /* of who */
	struct past_opts past;
	struct keep_opts keep;
	struct top_opts top;
	struct export_opts out;
	struct fleet_opts fleet;
	const char *notable; /* of record: a socket to tell that; NULL: none */
	bool check_only;
	const char *config;   /* of record: a file with more options; borrowed; NULL: none */
	bool given[DEFS_MAX]; /* by index of cli/table.h */
};

/*
 * Parses argv into *ret; `words` are those that there are. 0; or -EINVAL with one line in `why`
 * that names the bad word and, where one is near, what was probably meant. Reads the user and
 * service databases for their names.
 */
int options_parse(const struct words *words, int argc, char **argv, struct options *ret, char *why,
		  size_t size);

/*
 * Whether an option of record would take this value (NULL: none was given). 0, or -EINVAL with one
 * line in `why`, as options_parse().
 */
int options_try(const struct words *words, const struct option_def *d, const char *value, char *why,
		size_t size);

/* Prints what an action other than ACTION_RUN tells. */
void options_print(FILE *out, const struct words *words, const struct options *o);

/*
 * Its parts: the page of help of a word (WORD_WATCH: the main one), made from the table of options;
 * that of the filters, which the others only name; and what a shell is to read for completion.
 */
void options_print_help(FILE *out, const struct words *words, enum word_id id);
void options_print_filters(FILE *out);
void options_print_completion(FILE *out, const struct words *words, enum shell shell);

#endif
