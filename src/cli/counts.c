// SPDX-License-Identifier: GPL-2.0-only
#include "cli/counts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/table.h"
#include "cli/take.h"

/* Columns that it may be counted by; TALLY_KEYS: it is none of them. */
static enum tally_key key_of_sort(enum sort_key sort)
{
	static const struct {
		enum sort_key sort;
		enum tally_key key;
	} keys[] = { { SORT_PORT, TALLY_PORT },	  { SORT_REMOTE_PORT, TALLY_REMOTE_PORT },
		     { SORT_ADDR, TALLY_LOCAL },  { SORT_REMOTE, TALLY_REMOTE },
		     { SORT_PID, TALLY_PID },	  { SORT_COMM, TALLY_COMM },
		     { SORT_STATE, TALLY_STATE }, { SORT_PROTO, TALLY_PROTO },
		     { SORT_UID, TALLY_UID } };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].sort == sort)
			return keys[i].key;
	return TALLY_KEYS;
}

static enum tally_key key_of_field(const char *field)
{
	for (int key = 0; key < TALLY_KEYS; key++)
		if (!strcmp(tally_key_names[key], field))
			return (enum tally_key)key;
	return TALLY_KEYS;
}

/* The cell that a sort is by. 0 or -EINVAL. */
static int find_cell(const struct count_opts *c, enum sort_key sort, const char *field, int *ret)
{
	enum tally_key key = sort == SORT_FIELD ? key_of_field(field) : key_of_sort(sort);

	if (key == TALLY_PORT && c->past)
		key = TALLY_SERVICE;
	for (size_t i = 0; i < c->n_keys && key != TALLY_KEYS; i++)
		if (c->keys[i] == key) {
			*ret = (int)i;
			return 0;
		}
	return -EINVAL;
}

/*
 * What a key of --sort is to a page of counts: the index of its cell, or TALLY_BY_... into *ret. 0,
 * or -EINVAL: the page has nothing of it.
 */
static int sort_of_counts(const struct count_opts *c, enum sort_key sort, const char *field,
			  int *ret)
{
	static const int sums[SORT_FIELD] = {
		[SORT_COUNT] = TALLY_BY_COUNT,	 [SORT_GROWTH] = TALLY_BY_GROWTH,
		[SORT_SENT] = TALLY_BY_SENT,	 [SORT_RECEIVED] = TALLY_BY_RECEIVED,
		[SORT_FAILED] = TALLY_BY_FAILED, [SORT_FIRST] = TALLY_BY_FIRST,
		[SORT_LAST] = TALLY_BY_LAST
	};

	if (sort == SORT_FIELD || !sums[sort])
		return find_cell(c, sort, field, ret);
	*ret = sums[sort];
	return 0;
}

bool counts_want_details(const struct count_opts *c)
{
	for (size_t i = 0; i < c->n_keys; i++)
		if (c->keys[i] == TALLY_UNIT || c->keys[i] == TALLY_CONTAINER ||
		    c->keys[i] == TALLY_CGROUP)
			return true;
	return false;
}

/* Whether a sort is one of sums, which only the past has. */
static bool is_of_sums(enum sort_key key)
{
	return key >= SORT_SENT && key <= SORT_LAST;
}

static const char *name_of(const struct options *o, int i)
{
	return o->sorts[i] == SORT_FIELD ? o->sort_fields[i] : sort_names[o->sorts[i]];
}

/* Of a word that counts. */
static int check_sort_of_counts(const struct options *o, int i, char *why, size_t size)
{
	const struct count_opts *c = &o->count;
	enum sort_key key = o->sorts[i];
	int by;

	if (is_of_sums(key) && !c->past)
		snprintf(why, size, "--sort %s is for counts of the past: log --by", name_of(o, i));
	else if (c->past && (key == SORT_GROWTH || sort_of_counts(c, key, o->sort_fields[i], &by)))
		snprintf(why, size,
			 "--sort %s: counts of the past are sorted by count, sent, received, "
			 "failed, first, last, or by a key where --by names it",
			 name_of(o, i));
	else if (sort_of_counts(c, key, o->sort_fields[i], &by))
		snprintf(why, size,
			 "--sort %s: counts are sorted by count, growth, or by a key where --by "
			 "names it",
			 name_of(o, i));
	else if (key == SORT_GROWTH && !o->page.repeat_ms)
		snprintf(why, size,
			 "--sort growth: what grew since the page before is seen with -c");
	else
		return 0;
	return -EINVAL;
}

static int check_sort(const struct options *o, int i, char *why, size_t size)
{
	enum sort_key key = o->sorts[i];
	bool of_counts = key == SORT_COUNT || key == SORT_GROWTH || is_of_sums(key);

	if (key == SORT_FIELD)
		of_counts = !strcmp(o->sort_fields[i], "hour") || !strcmp(o->sort_fields[i], "day");
	if (o->count.n_keys)
		return check_sort_of_counts(o, i, why, size);
	if (of_counts)
		snprintf(why, size, "--sort %s is for counts: it needs --by", name_of(o, i));
	else if (o->count.past)
		snprintf(why, size,
			 "--sort %s: log tells what happened in the order of time (-r: the newest "
			 "first); with --by it sorts counts, and --sql has ORDER BY",
			 name_of(o, i));
	else if (o->word == WORD_WHO)
		snprintf(why, size,
			 "--sort %s: who tells first who listens, then who talks; with --by it "
			 "sorts counts, and list sorts sockets (list -P PORT --sort %s)",
			 name_of(o, i), name_of(o, i));
	else
		return 0;
	return -EINVAL;
}

/* Of the two words each has keys that the other has not. */
static int check_keys(struct count_opts *c, char *why, size_t size)
{
	for (size_t i = 0; i < c->n_keys; i++) {
		enum tally_key key = c->keys[i];

		if (!c->past && key >= TALLY_SERVICE) {
			snprintf(why, size, "--by exe, reason, hour and day are for the past: log");
			return -EINVAL;
		}
		if (c->past && key == TALLY_STATE) {
			snprintf(why, size, "--by state: what is past has none any more");
			return -EINVAL;
		}
		if (c->past && key == TALLY_PORT)
			c->keys[i] = TALLY_SERVICE;
	}
	return 0;
}

int counts_check(struct options *o, char *why, size_t size)
{
	struct count_opts *c = &o->count;

	c->past = o->word == WORD_LOG;
	if (check_keys(c, why, size))
		return -EINVAL;
	for (int i = 0; i < o->n_sorts; i++) {
		if (check_sort(o, i, why, size))
			return -EINVAL;
		if (c->n_keys)
			sort_of_counts(c, o->sorts[i], o->sort_fields[i], &c->sorts[i]);
	}
	c->n_sorts = (size_t)o->n_sorts;
	return 0;
}
