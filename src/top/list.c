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

/* What it has in common with others of its group. */
static uint64_t group_id(const struct board *b, enum top_kind kind, const struct board_entry *e)
{
	uint64_t id;

	if (kind == TOP_REMOTES)
		id = hash_bytes(HASH_EMPTY, &e->sock.tuple.remote, sizeof(e->sock.tuple.remote));
	else if (kind == TOP_UNITS)
		id = text_id(text_id(HASH_EMPTY, places_text(&b->places, e->place, PLACE_UNIT)),
			     places_text(&b->places, e->place, PLACE_CONTAINER));
	else
		id = process_id(&e->sock);
	return id | 1ull << 63; /* and no entry's */
}

static void add_to_group(struct top_group *g, const struct board_entry *e)
{
	const struct sw_sock *s = &e->sock;

	if (e->id > g->any->id)
		g->any = e;
	g->sent += e->sent + (e->end_ns ? e->late_sent : 0);
	g->received += e->received + (e->end_ns ? e->late_received : 0);
	g->retransmitted += e->retransmitted;
	g->total_sent += s->have & SW_HAVE_COUNTERS ? s->bytes_sent : 0;
	g->total_received += s->have & SW_HAVE_COUNTERS ? s->bytes_received : 0;
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
	if ((s->have & SW_HAVE_COUNTERS) && s->srtt_us) {
		g->rtt_us += s->srtt_us;
		g->n_rtt++;
	}
}

static int group_add(struct top_list *l, const struct board *b, enum top_kind kind,
		     const struct board_entry *e)
{
	uint64_t id = group_id(b, kind, e);
	uint32_t at;
	int err;

	if (!hash_get(&l->by_id, id, &at)) {
		struct top_group g = { .id = id, .any = e };

		at = (uint32_t)l->n_groups;
		err = ARRAY_ADD(l->groups, l->n_groups, l->cap_groups, &g);
		err = err ? err : hash_put(&l->by_id, id, at);
		if (err)
			return err;
	}
	add_to_group(&l->groups[at], e);
	return 0;
}

static int groups_to_rows(struct top_list *l)
{
	for (size_t i = 0; i < l->n_groups; i++) {
		struct top_row row = { .id = l->groups[i].id, .group = &l->groups[i] };
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

static int add_entries(struct top_list *l, const struct board *b, const struct list_opts *o)
{
	bool any = o->wants.n_texts || o->wants.select;
	const struct board_entry *e;
	size_t at = 0;
	int err = 0;

	while (!err && (e = board_next(b, &at))) {
		struct top_row row = { .id = e->id, .entry = e };

		if (!is_of_kind(o, e) || (any && !wants_entry(&o->wants, b, e)))
			continue;
		err = is_grouped(o->kind) ? group_add(l, b, o->kind, e)
					  : ARRAY_ADD(l->rows, l->n, l->cap, &row);
	}
	return err || !is_grouped(o->kind) ? err : groups_to_rows(l);
}

static int add_failures(struct top_list *l, const struct board *b, const struct list_opts *o)
{
	int err = 0;

	for (size_t i = 0; i < b->n_failures && !err; i++) {
		struct top_row row = { .id = b->failures[i].id, .failure = &b->failures[i] };

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

/* What is equal: what is there comes first, then the newest. */
static int compare(const void *left, const void *right)
{
	const struct top_row *a = left, *b = right;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	if (has_ended(a) != has_ended(b))
		return has_ended(a) ? 1 : -1;
	return a->id > b->id ? -1 : a->id < b->id;
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
	if (l->n)
		qsort(l->rows, l->n, sizeof(*l->rows), compare);
	hash_free(&before);
	return err;
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
