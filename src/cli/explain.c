// SPDX-License-Identifier: GPL-2.0-only
#include "cli/explain.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/columns.h"
#include "cli/habits.h"
#include "cli/options.h"
#include "cli/parsing.h"
#include "cli/suggest.h"
#include "cli/table.h"
#include "cli/take.h"
#include "cli/values.h"
#include "cli/words.h"

int parsing_fail(struct parsing *p, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(p->why, p->size, format, args);
	va_end(args);
	return -EINVAL;
}

int explain_value(struct parsing *p, int err, const struct option_def *d, const char *value)
{
	const char *also, *near;

	if (err == -EEXIST)
		return parsing_fail(
			p, "-%c: one word chooses the job, and there is another: leave one out",
			d->letter);
	if (err == -E2BIG)
		return parsing_fail(p, "--%s%s%s: at most %d values", d->name, d->list ? " " : "",
				    d->list ? value : "", SW_FILTER_MAX);
	if (value && (d->take == take_fields || d->take == take_sort)) {
		near = column_near(p->words, value);
		if (near && !strcmp(near, value)) /* a column, and not for this */
			near = NULL;
		return parsing_fail(p, "--%s: '%s' is not %s%s%s%s", d->name, value, d->wants,
				    near ? ": did you mean " : "", near ? near : "",
				    near ? "?" : "");
	}
	also = habit_meant(d->name, value, p->first);
	return parsing_fail(p, "--%s: '%s' is not %s%s%s", d->name, value ? value : "", d->wants,
			    also ? "; " : "", also ? also : "");
}

int explain_missing(struct parsing *p, const struct option_def *d)
{
	const char *also = habit_meant(d->name, NULL, p->first);

	return parsing_fail(p, "--%s needs a value: %s%s%s", d->name, d->wants, also ? "; " : "",
			    also ? also : "");
}

/* The long option that looks most like `word` ("--prot"), or NULL. */
static const char *nearest_option(const char *word)
{
	const char *names[DEFS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < n_defs; i++)
		if (defs[i].take && (defs[i].help || defs[i].letter || defs[i].wants))
			names[n++] = defs[i].name;
	return suggest(word, names, n);
}

int explain_unknown(struct parsing *p, const char *word, int letter)
{
	const char *near, *say;
	char name[64];

	snprintf(name, sizeof(name), "%.*s", letter ? 0 : (int)strcspn(word + 2, "="),
		 letter ? "" : word + 2);
	say = habit_unknown(letter, name);
	if (say && letter)
		return parsing_fail(p, "-%c: %s", letter, say);
	if (say)
		return parsing_fail(p, "--%s: %s", name, say);
	if (letter)
		return parsing_fail(p, "unknown option '-%c' (sockwatch --help lists them)",
				    letter);
	near = nearest_option(name);
	if (near)
		return parsing_fail(p, "unknown option '%s': did you mean --%s?", word, near);
	return parsing_fail(p, "unknown option '%s' (sockwatch --help lists them)", word);
}

static int explain_lone_number(struct parsing *p, const char *before, const char *text,
			       uint64_t number)
{
	if (before[0] == '-' && before[1] != '-' && strchr(before, 'p'))
		return parsing_fail(p, "%s takes no value: did you mean --pid %s?", before, text);
	if (number > 65535)
		return parsing_fail(p, "unexpected word '%s': did you mean --pid %s?", text, text);
	return parsing_fail(p, "unexpected word '%s': did you mean --port %s, --pid %s or who %s?",
			    text, text, text, text);
}

/* What lsof calls so: of an option whose value stands behind a blank there. */
static const char *lsof_option(const char *before)
{
	if (!strcmp(before, "-u"))
		return "uid";
	if (!strcmp(before, "-c"))
		return "comm";
	return strcmp(before, "-p") ? NULL : "pid";
}

/* A word that stands where `word` has chosen the job (the stream's has no name) and takes none. */
int explain_word(struct parsing *p, const struct word *word, const char *text)
{
	const char *before = p->argv[optind - 1], *near = words_near(p->words, text, "help");
	bool sockets = FOR(word->id) & (FOR_WATCH | FOR_LIST);
	struct sw_cidr_set addrs = { 0 };
	struct sw_port_set ports = { 0 };
	uint64_t number;

	if (word->name && !strcmp(text, "help"))
		return parsing_fail(p, "unexpected word 'help' behind '%s': did you mean help %s?",
				    word->name, word->name);
	if (sockets && p->o->follow && habit_is_family(text))
		return parsing_fail(p, "unexpected word '%s': ss -f %s is list --family %s", text,
				    text, text);
	if (word->name && word_find(p->words, text))
		return parsing_fail(p, "unexpected word '%s' behind '%s': one word chooses the job",
				    text, word->name);
	if (sockets && lsof_option(before))
		return parsing_fail(p, "%s takes no value: did you mean --%s %s?", before,
				    lsof_option(before), text);
	if (near && !word->name)
		return parsing_fail(p, "unexpected word '%s': did you mean %s?", text, near);
	if (sockets && !value_number(text, 1, UINT32_MAX, &number))
		return explain_lone_number(p, before, text, number);
	if (sockets && !value_cidr(text, &addrs))
		return parsing_fail(p, "unexpected word '%s': did you mean --addr %s?", text, text);
	if (sockets && !value_port(text, &ports))
		return parsing_fail(p, "unexpected word '%s': did you mean --port %s or who %s?",
				    text, text, text);
	return parsing_fail(p, "unexpected word '%s' (sockwatch %s%s--help shows what there is)",
			    text, word->name ? word->name : "", word->name ? " " : "");
}
