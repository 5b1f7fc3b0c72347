// SPDX-License-Identifier: GPL-2.0-only
#include "metrics/live.h"

#include <stdlib.h>

#include "base/array.h"
#include "event.h"

#define KEPT 2 /* times the room in use that the hash may have: it never shrinks by itself */

uint64_t live_key(const struct sw_sock *s)
{
	uint64_t key = s->cookie;

	if (sw_is_datagram(s->proto)) {
		key = hash_bytes(HASH_EMPTY, &s->cookie, sizeof(s->cookie));
		key = hash_bytes(key, &s->tuple.remote, sizeof(s->tuple.remote));
		key = hash_bytes(key, &s->tuple.remote_port, sizeof(s->tuple.remote_port));
	}
	return key;
}

struct live_one *live_find(const struct live *l, uint64_t key)
{
	uint32_t i;

	if (!key || !hash_get(&l->by_key, key, &i) || !i)
		return NULL;
	return &l->all[i - 1];
}

/* Keys of those that are gone stay in the hash: it is made anew before it has many. */
static int make_hash(struct live *l)
{
	struct hash new = { 0 };
	int err = 0;

	for (size_t i = 0; !err && i < l->n; i++)
		if (l->all[i].key)
			err = hash_put(&new, l->all[i].key, (uint32_t)i + 1);
	if (err) {
		hash_free(&new);
		return err;
	}
	hash_free(&l->by_key);
	l->by_key = new;
	return 0;
}

/* Index + 1 of one that is free; 0: none, and no memory. */
static uint32_t take_free(struct live *l)
{
	uint32_t i = l->free;

	if (i) {
		l->free = l->all[i - 1].next_free;
		return i;
	}
	if (l->n >= LIVE_MAX || ARRAY_RESERVE(l->all, l->n, l->cap))
		return 0;
	return (uint32_t)++l->n;
}

struct live_one *live_add(struct live *l, uint64_t key)
{
	uint32_t i;

	if (!key ||
	    (l->by_key.used > 4096 && l->by_key.used / KEPT > l->used + 1024 && make_hash(l)))
		return NULL;
	i = take_free(l);
	if (i && hash_put(&l->by_key, key, i)) {
		l->all[i - 1] = (struct live_one){ .next_free = l->free };
		l->free = i;
		i = 0;
	}
	if (!i) {
		l->without_room++;
		return NULL;
	}
	l->used++;
	l->all[i - 1] = (struct live_one){ .key = key };
	return &l->all[i - 1];
}

void live_remove(struct live *l, struct live_one *one)
{
	/* the key has its place already, so that this needs no memory */
	(void)!hash_put(&l->by_key, one->key, 0);
	*one = (struct live_one){ .next_free = l->free };
	l->free = (uint32_t)(one - l->all) + 1;
	l->used--;
}

void live_sweep(struct live *l, uint64_t since_ns)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->all[i].key && l->all[i].seen_ns < since_ns)
			live_remove(l, &l->all[i]);
}

void live_free(struct live *l)
{
	free(l->all);
	hash_free(&l->by_key);
	*l = (struct live){ 0 };
}
