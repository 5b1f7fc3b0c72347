// SPDX-License-Identifier: GPL-2.0-only
/* Records as blocks: they come out as they went in, and what is no block does not come out. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "store/columns.h"
#include "store/layout.h"
#include "store/stored.h"
#include "stored_gen.h"

static struct stored *records, *back;

static int setup(void **state)
{
	(void)state;
	records = calloc(COLUMNS_MAX, sizeof(*records));
	back = calloc(COLUMNS_MAX, sizeof(*back));
	return records && back ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	free(records);
	free(back);
	return 0;
}

/* Numbers by the texts' addresses would do, but are not the same each time. */
static uint32_t number(struct stored_texts *t, const char *text)
{
	(void)t;
	return text ? (uint32_t)strlen(text) : 0;
}

static void generate(size_t n)
{
	struct stored_texts texts = { .number = number };
	struct gen *g = malloc(sizeof(*g));

	assert_non_null(g);
	gen_begin(g, 1795475645123456789u, 2000);
	for (size_t i = 0; i < n; i++) {
		struct record rec = gen_next(g);

		stored_from_record(&records[i], &rec, &texts);
	}
	free(g);
}

/* How many bytes they take. */
static size_t there_and_back(size_t n, int level)
{
	struct buf b = { 0 };
	size_t size;

	assert_int_equal(columns_pack(&b, records, n, level, NULL), 0);
	memset(back, 0x5a, n * sizeof(*back));
	assert_int_equal(columns_unpack(b.data, b.len, back, n), n);
	assert_memory_equal(records, back, n * sizeof(*back));
	size = b.len;
	buf_free(&b);
	return size;
}

/* What is not asked for keeps nothing of what another block left there. */
TEST_SETUP(columns__some_are_completed_and_come_back_as_they_were)
{
	struct columns *c = columns_new();
	struct buf b = { 0 };
	uint16_t wanted[COLUMNS_MAX];
	size_t first;

	assert_non_null(c);
	for (size_t step = 1; step < 3000; step = step * 3 + 1) {
		size_t n_wanted = 0, n = COLUMNS_MAX - step;

		unit_case("each %zu. of %zu", step, n);
		generate(n);
		b.len = 0;
		assert_int_equal(columns_pack(&b, records, n, 1, &first), 0);
		assert_int_equal(columns_unpack_first(c, b.data, first, back, COLUMNS_MAX), n);
		for (size_t i = step / 2; i < n; i += step)
			wanted[n_wanted++] = (uint16_t)i;
		assert_int_equal(columns_unpack_rest(c, b.data + first, b.len - first, back, wanted,
						     n_wanted),
				 0);
		for (size_t i = 0; i < n_wanted; i++)
			assert_memory_equal(&back[wanted[i]], &records[wanted[i]],
					    sizeof(records[0]));
	}
	columns_free(c);
	buf_free(&b);
}

/* Time, place and processes, by which a question is decided, are in the first part. */
TEST_SETUP(columns__the_first_part_tells_what_a_question_is_decided_by)
{
	struct columns *c = columns_new();
	struct buf b = { 0 };
	size_t first;

	assert_non_null(c);
	generate(500);
	records[7].recorder = RECORDER_STOP;
	assert_int_equal(columns_pack(&b, records, 500, 1, &first), 0);
	assert_int_equal(columns_unpack_first(c, b.data, first, back, 499), -EBADMSG);
	assert_int_equal(columns_unpack_first(c, b.data, first - 1, back, 500), -EBADMSG);
	assert_int_equal(columns_unpack_first(c, b.data, first, back, 500), 500);
	for (size_t i = 0; i < 500; i++) {
		const struct sw_event *want = &records[i].conn.e, *got = &back[i].conn.e;

		unit_case("record %zu", i);
		assert_int_equal(back[i].wall_ns, records[i].wall_ns);
		assert_int_equal(back[i].recorder, records[i].recorder);
		assert_int_equal(got->kind, want->kind);
		assert_int_equal(got->sock.pid, want->sock.pid);
		assert_string_equal(got->sock.comm, want->sock.comm);
		assert_int_equal(got->actor_pid, want->actor_pid);
		assert_string_equal(got->actor_comm, want->actor_comm);
		assert_memory_equal(&got->sock.tuple.local, &want->sock.tuple.local, 16);
		assert_memory_equal(&got->sock.tuple.remote, &want->sock.tuple.remote, 16);
		assert_int_equal(got->sock.tuple.local_port, want->sock.tuple.local_port);
		assert_int_equal(got->sock.tuple.remote_port, want->sock.tuple.remote_port);
		for (size_t k = 0; k < SW_CONN_OWNERS; k++) {
			assert_int_equal(back[i].conn.owners[k].pid, records[i].conn.owners[k].pid);
			assert_string_equal(back[i].conn.owners[k].comm,
					    records[i].conn.owners[k].comm);
		}
		assert_int_equal(got->sock.cookie, 0);
	}
	columns_free(c);
	buf_free(&b);
}

TEST(columns__each_byte_is_in_exactly_one)
{
	unsigned char seen[sizeof(struct stored)] = { 0 };

	for (size_t i = 0; i < n_stored_columns; i++)
		for (size_t k = 0; k < stored_columns[i].size; k++)
			seen[stored_columns[i].offset + k]++;
	for (size_t i = 0; i < sizeof(seen); i++) {
		unit_case("byte %zu", i);
		assert_int_equal(seen[i], 1);
	}
}

TEST_SETUP(columns__realistic_records_come_back)
{
	generate(COLUMNS_MAX);
	there_and_back(COLUMNS_MAX, 1);
	there_and_back(COLUMNS_MAX, 9);
	there_and_back(1000, 6);
}

TEST_SETUP(columns__realistic_records_take_45_bytes)
{
	generate(COLUMNS_MAX);
	assert_in_range(there_and_back(COLUMNS_MAX, 9), 1, 45 * COLUMNS_MAX);
}

TEST_SETUP(columns__random_bytes_come_back)
{
	uint64_t random = 7;

	for (size_t n = 1; n <= 300; n += n < 20 ? 1 : 61) {
		unit_case("%zu records", n);
		for (size_t i = 0; i < n * sizeof(*records) / 8; i++) {
			uint64_t v = gen_random(&random);

			memcpy((char *)records + i * 8, &v, 8);
		}
		there_and_back(n, 1);
	}
}

/* Each field is sometimes what it was, 0, all ones, its neighbour's or anything. */
TEST_SETUP(columns__mixed_fields_come_back)
{
	static const uint64_t some[] = { 0, UINT64_MAX, 1, 0x8000000080008080u };
	uint64_t random = 99;

	for (int round = 0; round < 20; round++) {
		size_t n = 1 + gen_random(&random) % 400;

		unit_case("round %d, %zu records", round, n);
		for (size_t i = 0; i < n * sizeof(*records) / 8; i++) {
			uint64_t r = gen_random(&random);
			uint64_t v = r >> 60 < 4 ? some[r >> 60] : r >> 60 < 6 ? r >> 8 : 0;

			if (r >> 60 > 10 && i >= sizeof(*records) / 8)
				memcpy(&v, (char *)records + i * 8 - sizeof(*records), 8);
			memcpy((char *)records + i * 8, &v, 8);
		}
		there_and_back(n, 1);
	}
}

TEST_SETUP(columns__equal_records_take_next_to_nothing)
{
	generate(1);
	for (size_t i = 1; i < COLUMNS_MAX; i++)
		records[i] = records[0];
	assert_in_range(there_and_back(COLUMNS_MAX, 6), 1, 700);
}

TEST_SETUP(columns__no_room_for_the_block_is_no_block)
{
	struct buf b = { 0 };

	generate(10);
	assert_int_equal(columns_pack(&b, records, 10, 1, NULL), 0);
	assert_int_equal(columns_unpack(b.data, b.len, back, 9), -EBADMSG);
	assert_int_equal(columns_unpack(b.data, b.len, back, 10), 10);
	buf_free(&b);
}

TEST_SETUP(columns__no_records_and_too_many_are_refused)
{
	struct buf b = { 0 };

	assert_int_equal(columns_pack(&b, records, 0, 1, NULL), -EINVAL);
	assert_int_equal(columns_pack(&b, records, COLUMNS_MAX + 1, 1, NULL), -EINVAL);
	assert_int_equal(b.len, 0);
	buf_free(&b);
}

TEST_SETUP(columns__cut_blocks_are_damaged)
{
	struct buf b = { 0 };

	generate(20);
	assert_int_equal(columns_pack(&b, records, 20, 1, NULL), 0);
	for (size_t len = 0; len < b.len; len++) {
		char *cut = malloc(len + 1);

		unit_case("%zu of %zu bytes", len, b.len);
		assert_non_null(cut);
		memcpy(cut, b.data, len);
		assert_int_equal(columns_unpack(cut, len, back, 20), -EBADMSG);
		free(cut);
	}
	buf_free(&b);
}

/* Some bits of zlib's say nothing. */
TEST_SETUP(columns__a_changed_byte_changes_no_record)
{
	struct buf b = { 0 };

	generate(20);
	assert_int_equal(columns_pack(&b, records, 20, 1, NULL), 0);
	for (size_t i = 0; i < b.len; i++) {
		b.data[i] ^= 0x41;
		unit_case("byte %zu of %zu", i, b.len);
		if (columns_unpack(b.data, b.len, back, 20) == 20)
			assert_memory_equal(back, records, 20 * sizeof(*back));
		b.data[i] ^= 0x41;
	}
	buf_free(&b);
}
