// SPDX-License-Identifier: GPL-2.0-only
/* --sort: of rows, of counts, of top. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "cli/columns.h"
#include "cli/options.h"
#include "cli/table.h"
#include "cli/take.h"

#define COUNT(array) (int)(sizeof(array) / sizeof((array)[0]))

/* One of the names from `first` to n, without it. */
static int find(const char *v, const char *const *names, int first, int n, int *ret)
{
	for (int i = first; i < n; i++)
		if (!strcmp(v, names[i])) {
			*ret = i;
			return 0;
		}
	return -EINVAL;
}

const char *const sort_names[] = {
	[SORT_PORT] = "port",	      [SORT_PID] = "pid",	[SORT_STATE] = "state",
	[SORT_RECV_Q] = "recv-q",     [SORT_SEND_Q] = "send-q", [SORT_ADDR] = "addr",
	[SORT_PROTO] = "proto",	      [SORT_REMOTE] = "remote", [SORT_REMOTE_PORT] = "remote-port",
	[SORT_COMM] = "comm",	      [SORT_UID] = "uid",	[SORT_TIMER] = "timer",
	[SORT_COUNT] = "count",	      [SORT_GROWTH] = "growth", [SORT_SENT] = "sent",
	[SORT_RECEIVED] = "received", [SORT_FAILED] = "failed", [SORT_FIRST] = "first",
	[SORT_LAST] = "last"
};

/* The columns of top, of which each view has some. */
static const char *const top_columns[] = {
	"owner",   "proto",   "local",	  "remote", "rate",  "down",	   "state",
	"age",	   "retrans", "rtt",	  "sent",   "unit",  "conns",	   "ended",
	"failed",  "listens", "last",	  "times",  "where", "close-wait", "port",
	"accepts", "waiting", "received", "drops",  "why",
};

/* Titles of list's table that are called otherwise here. */
static const struct {
	const char *name;
	enum sort_key key;
} titles[] = { { "local", SORT_ADDR },	       { "foreign", SORT_REMOTE },
	       { "program", SORT_COMM },       { "owner", SORT_COMM },
	       { "recv_q", SORT_RECV_Q },      { "send_q", SORT_SEND_Q },
	       { "local_port", SORT_PORT },    { "local_addr", SORT_ADDR },
	       { "path", SORT_ADDR }, /* of Unix sockets */
	       { "remote_addr", SORT_REMOTE }, { "remote_port", SORT_REMOTE_PORT } };

/* What a title, or top, calls otherwise than --fields. */
static const char *const other_names[][2] = { { "age", "age_us" },
					      { "rtt", "srtt_us" },
					      { "retrans", "retransmits" },
					      { "i-node", "inode" },
					      { "peer", "peer_owners" } };

/* Of counts only. */
static const char *const of_counts[] = { "hour", "day" };

/* NULL: there is no such column. */
static const char *field_named(const struct options *o, const char *v)
{
	for (int i = 0; i < COUNT(other_names); i++)
		if (!strcmp(other_names[i][0], v))
			v = other_names[i][1];
	for (int i = 0; i < COUNT(of_counts); i++)
		if (!strcmp(of_counts[i], v))
			return of_counts[i];
	return column_find(o->words, v);
}

/* A column that is no word of its own here. */
static int take_sort_field(struct options *o, const char *v, int *ret_key)
{
	const char *name;

	for (int i = 0; i < COUNT(titles); i++)
		if (!strcmp(titles[i].name, v)) {
			*ret_key = titles[i].key;
			return 0;
		}
	name = field_named(o, v);
	if (!name)
		return -EINVAL;
	*ret_key = SORT_FIELD;
	if (o->n_sorts < SORT_KEYS_MAX)
		o->sort_fields[o->n_sorts] = name;
	return 0;
}

int take_sort(struct options *o, const char *v)
{
	bool is_row = false;
	int key, column;

	is_row = !find(v, sort_names, SORT_PORT, SORT_FIELD, &key) || !take_sort_field(o, v, &key);
	o->top.sort = NULL;
	if (!find(v, top_columns, 0, COUNT(top_columns), &column))
		o->top.sort = top_columns[column];
	o->top.sort_only = o->top.sort && !is_row;
	if (!is_row)
		return o->top.sort ? 0 : -EINVAL;
	if (o->n_sorts == SORT_KEYS_MAX)
		return -E2BIG;
	o->sorts[o->n_sorts++] = (enum sort_key)key;
	return 0;
}
