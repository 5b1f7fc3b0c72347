// SPDX-License-Identifier: GPL-2.0-only
#include "base/hash.h"

#include <errno.h>
#include <stdlib.h>

/* Open addressing with linear probing; nothing is ever deleted. */
struct hash_slot {
	uint64_t key;
	uint32_t value;
	bool used;
};

static uint64_t scatter(uint64_t key)
{
	key *= 0x9e3779b97f4a7c15u; /* 2^64 / golden ratio */
	return key ^ key >> 32;
}

/* The slot that holds key, or the free one where it belongs. cap is not 0. */
static struct hash_slot *find(struct hash_slot *slots, size_t cap, uint64_t key)
{
	size_t at = scatter(key) & (cap - 1);

	while (slots[at].used && slots[at].key != key)
		at = (at + 1) & (cap - 1);
	return &slots[at];
}

static int grow(struct hash *h)
{
	size_t cap = h->cap ? h->cap * 2 : 64;
	struct hash_slot *slots = calloc(cap, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < h->cap; i++)
		if (h->slots[i].used)
			*find(slots, cap, h->slots[i].key) = h->slots[i];
	free(h->slots);
	h->slots = slots;
	h->cap = cap;
	return 0;
}

int hash_put(struct hash *h, uint64_t key, uint32_t value)
{
	struct hash_slot *s;

	if (h->used >= h->cap / 4 * 3 && grow(h))
		return -ENOMEM;
	s = find(h->slots, h->cap, key);
	if (!s->used)
		h->used++;
	*s = (struct hash_slot){ .key = key, .value = value, .used = true };
	return 0;
}

bool hash_get(const struct hash *h, uint64_t key, uint32_t *ret)
{
	const struct hash_slot *s;

	if (!h->used)
		return false;
	s = find(h->slots, h->cap, key);
	if (s->used)
		*ret = s->value;
	return s->used;
}

bool hash_next(const struct hash *h, size_t *at, uint64_t *ret_key, uint32_t *ret_value)
{
	while (*at < h->cap) {
		const struct hash_slot *s = &h->slots[(*at)++];

		if (!s->used)
			continue;
		*ret_key = s->key;
		*ret_value = s->value;
		return true;
	}
	return false;
}

uint64_t hash_bytes(uint64_t before, const void *data, size_t len)
{
	const uint8_t *bytes = data;
	uint64_t hash = before;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3;
	return hash;
}

void hash_free(struct hash *h)
{
	free(h->slots);
	*h = (struct hash){ 0 };
}
