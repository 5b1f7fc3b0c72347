// SPDX-License-Identifier: GPL-2.0-only
/* A store in a directory of its own: what was written is read, in order, by time. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "conn.h"
#include "core/record.h"
#include "store/dir.h"
#include "store/segment.h"
#include "store/writer.h"
#include "stored_gen.h"
#include "tree.h"

#define BEGIN 1795475645123456789u

static struct tree tree;
static struct gen *gen;
static struct writer *writer;

static int setup(void **state)
{
	struct writer_opts opts = { .max_size = 1 << 30, .segment_size = 64 << 20 };

	(void)state;
	gen = malloc(sizeof(*gen));
	if (!gen || tree_make(&tree))
		return -1;
	gen_begin(gen, BEGIN, 100);
	opts.dir = tree.path;
	return writer_open(&opts, &writer);
}

static int teardown(void **state)
{
	(void)state;
	writer_close(writer);
	free(gen);
	return tree_remove(&tree);
}

static void write_records(size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct record rec = gen_next(gen);

		assert_int_equal(writer_record(writer, &rec), 0);
	}
}

static void wait_a_second(void)
{
	nanosleep(&(struct timespec){ 1, 10000000 }, NULL);
	assert_int_equal(writer_tick(writer), 0);
}

/* The only segment. */
static struct segment *open_segment(void)
{
	struct segment *s = NULL;
	struct store_files files;

	assert_int_equal(store_list(tree.path, &files), 0);
	assert_int_equal(files.n, 1);
	assert_int_equal(segment_open(files.files[0].path, &s), 0);
	store_files_free(&files);
	return s;
}

/* Compares what is read with what is generated anew. */
struct reading {
	struct gen gen;
	size_t n;
};

static void assert_text(const char *a, const char *b)
{
	assert_int_equal(!a, !b);
	if (a && b)
		assert_string_equal(a, b);
}

static int compare(void *arg, const struct stored *s, struct stored_texts *texts)
{
	struct reading *r = arg;
	struct record want = gen_next(&r->gen), rec;

	stored_to_record(s, texts, &rec);
	assert_memory_equal(rec.conn, want.conn, sizeof(*want.conn));
	assert_ptr_equal(rec.ev, &rec.conn->e);
	assert_int_equal(rec.wall_ns, want.wall_ns);
	assert_int_equal(rec.start_wall_ns, want.start_wall_ns);
	assert_text(rec.cgroup, want.cgroup);
	assert_text(rec.unit, want.unit);
	assert_text(rec.exe, want.exe);
	assert_text(rec.cmdline, want.cmdline);
	assert_text(rec.parent_comm, want.parent_comm);
	assert_text(rec.container, want.container);
	assert_int_equal(rec.ppid, want.ppid);
	assert_int_equal(rec.login_uid, want.login_uid);
	assert_true(rec.has_login_uid);
	r->n++;
	return 0;
}

static size_t read_all(struct segment *s, int64_t after, int64_t *ret_block)
{
	struct reading *r = calloc(1, sizeof(*r));
	struct segment_query q = { .until_ns = UINT64_MAX, .after_block = after };
	size_t n;

	assert_non_null(r);
	gen_begin(&r->gen, BEGIN, 100);
	assert_int_equal(segment_read(s, &q, compare, r, ret_block), 0);
	n = r->n;
	free(r);
	return n;
}

TEST_SETUP(segment__records_come_back_with_their_texts)
{
	struct segment *s;
	int64_t block = 0;

	write_records(10000);
	wait_a_second();
	s = open_segment();
	assert_int_equal(read_all(s, 0, &block), 10000);
	assert_int_equal(block, 3);
	assert_false(segment_is_sealed(s));
	segment_close(s);
}

TEST_SETUP(segment__empty_is_fine)
{
	struct segment *s = open_segment();
	uint64_t first, last;

	assert_int_equal(read_all(s, 0, NULL), 0);
	segment_span(s, &first, &last);
	assert_int_equal(first, 0);
	assert_int_equal(last, 0);
	segment_close(s);
}

static int count(void *arg, const struct stored *s, struct stored_texts *texts)
{
	(void)s;
	(void)texts;
	(*(size_t *)arg)++;
	return 0;
}

TEST_SETUP(segment__a_live_one_is_followed_by_its_blocks)
{
	struct segment *s = open_segment();
	struct segment_query q = { .until_ns = UINT64_MAX };
	size_t n = 0;

	for (size_t round = 1; round <= 2; round++) {
		write_records(100);
		wait_a_second();
		assert_int_equal(segment_read(s, &q, count, &n, &q.after_block), 0);
		assert_int_equal(n, round * 100);
	}
	segment_close(s);
}

/* Which times, in what order. */
struct times {
	uint64_t since, until, last;
	size_t n;
};

static int check_older(void *arg, const struct stored *s, struct stored_texts *texts)
{
	struct times *t = arg;

	(void)texts;
	assert_in_range(s->wall_ns, t->since, t->until - 1);
	assert_true(s->wall_ns < t->last);
	t->last = s->wall_ns;
	t->n++;
	return t->n == 150;
}

TEST_SETUP(segment__a_stretch_of_time_newest_first_until_it_is_enough)
{
	struct times t = { BEGIN + 5000000000, BEGIN + 7000000000, UINT64_MAX, 0 };
	struct segment_query q = { .since_ns = t.since, .until_ns = t.until, .newest_first = true };
	struct segment *s;

	write_records(5000);
	wait_a_second();
	s = open_segment();
	assert_int_equal(segment_read(s, &q, check_older, &t, NULL), 1);
	assert_int_equal(t.n, 150);
	q.since_ns = q.until_ns = BEGIN;
	t.n = 0;
	assert_int_equal(segment_read(s, &q, count, &t.n, NULL), 0);
	assert_int_equal(t.n, 0);
	segment_close(s);
}

static int keep(void *arg, const struct stored *s, struct stored_texts *texts)
{
	(void)texts;
	*(struct stored *)arg = *s;
	return 0;
}

TEST_SETUP(segment__an_event_that_is_no_connection_has_none)
{
	struct segment_query q = { .until_ns = UINT64_MAX };
	struct sw_event ev = { .kind = SW_EV_RECORDER, .time_ns = 5 };
	struct record rec = { .ev = &ev,
			      .wall_ns = 7,
			      .recorder = RECORDER_STOP,
			      .lost = 3,
			      .lost_since_ns = 2,
			      .elsewhere = true,
			      .device = "" };
	struct segment *s = open_segment();
	struct stored back;

	assert_int_equal(writer_record(writer, &rec), 0);
	wait_a_second();
	assert_int_equal(segment_read(s, &q, keep, &back, NULL), 0);
	stored_to_record(&back, segment_texts(s), &rec);
	assert_null(rec.conn);
	assert_memory_equal(rec.ev, &ev, sizeof(ev));
	assert_int_equal(rec.recorder, RECORDER_STOP);
	assert_int_equal(rec.lost, 3);
	assert_int_equal(rec.lost_since_ns, 2);
	assert_true(rec.elsewhere);
	assert_false(rec.has_login_uid);
	assert_string_equal(rec.device, "");
	assert_null(rec.exe);
	segment_close(s);
}

TEST_SETUP(segment__what_is_none_is_named)
{
	struct segment *s;
	char path[128];

	tree_put_text(&tree, "00000009-5.live", "no segment, but a text of some length");
	snprintf(path, sizeof(path), "%s/00000009-5.live", tree.path);
	assert_int_equal(segment_open(path, &s), -EBADMSG);
	assert_int_equal(segment_open("/nowhere/00000009-5.live", &s), -ENOENT);
}

TEST(dir__names_come_back_and_others_are_none)
{
	static const char *const good[] = {
		"00000001-5.live", "123456789-0.live",
		"00000007-1795475645123456789-1795475645123456790.sealed"
	};
	static const char *const bad[] = { "1-5.live",
					   "00000001-5.live.tmp",
					   "00000001-5-6.live",
					   "00000001-5.sealed",
					   "lock",
					   "seals",
					   "-1-5.live",
					   "00000001-+5.live",
					   "00000001-5.live-wal",
					   "",
					   "00000001-99999999999999999999999.live" };
	char name[STORE_NAME_MAX];
	struct store_file f;

	for (size_t i = 0; i < COUNT(good); i++) {
		unit_case("%s", good[i]);
		assert_true(store_name_parse(good[i], &f));
		store_name_format(&f, name);
		assert_string_equal(name, good[i]);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		unit_case("%s", bad[i]);
		assert_false(store_name_parse(bad[i], &f));
	}
}

TEST_SETUP(dir__oldest_first_and_a_sealed_one_once)
{
	struct store_files files;

	writer_close(writer);
	writer = NULL;
	tree_put_text(&tree, "00000010-5.live", "x");
	tree_put_text(&tree, "00000010-5-9.sealed", "12345");
	tree_put_text(&tree, "00000002-50-90.sealed", "");
	tree_put_text(&tree, "seals", "");
	assert_int_equal(store_list(tree.path, &files), 0);
	assert_int_equal(files.n, 3);
	assert_int_equal(files.files[1].number, 2);
	assert_int_equal(files.files[2].number, 10);
	assert_true(files.files[2].sealed);
	assert_int_equal(files.files[2].size, 5);
	assert_int_equal(files.files[2].last_ns, 9);
	store_files_free(&files);
	assert_int_equal(store_list("/nowhere", &files), -ENOENT);
}

/* The clock is set back in the middle: both stretches are found by the times that they had. */
TEST_SETUP(segment__a_clock_that_jumps_back_hides_nothing)
{
	struct segment_query q = { .since_ns = BEGIN - 3600000000000, .until_ns = BEGIN };
	struct segment *s;
	uint64_t first, last;
	size_t n = 0;

	write_records(100);
	gen->wall_offset_ns -= 1800000000000;
	write_records(50);
	wait_a_second();
	s = open_segment();
	assert_int_equal(segment_read(s, &q, count, &n, NULL), 0);
	assert_int_equal(n, 50);
	q = (struct segment_query){ .since_ns = BEGIN, .until_ns = UINT64_MAX };
	assert_int_equal(segment_read(s, &q, count, &n, NULL), 0);
	assert_int_equal(n, 150);
	segment_span(s, &first, &last);
	assert_true(first < BEGIN && last > BEGIN);
	segment_close(s);
}

/* Bytes of one block, in the middle of a file that SQLite takes for whole. */
TEST_SETUP(segment__a_damaged_block_is_named_and_the_others_are_read)
{
	struct segment_query q = { .until_ns = UINT64_MAX };
	struct store_files files;
	struct segment *s;
	size_t n = 0;
	FILE *f;

	write_records(12288);
	writer_close(writer);
	writer = NULL;
	assert_int_equal(store_list(tree.path, &files), 0);
	f = fopen(files.files[0].path, "r+");
	assert_non_null(f);
	assert_int_equal(fseek(f, (long)files.files[0].size / 2 + 100, SEEK_SET), 0);
	assert_int_not_equal(fputs("these bytes were others", f), EOF);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(segment_open(files.files[0].path, &s), 0);
	assert_int_equal(segment_read(s, &q, count, &n, NULL), -EBADMSG);
	assert_int_equal(n, 8192);
	segment_close(s);
	store_files_free(&files);
}
