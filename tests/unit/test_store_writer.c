// SPDX-License-Identifier: GPL-2.0-only
/* The writer: full segments are sealed, the oldest go, a crash at any moment loses a second. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "conn.h"
#include "core/record.h"
#include "store/dir.h"
#include "store/segment.h"
#include "store/writer.h"
#include "stored_gen.h"
#include "tree.h"

#define BEGIN 1795475645123456789u
#define SEGMENT (256 << 10)

static struct tree tree;
static struct gen *gen;
static struct writer *writer;
static struct writer_opts opts;

static int setup(void **state)
{
	(void)state;
	gen = malloc(sizeof(*gen));
	if (!gen || tree_make(&tree))
		return -1;
	gen_begin(gen, BEGIN, 1000);
	writer = NULL;
	opts = (struct writer_opts){ .dir = tree.path, .segment_size = SEGMENT, .boot = "b" };
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	writer_close(writer);
	free(gen);
	return tree_remove(&tree);
}

/* The cookie counts the records. */
static void write_one(uint64_t number)
{
	struct record rec = gen_next(gen);

	gen->conn.e.sock.cookie = number;
	assert_int_equal(writer_record(writer, &rec), 0);
}

static void write_records(uint64_t first, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		write_one(first + i);
}

static void reopen(void)
{
	writer_close(writer);
	writer = NULL;
	assert_int_equal(writer_open(&opts, &writer), 0);
}

/* Cookies in order, from `next` on. */
struct order {
	uint64_t next;
	bool holes; /* are fine */
};

static int check_order(void *arg, const struct stored *s, struct stored_texts *texts)
{
	struct order *o = arg;
	struct record rec;

	if (s->conn.e.kind != SW_EV_CONN)
		return 0;
	stored_to_record(s, texts, &rec);
	assert_non_null(rec.exe);
	assert_non_null(rec.cmdline);
	if (o->holes)
		assert_true(s->conn.e.sock.cookie >= o->next);
	else
		assert_int_equal(s->conn.e.sock.cookie, o->next);
	o->next = s->conn.e.sock.cookie + 1;
	return 0;
}

/* All segments; returns what the next record would be. */
static uint64_t read_store(struct order *o, size_t *ret_sealed)
{
	struct segment_query q = { .until_ns = UINT64_MAX };
	struct store_files files;

	*ret_sealed = 0;
	assert_int_equal(store_list(tree.path, &files), 0);
	for (size_t i = 0; i < files.n; i++) {
		struct segment *s;

		unit_case("%s", files.files[i].path);
		assert_int_equal(segment_open(files.files[i].path, &s), 0);
		assert_int_equal(segment_is_sealed(s), files.files[i].sealed);
		assert_int_equal(segment_read(s, &q, check_order, o, NULL), 0);
		*ret_sealed += files.files[i].sealed;
		segment_close(s);
	}
	store_files_free(&files);
	return o->next;
}

static uint64_t store_total(void)
{
	struct store_files files;
	uint64_t total = 0;

	assert_int_equal(store_list(tree.path, &files), 0);
	for (size_t i = 0; i < files.n; i++)
		total += files.files[i].size;
	store_files_free(&files);
	return total;
}

/* A second passes for the writer. */
static void commit(void)
{
	nanosleep(&(struct timespec){ 1, 10000000 }, NULL);
	assert_int_equal(writer_tick(writer), 0);
}

TEST_SETUP(writer__full_segments_are_sealed_and_lose_nothing)
{
	struct order o = { 0 };
	size_t sealed;

	reopen();
	for (int i = 0; i < 3; i++) {
		write_records((uint64_t)i * 10000, 10000);
		commit();
	}
	writer_settle(writer);
	assert_int_equal(read_store(&o, &sealed), 30000);
	assert_int_equal(sealed, 3);
}

TEST_SETUP(writer__sealed_records_take_60_bytes_all_told)
{
	struct store_files files;

	opts.segment_size = 16 << 20;
	reopen();
	write_records(0, 100000);
	writer_close(writer);
	opts.boot = "another"; /* so that what there is is sealed */
	assert_int_equal(writer_open(&opts, &writer), 0);
	writer_settle(writer);
	assert_int_equal(store_list(tree.path, &files), 0);
	assert_int_equal(files.n, 2);
	assert_true(files.files[0].sealed);
	assert_in_range(files.files[0].size, 1, 60 * 100000);
	store_files_free(&files);
}

TEST_SETUP(writer__goes_on_with_what_was_not_full)
{
	struct order o = { 0 };
	struct store_files files;
	size_t sealed;

	reopen();
	write_records(0, 100);
	reopen();
	write_records(100, 100);
	writer_close(writer);
	writer = NULL;
	assert_int_equal(read_store(&o, &sealed), 200);
	assert_int_equal(store_list(tree.path, &files), 0);
	assert_int_equal(files.n, 1);
	store_files_free(&files);
}

TEST_SETUP(writer__the_oldest_go_whole)
{
	struct order o = { .holes = true };
	size_t sealed;

	opts.max_size = 6 * SEGMENT;
	reopen();
	for (uint64_t i = 0; i < 12; i++) {
		write_records(i * 10000, 10000);
		commit();
		writer_settle(writer);
		assert_in_range(store_total(), 1, opts.max_size + SEGMENT);
	}
	assert_int_equal(read_store(&o, &sealed), 120000);
	assert_in_range(sealed, 1, 9);
}

TEST_SETUP(writer__limits_change_while_it_writes)
{
	struct writer_opts other = opts;
	struct order all = { 0 }, o = { .holes = true };
	size_t sealed, before;

	reopen();
	for (uint64_t i = 0; i < 5; i++) {
		write_records(i * 10000, 10000);
		commit();
	}
	writer_settle(writer);
	assert_int_equal(read_store(&all, &sealed), 50000);
	other.max_size = 4 * SEGMENT;
	assert_true(store_total() > other.max_size);
	writer_limit(writer, &other);
	writer_settle(writer);
	assert_in_range(store_total(), 1, other.max_size);
	other.max_size = 0;
	other.segment_size = 64 * SEGMENT;
	writer_limit(writer, &other);
	read_store(&o, &before);
	write_records(50000, 30000);
	commit();
	writer_settle(writer);
	o.next = 0;
	assert_int_equal(read_store(&o, &sealed), 80000);
	assert_int_equal(sealed, before); /* all are in one, as it is not full */
}

TEST_SETUP(writer__too_old_segments_go)
{
	struct store_files files;

	opts.max_age_ns = UINT64_C(3600000000000);
	gen->wall_offset_ns += clock_now() + (uint64_t)clock_wall_offset() - BEGIN -
			       UINT64_C(7200000000000);
	reopen();
	write_records(0, 10);
	writer_close(writer);
	opts.boot = "another";
	assert_int_equal(writer_open(&opts, &writer), 0);
	writer_settle(writer);
	reopen();
	writer_settle(writer);
	assert_int_equal(store_list(tree.path, &files), 0);
	assert_int_equal(files.n, 1);
	assert_false(files.files[0].sealed);
	store_files_free(&files);
}

TEST_SETUP(writer__the_second_is_refused)
{
	struct writer *second;

	reopen();
	assert_int_equal(writer_open(&opts, &second), -EBUSY);
}

TEST_SETUP(writer__files_are_for_the_group)
{
	struct store_files files;
	struct stat st;

	reopen();
	write_records(0, 10);
	commit();
	assert_int_equal(store_list(tree.path, &files), 0);
	assert_int_equal(stat(files.files[0].path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	store_files_free(&files);
}

/* As after a crash at each step of sealing. */
TEST_SETUP(writer__what_a_crash_left_is_mended)
{
	struct order o = { 0 };
	struct store_files files;
	size_t sealed;
	char *live;

	reopen();
	write_records(0, 10000);
	commit();
	writer_settle(writer);
	assert_int_equal(store_list(tree.path, &files), 0);
	assert_true(files.files[0].sealed);
	assert_int_not_equal(asprintf(&live, "%08d-5.live", (int)files.files[0].number), -1);
	tree_put_text(&tree, live, "not removed yet");
	tree_put_text(&tree, "00000099-5.live.tmp", "half");
	store_files_free(&files);
	write_records(10000, 10);
	reopen();
	assert_int_equal(faccessat(tree.fd, live, F_OK, 0), -1);
	assert_int_equal(faccessat(tree.fd, "00000099-5.live.tmp", F_OK, 0), -1);
	assert_int_equal(read_store(&o, &sealed), 10010);
	assert_int_equal(sealed, 1);
	free(live);
}

#define STALL_NS 20000000u

/* What the other process tells: how far it was, when, and how long it did not get on at all. */
struct progress {
	uint64_t at, when_ns, stalled_ns;
};

/* Writes on and on, and tells how far it is. */
static void write_until_killed(int out)
{
	uint64_t at = 0, told_at = clock_now(), turn_ns = told_at;
	struct progress p = { 0 };

	if (writer_open(&opts, &writer))
		_exit(1);
	for (;;) {
		uint64_t before = at;

		for (int i = 0; i < 50; i++) {
			struct record rec = gen_next(gen);

			gen->conn.e.sock.cookie = at++;
			if (writer_record(writer, &rec) || writer_tick(writer))
				_exit(2);
		}
		nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
		p.at = before;
		p.when_ns = clock_now();
		if (p.when_ns - turn_ns > STALL_NS)
			p.stalled_ns += p.when_ns - turn_ns;
		turn_ns = p.when_ns;
		if (p.when_ns - told_at < 100000000)
			continue;
		told_at = p.when_ns;
		if (write(out, &p, sizeof(p)) != sizeof(p))
			_exit(3);
	}
}

/*
 * What was there a second ago, as it told, and some more: a loaded machine keeps it from its tick,
 * for as long as it did not get on.
 */
static uint64_t durable(int in, uint64_t killed_ns)
{
	struct progress all[128];
	uint64_t at = 0;
	size_t n = 0;

	while (n < COUNT(all) && read(in, &all[n], sizeof(all[n])) == sizeof(all[n]))
		n++;
	for (size_t i = 0; i < n; i++) {
		uint64_t stalled_ns = all[n - 1].stalled_ns - all[i].stalled_ns +
				      (killed_ns - all[n - 1].when_ns);

		if (all[i].when_ns + 1400000000 + 2 * stalled_ns < killed_ns)
			at = all[i].at;
	}
	return at;
}

TEST_SETUP(writer__killed_at_any_moment_loses_a_second_and_doubles_nothing)
{
	uint64_t random = 3;

	for (int round = 0; round < 6; round++) {
		struct order o = { 0 };
		uint64_t killed, want;
		size_t sealed;
		int fds[2];
		pid_t pid;

		assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
		pid = fork();
		if (!pid)
			write_until_killed(fds[1]);
		close(fds[1]);
		nanosleep(&(struct timespec){ 2, (long)(gen_random(&random) % 1000000000) }, NULL);
		killed = clock_now();
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		want = durable(fds[0], killed);
		close(fds[0]);
		assert_int_equal(writer_open(&opts, &writer), 0);
		writer_settle(writer); /* or one that was just listed is sealed meanwhile */
		assert_true(read_store(&o, &sealed) >= want);
		writer_close(writer);
		writer = NULL;
		assert_int_equal(tree_remove(&tree), 0);
		assert_int_equal(tree_make(&tree), 0);
		gen_begin(gen, BEGIN, 1000);
	}
}
