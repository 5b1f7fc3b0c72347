// SPDX-License-Identifier: GPL-2.0-only
/* Pages that fit a screen of 80 columns: what explains itself is only named. */
#include <stdio.h>
#include <string.h>

#include "cli/options.h"
#include "cli/table.h"
#include "cli/words.h"

#define COLUMNS 80
#define TITLE_WIDTH 9
#define OPTION_WIDTH 24
#define EXPLAINED_MAX 17

static void print_usage(FILE *out, const struct words *words, const struct word *word)
{
	fprintf(out, "Usage: sockwatch %s%s%s%s[OPTIONS]    %s\n", word->name ? word->name : "",
		word->name ? " " : "", word->arg ? word->arg : "", word->arg ? " " : "",
		word->summary);
	if (word->name)
		return;
	for (size_t i = 0; i < words->n; i++)
		if (word_is_named(words->all[i]))
			fprintf(out, "       sockwatch %-6s %-9s %s\n", words->all[i]->name,
				words->all[i]->arg ? words->all[i]->arg : "",
				words->all[i]->summary);
	fputs("       sockwatch help   WORD      the options of a word\n", out);
}

/* Whether it goes by its letter for any of the words. */
static bool has_letter(const struct option_def *d, uint32_t words)
{
	return d->letter && (words & ~d->not_letter);
}

/* "-P, --port=PORT". Returns its length. */
static int option_format(const struct option_def *d, uint32_t words, char *text, size_t size)
{
	const char *before = !d->arg ? "" : d->number ? "[=" : "=";
	int n = has_letter(d, words) ? snprintf(text, size, "-%c, ", d->letter) : 0;

	return n + snprintf(text + n, size - (size_t)n, "--%s%s%s%s", d->name, before,
			    d->arg ? d->arg : "", d->arg && d->number ? "]" : "");
}

/* words: FOR(...) of those whose options are told. */
static bool is_shown(const struct option_def *d, uint32_t words)
{
	return d->take && d->help && d->words & words;
}

/* Its names, as many to a line as fit. */
static void print_names(FILE *out, const struct option_def *title, uint32_t words)
{
	int column = fprintf(out, "%-*s", TITLE_WIDTH - 2, title->name);
	char text[64];

	for (const struct option_def *d = title + 1; d < defs + n_defs && d->take; d++) {
		int len = is_shown(d, words) ? option_format(d, words, text, sizeof(text)) : 0;

		if (!len)
			continue;
		if (column + 2 + len > COLUMNS)
			column = fprintf(out, "\n%*s", TITLE_WIDTH - 2, "") - 1;
		column += fprintf(out, "  %s", text);
	}
	if (title->help)
		fprintf(out, "\n%*s(sockwatch help filters explains them)", TITLE_WIDTH, "");
	fputc('\n', out);
}

static void print_explained(FILE *out, const struct option_def *title, uint32_t words)
{
	char text[64];

	fprintf(out, "%s\n", title->name);
	for (const struct option_def *d = title + 1; d < defs + n_defs && d->take; d++) {
		if (!is_shown(d, words))
			continue;
		option_format(d, words, text, sizeof(text));
		fprintf(out, "%s%-*s %s\n", has_letter(d, words) ? "  " : "      ",
			OPTION_WIDTH - (has_letter(d, words) ? 0 : 4), text, d->help);
	}
}

static bool has_options(const struct option_def *title, uint32_t words)
{
	for (const struct option_def *d = title + 1; d < defs + n_defs && d->take; d++)
		if (is_shown(d, words))
			return true;
	return false;
}

/* Whether all would be more than a screen: then the usual ones are only named. */
static bool has_many(uint32_t words)
{
	const struct option_def *title = defs;
	size_t n = 0;

	for (const struct option_def *d = defs; d < defs + n_defs; d++) {
		title = d->take ? title : d;
		n += !title->list && is_shown(d, words);
	}
	return n > EXPLAINED_MAX;
}

void options_print_help(FILE *out, const struct words *words, enum word_id id)
{
	const struct word *word = word_of(words, id);

	print_usage(out, words, word);
	for (const struct option_def *d = defs; d < defs + n_defs; d++) {
		if (d->take || !has_options(d, FOR(id)))
			continue;
		if (d->list || (has_many(FOR(id)) && !strcmp(d->name, "Output")))
			print_names(out, d, FOR(id));
		else
			print_explained(out, d, FOR(id));
	}
	fprintf(out, "Examples\n%s", word->examples);
}

void options_print_filters(FILE *out)
{
	for (const struct option_def *d = defs; d < defs + n_defs; d++) {
		if (d->take || !d->list || !strcmp(d->name, "Other"))
			continue;
		print_explained(out, d, FOR_SOCKETS);
		if (d->help)
			fprintf(out, "  %s\n", d->help);
	}
	fputs("Examples\n"
	      "  sockwatch -D https --no-loopback --comm curl,wget\n"
	      "  sockwatch list --state=time-wait,close-wait --local-addr 10.0.0.0/8\n"
	      "  sockwatch -u -P domain --uid root,1000\n"
	      "  sockwatch list state time-wait dst 10.0.0.0/8 dport = :443\n",
	      out);
}
