// SPDX-License-Identifier: GPL-2.0-only
/* The writer of CSV. */
#include "unit.h"

#include <string.h>

#include "base/buf.h"
#include "render/csv_put.h"
#include "render/escape.h"

static void check(struct buf *got, const char *want)
{
	assert_false(buf_failed(got));
	assert_int_equal(got->len, strlen(want));
	assert_memory_equal(got->data, want, got->len);
	buf_free(got);
}

TEST(csv_next__commas_are_between_cells)
{
	struct buf b = { 0 };

	for (uint64_t line = 0; line < 2; line++) {
		for (uint64_t cell = 1; cell <= 3; cell++) {
			buf_put_u64(&b, line * 3 + cell);
			csv_next(&b);
		}
		csv_end(&b);
	}
	check(&b, "1,2,3\n4,5,6\n");
}

TEST(csv_next__nothing_is_a_cell_too)
{
	struct buf b = { 0 };

	csv_next(&b);
	buf_putc(&b, '7');
	csv_next(&b);
	csv_next(&b);
	csv_next(&b);
	csv_end(&b);
	csv_next(&b);
	csv_end(&b);
	check(&b, ",7,,\n\n");
}

TEST(csv_end__comma_of_a_text_stays)
{
	struct buf b = { 0 };

	escape_csv(&b, "a,", 2);
	csv_next(&b);
	escape_csv(&b, ",", 1);
	csv_next(&b);
	csv_end(&b);
	check(&b, "\"a,\",\",\"\n");
}

TEST(csv_end__without_memory_nothing_is_written)
{
	struct buf b = { .failed = true };

	escape_csv(&b, "a,b", 3);
	csv_next(&b);
	csv_end(&b);
	assert_true(buf_failed(&b));
	assert_int_equal(b.len, 0);
}
