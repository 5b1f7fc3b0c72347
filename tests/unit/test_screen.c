// SPDX-License-Identifier: GPL-2.0-only
/* The header that stays: what a line takes of the screen, and where the header comes again. */
#include "unit.h"

#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/screen.h"

/* The lines that the text takes on a screen of ten columns. */
static int lines_of(const char *text)
{
	struct screen s = { .columns = 10, .lines = 100 };
	struct buf b = { 0 };

	buf_puts(&b, "before\n");
	buf_puts(&b, text);
	assert_true(screen_take(&s, &b, strlen("before\n")));
	buf_free(&b);
	return s.used;
}

TEST(screen__line_takes_as_many_as_it_wraps_to)
{
	assert_int_equal(lines_of("\n"), 1);
	assert_int_equal(lines_of("123456789\n"), 1);
	assert_int_equal(lines_of("1234567890\n"), 1);
	assert_int_equal(lines_of("12345678901\n"), 2);
	assert_int_equal(lines_of("12345678901234567890\n"), 2);
	assert_int_equal(lines_of("123456789012345678901\n"), 3);
}

TEST(screen__colours_and_the_rest_of_a_character_take_nothing)
{
	assert_int_equal(lines_of("\x1b[1;31m1234567890\x1b[0m\n"), 1);
	assert_int_equal(lines_of("\x1b[1m12345\x1b[0m67890\x1b[0m1\n"), 2);
	assert_int_equal(lines_of("\xc3\xa4\xe2\x82\xac"
				  "34567890\n"),
			 1);
	assert_int_equal(lines_of("\x1b\n"), 1); /* begins nothing: its end is looked for in vain */
}

TEST(screen__header_comes_before_the_line_that_has_no_room)
{
	struct screen s = { .columns = 10, .lines = 5 };
	struct buf b = { 0 }, header = { 0 };
	size_t start;

	buf_puts(&header, "HEAD\n");
	buf_puts(&b, "HEAD\none\ntwo\n");
	assert_true(screen_take(&s, &b, 0)); /* each by its own start; only the first line counts */
	assert_true(screen_take(&s, &b, 5));
	assert_true(screen_take(&s, &b, 9));
	start = b.len;
	buf_puts(&b, "a long line\n");
	assert_false(screen_take(&s, &b, start)); /* the fifth is the cursor's */
	screen_put_header(&s, &b, start, &header);
	assert_int_equal(s.used, 3);
	assert_int_equal(b.len, strlen("HEAD\none\ntwo\nHEAD\na long line\n"));
	assert_memory_equal(b.data, "HEAD\none\ntwo\nHEAD\na long line\n", b.len);
	buf_free(&b);
	buf_free(&header);
}

TEST(screen__without_a_height_no_header_has_to_come)
{
	struct screen s = { .columns = 10 };
	struct buf b = { 0 };

	buf_puts(&b, "line\n");
	for (int i = 0; i < 1000; i++)
		assert_true(screen_take(&s, &b, 0));
	buf_free(&b);
}

TEST(screen__pipe_is_none)
{
	struct screen s = { .columns = 1, .lines = 1, .used = 1 };
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	screen_measure(&s, fds[1]);
	assert_int_equal(s.columns, 0);
	assert_int_equal(s.lines, 0);
	assert_int_equal(s.used, 0);
	close(fds[0]);
	close(fds[1]);
}
