// SPDX-License-Identifier: GPL-2.0-only
/* The chain of seals: whatever is done to a sealed segment is found, and named. */
#include "unit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "conn.h"
#include "core/record.h"
#include "store/chain.h"
#include "store/dir.h"
#include "store/files.h"
#include "store/verify.h"
#include "store/writer.h"
#include "stored_gen.h"
#include "tree.h"

#define SEALED 3

static struct tree tree;
static char names[SEALED][STORE_NAME_MAX];

/* Three sealed segments by a writer, and its live one. */
static void make_store(void)
{
	struct writer_opts opts = { .dir = tree.path, .segment_size = 64 << 20 };
	static const char *const boots[] = { "1", "2", "3", "4" };
	struct gen *gen = malloc(sizeof(*gen));
	struct writer *w;

	assert_non_null(gen);
	gen_begin(gen, 1795475645123456789u, 1000);
	for (size_t i = 0; i < COUNT(boots); i++) {
		opts.boot = boots[i];
		assert_int_equal(writer_open(&opts, &w), 0);
		for (int k = 0; k < 100; k++) {
			struct record rec = gen_next(gen);

			assert_int_equal(writer_record(w, &rec), 0);
		}
		writer_settle(w);
		writer_close(w);
	}
	free(gen);
}

static int setup(void **state)
{
	struct store_files files;

	(void)state;
	if (tree_make(&tree))
		return -1;
	make_store();
	if (store_list(tree.path, &files) || files.n != SEALED + 1)
		return -1;
	for (size_t i = 0; i < SEALED; i++)
		snprintf(names[i], sizeof(names[i]), "%s", strrchr(files.files[i].path, '/') + 1);
	store_files_free(&files);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return tree_remove(&tree);
}

static struct verify_result verify(void)
{
	struct verify_result r;

	assert_int_equal(store_verify(tree.path, NULL, NULL, &r), 0);
	return r;
}

static void assert_found(enum verify_state state, const char *name)
{
	struct verify_result r = verify();

	assert_int_equal(r.first, state);
	assert_string_equal(r.name, name);
	assert_int_equal(r.count[state], 1);
}

static const char *path_of(const char *name)
{
	static char path[PATH_MAX];

	assert_true(files_path(path, tree.path, name));
	return path;
}

static void change_byte(const char *name, long at)
{
	FILE *f = fopen(path_of(name), "r+");
	int c;

	assert_non_null(f);
	assert_int_equal(fseek(f, at, SEEK_SET), 0);
	c = getc(f);
	assert_int_equal(fseek(f, at, SEEK_SET), 0);
	assert_int_not_equal(putc(c ^ 1, f), EOF);
	assert_int_equal(fclose(f), 0);
}

TEST_SETUP(verify__what_nobody_touched_is_good)
{
	struct verify_result r = verify();

	assert_int_equal(r.first, VERIFY_GOOD);
	assert_int_equal(r.count[VERIFY_GOOD], SEALED);
	assert_int_equal(r.count[VERIFY_LIVE], 1);
	assert_int_equal(strlen(r.head), CHAIN_HEX - 1);
}

TEST_SETUP(verify__a_changed_byte_is_named)
{
	change_byte(names[1], 5000);
	assert_found(VERIFY_CHANGED, names[1]);
}

TEST_SETUP(verify__a_cut_file_is_named)
{
	assert_int_equal(truncate(path_of(names[0]), 4096), 0);
	assert_found(VERIFY_CUT, names[0]);
}

TEST_SETUP(verify__a_file_that_grew_is_named)
{
	struct stat st;

	assert_int_equal(stat(path_of(names[0]), &st), 0);
	assert_int_equal(truncate(path_of(names[0]), st.st_size + 1), 0);
	assert_found(VERIFY_CHANGED, names[0]);
}

TEST_SETUP(verify__a_missing_file_is_named)
{
	tree_drop(&tree, names[2]);
	assert_found(VERIFY_MISSING, names[2]);
}

TEST_SETUP(verify__what_the_limits_removed_is_told)
{
	char digest[CHAIN_HEX];
	struct verify_result r;

	assert_int_equal(chain_add(tree.path, CHAIN_REMOVED, names[0], 7, digest), 0);
	tree_drop(&tree, names[0]);
	r = verify();
	assert_int_equal(r.first, VERIFY_GOOD);
	assert_int_equal(r.count[VERIFY_REMOVED], 1);
	assert_int_equal(r.count[VERIFY_GOOD], SEALED - 1);
	assert_string_equal(r.head, digest);
}

/* A file and its own line made anew: the next one does not follow. */
TEST_SETUP(verify__a_line_made_anew_does_not_lead_to_the_next)
{
	struct chain_lines c;
	char text[4096] = "";

	change_byte(names[0], 5000);
	assert_int_equal(chain_read(tree.path, &c), 0);
	assert_int_equal(chain_digest(tree.path, "", &c.lines[0], c.lines[0].digest), 0);
	for (size_t i = 0; i < c.n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "seal %s %lu %s\n",
			 c.lines[i].name, (unsigned long)c.lines[i].size, c.lines[i].digest);
	chain_lines_free(&c);
	tree_put_text(&tree, CHAIN_FILE, text);
	assert_found(VERIFY_CHANGED, names[1]);
}

TEST_SETUP(verify__a_stranger_and_a_chain_that_is_gone_are_named)
{
	tree_put_text(&tree, "00000077-5-6.sealed", "x");
	assert_found(VERIFY_STRANGER, "00000077-5-6.sealed");
	tree_drop(&tree, CHAIN_FILE);
	assert_int_equal(verify().count[VERIFY_STRANGER], SEALED + 1);
}

TEST_SETUP(verify__a_chain_that_makes_no_sense_is_refused)
{
	struct verify_result r;

	tree_put_text(&tree, CHAIN_FILE, "seal ../../etc/passwd 5 00\n");
	assert_int_equal(store_verify(tree.path, NULL, NULL, &r), -EBADMSG);
}

/* As a crash leaves it: the line is not whole, and is made again at the next start. */
TEST_SETUP(verify__a_torn_line_is_mended_at_the_next_start)
{
	struct writer_opts opts = { .dir = tree.path, .segment_size = 64 << 20, .boot = "4" };
	struct stat st;
	struct writer *w;

	assert_int_equal(stat(path_of(CHAIN_FILE), &st), 0);
	assert_int_equal(truncate(path_of(CHAIN_FILE), st.st_size - 10), 0);
	assert_found(VERIFY_STRANGER, names[2]);
	assert_int_equal(writer_open(&opts, &w), 0);
	writer_settle(w);
	writer_close(w);
	assert_int_equal(verify().first, VERIFY_GOOD);
	assert_int_equal(verify().count[VERIFY_GOOD], SEALED);
}

TEST_SETUP(verify__a_long_chain_lets_go_of_what_was_removed)
{
	char digest[CHAIN_HEX];
	FILE *f = fopen(path_of(CHAIN_FILE), "w");
	struct verify_result r;
	struct chain_lines c;

	assert_non_null(f);
	for (unsigned int i = 1; i <= 4096; i++)
		for (int removed = 0; removed < 2; removed++)
			fprintf(f, "%s %08u-1-2.sealed 5 %064x\n", removed ? "removed" : "seal", i,
				i * 2 + (unsigned int)removed);
	assert_int_equal(fclose(f), 0);
	for (size_t i = 0; i < SEALED; i++) {
		struct stat st;

		assert_int_equal(stat(path_of(names[i]), &st), 0);
		assert_int_equal(chain_add(tree.path, CHAIN_SEAL, names[i], (uint64_t)st.st_size,
					   digest),
				 0);
	}
	assert_int_equal(chain_read(tree.path, &c), 0);
	assert_in_range(c.n, SEALED, SEALED + 2);
	assert_int_equal(c.lines[0].act, CHAIN_BEGIN);
	chain_lines_free(&c);
	r = verify();
	assert_int_equal(r.first, VERIFY_GOOD);
	assert_int_equal(r.count[VERIFY_GOOD], SEALED);
	assert_string_equal(r.head, digest);
}
