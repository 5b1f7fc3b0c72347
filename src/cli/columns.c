// SPDX-License-Identifier: GPL-2.0-only
#include "cli/columns.h"

#include <errno.h>
#include <string.h>

#include "cli/options.h"
#include "cli/parsing.h"
#include "cli/schemas.h"
#include "cli/suggest.h"
#include "cli/table.h"
#include "cli/words.h"
#include "core/kinds.h"

#define NAME_WIDTH 20
#define ALL_MAX (2 * FIELDS_MAX)

/* A program that prints no columns has none. */
static bool column_at(const struct words *words, bool of_unix, size_t i, struct named_column *ret)
{
	return words->column && words->column(of_unix, i, ret);
}

static bool find(const struct words *words, bool of_unix, const char *name,
		 struct named_column *ret)
{
	for (size_t i = 0; column_at(words, of_unix, i, ret); i++)
		if (!strcmp(ret->name, name))
			return true;
	return false;
}

const char *column_find(const struct words *words, const char *name)
{
	struct named_column column;

	if (find(words, false, name, &column) || find(words, true, name, &column))
		return column.name;
	return NULL;
}

const char *column_near(const struct words *words, const char *name)
{
	const char *all[ALL_MAX];
	struct named_column column;
	size_t n = 0;

	for (int of_unix = 0; of_unix < 2; of_unix++)
		for (size_t i = 0; n < ALL_MAX && column_at(words, of_unix, i, &column); i++)
			all[n++] = column.name;
	return suggest(name, all, n);
}

static bool is_chosen(const struct options *o, const char *name)
{
	for (size_t i = 0; i < o->print.n_fields; i++)
		if (!strcmp(o->print.fields[i], name))
			return true;
	return false;
}

int take_fields(struct options *o, const char *v)
{
	struct named_column column;

	if (!strcmp(v, "help") || !strcmp(v, "list")) {
		o->action = ACTION_FIELDS;
		return 0;
	}
	if (!find(o->words, false, v, &column) && !find(o->words, true, v, &column))
		return -EINVAL;
	if (is_chosen(o, column.name)) /* a second member of that name would be no JSON */
		return 0;
	o->print.fields[o->print.n_fields++] = column.name;
	return 0;
}

static void ask(struct options *o, uint32_t word, uint32_t needs)
{
	o->print.details = o->print.details || needs & NEED_PLACE;
	o->print.processes = o->print.processes || needs & NEED_PROCESSES;
	o->print.resolve = o->print.resolve || needs & NEED_NAMES;
	o->nat = o->nat || needs & NEED_NAT;
	o->past.peers = o->past.peers || (word == WORD_LOG && needs & NEED_PEERS);
	if (word != WORD_LIST) /* only its rows have them */
		return;
	o->rows.timers = o->rows.timers || needs & NEED_TIMERS;
	o->rows.memory = o->rows.memory || needs & NEED_MEMORY;
	o->rows.info = o->rows.info || needs & NEED_INFO;
}

/* Of Unix sockets only where nothing else is asked for: the others have other columns. */
static int check_names(struct parsing *p, bool of_unix)
{
	const struct options *o = p->o;
	struct named_column column;

	for (size_t i = 0; i < o->print.n_fields; i++)
		if (!find(o->words, of_unix, o->print.fields[i], &column))
			return parsing_fail(p,
					    of_unix ? "--fields: Unix sockets have no '%s' "
						      "(sockwatch --fields help lists theirs)"
						    : "--fields: only Unix sockets have '%s': list "
						      "-x",
					    o->print.fields[i]);
	return 0;
}

static void ask_for_all(struct options *o, uint32_t word, bool of_unix)
{
	struct named_column column;

	for (size_t i = 0; i < o->print.n_fields; i++)
		if (find(o->words, of_unix, o->print.fields[i], &column))
			ask(o, word, column.needs);
	for (int i = 0; i < o->n_sorts; i++)
		if (o->sorts[i] == SORT_FIELD && find(o->words, false, o->sort_fields[i], &column))
			ask(o, word, column.needs);
}

/* What Unix sockets have nothing of. */
static bool is_of_addresses(enum sort_key key)
{
	return key == SORT_PORT || key == SORT_REMOTE || key == SORT_REMOTE_PORT ||
	       key == SORT_TIMER;
}

/* Where both tables are told, each is sorted by what it has. */
static int check_sorts(struct parsing *p, bool of_unix)
{
	const struct options *o = p->o;
	struct named_column column;

	for (int i = 0; i < o->n_sorts && !o->count.n_keys; i++) {
		const char *name = o->sort_fields[i];
		bool is_field = o->sorts[i] == SORT_FIELD;

		if (of_unix && (is_field ? !find(o->words, true, name, &column)
					 : is_of_addresses(o->sorts[i])))
			return parsing_fail(p,
					    "--sort: Unix sockets have no '%s' (sockwatch "
					    "--fields help lists theirs)",
					    is_field ? name : sort_names[o->sorts[i]]);
		if (is_field && !o->select.unix_sockets && !find(o->words, false, name, &column))
			return parsing_fail(p, "--sort: only Unix sockets have '%s': list -x",
					    name);
	}
	return 0;
}

int columns_check(struct parsing *p, uint32_t word)
{
	struct options *o = p->o;
	bool numeric = o->print.numeric, resolve = o->print.resolve;
	bool of_unix = word == WORD_LIST && o->select.unix_sockets && !kinds_any_row(&o->select);

	if (o->print.n_fields && other_table(o))
		return parsing_fail(p, "--%s has columns of its own: leave --fields out",
				    other_table(o));
	if (o->print.n_fields && o->print.schema != JSON_OURS)
		return parsing_fail(p, "the schemas of others have keys of their own: leave "
				       "--fields out, or take -j");
	if (o->print.n_fields && word == WORD_LIST && o->select.unix_sockets && !of_unix)
		return parsing_fail(p, "--fields: Unix sockets have columns of their own: list -x");
	if (check_names(p, of_unix) || (word == WORD_LIST && check_sorts(p, of_unix)))
		return -EINVAL;
	ask_for_all(o, word, of_unix);
	if (numeric && !resolve && o->print.resolve)
		return parsing_fail(p, "--fields: a name is asked for, and --numeric wants none");
	return 0;
}

static void print_all(FILE *out, const struct words *words, bool of_unix)
{
	struct named_column column;

	for (size_t i = 0; column_at(words, of_unix, i, &column); i++)
		fprintf(out, "  %-*s %s\n", NAME_WIDTH, column.name, column.about);
}

void columns_print(FILE *out, const struct words *words)
{
	fputs("Columns of sockets\n", out);
	print_all(out, words, false);
	fputs("Columns of Unix sockets (list -x)\n", out);
	print_all(out, words, true);
}
