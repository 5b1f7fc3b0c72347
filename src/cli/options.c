// SPDX-License-Identifier: GPL-2.0-only
#include "cli/options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cli/counts.h"
#include "cli/keep.h"
#include "cli/suggest.h"
#include "cli/table.h"
#include "cli/target.h"
#include "cli/times.h"
#include "cli/values.h"
#include "cli/words.h"
#include "core/kinds.h"

#define BUFFER_DEFAULT ((size_t)4 << 20)
#define ONLY_LONG 256 /* + index: getopt's value of an option without a letter */

/* The command line on its way into the options. */
struct parsing {
	struct options *o; /* borrowed, as all below */
	const struct words *words;
	char **argv;
	int argc;
	int at;		    /* index of the argument that is being taken apart */
	enum word_id first; /* the word that stands first: two may share a letter */
	bool given[DEFS_MAX];
	bool terse; /* -t was given */
	bool tcp;   /* --tcp was given */
	char *why;
	size_t size;
};

__attribute__((format(printf, 2, 3))) static int fail(struct parsing *p, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(p->why, p->size, format, args);
	va_end(args);
	return -EINVAL;
}

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
			if (d->arg)
				*letters++ = ':';
			if (d->number)
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

static int explain(struct parsing *p, int err, const struct option_def *d, const char *value)
{
	if (err == -EEXIST)
		return fail(p, "-%c: one word chooses the job, and there is another: leave one out",
			    d->letter);
	if (err == -E2BIG)
		return fail(p, "--%s %s: at most %d values", d->name, value, SW_FILTER_MAX);
	return fail(p, "--%s: '%s' is not %s", d->name, value ? value : "", d->wants);
}

/* Gives an option its value, or each value of a list. */
static int take(struct parsing *p, const struct option_def *d, const char *arg)
{
	struct options *o = p->o;
	char *copy, *rest, *value;
	int err = 0;

	p->given[d - defs] = true;
	o->select.filter.on |= d->bit;
	if (d->flag)
		*(bool *)((char *)o + d->flag) = true;
	if (!d->list) {
		err = d->take(o, arg);
		return err ? explain(p, err, d, arg) : 0;
	}
	copy = rest = strdup(arg);
	if (!copy)
		return fail(p, "out of memory");
	while (!err && (value = strsep(&rest, ","))) {
		err = d->take(o, value);
		if (err)
			explain(p, err, d, value);
	}
	free(copy);
	return err ? -EINVAL : 0;
}

/* The long option that looks most like `word` ("--prot"), or NULL. */
static const char *nearest_option(const char *word)
{
	const char *names[DEFS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < n_defs; i++)
		if (defs[i].take)
			names[n++] = defs[i].name;
	return suggest(word, names, n);
}

static int explain_unknown(struct parsing *p, const char *word, int letter)
{
	char name[64];
	const char *near;

	if (letter)
		return fail(p, "unknown option '-%c' (sockwatch --help lists them)", letter);
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word + 2, "="), word + 2);
	near = nearest_option(name);
	if (near)
		return fail(p, "unknown option '%s': did you mean --%s?", word, near);
	return fail(p, "unknown option '%s' (sockwatch --help lists them)", word);
}

static int explain_lone_number(struct parsing *p, const char *before, const char *text,
			       uint64_t number)
{
	if (before[0] == '-' && before[1] != '-' && strchr(before, 'p'))
		return fail(p, "%s takes no value: did you mean --pid %s?", before, text);
	if (number > 65535)
		return fail(p, "unexpected word '%s': did you mean --pid %s?", text, text);
	return fail(p, "unexpected word '%s': did you mean --port %s, --pid %s or who %s?", text,
		    text, text, text);
}

/* A word that stands where `word` has chosen the job (the stream's has no name) and takes none. */
static int explain_word(struct parsing *p, const struct word *word, const char *text)
{
	const char *before = p->argv[optind - 1], *near = words_near(p->words, text, "help");
	bool sockets = FOR(word->id) & (FOR_WATCH | FOR_LIST);
	struct sw_cidr_set addrs = { 0 };
	struct sw_port_set ports = { 0 };
	uint64_t number;

	if (word->name && !strcmp(text, "help"))
		return fail(p, "unexpected word 'help' behind '%s': did you mean help %s?",
			    word->name, word->name);
	if (word->name && word_find(p->words, text))
		return fail(p, "unexpected word '%s' behind '%s': one word chooses the job", text,
			    word->name);
	if (near && !word->name)
		return fail(p, "unexpected word '%s': did you mean %s?", text, near);
	if (sockets && !value_number(text, 1, UINT32_MAX, &number))
		return explain_lone_number(p, before, text, number);
	if (sockets && !value_cidr(text, &addrs))
		return fail(p, "unexpected word '%s': did you mean --addr %s?", text, text);
	if (sockets && !value_port(text, &ports))
		return fail(p, "unexpected word '%s': did you mean --port %s or who %s?", text,
			    text, text);
	return fail(p, "unexpected word '%s' (sockwatch %s%s--help shows what there is)", text,
		    word->name ? word->name : "", word->name ? " " : "");
}

/*
 * An option whose value may be left out. In a bundle ("-ct") getopt took the letters behind it for
 * its value; a number may also be the next argument ("-c 5").
 */
static int take_number(struct parsing *p, const struct option_def *d, const char *text)
{
	if (!text && optind < p->argc && isdigit((unsigned char)p->argv[optind][0]))
		text = p->argv[optind++];
	if (!text || isdigit((unsigned char)text[0]))
		return take(p, d, text);
	if (take(p, d, NULL))
		return -EINVAL;
	for (; *text; text++) {
		const struct option_def *more = def_of(p, *text);

		if (!more)
			return explain_unknown(p, "", *text);
		if (more->arg)
			return fail(p, "-%c%s: write -%c apart", d->letter, text, *text);
		if (take(p, more, NULL))
			return -EINVAL;
	}
	return 0;
}

static int take_option(struct parsing *p, int val)
{
	const struct option_def *d;

	if (val == ':') {
		d = def_of(p, optopt);
		return fail(p, "--%s needs a value: %s", d ? d->name : "?", d ? d->wants : "");
	}
	if (val == '?' && optopt >= ONLY_LONG)
		return fail(p, "--%s takes no value", def_of(p, optopt)->name);
	if (val == '?')
		return explain_unknown(p, p->argv[optind > 1 && !optopt ? optind - 1 : p->at],
				       optopt);
	d = def_of(p, val);
	p->terse = p->terse || val == 't';
	p->tcp = p->tcp || (val != 't' && d == def_of(p, 't'));
	return d->number && val < ONLY_LONG ? take_number(p, d, optarg) : take(p, d, optarg);
}

/* What follows makes no difference. */
static bool ends_at_once(const struct options *o)
{
	return o->action != ACTION_RUN;
}

/* Whose options are good: --features takes those of the stream. */
static enum word_id job_of(const struct options *o)
{
	return o->word == WORD_FEATURES ? WORD_WATCH : o->word;
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
static int take_help(struct parsing *p)
{
	const char *topic = ++optind < p->argc ? p->argv[optind] : NULL, *near;
	const struct word *word = topic ? word_find(p->words, topic) : NULL;
	char list[64];

	p->o->action = ACTION_HELP;
	p->o->help_filters = topic && (!strcmp(topic, "filters") || !strcmp(topic, "filter"));
	p->o->help_of = word ? word->id : WORD_WATCH;
	if (!topic || word || p->o->help_filters)
		return 0;
	words_format(p->words, (FOR_ALL | FOR_RECORD) & ~FOR_WATCH, list, sizeof(list));
	near = words_near(p->words, topic, "filters");
	return fail(p, "help: '%s' is not a word (%s) or filters%s%s%s", topic, list,
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

/* The word that chooses the job, and what it takes. */
static int take_words(struct parsing *p)
{
	const struct word *word = NULL;

	if (optind < p->argc && !strcmp(p->argv[optind], "help"))
		return take_help(p);
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
	if (word && p->o->word != WORD_WATCH && p->o->word != word->id)
		return fail(p,
			    "'%s': one word chooses the job, and there is another: leave one out",
			    word->name);
	if (word) {
		p->o->word = word->id;
		put_first(p, optind++);
	}
	if (word && word->id == WORD_LOG && p->first != WORD_LOG && p->o->print.numeric)
		return fail(p, "-n N of log stands behind it: log -n 20");
	if (word && word->arg) {
		p->o->args = &p->argv[optind];
		p->o->n_args = p->argc - optind;
		return 0;
	}
	if (!word)
		word = word_of(p->words, job_of(p->o));
	return optind < p->argc ? explain_word(p, word, p->argv[optind]) : 0;
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

/* Names the words that an option is for. */
static int explain_foreign(struct parsing *p, const struct option_def *d, enum word_id id)
{
	const char *name = word_of(p->words, id)->name;
	char list[64];

	words_format(p->words, d->words, list, sizeof(list));
	return fail(p, "--%s is not for %s (but for: %s): leave it out", d->name,
		    name ? name : "the stream", list);
}

/* What is shown when nothing was selected. As in netstat -plant, all means those that do not
 * listen, too. */
static void select_default(struct options *o, enum word_id id)
{
	if (o->all)
		o->select.filter.on &= ~(__u32)SW_F_LISTEN;
	o->select.kinds_named = kinds_any(&o->select);
	if (o->select.kinds_named)
		return;
	o->every_protocol = id == WORD_STATS;
	o->select.tcp = true;
	o->select.udp = id == WORD_WHO || id == WORD_STATS || id == WORD_LOG || id == WORD_RECORD;
	o->select.raw = id == WORD_STATS;
	if (id != WORD_LIST)
		return;
	kinds_ask_usual(&o->select, o->all);
	if ((o->print.format == OUTPUT_CSV && !o->summary) || o->count.n_keys ||
	    where_any(&o->select.where))
		o->select.unix_sockets = false;
}

/* What `list` shows of sockets without addresses. */
static int check_local(struct parsing *p)
{
	struct options *o = p->o;
	bool need_addrs = kinds_need_addrs(&o->select.filter);

	for (size_t i = 0; need_addrs && i < n_sock_kinds; i++)
		if (!sock_kinds[i].has_addrs && kind_is_asked(&o->select, &sock_kinds[i]))
			return fail(p,
				    "--%s: these sockets have no ports and no addresses of IP: "
				    "leave the filter out, or select others (-t, -u)",
				    sock_kinds[i].name);
	if (o->select.unix_sockets && where_any(&o->select.where))
		return fail(p, "--unix: where their processes run is not told: leave --unit, "
			       "--container, --pod and --exe out, or select others (-t, -u)");
	if (o->select.unix_sockets && kinds_any_row(&o->select) && !o->count.n_keys &&
	    !o->summary && o->print.format == OUTPUT_CSV)
		return fail(p, "--unix has columns of its own: list -x --csv");
	return 0;
}

static int check(struct parsing *p)
{
	struct options *o = p->o;
	enum word_id id = job_of(o);

	for (size_t i = 0; i < n_defs; i++)
		if (p->given[i] && !(defs[i].words & FOR(id)))
			return explain_foreign(p, &defs[i], id);
	if ((o->select.filter.on & SW_F_IPV4) && (o->select.filter.on & SW_F_IPV6))
		return fail(p, "-4 and -6 exclude one another: without both, both are shown");
	if (o->print.numeric && o->print.resolve)
		return fail(p, "--numeric and --resolve exclude one another");
	if (o->rows.source == ROWS_WALK && ((id != WORD_LIST && id != WORD_WHO) || o->follow ||
					    o->rows.timers || o->rows.info || o->rows.memory))
		return fail(p, "--snapshot=walk is for list without -o, -i and -m, and for who "
			       "without -f: use bpf");
	if (id == WORD_WHO && !o->follow && (o->page.count || o->watch.duration_ms))
		return fail(p, "--count and --duration end what goes on: they need -f");
	if (FOR(id) & FOR_PAGES && o->page.count && !o->page.repeat_ms && !o->follow)
		return fail(p, "--count says how many pages: it needs -c%s",
			    id == WORD_ROUTE ? ", or how many changes: -f" : "");
	if (id == WORD_ROUTE && o->follow && o->page.repeat_ms)
		return fail(p,
			    "-f tells every change, -c the routes again and again: leave one out");
	if (o->summary && (o->count.n_keys || o->n_sorts))
		return fail(p, "-s is a summary in an order of its own: leave --%s out",
			    o->count.n_keys ? "by" : "sort");
	if (id == WORD_LIST && check_local(p))
		return -EINVAL;
	if (FOR(id) & (FOR_LIST | FOR_LOG) && counts_check(o, p->why, p->size))
		return -EINVAL;
	if (id == WORD_WHO && p->terse) { /* as lsof has it, not as netstat */
		o->pids_only = true;
		o->select.tcp = p->tcp;
	}
	select_default(o, id);
	if ((o->rows.memory || o->rows.info) && !rows_by_programs(o->rows.source))
		return fail(p, "--%s is not told by %s out", o->rows.memory ? "memory" : "info",
			    o->rows.source == ROWS_PROC
				    ? "/proc: leave --snapshot=proc"
				    : "netlink so far: leave --snapshot=netlink");
	o->print.one_netns = (o->select.filter.on & SW_F_NETNS) && o->select.filter.n_netns == 1;
	o->print.details = o->print.extended || o->print.format != OUTPUT_TEXT ||
			   where_any(&o->select.where);
	o->print.processes = o->print.extended || o->select.where.exes.n;
	if ((o->count.n_keys || o->summary) && !where_any(&o->select.where))
		o->print.details = counts_want_details(&o->count);
	if (id == WORD_LOG && times_check(o, p->why, p->size))
		return -EINVAL;
	if (id == WORD_RECORD && keep_check(&o->keep, p->why, p->size))
		return -EINVAL;
	return id == WORD_WHO || id == WORD_LOG ? targets_check(o, p->why, p->size) : 0;
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
				 .watch.buffer_size = BUFFER_DEFAULT };
	keep_default(&ret->keep);
	err = take_options(&p);
	if (!err && ret->action == ACTION_HELP)
		ret->help_of = help_of(&p);
	if (err || ends_at_once(ret))
		return err;
	err = take_words(&p);
	return err || ends_at_once(ret) ? err : check(&p);
}

void options_print(FILE *out, const struct words *words, const struct options *o)
{
	if (o->action == ACTION_VERSION)
		fputs("sockwatch " SOCKWATCH_VERSION "\n", out);
	else if (o->action == ACTION_COMPLETION)
		options_print_completion(out, words, o->shell);
	else if (o->help_filters)
		options_print_filters(out);
	else
		options_print_help(out, words, o->help_of);
}
