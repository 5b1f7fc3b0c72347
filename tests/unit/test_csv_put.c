// SPDX-License-Identifier: GPL-2.0-only
/* The writer of CSV. */
#include "unit.h"

#include <string.h>

#include "base/buf.h"
#include "render/csv_put.h"
#include "render/stamp.h"

static void check(struct buf *got, const char *want)
{
	assert_false(buf_failed(got));
	assert_int_equal(got->len, strlen(want));
	assert_memory_equal(got->data, want, got->len);
	buf_free(got);
}

TEST(csv_put__commas_are_between_cells)
{
	struct buf b = { 0 };

	csv_put_number(&b, 7);
	csv_put_word(&b, "LISTEN", 6);
	csv_put_bool(&b, true);
	csv_put_signed(&b, 7, true);
	csv_put_real(&b, 1.0 / 3, 3);
	csv_end(&b);
	check(&b, "7,LISTEN,true,-7,0.333\n");
}

TEST(csv_put_none__is_a_cell_too)
{
	struct buf b = { 0 };

	csv_put_none(&b);
	csv_put_number(&b, 7);
	csv_put_none(&b);
	csv_put_none(&b);
	csv_end(&b);
	csv_put_none(&b);
	csv_end(&b);
	check(&b, ",7,,\n\n");
}

TEST(csv_put_text__has_quotes_where_it_needs_them)
{
	struct buf b = { 0 };

	csv_put_text(&b, "nginx", 5);
	csv_put_text(&b, "a,b", 3);
	csv_put_text(&b, "a\"\nb", 4);
	csv_put_text(&b, ",", 1);
	csv_end(&b);
	check(&b, "nginx,\"a,b\",\"a\"\"\\x0ab\",\",\"\n");
}

TEST(csv_put_time__is_in_the_style_that_is_asked_for)
{
	struct stamp_cache iso = { 0 }, epoch = { 0 };
	struct buf b = { 0 };

	csv_put_time(&b, &iso, STAMP_ISO, 1000);
	csv_put_time(&b, &epoch, STAMP_EPOCH, 1000);
	csv_end(&b);
	check(&b, "1970-01-01T00:00:00.000001000Z,0.000001\n");
}

TEST(csv_put__without_memory_nothing_is_written)
{
	struct buf b = { .failed = true };

	csv_put_text(&b, "a,b", 3);
	csv_put_none(&b);
	csv_end(&b);
	assert_true(buf_failed(&b));
	assert_int_equal(b.len, 0);
}
