// SPDX-License-Identifier: GPL-2.0-only
#include "words/list_sort.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/compare.h"
#include "cli/options.h"
#include "core/record.h"
#include "core/row.h"
#include "core/select.h"
#include "flow/rows.h"
#include "render/fields.h"
#include "render/schema.h"

/* The value of one column of one row. */
struct key {
	bool has;
	uint64_t num;
	size_t at, len; /* of text, in `texts` */
};

struct sorting {
	const struct snapshot *snap; /* borrowed, as the next two */
	const struct options *o;
	const struct field *fields[SORT_KEYS_MAX]; /* static; NULL: rows_compare_by() has it */
	struct key *keys;			   /* owned: o->n_sorts of each row */
	struct buf texts;			   /* owned */
};

static const struct field *find_field(const char *name)
{
	for (size_t i = 0; i < record_schema.n; i++)
		if (!strcmp(record_schema.fields[i].key, name))
			return &record_schema.fields[i];
	return NULL;
}

static bool is_text(const struct field *f)
{
	return f->type == FIELD_WORD || f->type == FIELD_FOREIGN;
}

/* Numbers that name something: the least is first. */
static bool rises(const struct field *f)
{
	static const char *const names[] = { "pid",
					     "ns_pid",
					     "uid",
					     "ppid",
					     "inode",
					     "parent_inode",
					     "cookie",
					     "netns",
					     "cgroup_id",
					     "login_uid",
					     "actor_pid",
					     "actor_tid",
					     "socket_cgroup_id" };

	if (is_text(f) || f->type == FIELD_TIME || f->type == FIELD_START)
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i], f->key))
			return true;
	return false;
}

static void take_key(struct sorting *s, struct key *key, const struct field *f,
		     const struct record *rec)
{
	struct field_value v = { .field = f };

	key->has = f->get(rec, &v);
	if (!key->has)
		return;
	key->num = v.num;
	if (!is_text(f))
		return;
	key->at = s->texts.len;
	key->len = v.len;
	buf_put(&s->texts, v.text, v.len);
}

static void take_keys(struct sorting *s, const struct row_teller *t)
{
	for (size_t i = 0; i < t->snap->n_rows; i++) {
		struct sw_event ev;
		struct record rec;

		row_record(t, &t->snap->rows[i], &ev, &rec);
		for (int k = 0; k < s->o->n_sorts; k++)
			if (s->fields[k])
				take_key(s, &s->keys[i * (size_t)s->o->n_sorts + (size_t)k],
					 s->fields[k], &rec);
	}
}

static int compare_texts(const struct sorting *s, const struct key *a, const struct key *b)
{
	size_t len = a->len < b->len ? a->len : b->len;
	int order = len ? memcmp(s->texts.data + a->at, s->texts.data + b->at, len) : 0;

	return order ? order : compare_numbers(a->len, b->len);
}

static int compare_keys(const struct sorting *s, const struct field *f, const struct key *a,
			const struct key *b)
{
	if (!a->has || !b->has)
		return compare_numbers(!a->has, !b->has);
	if (is_text(f))
		return compare_texts(s, a, b);
	return rises(f) ? compare_numbers(a->num, b->num) : compare_numbers(b->num, a->num);
}

static int compare(const void *left, const void *right, void *arg)
{
	const struct sorting *s = arg;
	size_t a = *(const size_t *)left, b = *(const size_t *)right, n = (size_t)s->o->n_sorts;
	const struct sw_row *rows = s->snap->rows;
	int order = 0;

	for (size_t k = 0; k < n && !order; k++)
		order = s->fields[k] ? compare_keys(s, s->fields[k], &s->keys[a * n + k],
						    &s->keys[b * n + k])
				     : rows_compare_by(s->o->sorts[k], &rows[a], &rows[b]);
	return order ? order : rows_compare(&rows[a], &rows[b]);
}

/* Rows in this order. */
static int put_in_order(struct snapshot *snap, const size_t *order)
{
	struct sw_row *rows = malloc(snap->n_rows * sizeof(*rows));

	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i < snap->n_rows; i++)
		rows[i] = snap->rows[order[i]];
	memcpy(snap->rows, rows, snap->n_rows * sizeof(*rows));
	free(rows);
	return 0;
}

int list_sort(struct snapshot *snap, const struct row_teller *t, const struct options *o)
{
	struct sorting s = { .snap = snap, .o = o };
	size_t *order;
	int err = -ENOMEM;

	if (!snap->n_rows)
		return 0;
	for (int k = 0; k < o->n_sorts; k++)
		if (o->sorts[k] == SORT_FIELD)
			s.fields[k] = find_field(o->sort_fields[k]);
	s.keys = calloc(snap->n_rows * (size_t)o->n_sorts, sizeof(*s.keys));
	order = calloc(snap->n_rows, sizeof(*order));
	if (s.keys && order) {
		take_keys(&s, t);
		for (size_t i = 0; i < snap->n_rows; i++)
			order[i] = i;
		if (!buf_failed(&s.texts)) {
			qsort_r(order, snap->n_rows, sizeof(*order), compare, &s);
			err = put_in_order(snap, order);
		}
	}
	free(order);
	free(s.keys);
	buf_free(&s.texts);
	return err;
}
