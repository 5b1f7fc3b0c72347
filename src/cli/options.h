/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line: one table of options, from which parsing and --help come. */
#ifndef SOCKWATCH_CLI_OPTIONS_H
#define SOCKWATCH_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "filter.h"

enum output_format { OUTPUT_TEXT, OUTPUT_JSON, OUTPUT_CSV };
enum time_style { TIME_DEFAULT, TIME_CLOCK, TIME_ISO, TIME_EPOCH, TIME_DELTA };
enum snapshot_source { SNAPSHOT_AUTO, SNAPSHOT_PROC, SNAPSHOT_BPF };
enum owner_store { STORE_AUTO, STORE_SOCKET, STORE_HASH };

/* What is to be done. */
enum options_action { ACTION_STREAM, ACTION_LIST, ACTION_FEATURES, ACTION_HELP, ACTION_VERSION };

struct options {
	enum options_action action;
	struct sw_filter filter;
	enum output_format format;
	enum time_style time;
	enum snapshot_source snapshot;
	enum owner_store store;
	bool tcp; /* at least one of both is set */
	bool udp;
	bool retransmits;
	bool time_wait_by_rule;
	bool events_only;
	bool no_header;
	bool extended;
	bool strict;
	int verbosity;
	uint64_t count;	      /* events to tell before the end; 0: no limit */
	uint64_t duration_ms; /* 0: no limit */
	size_t buffer_size;   /* a power of two, at least a page */
};

/*
 * Parses argv into *ret. 0; or -EINVAL with one line in `why` that names the bad word and, where
 * one is near, what was probably meant. Reads the user and service databases for their names.
 */
int options_parse(int argc, char **argv, struct options *ret, char *why, size_t size);

/* Prints the help, made from the table of options. */
void options_print_help(FILE *out);

#endif
