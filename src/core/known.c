// SPDX-License-Identifier: GPL-2.0-only
#include "core/known.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/buf.h"

#define FORGET (KNOWN_MAX / 8) /* at once, as all others are put in order for it */

struct head {
	char magic[8];
	uint64_t salt;
	uint64_t begun_ns;
	uint64_t n;
};

static const char magic[8] = "swknown1";

void known_init(struct known *k, uint64_t salt, uint64_t now_ns)
{
	*k = (struct known){ .salt = salt, .begun_ns = now_ns, .changed = true };
}

void known_free(struct known *k)
{
	free(k->all);
	hash_free(&k->by_key);
	k->all = NULL;
	k->n = k->cap = 0;
}

/* The indexes anew. */
static int order(struct known *k)
{
	hash_free(&k->by_key);
	for (size_t i = 0; i < k->n; i++)
		if (hash_put(&k->by_key, k->all[i].key, (uint32_t)i)) {
			known_free(k);
			return -ENOMEM;
		}
	return 0;
}

int known_expire(struct known *k, uint64_t before_ns)
{
	size_t n = 0;

	for (size_t i = 0; i < k->n; i++)
		if (k->all[i].seen_ns >= before_ns)
			k->all[n++] = k->all[i];
	if (n == k->n)
		return 0;
	k->n = n;
	k->changed = true;
	return order(k);
}

static int newest_first(const void *left, const void *right)
{
	const struct known_one *a = left, *b = right;

	return (a->seen_ns < b->seen_ns) - (a->seen_ns > b->seen_ns);
}

static int make_room(struct known *k)
{
	if (k->n < KNOWN_MAX)
		return ARRAY_RESERVE(k->all, k->n, k->cap) ? -ENOMEM : 0;
	qsort(k->all, k->n, sizeof(*k->all), newest_first);
	k->n -= FORGET;
	return order(k);
}

int known_see(struct known *k, uint64_t key, uint64_t now_ns)
{
	uint32_t at;

	k->changed = true;
	if (hash_get(&k->by_key, key, &at)) {
		if (k->all[at].seen_ns < now_ns)
			k->all[at].seen_ns = now_ns;
		return 1;
	}
	if (make_room(k) || hash_put(&k->by_key, key, (uint32_t)k->n))
		return -ENOMEM;
	k->all[k->n++] = (struct known_one){ key, now_ns };
	k->grown = true;
	return 0;
}

void known_save(struct known *k, struct buf *b)
{
	struct head head = { .salt = k->salt, .begun_ns = k->begun_ns, .n = k->n };

	memcpy(head.magic, magic, sizeof(magic));
	buf_put(b, (const char *)&head, sizeof(head));
	if (k->n)
		buf_put(b, (const char *)k->all, k->n * sizeof(*k->all));
	k->changed = k->grown = false;
}

int known_load(struct known *k, const void *data, size_t len)
{
	struct known loaded = { 0 };
	struct head head;

	if (len < sizeof(head))
		return -EINVAL;
	memcpy(&head, data, sizeof(head));
	if (memcmp(head.magic, magic, sizeof(magic)) != 0 || head.n > KNOWN_MAX ||
	    len != sizeof(head) + head.n * sizeof(*loaded.all))
		return -EINVAL;
	loaded = (struct known){ .salt = head.salt, .begun_ns = head.begun_ns };
	loaded.n = loaded.cap = (size_t)head.n;
	loaded.all = malloc((loaded.n + 1) * sizeof(*loaded.all));
	if (!loaded.all)
		return -ENOMEM;
	memcpy(loaded.all, (const char *)data + sizeof(head), loaded.n * sizeof(*loaded.all));
	if (order(&loaded))
		return -ENOMEM;
	known_free(k);
	*k = loaded;
	return 0;
}
