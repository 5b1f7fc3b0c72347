// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "cli/options.h"
#include "cli/table.h"
#include "cli/words.h"

static void print_usage(FILE *out, const struct word_def *word)
{
	fprintf(out, "Usage: sockwatch %s%s%s%s[OPTIONS]\n", word->name ? word->name : "",
		word->name ? " " : "", word->arg ? word->arg : "", word->arg ? " " : "");
	fprintf(out, "  %s\n", word->summary);
	if (word->name)
		return;
	fputs("\nWords (sockwatch WORD --help tells more):\n", out);
	for (size_t i = 0; i < n_words; i++)
		if (words[i].name)
			fprintf(out, "  %-5s %-9s %s\n", words[i].name,
				words[i].arg ? words[i].arg : "", words[i].summary);
}

static void print_option(FILE *out, const struct option_def *d)
{
	char left[48];
	int n = snprintf(left, sizeof(left), d->letter ? "-%c, " : "    ", d->letter);
	const char *before = !d->arg ? "" : d->number ? "[=" : "=";

	snprintf(left + n, sizeof(left) - (size_t)n, "--%s%s%s%s", d->name, before,
		 d->arg ? d->arg : "", d->arg && d->number ? "]" : "");
	fprintf(out, "  %-26s %s\n", left, d->help);
}

void options_print_help(FILE *out, enum options_action action)
{
	const struct word_def *word = word_of(action);
	const struct option_def *title = NULL;

	print_usage(out, word);
	for (size_t i = 0; i < n_defs; i++) {
		const struct option_def *d = &defs[i];

		if (!d->take)
			title = d;
		if (!d->take || !d->help || !(d->words & FOR(action)))
			continue;
		if (title)
			fprintf(out, "\n%s:\n", title->name);
		title = NULL;
		print_option(out, d);
	}
	fprintf(out, "\nExamples:\n%s", word->examples);
}
