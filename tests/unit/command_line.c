// SPDX-License-Identifier: GPL-2.0-only
#include "command_line.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "words/words.h"

#define WORDS_MAX 80

struct options options; /* too large for a stack */
char why[512];

int parse(const char *line)
{
	static char *copy; /* until the next one, as options point into it */
	char *rest, *word;
	char *argv[WORDS_MAX + 2];
	char name[] = "sockwatch";
	int argc = 0;

	free(copy);
	rest = copy = strdup(line);
	assert_non_null(copy);
	argv[argc++] = name;
	while (*line && (word = strsep(&rest, " "))) {
		assert_true(argc <= WORDS_MAX);
		argv[argc++] = word;
	}
	argv[argc] = NULL;
	memset(why, 0, sizeof(why));
	return options_parse(&all_words, argc, argv, &options, why, sizeof(why));
}

void good(const char *line)
{
	if (parse(line))
		fail_msg("'%s' is refused: %s", line, why);
}

void bad(const char *line, const char *words)
{
	if (!parse(line))
		fail_msg("'%s' is taken", line);
	if (!strstr(why, words))
		fail_msg("'%s': '%s' does not say '%s'", line, why, words);
	if (strchr(why, '\n'))
		fail_msg("'%s': more than a line: '%s'", line, why);
}

void bad_values(const char *option, const char *const *values, size_t n, const char *reason)
{
	for (size_t i = 0; i < n; i++) {
		char line[80], words[120];

		snprintf(line, sizeof(line), "%s=%s", option, values[i]);
		snprintf(words, sizeof(words), "%s: '%s' is not %s", option, values[i], reason);
		bad(line, words);
	}
}

void set_check(const char *line, const char *field, uint64_t is, uint64_t want)
{
	if (is != want)
		fail_msg("'%s' sets %s to %" PRIu64 ", not to %" PRIu64, line, field, is, want);
}
