// SPDX-License-Identifier: GPL-2.0-only
#include "cli/words.h"

#include <stdio.h>
#include <string.h>

#include "cli/suggest.h"

#define NAMES_MAX 32

bool word_is_named(const struct word *word)
{
	return word->name && word->summary;
}

const struct word *word_find(const struct words *words, const char *name)
{
	for (size_t i = 0; i < words->n; i++)
		if (word_is_named(words->all[i]) && !strcmp(words->all[i]->name, name))
			return words->all[i];
	return NULL;
}

const struct word *word_of(const struct words *words, enum word_id id)
{
	for (size_t i = 0; i < words->n; i++)
		if (words->all[i]->id == id)
			return words->all[i];
	return words->all[0];
}

const char *words_near(const struct words *words, const char *text, const char *other)
{
	const char *names[NAMES_MAX], *only = NULL;
	size_t n = 0, len = strlen(text), found = 0;

	for (size_t i = 0; i < words->n && n < NAMES_MAX - 1; i++)
		if (word_is_named(words->all[i]))
			names[n++] = words->all[i]->name;
	names[n++] = other;
	for (size_t i = 0; i < n && len; i++) {
		if (strncmp(names[i], text, len))
			continue;
		only = names[i];
		found++;
	}
	return found ? (found == 1 ? only : NULL) : suggest(text, names, n);
}

void words_format(const struct words *words, uint32_t set, char *text, size_t size)
{
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < words->n && len < size; i++)
		if (set & FOR(words->all[i]->id))
			len += (size_t)snprintf(text + len, size - len, "%s%s", len ? ", " : "",
						words->all[i]->name ? words->all[i]->name
								    : "the stream");
}

enum word_id word_first(const struct words *words, int argc, char **argv)
{
	const struct word *word;
	int i = 1;

	while (i < argc && argv[i][0] == '-')
		i++;
	word = i < argc ? word_find(words, argv[i]) : NULL;
	return word ? word->id : WORD_WATCH;
}
