// SPDX-License-Identifier: GPL-2.0-only
#include "core/report_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/compare.h"

_Static_assert(sizeof(struct report_key) == 40, "its bytes are compared: no holes");

static uint64_t hash_of(const struct report_key *key)
{
	return hash_bytes(HASH_EMPTY, key, sizeof(*key));
}

static struct report_group *find(const struct report_table *t, const struct report_key *key,
				 uint64_t hash)
{
	uint32_t i, next;

	if (!hash_get(&t->by_key, hash, &i))
		return NULL;
	for (next = i + 1; next; next = t->groups[next - 1].next) {
		struct report_group *g = &t->groups[next - 1];

		if (!memcmp(&g->key, key, sizeof(*key)))
			return g;
	}
	return NULL;
}

struct report_group *report_table_find(const struct report_table *t, const struct report_key *key)
{
	return find(t, key, hash_of(key));
}

struct report_group *report_table_get(struct report_table *t, const struct report_key *key)
{
	uint64_t hash = hash_of(key);
	struct report_group *g = find(t, key, hash);
	struct report_group fresh = { .key = *key };
	uint32_t first;

	if (g)
		return g;
	if (t->n == REPORT_GROUPS)
		return &t->rest;
	fresh.next = hash_get(&t->by_key, hash, &first) ? first + 1 : 0;
	if (ARRAY_ADD(t->groups, t->n, t->cap, &fresh))
		return NULL;
	if (hash_put(&t->by_key, hash, (uint32_t)t->n - 1)) {
		t->n--;
		return NULL;
	}
	return &t->groups[t->n - 1];
}

static int compare(const void *left, const void *right)
{
	const struct report_group *a = left, *b = right;
	int order = compare_numbers(b->n, a->n);

	if (!order)
		order = compare_numbers(b->sent + b->received, a->sent + a->received);
	if (!order)
		order = compare_numbers(a->key.port, b->key.port);
	return order ? order : memcmp(&a->key, &b->key, sizeof(a->key));
}

void report_table_sort(struct report_table *t)
{
	hash_free(&t->by_key);
	if (t->n)
		qsort(t->groups, t->n, sizeof(*t->groups), compare);
}

static void add(struct report_group *sum, const struct report_group *g)
{
	sum->n += g->n;
	sum->failed += g->failed;
	sum->going += g->going;
	sum->sent += g->sent;
	sum->received += g->received;
}

size_t report_table_rest(const struct report_table *t, size_t shown, struct report_group *ret)
{
	*ret = t->rest;
	for (size_t i = shown; i < t->n; i++)
		add(ret, &t->groups[i]);
	return t->n > shown ? t->n - shown : 0;
}

void report_table_free(struct report_table *t)
{
	free(t->groups);
	hash_free(&t->by_key);
	*t = (struct report_table){ 0 };
}
