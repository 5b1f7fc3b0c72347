// SPDX-License-Identifier: GPL-2.0-only
#include "store/texts.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/random.h>

#include "store/squeeze.h"

/* Then what is known is forgotten: the same text may get another number, which costs room only. */
#define KNOWN_MAX (4u << 20)
#define CHUNK_MAX (64u << 20) /* of the texts of a chunk: damage asks for no more */

static uint64_t hash_of(const struct text_table *t, const char *text, size_t len)
{
	uint64_t h = t->seed ^ len, part;

	for (; len >= 8; len -= 8, text += 8) {
		memcpy(&part, text, 8);
		h = (h ^ part) * 0x9e3779b97f4a7c15u;
		h ^= h >> 29;
	}
	part = 0;
	memcpy(&part, text, len);
	h = (h ^ part) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 32;
}

static void forget(struct text_table *t)
{
	t->known.len = 0;
	hash_free(&t->places);
}

/* Its place in `known` has the number before the text. */
static uint32_t find(const struct text_table *t, uint64_t hash, const char *text)
{
	uint32_t place, number;

	if (!hash_get(&t->places, hash, &place) ||
	    strcmp(t->known.data + place + sizeof(number), text) != 0)
		return 0;
	memcpy(&number, t->known.data + place, sizeof(number));
	return number;
}

static uint32_t number(struct stored_texts *texts, const char *text)
{
	struct text_table *t = (struct text_table *)texts;
	size_t len = text ? strlen(text) : 0;
	uint64_t hash = text ? hash_of(t, text, len) : 0;
	uint32_t known = text ? find(t, hash, text) : 0;

	if (!text || known)
		return known;
	if (t->known.len + len > KNOWN_MAX)
		forget(t);
	if (!buf_room(&t->fresh, len + 1) || !buf_room(&t->known, sizeof(t->next) + len + 1) ||
	    hash_put(&t->places, hash, (uint32_t)t->known.len)) {
		t->fresh.failed = t->known.failed = false; /* there may be some later */
		return 0;
	}
	buf_put(&t->fresh, text, len + 1);
	buf_put(&t->known, &t->next, sizeof(t->next));
	buf_put(&t->known, text, len + 1);
	return t->next++;
}

static const char *text(struct stored_texts *texts, uint32_t number_)
{
	(void)texts;
	(void)number_;
	return NULL;
}

void text_table_begin(struct text_table *t, uint32_t next)
{
	*t = (struct text_table){ .api = { number, text }, .next = next, .first_new = next };
	/* nobody is to know which texts hash to the same */
	if (getrandom(&t->seed, sizeof(t->seed), GRND_NONBLOCK) < 0)
		t->seed = (uintptr_t)t;
}

void text_table_free(struct text_table *t)
{
	buf_free(&t->fresh);
	buf_free(&t->known);
	hash_free(&t->places);
}

int text_table_pack(const struct text_table *t, struct buf *b, int level)
{
	uint32_t size = (uint32_t)t->fresh.len;

	if (!size)
		return 0;
	buf_put(b, &size, sizeof(size));
	return buf_failed(b) ? -ENOMEM : squeeze(b, t->fresh.data, size, NULL, 0, level);
}

void text_table_kept(struct text_table *t)
{
	t->fresh.len = 0;
	t->first_new = t->next;
}

void text_table_lost(struct text_table *t)
{
	forget(t);
	t->fresh.len = 0;
	t->next = t->first_new;
}

static bool are_texts(const char *data, size_t size, uint32_t n)
{
	const char *end = data + size;

	for (; n && data < end; n--) {
		const char *nul = memchr(data, '\0', (size_t)(end - data));

		if (!nul)
			return false;
		data = nul + 1;
	}
	return !n && data == end;
}

int texts_unpack(const void *data, size_t size, uint32_t n, char **ret)
{
	uint32_t plain;
	char *texts;
	int err;

	if (size < sizeof(plain))
		return -EBADMSG;
	memcpy(&plain, data, sizeof(plain));
	if (plain > CHUNK_MAX || !plain)
		return -EBADMSG;
	texts = malloc(plain);
	if (!texts)
		return -ENOMEM;
	err = unsqueeze((const char *)data + sizeof(plain), size - sizeof(plain), texts, plain);
	if (!err && !are_texts(texts, plain, n))
		err = -EBADMSG;
	if (err)
		free(texts);
	else
		*ret = texts;
	return err;
}
