// SPDX-License-Identifier: GPL-2.0-only
/*
 * A store on a file system of its own that fills and empties, and one that another user reads: both
 * need root, and are skipped without.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
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
#define NOBODY 65534
#define READERS 4242 /* a group */

static struct tree tree;
static struct gen *gen;
static struct writer *writer;
static struct writer_opts opts;

static int setup(void **state)
{
	(void)state;
	writer = NULL;
	gen = malloc(sizeof(*gen));
	if (!gen || tree_make(&tree))
		return -1;
	gen_begin(gen, BEGIN, 1000);
	opts = (struct writer_opts){ .dir = tree.path, .segment_size = 1 << 20 };
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	writer_close(writer);
	free(gen);
	umount2(tree.path, MNT_DETACH);
	return tree_remove(&tree);
}

/* In a mount namespace of our own; what cannot be is skipped. */
static void mount_small(const char *size)
{
	char options[64];

	snprintf(options, sizeof(options), "size=%s,mode=0750", size);
	if (geteuid() || unshare(CLONE_NEWNS) ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", tree.path, "tmpfs", 0, options))
		skip();
}

static int write_one(void)
{
	struct record rec = gen_next(gen);

	return writer_record(writer, &rec);
}

/* A little more than a second, so that a tick commits, or tries again. */
static int tick(void)
{
	nanosleep(&(struct timespec){ 1, 20000000 }, NULL);
	return writer_tick(writer);
}

struct seen {
	uint64_t conns, lost, lost_records, since_ns, last_ns;
};

static int look(void *arg, const struct stored *s, struct stored_texts *texts)
{
	struct seen *seen = arg;

	(void)texts;
	seen->conns += s->conn.e.kind == SW_EV_CONN;
	if (s->conn.e.kind != SW_EV_LOST)
		return 0;
	seen->lost_records++;
	seen->lost += s->lost;
	seen->since_ns = s->lost_since_ns;
	return 0;
}

static struct seen look_at_store(const char *dir)
{
	struct segment_query q = { .until_ns = UINT64_MAX };
	struct store_files files;
	struct seen seen = { 0 };
	struct segment *s;

	assert_int_equal(store_list(dir, &files), 0);
	for (size_t i = 0; i < files.n; i++) {
		unit_case("%s", files.files[i].path);
		assert_int_equal(segment_open(files.files[i].path, &s), 0);
		assert_int_equal(segment_read(s, &q, look, &seen, NULL), 0);
		segment_close(s);
	}
	store_files_free(&files);
	return seen;
}

static void fill(const char *path)
{
	static const char bytes[4096];
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	while (write(fd, bytes, sizeof(bytes)) > 0)
		;
	close(fd);
}

TEST_SETUP(room__a_full_disk_is_a_pause_that_is_told)
{
	uint64_t written = 0, refused = 0;
	char path[64];
	struct seen seen;

	mount_small("4m");
	snprintf(path, sizeof(path), "%s/other", tree.path);
	assert_int_equal(writer_open(&opts, &writer), 0);
	for (; written < 500; written++)
		assert_int_equal(write_one(), 0);
	assert_int_equal(tick(), 0);
	fill(path);
	/* these are taken, and cannot be kept */
	while (!writer_lost(writer) && written < 200000) {
		for (int i = 0; i < 5000; i++, written++)
			refused += write_one() != 0;
		writer_tick(writer);
	}
	assert_in_range(writer_lost(writer), 1, 200000);
	assert_int_equal(write_one(), -ENOSPC);
	written++;
	assert_int_equal(tick(), -ENOSPC);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(tick(), 0);
	for (int i = 0; i < 100; i++, written++)
		assert_int_equal(write_one(), 0);
	assert_int_equal(tick(), 0);
	writer_settle(writer);
	seen = look_at_store(tree.path);
	assert_in_range(refused, 0, writer_lost(writer));
	assert_int_equal(seen.lost, writer_lost(writer));
	assert_int_equal(seen.conns + seen.lost, written);
	assert_in_range(seen.since_ns, BEGIN, gen->time_ns + gen->wall_offset_ns);
}

TEST_SETUP(room__where_little_is_free_it_does_not_grow)
{
	struct store_files files;
	uint64_t total = 0;

	mount_small("16m");
	opts.segment_size = 512 << 10;
	opts.keep_free = 70;
	assert_int_equal(writer_open(&opts, &writer), 0);
	for (int round = 0; round < 8; round++) {
		for (int i = 0; i < 20000; i++)
			assert_int_equal(write_one(), 0);
		tick();
		writer_settle(writer);
	}
	assert_int_equal(store_list(tree.path, &files), 0);
	for (size_t i = 0; i < files.n; i++)
		total += files.files[i].size;
	store_files_free(&files);
	/* 30 per cent of 16 MB, and a segment of what a round writes */
	assert_in_range(total, 2 << 20, 7 << 20);
	assert_int_equal(writer_lost(writer), 0);
}

/* What another user of the group sees: the number of records, or a negative number. */
static int read_as_member(void)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		gid_t group = READERS;

		if (setgroups(1, &group) || setresgid(NOBODY, NOBODY, NOBODY) ||
		    setresuid(NOBODY, NOBODY, NOBODY))
			_exit(255);
		_exit((int)look_at_store(tree.path).conns);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_SETUP(room__a_member_of_the_group_reads_it_live_and_after_a_crash)
{
	pid_t pid;

	if (geteuid())
		skip();
	assert_int_equal(chown(tree.path, 0, READERS), 0);
	assert_int_equal(chmod(tree.path, 0750), 0);
	pid = fork();
	if (!pid) {
		if (writer_open(&opts, &writer))
			_exit(1);
		for (int i = 0; i < 100; i++)
			write_one();
		tick();
		/* while it is written */
		if (read_as_member() != 100)
			_exit(2);
		for (int i = 0; i < 50; i++)
			write_one();
		tick();
		raise(SIGKILL);
	}
	{
		int status;

		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
	}
	assert_int_equal(read_as_member(), 150);
	assert_int_equal(look_at_store(tree.path).conns, 150);
}

/* The newest segment then waits for the next writer, and nobody has the files beside it open. */
TEST_SETUP(room__a_member_of_the_group_reads_it_after_the_writers_end)
{
	if (geteuid())
		skip();
	assert_int_equal(chown(tree.path, 0, READERS), 0);
	assert_int_equal(chmod(tree.path, 0750), 0);
	for (int i = 1; i < 3; i++) {
		assert_int_equal(writer_open(&opts, &writer), 0);
		write_one();
		writer_close(writer);
		writer = NULL;
		assert_int_equal(read_as_member(), i);
		assert_int_equal(look_at_store(tree.path).conns, i);
		assert_int_equal(read_as_member(), i); /* what root left stops nobody */
	}
}

/* Others are kept out. */
TEST_SETUP(room__files_have_the_group_of_the_directory)
{
	struct store_files files;
	struct stat st;

	if (geteuid())
		skip();
	assert_int_equal(chown(tree.path, 0, READERS), 0);
	assert_int_equal(writer_open(&opts, &writer), 0);
	write_one();
	tick();
	assert_int_equal(store_list(tree.path, &files), 0);
	assert_int_equal(stat(files.files[0].path, &st), 0);
	assert_int_equal(st.st_gid, READERS);
	assert_int_equal(st.st_mode & 07777, 0640);
	store_files_free(&files);
}
