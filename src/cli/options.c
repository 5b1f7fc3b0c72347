// SPDX-License-Identifier: GPL-2.0-only
#include "cli/options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cli/columns.h"
#include "cli/counts.h"
#include "cli/explain.h"
#include "cli/export.h"
#include "cli/expression.h"
#include "cli/habits.h"
#include "cli/keep.h"
#include "cli/parsing.h"
#include "cli/table.h"
#include "cli/take.h"
#include "cli/target.h"
#include "cli/times.h"
#include "cli/values.h"
#include "cli/words.h"
#include "core/kinds.h"

#define BUFFER_DEFAULT ((size_t)4 << 20)
#define IDLE_DEFAULT_MS 60000
#define ONLY_LONG 256 /* + index: getopt's value of an option without a letter */

/* getopt's two tables, made from ours. */
static void getopt_tables(char *letters, struct option *longs, enum word_id first)
{
	*letters++ = ':'; /* tell a missing value from an unknown option */
	for (size_t i = 0; i < n_defs; i++) {
		const struct option_def *d = &defs[i];

		if (!d->take)
			continue;
		if (option_has_letter(d, first)) {
			*letters++ = d->letter;
			if ((d->arg || d->number) && !d->by_name)
				*letters++ = ':';
			if (d->number && !d->by_name)
				*letters++ = ':';
		}
		longs->name = d->name;
		longs->has_arg = d->number ? optional_argument
				 : d->arg  ? required_argument
					   : no_argument;
		longs->flag = NULL;
		longs->val = ONLY_LONG + (int)i;
		longs++;
	}
	*letters = '\0';
	*longs = (struct option){ 0 };
}

static const struct option_def *def_of(const struct parsing *p, int val)
{
	if (val >= ONLY_LONG)
		return &defs[val - ONLY_LONG];
	for (size_t i = 0; i < n_defs; i++)
		if (option_has_letter(&defs[i], p->first) && defs[i].letter == val)
			return &defs[i];
	return NULL;
}

/* Gives an option its value, or each value of a list. */
static int take(struct parsing *p, const struct option_def *d, const char *arg)
{
	struct options *o = p->o;
	char *copy, *rest, *value;
	int err = 0;

	o->given[d - defs] = true;
	o->select.filter.on |= d->bit;
	if (d->flag)
		*(bool *)((char *)o + d->flag) = true;
	if (!d->list) {
		err = d->take(o, arg);
		return err ? explain_value(p, err, d, arg) : 0;
	}
	copy = rest = strdup(arg);
	if (!copy)
		return parsing_fail(p, "out of memory");
	while (!err && (value = strsep(&rest, ","))) {
		err = d->take(o, value);
		if (err)
			explain_value(p, err, d, value);
	}
	free(copy);
	return err ? -EINVAL : 0;
}

static bool is_value(const struct option_def *d, const char *text)
{
	return d->is_value ? d->is_value(text) : isdigit((unsigned char)text[0]);
}

/* What letters mean together. */
static void note_given(struct parsing *p, const struct option_def *d, int letter)
{
	p->json = p->json || d->take == take_json;
	p->csv = p->csv || d->take == take_csv;
	p->terse = p->terse || letter == 't';
	p->tcp = p->tcp || (letter != 't' && d == def_of(p, 't'));
}

static int take_number(struct parsing *p, const struct option_def *d, const char *text);

/* What is left of a bundle, behind a letter that might have had it for its value. */
static int take_letters(struct parsing *p, const char *text)
{
	for (; *text; text++) {
		const struct option_def *d = def_of(p, *text);
		const char *value = text[1] ? text + 1 : NULL;

		if (!d)
			return explain_unknown(p, "", *text);
		note_given(p, d, *text);
		if (d->number && !d->by_name)
			return take_number(p, d, value);
		if (d->arg && !d->by_name && !value && optind < p->argc)
			value = p->argv[optind++];
		if (d->arg && !d->by_name)
			return value ? take(p, d, value) : explain_missing(p, d);
		if (take(p, d, NULL))
			return -EINVAL;
	}
	return 0;
}

/*
 * An option whose value may be left out. In a bundle ("-ct") getopt took the letters behind it for
 * its value; a number may also be the next argument ("-c 5").
 */
static int take_number(struct parsing *p, const struct option_def *d, const char *text)
{
	if (!text && optind < p->argc && is_value(d, p->argv[optind]))
		text = p->argv[optind++];
	if (!text || is_value(d, text))
		return take(p, d, text);
	if (take(p, d, NULL))
		return -EINVAL;
	return take_letters(p, text);
}

static int take_option(struct parsing *p, int val)
{
	const struct option_def *d;

	if (val == ':')
		return explain_missing(p, def_of(p, optopt));
	if (val == '?' && optopt >= ONLY_LONG)
		return parsing_fail(p, "--%s takes no value", def_of(p, optopt)->name);
	if (val == '?')
		return explain_unknown(p, p->argv[optind > 1 && !optopt ? optind - 1 : p->at],
				       optopt);
	d = def_of(p, val);
	note_given(p, d, val);
	return d->number && !d->by_name && val < ONLY_LONG ? take_number(p, d, optarg)
							   : take(p, d, optarg);
}

/* What follows makes no difference. */
static bool ends_at_once(const struct options *o)
{
	return o->action != ACTION_RUN;
}

static int take_options(struct parsing *p)
{
	char letters[DEFS_MAX * 3 + 2];
	struct option longs[DEFS_MAX + 1];
	int val;

	getopt_tables(letters, longs, p->first);
	opterr = 0;
	optind = 0; /* start anew, also when called twice (tests) */
	p->at = 1;
	while ((val = getopt_long(p->argc, p->argv, letters, longs, NULL)) != -1) {
		if (take_option(p, val))
			return -EINVAL;
		if (ends_at_once(p->o))
			return 0;
		p->at = optind;
	}
	return 0;
}

/* "help", and what about. */
static int take_help_word(struct parsing *p)
{
	const char *topic = ++optind < p->argc ? p->argv[optind] : NULL, *near;
	const struct word *word = topic ? word_find(p->words, topic) : NULL;
	char list[64];

	p->o->action = ACTION_HELP;
	p->o->help_filters = topic && (!strcmp(topic, "filters") || !strcmp(topic, "filter"));
	p->o->help_of = word ? word->id : WORD_WATCH;
	if (!topic || word || p->o->help_filters)
		return 0;
	words_format(p->words, (FOR_ALL | FOR_TRACERS) & ~FOR_WATCH, list, sizeof(list));
	near = words_near(p->words, topic, "filters");
	return parsing_fail(p, "help: '%s' is not a word (%s) or filters%s%s%s", topic, list,
			    near ? ": did you mean " : "", near ? near : "", near ? "?" : "");
}

/*
 * Puts the word before the options again, where getopt has moved it behind them: another program
 * may take the command line anew (proc/program.h).
 */
static void put_first(struct parsing *p, int at)
{
	char *word = p->argv[at];

	memmove(&p->argv[2], &p->argv[1], (size_t)(at - 1) * sizeof(*p->argv));
	p->argv[1] = word;
}

/* Where an expression begins: at once, of top behind texts, too; argc: there is none. */
static int expression_at(const struct parsing *p, enum word_id id)
{
	for (int i = optind; i < p->argc; i++) {
		if (expression_begins(id, p->argv[i]))
			return i;
		if (id != WORD_TOP)
			break;
	}
	return p->argc;
}

/* The word that chooses the job, and what it takes. */
static int take_words(struct parsing *p)
{
	const struct word *word = NULL;
	int at;

	if (optind < p->argc && !strcmp(p->argv[optind], "help"))
		return take_help_word(p);
	if (optind < p->argc)
		word = word_find(p->words, p->argv[optind]);
	if (word && word->id == WORD_LIST && p->o->word == WORD_STATS) {
		p->o->summary = true; /* as ss -s: not the word of that letter */
		p->o->word = WORD_LIST;
	}
	if (word && word->id == WORD_LIST && p->o->word == WORD_LINK) {
		p->o->rows.info = true; /* as ss -i, likewise */
		p->o->word = WORD_LIST;
	}
	if (p->o->lsof && (p->o->word == WORD_WATCH || p->o->word == WORD_LINK))
		p->o->word = WORD_LIST; /* that once, as lsof does */
	if (word && word->id == WORD_LIST && p->o->word == WORD_ROUTE)
		return parsing_fail(p, "list -r: %s", habit_meant("route", NULL, WORD_LIST));
	if (word && p->o->word != WORD_WATCH && p->o->word != word->id)
		return parsing_fail(
			p, "'%s': one word chooses the job, and there is another: leave one out",
			word->name);
	if (word) {
		p->o->word = word->id;
		put_first(p, optind++);
	}
	if (word && word->id == WORD_LOG && p->first != WORD_LOG && p->o->print.numeric)
		return parsing_fail(p, "-n N of log stands behind it: log -n 20");
	at = expression_at(p, word ? word->id : parsing_job(p->o));
	if (word && word->arg && (at == p->argc || at > optind)) {
		p->o->args = &p->argv[optind];
		p->o->n_args = at - optind;
	}
	if (at < p->argc)
		return expression_take(p, word ? word->id : parsing_job(p->o), &p->argv[at],
				       (size_t)(p->argc - at));
	if (word && word->arg)
		return 0;
	if (!word)
		word = word_of(p->words, parsing_job(p->o));
	return optind < p->argc ? explain_word(p, word, p->argv[optind]) : 0;
}

int options_try(const struct words *words, const struct option_def *d, const char *value, char *why,
		size_t size)
{
	struct options scratch = { .words = words };
	struct parsing p = {
		.o = &scratch, .words = words, .why = why, .size = size, .first = WORD_RECORD
	};

	if (d->arg && !value && !d->number)
		return explain_missing(&p, d);
	if (!d->arg && value)
		return parsing_fail(&p, "--%s takes no value", d->name);
	return take(&p, d, value);
}

/* The page of help that is meant: of the word that stands anywhere. */
static enum word_id help_of(const struct parsing *p)
{
	for (int i = 1; i < p->argc; i++) {
		const struct word *word = word_find(p->words, p->argv[i]);

		if (word)
			return word->id;
	}
	return WORD_WATCH;
}

int options_parse(const struct words *words, int argc, char **argv, struct options *ret, char *why,
		  size_t size)
{
	struct parsing p = { .o = ret,
			     .words = words,
			     .argv = argv,
			     .argc = argc,
			     .why = why,
			     .size = size,
			     .first = word_first(words, argc, argv) };
	int err;

	*ret = (struct options){ .words = words,
				 .argv = argv,
				 .watch.buffer_size = BUFFER_DEFAULT,
				 .watch.idle_ms = IDLE_DEFAULT_MS };
	keep_default(&ret->keep);
	export_default(&ret->out);
	err = take_options(&p);
	if (!err && ret->action == ACTION_HELP)
		ret->help_of = help_of(&p);
	if (err || ends_at_once(ret))
		return err;
	err = take_words(&p);
	return err || ends_at_once(ret) ? err : parsing_check(&p);
}

void options_print(FILE *out, const struct words *words, const struct options *o)
{
	if (o->action == ACTION_VERSION)
		fputs("sockwatch " SOCKWATCH_VERSION "\n", out);
	else if (o->action == ACTION_FIELDS)
		columns_print(out, words);
	else if (o->action == ACTION_COMPLETION)
		options_print_completion(out, words, o->shell);
	else if (o->help_filters)
		options_print_filters(out);
	else
		options_print_help(out, words, o->help_of);
}
