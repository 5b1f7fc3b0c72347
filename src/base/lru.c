// SPDX-License-Identifier: GPL-2.0-only
#include "base/lru.h"

#include <stdlib.h>

struct node {
	uint64_t key;
	uint32_t next;	/* with the same bucket */
	uint32_t older; /* by use; a ring with `newer` */
	uint32_t newer;
};

struct lru {
	uint32_t slots;
	uint32_t used;	/* slots given away so far */
	uint32_t first; /* used most recently; its `newer` is the least recently used */
	uint32_t *buckets;
	struct node *nodes;
};

static uint32_t *bucket_of(const struct lru *l, uint64_t key)
{
	key *= 0x9e3779b97f4a7c15u; /* 2^64 / golden ratio */
	return &l->buckets[(key ^ key >> 32) & (l->slots - 1)];
}

struct lru *lru_new(uint32_t slots)
{
	struct lru *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->slots = slots;
	l->buckets = malloc(slots * sizeof(*l->buckets));
	l->nodes = malloc(slots * sizeof(*l->nodes));
	if (!l->buckets || !l->nodes) {
		lru_free(l);
		return NULL;
	}
	for (uint32_t i = 0; i < slots; i++)
		l->buckets[i] = LRU_NONE;
	return l;
}

/* The first node with this key, from `at` on in its bucket; LRU_NONE when there is none. */
static uint32_t find_from(const struct lru *l, uint32_t at, uint64_t key)
{
	while (at != LRU_NONE && l->nodes[at].key != key)
		at = l->nodes[at].next;
	return at;
}

uint32_t lru_find(const struct lru *l, uint64_t key)
{
	return find_from(l, *bucket_of(l, key), key);
}

uint32_t lru_next(const struct lru *l, uint32_t slot)
{
	return find_from(l, l->nodes[slot].next, l->nodes[slot].key);
}

/* Puts a slot that is not in the ring in front of the others. */
static void ring_insert(struct lru *l, uint32_t slot)
{
	struct node *n = &l->nodes[slot];

	n->older = n->newer = slot;
	if (l->used) {
		n->older = l->first;
		n->newer = l->nodes[l->first].newer;
		l->nodes[n->newer].older = slot;
		l->nodes[n->older].newer = slot;
	}
	l->first = slot;
}

void lru_touch(struct lru *l, uint32_t slot)
{
	struct node *n = &l->nodes[slot];

	if (slot == l->first)
		return;
	l->nodes[n->older].newer = n->newer;
	l->nodes[n->newer].older = n->older;
	ring_insert(l, slot);
}

static void forget(struct lru *l, uint32_t slot)
{
	uint32_t *link = bucket_of(l, l->nodes[slot].key);

	while (*link != slot)
		link = &l->nodes[*link].next;
	*link = l->nodes[slot].next;
}

uint32_t lru_add(struct lru *l, uint64_t key)
{
	uint32_t *bucket = bucket_of(l, key);
	uint32_t slot;

	if (l->used < l->slots) {
		slot = l->used;
		ring_insert(l, slot);
		l->used++;
	} else {
		slot = l->nodes[l->first].newer;
		forget(l, slot);
		l->first = slot; /* in a ring the oldest stands before the first already */
	}
	l->nodes[slot].key = key;
	l->nodes[slot].next = *bucket;
	*bucket = slot;
	return slot;
}

void lru_free(struct lru *l)
{
	if (!l)
		return;
	free(l->buckets);
	free(l->nodes);
	free(l);
}
