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
#include "core/unix_socket.h"
#include "flow/rows.h"
#include "render/fields.h"
#include "render/schema.h"
#include "render/unix.h"

/* The value of one column of one row. */
struct key {
	bool has;
	uint64_t num;
	size_t at, len; /* of text, in `texts` */
};

/* Rows, or Unix sockets. */
struct sorting {
	const struct snapshot *snap; /* borrowed, as all but the last two; NULL: Unix sockets */
	const struct unix_list *list;
	const struct holder *holders; /* of the list */
	const struct options *o;
	const struct field *fields[SORT_KEYS_MAX]; /* static; NULL: it is no column of its own */
	size_t n;				   /* rows */
	struct key *keys;			   /* owned: o->n_sorts of each row */
	struct buf texts;			   /* owned */
};

/* NULL: the others have it. */
static const struct field *find_field(const struct schema *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->fields[i].key, name))
			return &s->fields[i];
	return NULL;
}

static void find_fields(struct sorting *s, const struct schema *schema)
{
	for (int k = 0; k < s->o->n_sorts; k++)
		if (s->o->sorts[k] == SORT_FIELD)
			s->fields[k] = find_field(schema, s->o->sort_fields[k]);
}

static bool is_text(const struct field *f)
{
	return f->type == FIELD_WORD || f->type == FIELD_FOREIGN;
}

/* Numbers that name something: the least is first. */
static bool rises(const struct field *f)
{
	static const char *const names[] = { "pid",	   "ns_pid",	  "uid",
					     "ppid",	   "inode",	  "parent_inode",
					     "peer_inode", "peer_owners", "cookie",
					     "netns",	   "cgroup_id",	  "login_uid",
					     "actor_pid",  "actor_tid",	  "socket_cgroup_id" };

	if (is_text(f) || f->type == FIELD_TIME || f->type == FIELD_START)
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i], f->key))
			return true;
	return false;
}

/* Who is at the other end: by the first of them. */
static uint64_t number_of(const struct field_value *v)
{
	bool is_peer = v->field->type == FIELD_HOLDERS && !strcmp(v->field->key, "peer_owners");

	return is_peer && v->holders ? v->holders->pid : v->num;
}

static void take_key(struct sorting *s, struct key *key, const struct field *f, const void *object)
{
	struct field_value v = { .field = f };

	key->has = f->get(object, &v);
	if (!key->has)
		return;
	key->num = number_of(&v);
	if (!is_text(f))
		return;
	key->at = s->texts.len;
	key->len = v.len;
	buf_put(&s->texts, v.text, v.len);
}

static void take_keys_of(struct sorting *s, size_t i, const void *object)
{
	for (int k = 0; k < s->o->n_sorts; k++)
		if (s->fields[k])
			take_key(s, &s->keys[i * (size_t)s->o->n_sorts + (size_t)k], s->fields[k],
				 object);
}

/* t: NULL for Unix sockets. */
static void take_keys(struct sorting *s, const struct row_teller *t)
{
	for (size_t i = 0; t && i < s->n; i++) {
		struct sw_event ev;
		struct record rec;

		row_record(t, &s->snap->rows[i], &ev, &rec);
		take_keys_of(s, i, &rec);
	}
	for (size_t i = 0; !t && i < s->n; i++) {
		const struct unix_socket *socket = &s->list->all[i];
		struct unix_row row = { .socket = socket,
					.peer = unix_list_find(s->list, socket->peer_inode),
					.holders = s->holders };

		take_keys_of(s, i, &row);
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

/* By what is no column of its own; SORT_NONE: where all else is equal. */
static int compare_known(const struct sorting *s, enum sort_key key, size_t a, size_t b)
{
	const struct unix_socket *all = s->list ? s->list->all : NULL;
	const struct sw_row *rows = s->snap ? s->snap->rows : NULL;

	if (key == SORT_NONE)
		return rows ? rows_compare(&rows[a], &rows[b]) : unix_compare(&all[a], &all[b]);
	return rows ? rows_compare_by(key, &rows[a], &rows[b])
		    : unix_compare_by(key, &all[a], &all[b], s->holders);
}

static int compare(const void *left, const void *right, void *arg)
{
	const struct sorting *s = arg;
	size_t a = *(const size_t *)left, b = *(const size_t *)right, n = (size_t)s->o->n_sorts;
	int order = 0;

	for (size_t k = 0; k < n && !order; k++)
		order = s->fields[k] ? compare_keys(s, s->fields[k], &s->keys[a * n + k],
						    &s->keys[b * n + k])
				     : compare_known(s, s->o->sorts[k], a, b);
	return order ? order : compare_known(s, SORT_NONE, a, b);
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

/* In their new order: calloc(3)'s, whose owner is the caller; NULL: no memory. */
static size_t *find_order(struct sorting *s, const struct row_teller *t)
{
	size_t *order = calloc(s->n, sizeof(*order));

	s->keys = calloc(s->n * (size_t)s->o->n_sorts, sizeof(*s->keys));
	if (s->keys && order)
		take_keys(s, t);
	if (!s->keys || !order || buf_failed(&s->texts)) {
		free(order);
		order = NULL;
	}
	for (size_t i = 0; order && i < s->n; i++)
		order[i] = i;
	if (order)
		qsort_r(order, s->n, sizeof(*order), compare, s);
	free(s->keys);
	buf_free(&s->texts);
	return order;
}

int list_sort(struct snapshot *snap, const struct row_teller *t, const struct options *o)
{
	struct sorting s = { .snap = snap, .o = o, .n = snap->n_rows };
	size_t *order;
	int err = -ENOMEM;

	if (!s.n)
		return 0;
	find_fields(&s, &record_schema);
	order = find_order(&s, t);
	if (order)
		err = put_in_order(snap, order);
	free(order);
	return err;
}

int list_sort_unix(struct unix_list *list, const struct holder *holders, const struct options *o)
{
	struct sorting s = { .list = list, .holders = holders, .o = o, .n = list->n };
	size_t *order;
	int err = -ENOMEM;

	if (!s.n)
		return 0;
	find_fields(&s, &unix_schema);
	order = find_order(&s, NULL);
	if (order)
		err = unix_list_reorder(list, order);
	free(order);
	return err;
}
