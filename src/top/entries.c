// SPDX-License-Identifier: GPL-2.0-only
#include "top/entries.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "core/addr.h"
#include "top/board.h"

#define BUCKETS 1024 /* at first */

bool sock_has_moved(const struct sw_sock *s)
{
	return s->have & (SW_HAVE_COUNTERS | SW_HAVE_DATAGRAMS);
}

bool sock_has_peer(const struct sw_sock *s)
{
	return s->tuple.remote_port || !addr_is_any(&s->tuple.remote);
}

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15ull;
	return h ^ h >> 29;
}

/* Without a peer many may share an address: each has an inode. */
static uint64_t hash_of(const struct sw_sock *s)
{
	const struct sw_tuple *t = &s->tuple;
	uint64_t h = mix(s->proto, t->netns);

	h = mix(mix(h, t->local.q[0]), t->local.q[1]);
	h = mix(h, (uint64_t)t->local_port << 16 | t->remote_port);
	if (!sock_has_peer(s))
		return mix(h, s->inode);
	return mix(mix(h, t->remote.q[0]), t->remote.q[1]);
}

static bool has_address(const struct sw_sock *a, const struct sw_sock *b)
{
	const struct sw_tuple *s = &a->tuple, *t = &b->tuple;

	return a->proto == b->proto && s->netns == t->netns && s->local_port == t->local_port &&
	       s->remote_port == t->remote_port &&
	       !memcmp(&s->local, &t->local, sizeof(s->local)) &&
	       !memcmp(&s->remote, &t->remote, sizeof(s->remote));
}

/* A cookie that is not known says nothing. */
static bool may_be(const struct sw_sock *a, const struct sw_sock *b)
{
	if (!has_address(a, b))
		return false;
	if (!sock_has_peer(a) && a->inode != b->inode)
		return false;
	return !a->cookie || !b->cookie || a->cookie == b->cookie;
}

static uint32_t *bucket_of(const struct board *b, const struct sw_sock *s)
{
	return &b->buckets[hash_of(s) & (b->n_buckets - 1)];
}

struct board_entry *entries_live(struct board *b, const struct sw_sock *s)
{
	uint32_t i = b->n_buckets ? *bucket_of(b, s) : NONE;

	for (; i != NONE; i = b->all[i].next)
		if (!b->all[i].end_ns && may_be(&b->all[i].sock, s))
			return &b->all[i];
	return NULL;
}

struct board_entry *entries_gone(struct board *b, const struct sw_sock *s)
{
	uint32_t i = b->n_buckets ? *bucket_of(b, s) : NONE;

	for (; i != NONE; i = b->all[i].next)
		if (b->all[i].end_ns && !b->all[i].kind && may_be(&b->all[i].sock, s))
			return &b->all[i];
	return NULL;
}

/* Twice as many buckets, each entry in its own. */
static bool grow(struct board *b)
{
	size_t n = b->n_buckets ? b->n_buckets * 2 : BUCKETS;
	uint32_t *buckets = malloc(n * sizeof(*buckets));

	if (!buckets)
		return false;
	if (!b->n_buckets) {
		b->free_list = NONE;
		b->ended_first = b->ended_last = NONE;
	}
	free(b->buckets);
	b->buckets = buckets;
	b->n_buckets = n;
	memset(buckets, 0xff, n * sizeof(*buckets));
	for (uint32_t i = 0; i < b->n; i++) {
		uint32_t *bucket = bucket_of(b, &b->all[i].sock);

		if (!b->all[i].id)
			continue;
		b->all[i].next = *bucket;
		*bucket = i;
	}
	return true;
}

static uint32_t take_free(struct board *b)
{
	uint32_t i = b->free_list;

	if (i != NONE) {
		b->free_list = b->all[i].next;
		return i;
	}
	if (b->n >= BOARD_ENTRIES || ARRAY_RESERVE(b->all, b->n, b->cap))
		return NONE;
	return (uint32_t)b->n++;
}

static void unlink_entry(struct board *b, uint32_t i)
{
	uint32_t *at = bucket_of(b, &b->all[i].sock);

	while (*at != i)
		at = &b->all[*at].next;
	*at = b->all[i].next;
}

static void drop(struct board *b, uint32_t i)
{
	struct board_entry *e = &b->all[i];

	unlink_entry(b, i);
	places_leave(&b->places, e->place);
	free(e->conn);
	*e = (struct board_entry){ .next = b->free_list };
	b->free_list = i;
}

/* The one that ended first goes. */
static void drop_first(struct board *b)
{
	uint32_t i = b->ended_first;

	b->ended_first = b->all[i].next_ended;
	if (b->ended_first == NONE)
		b->ended_last = NONE;
	b->n_ended--;
	drop(b, i);
}

void entries_remove(struct board *b, struct board_entry *e)
{
	b->n_live--;
	drop(b, (uint32_t)(e - b->all));
}

struct board_entry *entries_add(struct board *b, const struct sw_sock *s, uint64_t now_ns)
{
	uint32_t i, *bucket;

	if (b->n_live + b->n_ended >= b->n_buckets && !grow(b))
		return NULL;
	i = take_free(b);
	if (i == NONE && b->n_ended) { /* what is there is worth more than what was */
		drop_first(b);
		b->cut++;
		i = take_free(b);
	}
	if (i == NONE) {
		b->no_room++;
		return NULL;
	}
	bucket = bucket_of(b, s);
	b->all[i] = (struct board_entry){ .sock = *s,
					  .id = ++b->last_id,
					  .first_ns = now_ns,
					  .changed_ns = now_ns,
					  .place = NONE,
					  .next = *bucket,
					  .next_ended = NONE };
	*bucket = i;
	b->n_live++;
	return &b->all[i];
}

void entries_end(struct board *b, struct board_entry *e, uint64_t now_ns)
{
	uint32_t i = (uint32_t)(e - b->all);

	e->end_ns = now_ns ? now_ns : 1;
	e->changed_ns = e->end_ns;
	e->next_ended = NONE;
	if (b->ended_last == NONE)
		b->ended_first = i;
	else
		b->all[b->ended_last].next_ended = i;
	b->ended_last = i;
	b->n_live--;
	b->n_ended++;
	if (b->n_ended <= BOARD_ENDED)
		return;
	drop_first(b);
	b->cut++;
}

bool entries_sweep(struct board *b, uint64_t before_ns)
{
	bool any = false;

	while (b->n_ended && b->all[b->ended_first].end_ns <= before_ns) {
		drop_first(b);
		any = true;
	}
	return any;
}
