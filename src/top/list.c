// SPDX-License-Identifier: GPL-2.0-only
#include "top/list.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "top/board.h"
#include "top/entries.h"

/* --- groups ----------------------------------------------------------------------------------- */

static uint64_t text_id(uint64_t seed, const char *text)
{
	return text ? hash_bytes(seed, text, strlen(text) + 1) : seed;
}

static uint64_t process_id(const struct sw_sock *s)
{
	uint64_t h = hash_bytes(HASH_EMPTY, &s->pid, sizeof(s->pid));

	return s->pid ? h : hash_bytes(h, s->comm, SW_COMM_LEN);
}

static uint64_t unit_id(const struct board *b, const struct board_entry *e)
{
	return text_id(text_id(HASH_EMPTY, places_text(&b->places, e->place, PLACE_UNIT)),
		       places_text(&b->places, e->place, PLACE_CONTAINER));
}

/* What it has in common with others of its group. */
static uint64_t group_id(const struct board *b, enum top_kind kind, const struct board_entry *e)
{
	if (kind == TOP_REMOTES)
		return hash_bytes(HASH_EMPTY, &e->sock.tuple.remote, sizeof(e->sock.tuple.remote));
	return kind == TOP_UNITS ? unit_id(b, e) : process_id(&e->sock);
}

static void add_to_group(struct top_group *g, const struct board_entry *e)
{
	const struct sw_sock *s = &e->sock;

	if (e->id > g->any->id)
		g->any = e;
	g->sent += e->sent + (e->end_ns ? e->late_sent : 0);
	g->received += e->received + (e->end_ns ? e->late_received : 0);
	g->retransmitted += e->retransmitted;
	if (entry_has_totals(e)) {
		g->has_totals = true;
		g->total_sent += s->bytes_sent;
		g->total_received += s->bytes_received;
	}
	g->failed += e->reason || e->error;
	g->ended += e->end_ns != 0;
	if (e->end_ns)
		return;
	if (entry_listens(e)) {
		g->listens++;
		return;
	}
	g->conns++;
	g->established += s->state == SW_TCP_ESTABLISHED;
	g->close_wait += s->state == SW_TCP_CLOSE_WAIT;
	g->stateless += !s->state;
	if ((s->have & SW_HAVE_COUNTERS) && s->srtt_us) {
		g->rtt_us += s->srtt_us;
		g->n_rtt++;
	}
}

/* Adds it to the group of this id, which is part of `parent`; *ret: the index of the group. */
static int group_add(struct top_list *l, uint64_t id, uint32_t parent, const struct board_entry *e,
		     uint32_t *ret)
{
	int err;

	id |= 1ull << 63; /* and no entry's */
	if (!hash_get(&l->by_id, id, ret)) {
		struct top_group g = { .id = id, .any = e, .parent = parent };

		*ret = (uint32_t)l->n_groups;
		err = ARRAY_ADD(l->groups, l->n_groups, l->cap_groups, &g);
		err = err ? err : hash_put(&l->by_id, id, *ret);
		if (err)
			return err;
	}
	add_to_group(&l->groups[*ret], e);
	return 0;
}

/* To its unit, and below that to its process; *ret: that one. */
static int tree_add(struct top_list *l, const struct board *b, const struct board_entry *e,
		    uint32_t *ret)
{
	uint64_t ids[TREE_DEPTH] = { unit_id(b, e), process_id(&e->sock) };
	uint32_t unit;
	int err = group_add(l, ids[0], NONE, e, &unit);

	return err ? err : group_add(l, hash_bytes(HASH_EMPTY, ids, sizeof(ids)), unit, e, ret);
}

static int groups_to_rows(struct top_list *l)
{
	for (size_t i = 0; i < l->n_groups; i++) {
		struct top_group *g = &l->groups[i];
		struct top_row row = { .id = g->id, .group = g, .parent = g->parent };
		int err = ARRAY_ADD(l->rows, l->n, l->cap, &row);

		if (err)
			return err;
	}
	return 0;
}

/* --- which ------------------------------------------------------------------------------------ */

static bool is_of_kind(const struct list_opts *o, const struct board_entry *e)
{
	if (e->sock.state == SW_TCP_TIME_WAIT && !e->end_ns && !o->time_waits)
		return false;
	if (o->hides_ended && e->end_ns)
		return false;
	switch (o->kind) {
	case TOP_CONNS:
	case TOP_REMOTES:
		return !entry_listens(e);
	case TOP_LISTENERS:
		return entry_listens(e);
	default:
		return true;
	}
}

static bool is_grouped(enum top_kind kind)
{
	return kind == TOP_PROCESSES || kind == TOP_REMOTES || kind == TOP_UNITS;
}

/* Its row, or what its group gets from it; of the tree both. */
static int add_entry(struct top_list *l, const struct board *b, enum top_kind kind,
		     const struct board_entry *e)
{
	struct top_row row = { .id = e->id, .entry = e, .parent = NONE };
	int err;

	if (is_grouped(kind))
		return group_add(l, group_id(b, kind, e), NONE, e, &row.parent);
	err = kind == TOP_TREE ? tree_add(l, b, e, &row.parent) : 0;
	return err ? err : ARRAY_ADD(l->rows, l->n, l->cap, &row);
}

static int add_entries(struct top_list *l, const struct board *b, const struct list_opts *o)
{
	bool any = o->wants.n_texts || o->wants.select;
	const struct board_entry *e;
	size_t at = 0;
	int err = 0;

	while (!err && (e = board_next(b, &at)))
		if (is_of_kind(o, e) && (!any || wants_entry(&o->wants, b, e)))
			err = add_entry(l, b, o->kind, e);
	return err ? err : groups_to_rows(l);
}

static int add_failures(struct top_list *l, const struct board *b, const struct list_opts *o)
{
	int err = 0;

	for (size_t i = 0; i < b->n_failures && !err; i++) {
		struct top_row row = { .id = b->failures[i].id,
				       .failure = &b->failures[i],
				       .parent = NONE };

		if (wants_failure(&o->wants, b, row.failure))
			err = ARRAY_ADD(l->rows, l->n, l->cap, &row);
	}
	return err;
}

/* --- order ------------------------------------------------------------------------------------ */

static bool has_ended(const struct top_row *row)
{
	return row->entry && row->entry->end_ns;
}

/* What is equal: the newest first. */
static int compare_ranks(const struct top_rank *a, const struct top_rank *b)
{
	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return a->id > b->id ? -1 : a->id < b->id;
}

/* By what they are part of first; a group comes before its parts, what is there before what ended.
 */
static int compare(const void *left, const void *right)
{
	const struct top_row *a = left, *b = right;
	struct top_rank of_a = { a->key, a->id }, of_b = { b->key, b->id };

	for (int i = 0; i < a->depth || i < b->depth; i++) {
		int order = compare_ranks(i < a->depth ? &a->above[i] : &of_a,
					  i < b->depth ? &b->above[i] : &of_b);

		if (order)
			return order;
		if (i >= a->depth || i >= b->depth)
			return a->depth < b->depth ? -1 : 1;
	}
	if (of_a.key == of_b.key && has_ended(a) != has_ended(b))
		return has_ended(a) ? 1 : -1;
	return compare_ranks(&of_a, &of_b);
}

/* Each row gets the ranks of what it is part of, which have theirs. */
static void set_above(struct top_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->rows[i].group)
			l->groups[l->rows[i].group - l->groups].key = l->rows[i].key;
	for (size_t i = 0; i < l->n; i++) {
		struct top_row *row = &l->rows[i];

		for (uint32_t at = row->parent; at != NONE; at = l->groups[at].parent)
			row->depth++;
		for (uint32_t at = row->parent, d = row->depth; at != NONE;
		     at = l->groups[at].parent)
			row->above[--d] = (struct top_rank){ l->groups[at].key, l->groups[at].id };
	}
}

/* The place that each row had; new ones come last. */
static void set_places(struct top_list *l, const struct hash *before)
{
	uint32_t place;

	for (size_t i = 0; i < l->n; i++)
		l->rows[i].key = hash_get(before, l->rows[i].id, &place) ? place : UINT64_MAX;
}

static void set_keys(struct top_list *l, const struct board *b, const struct top_order *order)
{
	for (size_t i = 0; order->key && i < l->n; i++) {
		uint64_t key = order->key(b, &l->rows[i]);

		l->rows[i].key = order->falls ? ~key : key;
	}
}

static int note_places(const struct top_list *l, struct hash *ret)
{
	int err = 0;

	for (size_t i = 0; i < l->n && !err; i++)
		err = hash_put(ret, l->rows[i].id, (uint32_t)i);
	return err;
}

int list_make(struct top_list *l, const struct board *b, const struct list_opts *opts)
{
	struct hash before = { 0 };
	int err = opts->stays ? note_places(l, &before) : 0;

	l->n = l->n_groups = 0;
	hash_free(&l->by_id);
	if (!err)
		err = opts->kind == TOP_FAILURES ? add_failures(l, b, opts)
						 : add_entries(l, b, opts);
	if (opts->stays)
		set_places(l, &before);
	else
		set_keys(l, b, &opts->order);
	set_above(l);
	if (l->n)
		qsort(l->rows, l->n, sizeof(*l->rows), compare);
	hash_free(&before);
	return err;
}

enum top_kind group_kind(enum top_kind view, const struct top_row *row)
{
	if (view != TOP_TREE)
		return view;
	return row->depth ? TOP_PROCESSES : TOP_UNITS;
}

size_t list_find(const struct top_list *l, uint64_t id)
{
	for (size_t i = 0; id && i < l->n; i++)
		if (l->rows[i].id == id)
			return i;
	return SIZE_MAX;
}

void list_free(struct top_list *l)
{
	free(l->rows);
	free(l->groups);
	hash_free(&l->by_id);
	*l = (struct top_list){ 0 };
}
