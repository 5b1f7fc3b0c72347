// SPDX-License-Identifier: GPL-2.0-only
/* The number of the layout: what has another one is named and left alone, and none looks otherwise.
 */
#include "store_scene.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "store/ask.h"
#include "store/columns.h"
#include "store/dir.h"
#include "store/keys.h"
#include "store/layout.h"
#include "store/segment.h"
#include "store/squeeze.h"
#include "store/stored.h"
#include "stored_gen.h"

#define N 1000

static struct store_scene scene;

static int setup(void **state)
{
	(void)state;
	return store_scene_make(&scene);
}

static int teardown(void **state)
{
	(void)state;
	return store_scene_remove(&scene);
}

/* In the oldest segment; row: takes what it answers. */
static void run_sql(const char *sql, sqlite3_callback row, void *arg)
{
	struct store_files files;
	sqlite3 *db;

	assert_int_equal(store_list(scene.tree.path, &files), 0);
	assert_int_equal(sqlite3_open(files.files[0].path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, row, arg, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	store_files_free(&files);
}

/* The segments, and what opening each gives. */
static size_t open_all(int *ret_errs, size_t most)
{
	struct store_files files;
	size_t n;

	assert_int_equal(store_list(scene.tree.path, &files), 0);
	n = files.n;
	assert_in_range(n, 1, most);
	for (size_t i = 0; i < n; i++) {
		struct segment *s = NULL;

		ret_errs[i] = segment_open(files.files[i].path, &s);
		segment_close(s);
	}
	store_files_free(&files);
	return n;
}

static int count(void *arg, const struct record *rec)
{
	*(int *)arg += rec->ev->kind == SW_EV_CONN;
	return 0;
}

static int connections(void)
{
	struct store_question q = { .dir = scene.tree.path,
				    .until_ns = UINT64_MAX,
				    .no_gaps = true };
	int n = 0;

	assert_int_equal(store_ask(&q, count, &n), 0);
	return n;
}

TEST_SETUP(layout__a_segment_of_another_is_left_alone_and_the_writer_goes_on_beside_it)
{
	static const char *const others[] = { "1", "3", "-4", "4294967298", "NULL" };

	for (size_t i = 0; i < COUNT(others); i++) {
		char sql[96];
		int errs[4];

		unit_case("layout %s", others[i]);
		store_scene_remove(&scene);
		assert_int_equal(store_scene_make(&scene), 0);
		store_scene_conn(&scene, 110, "a", 80);
		store_scene_close(&scene);
		snprintf(sql, sizeof(sql), "UPDATE meta SET value = %s WHERE key = 'version'",
			 others[i]);
		run_sql(sql, NULL, NULL);
		assert_int_equal(connections(), 0);
		store_scene_conn(&scene, 120, "b", 80);
		store_scene_conn(&scene, 130, "c", 80);
		store_scene_close(&scene);
		assert_int_equal(connections(), 2);
		assert_int_equal(open_all(errs, 4), 2);
		assert_int_equal(errs[0], i < 4 ? -EPROTO : -EBADMSG);
		assert_int_equal(errs[1], 0);
	}
}

TEST_SETUP(layout__a_segment_without_one_is_damaged)
{
	int errs[4];

	store_scene_conn(&scene, 110, "a", 80);
	store_scene_close(&scene);
	run_sql("DELETE FROM meta WHERE key = 'version'", NULL, NULL);
	assert_int_equal(open_all(errs, 4), 1);
	assert_int_equal(errs[0], -EBADMSG);
}

static struct stored *generate(void)
{
	struct stored *records = calloc(N, sizeof(*records));
	struct gen *g = malloc(sizeof(*g));

	assert_non_null(records);
	assert_non_null(g);
	gen_begin(g, 1795475645123456789u, 1000);
	for (size_t i = 0; i < N; i++) {
		records[i].conn = *gen_next(g).conn;
		records[i].wall_ns = records[i].conn.e.time_ns + 1795475645123456789u;
		records[i].texts[STORED_EXE] = (uint32_t)(i % 7);
	}
	free(g);
	return records;
}

TEST(layout__a_block_of_another_is_none)
{
	struct stored *records = generate(), *back = calloc(N, sizeof(*back));
	struct buf b = { 0 };

	assert_non_null(back);
	assert_int_equal(columns_pack(&b, records, N, 1, NULL), 0);
	for (uint16_t layout = 0; layout < 300; layout++) {
		unit_case("layout %u", layout);
		memcpy(b.data, &layout, sizeof(layout));
		assert_int_equal(columns_unpack(b.data, b.len, back, N),
				 layout == STORE_LAYOUT ? N : -EBADMSG);
	}
	buf_free(&b);
	free(records);
	free(back);
}

/* --- what each looks like --------------------------------------------------------------------- */

/* FNV-1a */
static uint64_t digest(uint64_t h, const void *data, size_t size)
{
	const unsigned char *at = data;

	for (size_t i = 0; i < size; i++)
		h = (h ^ at[i]) * 0x100000001b3u;
	return h;
}

/* What zlib is given, as other versions of that may give other bytes. */
static uint64_t digest_part(uint64_t h, const char *data, size_t size, uint32_t plain_size)
{
	char *plain = malloc(plain_size);

	assert_non_null(plain);
	assert_int_equal(unsqueeze(data, size, plain, plain_size), 0);
	h = digest(h, plain, plain_size);
	free(plain);
	return h;
}

static uint64_t digest_blocks(uint64_t h)
{
	const struct keys_span span = { 1, 2, N };
	struct stored *records = generate();
	struct buf b = { 0 };
	uint32_t plain;
	size_t first;

	assert_int_equal(columns_pack(&b, records, N, 1, &first), 0);
	memcpy(&plain, b.data + 4, sizeof(plain));
	h = digest_part(h, b.data + 12, first - 12, plain);
	memcpy(&plain, b.data + first, sizeof(plain));
	h = digest_part(h, b.data + first + 4, b.len - first - 4, plain);
	b.len = 0;
	assert_int_equal(keys_make(&b, records, N, &span), 0);
	h = digest(h, b.data, b.len);
	buf_free(&b);
	free(records);
	return h;
}

static int digest_row(void *arg, int n, char **values, char **names)
{
	uint64_t *h = arg;

	(void)names;
	for (int i = 0; i < n; i++)
		*h = digest(*h, values[i], strlen(values[i]));
	return 0;
}

static uint64_t digest_tables(uint64_t h)
{
	store_scene_conn(&scene, 110, "a", 80);
	store_scene_close(&scene);
	run_sql("SELECT sql FROM sqlite_master WHERE sql NOT NULL ORDER BY name;"
		" SELECT key FROM meta ORDER BY key",
		digest_row, &h);
	return h;
}

/*
 * Fails when what is written looks otherwise than it did under this number: raise STORE_LAYOUT, say
 * there what differs, and put both here. (The records are stored_gen.c's: where only that has
 * changed, the number stays.)
 */
TEST_SETUP(layout__what_is_written_looks_as_its_number_says)
{
	uint64_t h = digest(0xcbf29ce484222325u, stored_columns,
			    n_stored_columns * sizeof(stored_columns[0]));

	h = digest_tables(digest_blocks(h));
	assert_int_equal(STORE_LAYOUT, 5);
	assert_int_equal(h, 0x5b9b60bf230b4af2u);
}
