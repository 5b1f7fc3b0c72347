/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line, taken apart by the table of options (cli/table.h) and that of words. */
#ifndef SOCKWATCH_CLI_OPTIONS_H
#define SOCKWATCH_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/select.h"
#include "core/who.h"
#include "filter.h"

enum output_format { OUTPUT_TEXT, OUTPUT_JSON, OUTPUT_CSV };
enum time_style { TIME_DEFAULT, TIME_CLOCK, TIME_ISO, TIME_EPOCH, TIME_DELTA };
enum snapshot_source { SNAPSHOT_AUTO, SNAPSHOT_PROC, SNAPSHOT_BPF };

enum shell { SHELL_BASH, SHELL_ZSH, SHELL_FISH };
enum color_when { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

#define SORT_KEYS_MAX 8

/* What is to be done. */
enum options_action {
	ACTION_STREAM,
	ACTION_LIST,
	ACTION_WHO,
	ACTION_ROUTE,
	ACTION_LINK,
	ACTION_STATS,
	ACTION_FEATURES,
	ACTION_HELP,
	ACTION_VERSION,
	ACTION_COMPLETION
};

struct options {
	enum options_action action;
	struct sw_filter filter;
	enum output_format format;
	enum time_style time;
	enum snapshot_source snapshot;
	uint32_t max_sockets; /* 0: as the memory is */
	enum color_when color;
	enum options_action help_of; /* of ACTION_HELP: which page */
	bool help_filters;	     /* of ACTION_HELP: the page of the filters */
	enum shell shell;
	bool tcp; /* of these four one or more are set, unless a page shows all */
	bool udp;
	bool raw;
	bool local_sockets;  /* AF_UNIX */
	bool every_protocol; /* none of these four was selected, and the word shows all */
	bool all;	     /* -a */
	bool retransmits;
	bool time_wait_by_rule;
	bool events_only;
	bool no_header;
	bool extended;
	bool strict;
	bool numeric;
	bool resolve;
	bool timers;
	bool wide;
	bool follow;
	int verbosity;
	enum sort_key sorts[SORT_KEYS_MAX]; /* the first counts most */
	int n_sorts;
	char *const *args; /* of a word that takes some: borrowed from argv */
	int n_args;
	struct who_ports ports; /* that they name; none of a protocol that was not asked for */
	uint64_t repeat_ms;	/* between two pages; 0: one is enough */
	uint64_t count;		/* events, or pages, to tell before the end; 0: no limit */
	uint64_t duration_ms;	/* 0: no limit */
	size_t buffer_size;	/* a power of two, at least a page */
};

/*
 * Parses argv into *ret. 0; or -EINVAL with one line in `why` that names the bad word and, where
 * one is near, what was probably meant. Reads the user and service databases for their names.
 */
int options_parse(int argc, char **argv, struct options *ret, char *why, size_t size);

/*
 * Prints the page of help of a word (ACTION_STREAM: the main one), made from the table of options;
 * or that of the filters, which the others only name.
 */
void options_print_help(FILE *out, enum options_action word);
void options_print_filters(FILE *out);

/* Prints what a shell is to read for completion, made from the same table. */
void options_print_completion(FILE *out, enum shell shell);

#endif
