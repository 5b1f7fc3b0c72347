// SPDX-License-Identifier: GPL-2.0-only
/* What a line of a table leaves out to fit its row. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "render/squeeze.h"

#define LINE "tcp    10.0.0.1:80   A->B    77/postgres  1.2ms refused ECONNREFUSED"

/* A span of LINE, behind what stands before it in the buffer. */
static struct squeeze_span span(size_t before, const char *text)
{
	const char *at = strstr(LINE, text);

	assert_non_null(at);
	return (struct squeeze_span){ before + (size_t)(at - LINE),
				      before + (size_t)(at - LINE) + strlen(text) };
}

static void check_line(int columns, const char *want)
{
	struct buf b = { 0 };
	struct squeeze s;
	size_t line;

	buf_puts(&b, "before\n");
	line = b.len;
	buf_puts(&b, LINE);
	s = (struct squeeze){ .line = line,
			      .extra = { span(line, "  1.2ms"), span(line, " ECONNREFUSED") },
			      .blanks = { line, line + (size_t)(strstr(LINE, "77/") - LINE) },
			      .name = span(line, "postgres"),
			      .last = span(line, "A") };
	squeeze_row(&b, &s, columns);
	buf_putc(&b, '\0');
	unit_case("%d", columns);
	assert_string_equal(b.data + line, want);
	assert_memory_equal(b.data, "before\n", line);
	buf_free(&b);
}

TEST(squeeze__as_little_as_it_takes)
{
	check_line(0, LINE);
	check_line(68, LINE);
	check_line(67, "tcp    10.0.0.1:80   A->B    77/postgres refused");
	check_line(48, "tcp    10.0.0.1:80   A->B    77/postgres refused");
	check_line(47, "tcp    10.0.0.1:80   A->B   77/postgres refused");
	check_line(43, "tcp    10.0.0.1:80 A->B 77/postgres refused");
	check_line(40, "tcp 10.0.0.1:80 A->B 77/postgres refused");
	check_line(39, "tcp 10.0.0.1:80 A->B 77/postgr+ refused");
	check_line(37, "tcp 10.0.0.1:80 A->B 77/post+ refused");
	check_line(36, "tcp 10.0.0.1:80 ->B 77/post+ refused");
	check_line(33, "tcp 10.0.0.1:80 ->B 77/p+ refused");
}

static void check_tails(int columns, const char *want)
{
	const struct squeeze s = { .blanks = { 0, 22 },
				   .name = { 25, 33 },
				   .last = { 7, 8 },
				   .tails = { { 15, 21 }, { 0, 7 }, { 24, 33 } } };
	struct buf b = { 0 };

	buf_puts(&b, "tcp6   A->ESTABLISHED 77/postgres");
	squeeze_row(&b, &s, columns);
	buf_putc(&b, '\0');
	unit_case("%d", columns);
	assert_string_equal(b.data, want);
	buf_free(&b);
}

/* Where all that is before them is not enough. */
TEST(squeeze__tails_go_at_the_very_last)
{
	const struct squeeze_span name = { 25, 33 }, none = { 0 };

	check_tails(31, "tcp6 A->ESTABLISHED 77/postgres");
	check_tails(27, "tcp6 ->ESTABLISHED 77/post+");
	check_tails(24, "tcp6 ->ESTABLISHED 77/p+");
	check_tails(23, "tcp6 ->ESTAB 77/postgr+");
	check_tails(17, "->ESTAB 77/postg+");
	check_tails(12, "A->ESTAB 77");
	assert_int_equal(squeeze_slashed(&name).from, 24);
	assert_int_equal(squeeze_slashed(&none).to, 0);
}

/* Where one row is out of reach. */
TEST(squeeze__a_row_is_saved_of_several)
{
	check_line(32, "tcp    10.0.0.1:80   A->B    77/postgres refused");
	check_line(20, "tcp 10.0.0.1:80 A->B 77/postgres refused");
	check_line(16, "tcp    10.0.0.1:80   A->B    77/postgres refused");
	check_line(15, "tcp    10.0.0.1:80   A->B 77/postgres refused");
}

TEST(squeeze__all_stays_where_no_row_is_saved)
{
	struct buf b = { 0 };
	struct squeeze s = { .blanks = { 0, 8 }, .name = { 6, 8 } };

	buf_puts(&b, "a  77/bc and much more");
	squeeze_row(&b, &s, 15);
	buf_putc(&b, '\0');
	assert_string_equal(b.data, "a  77/bc and much more");
	buf_free(&b);
}

TEST(squeeze__a_name_is_cut_between_characters)
{
	struct buf b = { 0 };
	struct squeeze s = { .name = { 3, 3 + 8 } };

	buf_puts(&b, "77/\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f and so on");
	squeeze_row(&b, &s, 16);
	buf_putc(&b, '\0');
	assert_string_equal(b.data, "77/\xc3\xa4\xc3\xb6+ and so on");
	buf_free(&b);
}

TEST(squeeze__the_name_of_one_process_only)
{
	struct buf b = { 0 };
	struct squeeze_span one, none;

	buf_puts(&b, "811/sshd 811/sshd,812/sshd kernel");
	one = squeeze_name(&b, 0, 8);
	none = squeeze_name(&b, 9, 26);
	assert_int_equal(one.from, 4);
	assert_int_equal(one.to, 8);
	assert_int_equal(none.to, 0);
	assert_int_equal(squeeze_name(&b, 27, 33).to, 0);
	buf_free(&b);
}
