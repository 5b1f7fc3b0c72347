// SPDX-License-Identifier: GPL-2.0-only
/* A store read on and on: each record once, by a number that stays; and what is gone, as a gap. */
#include "unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conn.h"
#include "core/record.h"
#include "store/dir.h"
#include "store/files.h"
#include "store/spool.h"
#include "store/writer.h"
#include "stored_gen.h"
#include "tree.h"

#define BEGIN 1795475645123456789u
#define SEGMENT (128 << 10)

static struct tree tree;
static struct gen *gen;
static struct writer *writer;
static struct spool *spool;
static struct spool_place place;
static uint64_t written;

static int setup(void **state)
{
	(void)state;
	gen = malloc(sizeof(*gen));
	if (!gen || tree_make(&tree))
		return -1;
	gen_begin(gen, BEGIN, 1000);
	writer = NULL;
	spool = NULL;
	place = (struct spool_place){ 0 };
	written = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	spool_free(spool);
	writer_close(writer);
	free(gen);
	return tree_remove(&tree);
}

#define OF_SEGMENT 2500

/* All that was written can be read, and what is full is sealed. */
static void close_writer(void)
{
	if (writer)
		writer_settle(writer);
	writer_close(writer);
	writer = NULL;
}

/* The cookie counts the records. A writer that is opened anew begins another segment after a full
 * one. */
static void write_some(size_t n)
{
	const struct writer_opts opts = { .dir = tree.path, .segment_size = SEGMENT, .boot = "b" };

	for (size_t i = 0; i < n; i++) {
		struct record rec = gen_next(gen);

		if (i % OF_SEGMENT == 0) {
			close_writer();
			assert_int_equal(writer_open(&opts, &writer), 0);
		}
		gen->conn.e.sock.cookie = ++written;
		assert_int_equal(writer_record(writer, &rec), 0);
	}
}

static void begin(const struct spool_ahead *ahead, size_t n)
{
	spool_free(spool);
	spool = NULL;
	assert_int_equal(spool_new(tree.path, &place, ahead, n, &spool), 0);
}

/* So many records, by their cookies from `first` on; each with a number of its own. */
static void reads(uint64_t first, uint64_t n)
{
	uint64_t begun = 0, number = 0;

	for (uint64_t i = 0; i < n; i++) {
		struct spool_item item;

		assert_int_equal(spool_next(spool, &item), 1);
		assert_non_null(item.rec);
		assert_int_equal(item.rec->ev->sock.cookie, first + i);
		assert_string_equal(item.boot, "b");
		if (i && item.begun_ns == begun)
			assert_int_equal(item.number, number + 1);
		else if (i)
			assert_int_equal(item.number, 0);
		begun = item.begun_ns;
		number = item.number;
	}
	place = spool_place(spool);
}

static void has_no_more(void)
{
	struct spool_item item;

	assert_int_equal(spool_next(spool, &item), 0);
	assert_int_equal(spool_next(spool, &item), 0);
}

static void finds_a_gap(uint64_t lost, bool counted)
{
	struct spool_item item;

	assert_int_equal(spool_next(spool, &item), 1);
	assert_null(item.rec);
	assert_int_equal(item.counted, counted);
	if (counted)
		assert_int_equal(item.lost, lost);
	assert_int_equal(item.begun_ns, place.begun_ns);
	assert_int_equal(item.number, place.records);
	assert_int_equal(item.from_ns, place.last_ns);
	assert_true(item.to_ns);
	place = spool_place(spool);
}

/* Removes the i-th segment of those that are there. Returns how many there were. */
static size_t drop(size_t i)
{
	struct store_files files;
	size_t n;

	assert_int_equal(store_list(tree.path, &files), 0);
	n = files.n;
	if (i < n)
		assert_int_equal(files_remove(files.files[i].path), 0);
	store_files_free(&files);
	return n;
}

static uint64_t count_ahead(uint64_t number)
{
	size_t n;
	const struct spool_ahead *ahead = spool_ahead(spool, &n);

	for (size_t i = 0; i < n; i++)
		if (ahead[i].number == number)
			return ahead[i].records;
	return 0;
}

TEST_WITH(spool__each_record_once_and_on_from_where_it_was, setup, teardown)
{
	write_some(20000);
	close_writer();
	assert_true(drop(SIZE_MAX) > 3);
	begin(NULL, 0);
	reads(1, 5000);
	begin(NULL, 0);
	reads(5001, 1);
	begin(NULL, 0);
	reads(5002, 14999);
	has_no_more();
	begin(NULL, 0);
	has_no_more();
	write_some(10);
	close_writer();
	reads(20001, 10);
	has_no_more();
}

/* It is read while it is written, and goes on in what was sealed meanwhile. */
TEST_WITH(spool__a_number_stays_when_its_segment_is_sealed, setup, teardown)
{
	uint64_t begun;

	write_some(100);
	close_writer();
	begin(NULL, 0);
	reads(1, 60);
	begun = place.begun_ns;
	write_some(20000);
	close_writer();
	reads(61, 41);
	assert_int_equal(place.begun_ns, begun);
	assert_int_equal(place.records, 101);
	place = (struct spool_place){ 0 };
	begin(NULL, 0);
	reads(1, 101);
	assert_int_equal(place.begun_ns, begun);
	assert_int_equal(place.records, 101);
	reads(102, 19999);
	has_no_more();
}

TEST_WITH(spool__what_was_removed_is_counted_where_it_was_looked_at, setup, teardown)
{
	uint64_t first, second, third;

	write_some(20000);
	close_writer();
	begin(NULL, 0);
	assert_int_equal(spool_look_ahead(spool), 0);
	first = count_ahead(1);
	second = count_ahead(2);
	third = count_ahead(3);
	assert_true(first > 1000 && second > 1000 && third > 1000);
	reads(1, first - 10);
	reads(first - 9, 10);
	drop(1);
	drop(1);
	finds_a_gap(second + third, true);
	reads(first + second + third + 1, 20000 - first - second - third);
	has_no_more();
}

TEST_WITH(spool__of_one_that_was_begun_the_rest_is_missing, setup, teardown)
{
	struct spool_ahead ahead[8];
	const struct spool_ahead *known;
	size_t n;

	write_some(20000);
	close_writer();
	begin(NULL, 0);
	reads(1, 1000);
	assert_int_equal(spool_look_ahead(spool), 0);
	known = spool_ahead(spool, &n);
	assert_true(n > 2 && n < COUNT(ahead));
	memcpy(ahead, known, n * sizeof(*known));
	drop(0);
	begin(ahead, n);
	finds_a_gap(ahead[0].records - 1000, true);
	reads(ahead[0].records + 1, 20000 - ahead[0].records);
	has_no_more();
}

TEST_WITH(spool__what_nobody_counted_is_said_to_be_uncounted, setup, teardown)
{
	struct spool_item item;

	write_some(20000);
	close_writer();
	begin(NULL, 0);
	reads(1, 1000);
	spool_free(spool);
	spool = NULL;
	drop(0);
	drop(0);
	begin(NULL, 0);
	finds_a_gap(0, false);
	assert_int_equal(spool_next(spool, &item), 1);
	assert_non_null(item.rec);
	assert_int_equal(item.number, 0);
}

TEST_WITH(spool__another_store_in_its_place_is_read_from_its_begin, setup, teardown)
{
	struct spool_place other;

	write_some(10);
	close_writer();
	begin(NULL, 0);
	reads(1, 10);
	other = place;
	drop(0);
	written = 0;
	write_some(5);
	close_writer();
	begin(NULL, 0);
	finds_a_gap(0, false);
	reads(1, 5);
	has_no_more();

	place = other; /* one that had come further */
	place.number = 1000;
	begin(NULL, 0);
	finds_a_gap(0, false);
	reads(1, 5);
	has_no_more();
}

TEST_WITH(spool__without_a_store_it_says_so, setup, teardown)
{
	assert_int_equal(spool_new(tree.path, &place, NULL, 0, &spool), -2 /* ENOENT */);
	assert_null(spool);
}
