// SPDX-License-Identifier: GPL-2.0-only
#include "words/record_config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cli/table.h"
#include "words/words.h"

/* What may change while it records. */
static bool is_limit(const struct option_def *d)
{
	static const char *const limits[] = { "max-size", "max-age", "keep-free", "segment" };

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		if (!strcmp(d->name, limits[i]))
			return true;
	return false;
}

/* The file's lines and the command line as one. 0, or -errno with *why. */
static int join(const struct options *given, struct config *file, struct config_args *args,
		struct options *ret, char *why, size_t size)
{
	int n = snprintf(why, size, "%s: ", given->config);
	size_t at = n < 0 || (size_t)n >= size ? 0 : (size_t)n;
	int err = config_args(file, given, args);

	if (err) {
		snprintf(why, size, "out of memory");
		return err;
	}
	return options_parse(&all_words, args->argc, args->argv, ret, why + at, size - at);
}

static int load(const struct options *given, struct record_config *ret, char *why, size_t size)
{
	struct record_config c = { .given = given };
	int err = config_read(&all_words, given->config, &c.file, why, size);

	if (!err)
		err = join(given, &c.file, &c.args, &c.options, why, size);
	if (err)
		record_config_free(&c);
	else
		*ret = c;
	return err;
}

int record_config_load(const struct options *given, struct record_config *ret)
{
	char why[1024];
	int err;

	if (!given->config) {
		*ret = (struct record_config){ .given = given, .options = *given };
		return 0;
	}
	err = load(given, ret, why, sizeof(why));
	if (err)
		log_error("%s", why);
	else
		log_set_level(ret->options.verbosity);
	return err;
}

static bool is_same(const struct keep_opts *a, const struct keep_opts *b)
{
	return a->max_size == b->max_size && a->max_age_ms == b->max_age_ms &&
	       a->keep_free == b->keep_free && a->segment_size == b->segment_size;
}

/* Says what is new beside the limits, against what was there at the start. */
static void tell_others(const struct record_config *start, const struct record_config *now)
{
	for (size_t i = 0; i < n_defs; i++)
		if (defs[i].take && !is_limit(&defs[i]) && !start->given->given[i] &&
		    config_differs(&start->file, &now->file, &defs[i]))
			log_note("%s: --%s is not as it was at the start: that counts from the "
				 "next start on",
				 now->given->config, defs[i].name);
}

bool record_config_again(struct record_config *c, struct keep_opts *ret)
{
	struct record_config now;
	char why[1024];
	bool same;

	if (load(c->given, &now, why, sizeof(why))) {
		log_error("%s; all stays as it was", why);
		return false;
	}
	tell_others(c, &now);
	same = is_same(&c->options.keep, &now.options.keep);
	if (same)
		log_info("%s was read again: the limits of the store are the same",
			 c->given->config);
	*ret = c->options.keep = now.options.keep;
	record_config_free(&now);
	return !same;
}

void record_config_free(struct record_config *c)
{
	config_args_free(&c->args);
	config_free(&c->file);
}
