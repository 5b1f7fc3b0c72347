// SPDX-License-Identifier: GPL-2.0-only
/* Answers whose columns are chosen by who asks. */
#include "unit.h"

#include <string.h>

#include "core/value.h"
#include "render/grid.h"

#define NONE                       \
	(struct value)             \
	{                          \
		.type = VALUE_NONE \
	}
#define NUMBER(n)                                     \
	(struct value)                                \
	{                                             \
		.type = VALUE_INTEGER, .integer = (n) \
	}
#define REAL(n)                                 \
	(struct value)                          \
	{                                       \
		.type = VALUE_REAL, .real = (n) \
	}
#define TEXT(t)                                                       \
	(struct value)                                                \
	{                                                             \
		.type = VALUE_TEXT, .text = (t), .len = sizeof(t) - 1 \
	}

static struct buf got;

static void tell(struct grid *g, const char *const *names, size_t n, const struct value *cells,
		 size_t rows)
{
	got.len = 0;
	assert_int_equal(grid_begin(g, &got, names, n), 0);
	for (size_t i = 0; i < rows; i++)
		grid_row(g, &got, cells + i * n);
	grid_end(g, &got);
	grid_free(g);
	assert_false(buf_failed(&got));
	buf_putc(&got, '\0');
}

TEST(grid__numbers_stand_on_the_right)
{
	static const char *const names[] = { "comm", "n", "why" };
	const struct value cells[] = { TEXT("curl"), NUMBER(7),	  TEXT("refused"),
				       TEXT("a-b"),  NUMBER(-12), NONE };
	struct grid g = { .format = OUTPUT_TEXT };

	tell(&g, names, 3, cells, 2);
	assert_string_equal(got.data, "comm    n  why\n"
				      "curl    7  refused\n"
				      "a-b   -12  -\n");
	g = (struct grid){ .format = OUTPUT_TEXT, .no_header = true };
	tell(&g, names, 3, cells, 1);
	assert_string_equal(got.data, "curl  7  refused\n");
	buf_free(&got);
}

TEST(grid__nothing_has_no_header_in_text_and_one_in_csv)
{
	static const char *const names[] = { "a", "b,c" };
	struct grid g = { .format = OUTPUT_TEXT };

	tell(&g, names, 2, NULL, 0);
	assert_string_equal(got.data, "");
	g = (struct grid){ .format = OUTPUT_CSV };
	tell(&g, names, 2, NULL, 0);
	assert_string_equal(got.data, "a,\"b,c\"\n");
	g = (struct grid){ .format = OUTPUT_CSV, .no_header = true };
	tell(&g, names, 2, NULL, 0);
	assert_string_equal(got.data, "");
	buf_free(&got);
}

TEST(grid__json_has_no_key_twice_and_none_without_a_value)
{
	static const char *const names[] = { "pid", "pid", "pid_2", "x\"y" };
	const struct value cells[] = { NUMBER(1),	  NONE, REAL(1.5), TEXT("\x1b\n\xff"), NONE,
				       NUMBER(1ll << 62), NONE, NONE };
	struct grid g = { .format = OUTPUT_JSON };

	tell(&g, names, 4, cells, 2);
	assert_string_equal(
		got.data, "{\"pid\":1,\"pid_2_2\":1.5,\"x\\\"y\":\"\\u001b\\u000a\xef\xbf\xbd\"}\n"
			  "{\"pid_2\":4611686018427387904}\n");
	buf_free(&got);
}

TEST(grid__what_is_from_outside_is_one_line)
{
	static const char *const names[] = { "a\nb", "c" };
	const struct value cells[] = { TEXT("\x1b[2J\nx"), TEXT("=1,\"") };
	struct grid g = { .format = OUTPUT_TEXT };

	tell(&g, names, 2, cells, 1);
	assert_string_equal(got.data, "a\\x0ab        c\n\\x1b[2J\\x0ax  =1,\"\n");
	g = (struct grid){ .format = OUTPUT_CSV };
	tell(&g, names, 2, cells, 1);
	assert_string_equal(got.data, "a\\x0ab,c\n\\x1b[2J\\x0ax,\"=1,\"\"\"\n");
	buf_free(&got);
}

/* The first rows settle the widths; those behind them come at once. */
TEST(grid__many_rows_flow)
{
	static const char *const names[] = { "n", "text" };
	struct grid g = { .format = OUTPUT_TEXT };
	size_t lines = 0;

	got.len = 0;
	assert_int_equal(grid_begin(&g, &got, names, 2), 0);
	for (int i = 0; i < 2000; i++) {
		const struct value cells[] = { NUMBER(i), TEXT("x") };

		grid_row(&g, &got, cells);
		if (i == 100)
			assert_int_equal(got.len, 0);
		if (i == 1999)
			assert_true(got.len > 0);
	}
	grid_end(&g, &got);
	for (size_t i = 0; i < got.len; i++)
		lines += got.data[i] == '\n';
	assert_int_equal(lines, 2001);
	grid_free(&g);
	buf_free(&got);
}
