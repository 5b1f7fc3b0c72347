// SPDX-License-Identifier: GPL-2.0-only
#include "store/text_reader.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "store/db.h"
#include "store/texts.h"

static uint32_t number(struct stored_texts *texts, const char *text)
{
	(void)texts;
	(void)text;
	return 0;
}

/* The chunk's texts have these numbers from now on. */
static int add_texts(struct text_reader *t, const char *text, int64_t first, uint32_t n)
{
	int err = 0;

	for (uint32_t i = 0; i < n && !err; i++, text += strlen(text) + 1) {
		err = ARRAY_ADD(t->texts, t->n_texts, t->cap_texts, &text);
		if (!err)
			err = hash_put(&t->places, (uint64_t)first + i, (uint32_t)(t->n_texts - 1));
	}
	return err;
}

static int add_chunk(struct text_reader *t, int64_t first, int64_t n)
{
	size_t size = (size_t)sqlite3_column_bytes(t->chunk, 2);
	char *texts;
	int err;

	if (n <= 0 || n > UINT32_MAX)
		return -EBADMSG;
	err = texts_unpack(sqlite3_column_blob(t->chunk, 2), size, (uint32_t)n, &texts);
	if (err)
		return err;
	err = ARRAY_ADD(t->chunks, t->n_chunks, t->cap_chunks, &texts);
	if (err) {
		free(texts);
		return err;
	}
	return add_texts(t, texts, first, (uint32_t)n);
}

static void load(struct text_reader *t, uint32_t wanted)
{
	sqlite3_bind_int64(t->chunk, 1, wanted);
	if (db_step(t->db, t->chunk) == 1) {
		int64_t first = sqlite3_column_int64(t->chunk, 0);
		int64_t n = sqlite3_column_int64(t->chunk, 1);

		if (first + n > wanted)
			add_chunk(t, first, n);
	}
	sqlite3_reset(t->chunk);
}

static const char *text(struct stored_texts *texts, uint32_t wanted)
{
	struct text_reader *t = (struct text_reader *)texts;
	uint32_t place;

	if (!wanted)
		return NULL;
	if (hash_get(&t->places, wanted, &place))
		return t->texts[place];
	load(t, wanted);
	return hash_get(&t->places, wanted, &place) ? t->texts[place] : NULL;
}

int text_reader_begin(struct text_reader *t, struct sqlite3 *db)
{
	*t = (struct text_reader){ .api = { number, text }, .db = db };
	return db_prepare(db, "SELECT id, n, data FROM text WHERE id <= ? ORDER BY id DESC LIMIT 1",
			  &t->chunk);
}

void text_reader_end(struct text_reader *t)
{
	sqlite3_finalize(t->chunk);
	for (size_t i = 0; i < t->n_chunks; i++)
		free(t->chunks[i]);
	free(t->chunks);
	free(t->texts);
	hash_free(&t->places);
}
