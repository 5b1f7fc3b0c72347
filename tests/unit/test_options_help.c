// SPDX-License-Identifier: GPL-2.0-only
/* The pages of help, and whether what they say is so. */
#include "command_line.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/table.h"
#include "words/words.h"

/* A page as one string, to be freed. */
static char *page_of(enum word_id word, bool filters)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	if (filters)
		options_print_filters(out);
	else
		options_print_help(out, &all_words, word);
	assert_int_equal(fclose(out), 0);
	assert_null(strstr(text, "(null)"));
	return text;
}

static void assert_fits(const char *text, int lines)
{
	int n = 0;

	for (const char *line = text; *line; line += strcspn(line, "\n") + 1, n++)
		assert_true(strcspn(line, "\n") <= 80);
	assert_true(n <= lines);
}

TEST(options__help_of_each_word_fits_a_screen_and_names_its_options)
{
	for (size_t w = 0; w < all_words.n; w++) {
		const struct word *word = all_words.all[w];
		char *text = word->summary ? page_of(word->id, false) : NULL;

		if (!text) /* reached by an option only */
			continue;
		assert_fits(text, word->name ? 38 : 46);
		for (size_t i = 0; i < n_defs; i++) {
			char name[64];

			snprintf(name, sizeof(name), "--%s", defs[i].name);
			if (!defs[i].take || !defs[i].help || !(defs[i].words & FOR(word->id)))
				continue;
			if (!strstr(text, name))
				fail_msg("the help of %s lacks %s",
					 word->name ? word->name : "the stream", name);
		}
		free(text);
	}
}

TEST(options__help_of_filters_explains_each)
{
	char *text = page_of(WORD_WATCH, true);

	assert_fits(text, 38);
	assert_non_null(strstr(text, "-P, --port=PORT"));
	assert_non_null(strstr(text, "--no-loopback"));
	assert_non_null(strstr(text, "commas"));
	assert_non_null(strstr(text, "--failed"));   /* the stream's */
	assert_non_null(strstr(text, "-x, --unix")); /* list's */
	free(text);
}

/* Every line that begins with the program's name, up to the explanation. */
TEST(options__examples_of_the_help_are_right)
{
	int n = 0;

	for (size_t w = 0; w < all_words.n; w++) {
		const struct word *word = all_words.all[w];
		char *text = word->summary ? page_of(word->id, false) : NULL;
		char *examples, *line, *rest;

		if (!text)
			continue;
		examples = strstr(text, "Examples\n");
		assert_non_null(examples);
		rest = examples + strlen("Examples\n");
		while ((line = strsep(&rest, "\n")) && *line) {
			char *explanation = strstr(line + 2, "   ");

			assert_non_null(explanation);
			*explanation = '\0';
			assert_int_equal(strncmp(line, "  sockwatch ", 12), 0);
			if (strstr(line, "who ") && strstr(line, "--since"))
				SETS(line + 12, word, WORD_WHO_PAST);
			else
				SETS(line + 12, word, word->id);
			n++;
		}
		free(text);
	}
	assert_true(n >= 12);
}

TEST(options__examples_of_filters_are_right)
{
	char *text = page_of(WORD_WATCH, true);
	char *rest = strstr(text, "Examples\n"), *line;
	int n = 0;

	assert_non_null(rest);
	strsep(&rest, "\n");
	while ((line = strsep(&rest, "\n")) && *line) {
		assert_int_equal(strncmp(line, "  sockwatch ", 12), 0);
		good(line + 12);
		assert_int_not_equal(options.select.filter.on, 0);
		n++;
	}
	assert_int_equal(n, 4);
	free(text);
}

TEST(options__help_is_a_word_too)
{
	good("help");
	assert_int_equal(options.action, ACTION_HELP);
	assert_int_equal(options.help_of, WORD_WATCH);
	SETS("help who", help_of, WORD_WHO);
	SETS("help filters", help_filters, true);
	bad("help everything", "help: 'everything' is not a word");
}

TEST(options__help_is_of_the_word_that_stands_anywhere)
{
	SETS("--help", help_of, WORD_WATCH);
	SETS("-h route", help_of, WORD_ROUTE);
	SETS("who -h", help_of, WORD_WHO);
}
