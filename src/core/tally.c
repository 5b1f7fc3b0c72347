// SPDX-License-Identifier: GPL-2.0-only
#include "core/tally.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/compare.h"

/*
 * A key is its cells: what there is, and the value. Numbers are in network order, so that bytes
 * compare as they do.
 */
enum cell_kind { CELL_NUMBER = 1, CELL_TEXT, CELL_NONE }; /* in the order of sorting */

#define CELL_HEAD 5 /* the kind, and the length in 4 bytes */

static void put_cell(struct buf *key, const struct tally_cell *cell)
{
	uint64_t num = htobe64(cell->num);
	const void *value = cell->is_number ? (const void *)&num : cell->text;
	uint32_t len = cell->is_number ? sizeof(num) : (uint32_t)cell->len;

	if (!cell->has)
		len = 0;
	buf_putc(key, !cell->has ? CELL_NONE : cell->is_number ? CELL_NUMBER : CELL_TEXT);
	buf_put(key, &len, sizeof(len));
	buf_put(key, value, len);
}

/* Takes the cell at `at` apart. Returns where the next one is. */
static const char *take_cell(const char *at, struct tally_cell *ret)
{
	uint32_t len;
	uint64_t num;

	memcpy(&len, at + 1, sizeof(len));
	*ret = (struct tally_cell){ .has = *at != CELL_NONE,
				    .is_number = *at == CELL_NUMBER,
				    .text = at + CELL_HEAD,
				    .len = len };
	if (ret->is_number) {
		memcpy(&num, ret->text, sizeof(num));
		ret->num = be64toh(num);
	}
	return at + CELL_HEAD + len;
}

/* Enters the group with this number. 0 or -ENOMEM. */
static int enter(struct tally *t, uint32_t i)
{
	uint32_t first;

	t->groups[i].next = hash_get(&t->by_key, t->groups[i].hash, &first) ? first + 1 : 0;
	return hash_put(&t->by_key, t->groups[i].hash, i);
}

static struct tally_group *find(struct tally *t, const struct buf *key, uint64_t hash)
{
	uint32_t i, next;

	if (!hash_get(&t->by_key, hash, &i))
		return NULL;
	for (next = i + 1; next; next = t->groups[next - 1].next) {
		struct tally_group *g = &t->groups[next - 1];

		if (g->key_len == key->len && !memcmp(g->key, key->data, key->len))
			return g;
	}
	return NULL;
}

/* The group of a key, which it takes; NULL: no memory, and the key is still the caller's. */
static struct tally_group *group_of(struct tally *t, struct buf *key)
{
	uint64_t hash = hash_bytes(HASH_EMPTY, key->data, key->len);
	struct tally_group *g = find(t, key, hash);
	struct tally_group fresh = { .key = key->data, .key_len = key->len, .hash = hash };

	if (g) {
		buf_free(key);
		return g;
	}
	if (ARRAY_ADD(t->groups, t->n, t->cap, &fresh))
		return NULL;
	if (enter(t, (uint32_t)t->n - 1)) {
		t->n--;
		return NULL;
	}
	*key = (struct buf){ 0 };
	return &t->groups[t->n - 1];
}

static void seen_free(struct tally_seen *s)
{
	hash_free(&s->at);
	free(s->ns);
	*s = (struct tally_seen){ 0 };
}

/* Notes that a socket is in a group, and since when: since now, if it was not before. */
static int note_seen(struct tally *t, struct tally_group *g, uint64_t id)
{
	uint64_t in = (id ^ g->hash) * 0x9e3779b97f4a7c15, since = t->now_ns;
	uint32_t i;
	int err;

	if (hash_get(&t->was.at, in, &i))
		since = t->was.ns[i];
	err = ARRAY_ADD(t->seen.ns, t->seen.n, t->seen.cap, &since);
	if (!err)
		err = hash_put(&t->seen.at, in, (uint32_t)t->seen.n - 1);
	if (!err && (!g->since_ns || since < g->since_ns))
		g->since_ns = since;
	return err;
}

int tally_begin(struct tally *t, uint64_t now_ns)
{
	size_t n = 0;
	int err = 0;

	seen_free(&t->was);
	t->was = t->seen;
	t->seen = (struct tally_seen){ 0 };
	t->now_ns = now_ns;
	t->pages++;
	hash_free(&t->by_key);
	for (size_t i = 0; i < t->n; i++) {
		struct tally_group g = t->groups[i];

		g.before = g.count;
		g.count = 0;
		g.since_ns = 0;
		if (g.before)
			t->groups[n++] = g;
		else
			free(g.key);
	}
	t->n = n;
	for (size_t i = 0; i < n && !err; i++)
		err = enter(t, (uint32_t)i);
	return err;
}

/* The group that has these cells; NULL: no memory. */
static struct tally_group *group_with(struct tally *t, const struct tally_cell *cells, size_t n)
{
	struct tally_group *g = NULL;
	struct buf key = { 0 };

	for (size_t i = 0; i < n; i++)
		put_cell(&key, &cells[i]);
	if (!buf_failed(&key))
		g = group_of(t, &key);
	if (!g)
		buf_free(&key);
	return g;
}

int tally_add(struct tally *t, const struct tally_cell *cells, size_t n, uint64_t id)
{
	struct tally_group *g = group_with(t, cells, n);

	if (!g)
		return -ENOMEM;
	g->count++;
	return id ? note_seen(t, g, id) : 0;
}

int tally_sum(struct tally *t, const struct tally_cell *cells, size_t n,
	      const struct tally_sums *sums)
{
	struct tally_group *g = group_with(t, cells, n);

	if (!g)
		return -ENOMEM;
	if (!g->count++)
		g->sums.first_ns = sums->first_ns;
	g->sums.sent += sums->sent;
	g->sums.received += sums->received;
	g->sums.failed += sums->failed;
	if (sums->first_ns < g->sums.first_ns)
		g->sums.first_ns = sums->first_ns;
	if (sums->last_ns > g->sums.last_ns)
		g->sums.last_ns = sums->last_ns;
	return 0;
}

void tally_cells(const struct tally_group *g, struct tally_cell *cells, size_t n)
{
	const char *at = g->key;

	for (size_t i = 0; i < n; i++)
		at = take_cell(at, &cells[i]);
}

int64_t tally_growth(const struct tally_group *g)
{
	return (int64_t)(g->count - g->before);
}

/* --- order ------------------------------------------------------------------------------------ */

struct order {
	const int *by;
	size_t n_by;
};

static int compare_cells(const char *a, const char *b)
{
	uint32_t len_a, len_b;
	int order = compare_numbers((uint8_t)*a, (uint8_t)*b);

	memcpy(&len_a, a + 1, sizeof(len_a));
	memcpy(&len_b, b + 1, sizeof(len_b));
	if (!order)
		order = memcmp(a + CELL_HEAD, b + CELL_HEAD, len_a < len_b ? len_a : len_b);
	return order ? order : compare_numbers(len_a, len_b);
}

static const char *skip_cells(const char *at, int n)
{
	struct tally_cell cell;

	while (n-- > 0)
		at = take_cell(at, &cell);
	return at;
}

static int compare_by(const struct tally_group *a, const struct tally_group *b, int by)
{
	int64_t growth_a = tally_growth(a), growth_b = tally_growth(b);

	switch (by) {
	case TALLY_BY_COUNT:
		return compare_numbers(b->count, a->count);
	case TALLY_BY_GROWTH:
		return (growth_b > growth_a) - (growth_b < growth_a);
	case TALLY_BY_SENT:
		return compare_numbers(b->sums.sent, a->sums.sent);
	case TALLY_BY_RECEIVED:
		return compare_numbers(b->sums.received, a->sums.received);
	case TALLY_BY_FAILED:
		return compare_numbers(b->sums.failed, a->sums.failed);
	case TALLY_BY_FIRST:
		return compare_numbers(a->sums.first_ns, b->sums.first_ns);
	case TALLY_BY_LAST:
		return compare_numbers(b->sums.last_ns, a->sums.last_ns);
	default:
		break;
	}
	return compare_cells(skip_cells(a->key, by), skip_cells(b->key, by));
}

/* Cell by cell: groups of one tally have as many. */
static int compare_keys(const struct tally_group *a, const struct tally_group *b)
{
	const char *at_a = a->key, *at_b = b->key, *end = a->key + a->key_len;
	int order = 0;

	while (at_a < end && !order) {
		order = compare_cells(at_a, at_b);
		at_a = skip_cells(at_a, 1);
		at_b = skip_cells(at_b, 1);
	}
	return order;
}

static int compare(const void *left, const void *right, void *arg)
{
	const struct tally_group *a = left, *b = right;
	const struct order *o = arg;
	int order = 0;

	for (size_t i = 0; i < o->n_by && !order; i++)
		order = compare_by(a, b, o->by[i]);
	if (!order)
		order = compare_by(a, b, TALLY_BY_COUNT);
	return order ? order : compare_keys(a, b);
}

void tally_sort(struct tally *t, const int *by, size_t n_by)
{
	struct order order = { .by = by, .n_by = n_by };

	if (t->n)
		qsort_r(t->groups, t->n, sizeof(*t->groups), compare, &order);
}

void tally_free(struct tally *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->groups[i].key);
	free(t->groups);
	hash_free(&t->by_key);
	seen_free(&t->seen);
	seen_free(&t->was);
	*t = (struct tally){ 0 };
}
