// SPDX-License-Identifier: GPL-2.0-only
#include "cli/counts.h"

#include <errno.h>
#include <stdio.h>

#include "cli/table.h"

int sort_of_counts(const struct count_opts *c, enum sort_key key, int *ret)
{
	static const enum tally_key cells[] = {
		[SORT_PORT] = TALLY_PORT, [SORT_PID] = TALLY_PID, [SORT_STATE] = TALLY_STATE
	};
	bool service = key == SORT_PORT && c->past;
	bool is_cell = key == SORT_PORT || key == SORT_PID || key == SORT_STATE;

	for (size_t i = 0; is_cell && i < c->n_keys; i++) {
		if (c->keys[i] != (service ? TALLY_SERVICE : cells[key]))
			continue;
		*ret = (int)i;
		return 0;
	}
	switch (key) {
	case SORT_COUNT:
		*ret = TALLY_BY_COUNT;
		return 0;
	case SORT_GROWTH:
		*ret = TALLY_BY_GROWTH;
		return 0;
	case SORT_SENT:
		*ret = TALLY_BY_SENT;
		return 0;
	case SORT_RECEIVED:
		*ret = TALLY_BY_RECEIVED;
		return 0;
	case SORT_FAILED:
		*ret = TALLY_BY_FAILED;
		return 0;
	case SORT_FIRST:
		*ret = TALLY_BY_FIRST;
		return 0;
	case SORT_LAST:
		*ret = TALLY_BY_LAST;
		return 0;
	default:
		return -EINVAL;
	}
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

static int check_sort(const struct options *o, int i, char *why, size_t size)
{
	const struct count_opts *c = &o->count;
	enum sort_key key = o->sorts[i];
	bool of_counts = key == SORT_COUNT || key == SORT_GROWTH || is_of_sums(key);
	int by;

	if (key == SORT_FIELD && (c->n_keys || c->past))
		snprintf(why, size, "--sort %s: %s", o->sort_fields[i],
			 c->n_keys ? "counts are sorted by count, growth, or by port, pid or state "
				     "where --by names it"
				   : "log tells what happened in the order of time (-r: the newest "
				     "first); with --by it sorts counts");
	else if (!c->n_keys && (of_counts || c->past))
		snprintf(why, size, "--sort %s is for counts: it needs --by", sort_names[key]);
	else if (is_of_sums(key) && !c->past)
		snprintf(why, size, "--sort %s is for counts of the past: log --by",
			 sort_names[key]);
	else if (c->past && (key == SORT_GROWTH || sort_of_counts(c, key, &by)))
		snprintf(why, size,
			 "--sort %s: counts of the past are sorted by count, sent, received, "
			 "failed, first, last, or by port or pid where --by names it",
			 sort_names[key]);
	else if (c->n_keys && sort_of_counts(c, key, &by))
		snprintf(why, size,
			 "--sort %s: counts are sorted by count, growth, or by port, pid or state "
			 "where --by names it",
			 sort_names[key]);
	else if (c->n_keys && key == SORT_GROWTH && !o->page.repeat_ms)
		snprintf(why, size,
			 "--sort growth: what grew since the page before is seen with -c");
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
			sort_of_counts(c, o->sorts[i], &c->sorts[i]);
	}
	c->n_sorts = (size_t)o->n_sorts;
	return 0;
}
