// SPDX-License-Identifier: GPL-2.0-only
#include "metrics/series.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

#define NO_TEXT 0
#define OTHER 1
#define UNIT_SHARE 2 /* no unit has more than this part of the room */

/* --- texts ------------------------------------------------------------------------------------ */

static size_t text_length(const char *text)
{
	return strnlen(text, SERIES_TEXT_MAX);
}

/* The index of one that is there; NO_TEXT: it is not. */
static uint16_t text_find(const struct series *s, const char *text, uint64_t hash)
{
	size_t len = text_length(text);
	uint32_t i;

	if (!hash_get(&s->by_text, hash, &i))
		return NO_TEXT;
	while (i && (strncmp(s->texts[i].text, text, len) || s->texts[i].text[len]))
		i = s->texts[i].next;
	return (uint16_t)i;
}

static int text_add(struct series *s, const char *text, uint64_t hash, uint16_t *ret)
{
	struct series_text new = { .text = strndup(text, SERIES_TEXT_MAX) };
	uint32_t before = 0;
	int err = new.text ? 0 : -ENOMEM;

	hash_get(&s->by_text, hash, &before);
	new.next = (uint16_t)before;
	if (!err && s->n_texts > UINT16_MAX)
		err = -ENOMEM;
	if (!err)
		err = ARRAY_RESERVE(s->texts, s->n_texts, s->cap_texts);
	if (!err)
		err = hash_put(&s->by_text, hash, (uint32_t)s->n_texts);
	if (err) {
		free(new.text);
		return err;
	}
	*ret = (uint16_t)s->n_texts;
	s->texts[s->n_texts++] = new;
	return 0;
}

/* Its index, added where it is new. NULL and "" are none. */
static int text_take(struct series *s, const char *text, uint16_t *ret)
{
	uint64_t hash;

	*ret = NO_TEXT;
	if (!text || !*text)
		return 0;
	hash = hash_bytes(HASH_EMPTY, text, text_length(text));
	*ret = text_find(s, text, hash);
	return *ret ? 0 : text_add(s, text, hash, ret);
}

static uint16_t text_index(const struct series *s, const char *text)
{
	if (!text || !*text)
		return NO_TEXT;
	return text_find(s, text, hash_bytes(HASH_EMPTY, text, text_length(text)));
}

/* --- series ----------------------------------------------------------------------------------- */

static uint64_t key_of(const struct series_one *one)
{
	return (uint64_t)one->family << 56 | (uint64_t)one->variant << 48 |
	       (uint64_t)one->port << 32 | (uint64_t)one->exe << 16 | one->unit;
}

static struct series_one *find(const struct series *s, const struct series_one *one)
{
	uint32_t i;

	return hash_get(&s->by_key, key_of(one), &i) ? &s->all[i] : NULL;
}

static int reserve_buckets(struct series *s, size_t n)
{
	int err = 0;

	while (!err && s->cap_buckets < s->n_buckets + n)
		err = ARRAY_RESERVE(s->buckets, s->cap_buckets, s->cap_buckets);
	return err;
}

static int add(struct series *s, const struct series_one *one, struct series_one **ret)
{
	size_t bounds = family_bounds(one->family), n = bounds ? bounds + 1 : 0;
	struct series_one new = *one;
	int err = reserve_buckets(s, n);

	if (!err)
		err = ARRAY_RESERVE(s->all, s->n, s->cap);
	if (!err)
		err = hash_put(&s->by_key, key_of(one), (uint32_t)s->n);
	if (err)
		return err;
	new.buckets = (uint32_t)s->n_buckets;
	for (size_t i = 0; i < n; i++)
		s->buckets[s->n_buckets++] = 0;
	s->all[s->n] = new;
	*ret = &s->all[s->n++];
	return 0;
}

bool series_is_other(const struct series_one *one)
{
	return one->exe == OTHER && one->unit == OTHER;
}

/* Takes no room: there are few of them, and they are what is left where there is none. */
static int take_other(struct series *s, struct series_one one, struct series_one **ret)
{
	one.port = 0;
	one.exe = one.unit = OTHER;
	s->left_out++;
	*ret = find(s, &one);
	return *ret ? 0 : add(s, &one, ret);
}

/* Its texts are not all there, or all of it is not. */
static int take_new(struct series *s, const struct series_of *of, struct series_one one,
		    struct series_one **ret)
{
	size_t cost = families[of->family].labels ? family_cost(of->family) : 0;
	uint16_t unit = text_index(s, of->unit);
	size_t of_unit = unit ? s->texts[unit].cost : 0;
	int err;

	if (cost && (s->cost + cost > s->limit || of_unit + cost > s->limit / UNIT_SHARE))
		return take_other(s, one, ret);
	err = text_take(s, of->exe, &one.exe);
	if (!err)
		err = text_take(s, of->unit, &one.unit);
	if (!err)
		err = add(s, &one, ret);
	if (err)
		return err;
	s->cost += cost;
	s->texts[one.unit].cost += (uint32_t)cost;
	return 0;
}

static int take(struct series *s, const struct series_of *of, struct series_one **ret)
{
	unsigned int labels = families[of->family].labels;
	struct series_of asked = *of;
	struct series_one one = { .family = (uint8_t)of->family, .variant = of->variant };

	if (!(labels & LABEL_EXE))
		asked.exe = NULL;
	if (!(labels & LABEL_UNIT))
		asked.unit = NULL;
	one.port = labels & LABEL_PORT ? of->port : 0;
	one.exe = text_index(s, asked.exe);
	one.unit = text_index(s, asked.unit);
	*ret = NULL;
	if (!one.exe == !(asked.exe && *asked.exe) && !one.unit == !(asked.unit && *asked.unit))
		*ret = find(s, &one);
	return *ret ? 0 : take_new(s, &asked, one, ret);
}

int series_add(struct series *s, const struct series_of *of, uint64_t value)
{
	struct series_one *one;
	int err = take(s, of, &one);

	if (!err)
		one->value += value;
	return err;
}

int series_observe(struct series *s, const struct series_of *of, uint64_t ns)
{
	const struct family *f = &families[of->family];
	size_t n = family_bounds(of->family), i = 0;
	struct series_one *one;
	int err = take(s, of, &one);

	if (err)
		return err;
	while (i < n && ns > f->bounds_ns[i])
		i++;
	s->buckets[one->buckets + i]++;
	one->value += ns;
	return 0;
}

/* --- all of it -------------------------------------------------------------------------------- */

int series_init(struct series *s, size_t limit)
{
	struct series_text none = { 0 }, other = { 0 };
	int err;

	*s = (struct series){ .limit = limit };
	other.text = strdup("other"); /* which nobody finds by it: a name of that kind is another */
	err = other.text ? ARRAY_ADD(s->texts, s->n_texts, s->cap_texts, &none) : -ENOMEM;
	if (!err)
		err = ARRAY_ADD(s->texts, s->n_texts, s->cap_texts, &other);
	if (!err)
		return 0;
	if (s->n_texts < OTHER + 1)
		free(other.text);
	series_free(s);
	return err;
}

static void free_texts(struct series *s, size_t from)
{
	for (size_t i = from; i < s->n_texts; i++)
		free(s->texts[i].text);
}

/* The memory stays: as much is wanted for the next page. */
void series_clear(struct series *s)
{
	hash_free(&s->by_key);
	hash_free(&s->by_text);
	free_texts(s, OTHER + 1);
	s->n = s->n_buckets = s->cost = 0;
	s->n_texts = OTHER + 1;
	s->texts[NO_TEXT].cost = s->texts[OTHER].cost = 0;
}

void series_free(struct series *s)
{
	free_texts(s, 0);
	free(s->texts);
	free(s->all);
	free(s->buckets);
	hash_free(&s->by_key);
	hash_free(&s->by_text);
	*s = (struct series){ .limit = s->limit, .left_out = s->left_out };
}
