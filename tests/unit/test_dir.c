// SPDX-License-Identifier: GPL-2.0-only
/* Links and files as /proc has them, in a directory of our own. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "proc/dir.h"
#include "tree.h"

static int setup(void **state)
{
	static struct tree tree;

	*state = &tree;
	return tree_make(&tree);
}

static int teardown(void **state)
{
	return tree_remove(*state);
}

static int read_link_to(const struct tree *t, const char *target, uint64_t *ret)
{
	tree_put_link(t, "link", target);
	return link_read(t->fd, "link", "socket:[", ret);
}

TEST_SETUP(dir__link_tells_its_number)
{
	static const char *const others[] = { "socket:[]",   "socket:[1",
					      "socket:[1]x", "socket:[-1]",
					      "socket:[ 1]", "socket:[18446744073709551616]",
					      "net:[1]",     "/dev/null",
					      "socket:" };
	const struct tree *t = *state;
	uint64_t number = 7;

	for (size_t i = 0; i < COUNT(others); i++)
		assert_int_equal(read_link_to(t, others[i], &number), -ENODATA);
	assert_int_equal(link_read(t->fd, "none", "socket:[", &number), -ENOENT);
	assert_int_equal(number, 7);
	assert_int_equal(read_link_to(t, "socket:[18446744073709551615]", &number), 0);
	assert_true(number == UINT64_MAX);
}

TEST(dir__process_has_a_number_for_a_name)
{
	assert_int_equal(pid_of_name("1"), 1);
	assert_int_equal(pid_of_name("4194304"), 4194304);
	assert_int_equal(pid_of_name("self"), 0);
	assert_int_equal(pid_of_name(".."), 0);
	assert_int_equal(pid_of_name(""), 0);
	assert_int_equal(pid_of_name("1x"), 0);
	assert_int_equal(pid_of_name("+1"), 0);
	assert_int_equal(pid_of_name("4294967297"), 0);
}

TEST_SETUP(dir__file_is_read_as_far_as_there_is_room)
{
	const struct tree *t = *state;
	char text[5] = "xxxx";

	tree_put_text(t, "file", "");
	assert_int_equal(file_read(t->fd, "file", text, sizeof(text)), 0);
	assert_string_equal(text, "");
	tree_put_text(t, "file", "abcdef");
	assert_int_equal(file_read(t->fd, "file", text, sizeof(text)), 4);
	assert_string_equal(text, "abcd");
	assert_int_equal(file_read(t->fd, "none", text, sizeof(text)), 0);
	assert_string_equal(text, "");
}

TEST_SETUP(dir__that_is_not_there_is_left_alone)
{
	const struct tree *t = *state;
	DIR *dir = NULL;

	assert_int_equal(dir_open(t->fd, "none", &dir), -ENOENT);
	assert_null(dir);
	assert_int_equal(process_dir_open(t->fd, 1), -ENOENT);
	assert_int_equal(dir_open(t->fd, ".", &dir), 0);
	closedir(dir);
}
