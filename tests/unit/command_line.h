/* SPDX-License-Identifier: GPL-2.0-only */
/* Command lines that are taken, with what they set, and those that are refused, with the reason. */
#ifndef SOCKWATCH_TESTS_COMMAND_LINE_H
#define SOCKWATCH_TESTS_COMMAND_LINE_H

#include "unit.h"

#include "cli/options.h"

/* Of the last line: what it set, and why it was refused. */
extern struct options options;
extern char why[512];

/* Parses a command line whose words are separated by one blank each; as options_parse(). */
int parse(const char *line);

/* Taken. */
void good(const char *line);

/* Refused, in one line that holds `words`. */
void bad(const char *line, const char *words);

/* Each of these values is refused, by its name: "OPTION: 'VALUE' is not REASON". */
void bad_values(const char *option, const char *const *values, size_t n, const char *reason);

/* Taken, and then a field is `want`; all that can be cast to a number. */
#define SETS(line, field, want) \
	(good(line), set_check(line, #field, (uint64_t)options.field, (uint64_t)(want)))
void set_check(const char *line, const char *field, uint64_t is, uint64_t want);

#endif
