// SPDX-License-Identifier: GPL-2.0-only
/* The growing buffer. */
#include "unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"

static void check(struct buf *b, const char *want)
{
	assert_false(buf_failed(b));
	assert_int_equal(b->len, strlen(want));
	if (b->len)
		assert_memory_equal(b->data, want, b->len);
	buf_free(b);
}

TEST(buf__appends_in_order)
{
	struct buf b = { 0 };

	buf_puts(&b, "ab");
	buf_putc(&b, 'c');
	buf_put(&b, "defg", 3);
	buf_puts(&b, "");
	check(&b, "abcdef");
}

TEST(buf__nothing_appended_is_nothing)
{
	struct buf b = { 0 };

	buf_put(&b, "", 0);
	buf_puts(&b, "");
	buf_pad(&b, 0);
	check(&b, "");
}

TEST(buf__bytes_may_be_nul)
{
	struct buf b = { 0 };

	buf_put(&b, "a\0b", 3);
	buf_putc(&b, '\0');
	assert_int_equal(b.len, 4);
	assert_memory_equal(b.data, "a\0b\0", 4);
	buf_free(&b);
}

TEST(buf__grows_as_far_as_it_must)
{
	struct buf b = { 0 };
	char chunk[997];

	for (int i = 0; i < 2000; i++) {
		memset(chunk, 'a' + i % 26, sizeof(chunk));
		buf_put(&b, chunk, sizeof(chunk));
	}
	assert_false(buf_failed(&b));
	assert_int_equal(b.len, 2000 * sizeof(chunk));
	assert_true(b.cap >= b.len);
	for (size_t i = 0; i < b.len; i++)
		assert_int_equal(b.data[i], 'a' + (int)(i / sizeof(chunk)) % 26);
	buf_free(&b);
}

TEST(buf__one_append_may_be_larger_than_twice_the_buffer)
{
	static char large[100000];
	struct buf b = { 0 };

	memset(large, 'x', sizeof(large));
	buf_putc(&b, 'a');
	buf_put(&b, large, sizeof(large));
	assert_int_equal(b.len, sizeof(large) + 1);
	assert_int_equal(b.data[0], 'a');
	assert_int_equal(b.data[sizeof(large)], 'x');
	buf_free(&b);
}

TEST(buf_reserve__makes_room_and_no_length)
{
	struct buf b = { 0 };
	char *data;

	assert_true(buf_reserve(&b, 10000));
	assert_true(b.cap >= 10000);
	assert_int_equal(b.len, 0);
	data = b.data;
	for (int i = 0; i < 10000; i++)
		buf_putc(&b, 'a');
	assert_ptr_equal(b.data, data);
	buf_free(&b);
}

TEST(buf_reserve__more_than_there_can_be_fails_and_keeps_what_is_there)
{
	struct buf b = { 0 };

	buf_puts(&b, "kept");
	assert_false(buf_reserve(&b, SIZE_MAX - 2));
	assert_true(buf_failed(&b));
	buf_puts(&b, " and no more");
	assert_false(buf_reserve(&b, 100000));
	buf_free(&b);
	assert_false(buf_failed(&b)); /* usable again */
	buf_puts(&b, "anew");
	check(&b, "anew");
}

TEST(buf_room__is_where_the_next_byte_goes)
{
	struct buf b = { 0 };
	char *p;

	buf_puts(&b, "ab");
	p = buf_room(&b, 5000);
	assert_non_null(p);
	assert_ptr_equal(p, b.data + 2);
	assert_true(b.cap >= 5002);
	assert_int_equal(b.len, 2); /* nothing is appended yet */
	memcpy(p, "cd??", 4);
	b.len += 2; /* less than there is room for */
	buf_putc(&b, 'e');
	check(&b, "abcde");
}

TEST(buf_room__without_memory_is_none)
{
	struct buf b = { .failed = true };

	assert_null(buf_room(&b, 1));
	buf_putc(&b, 'a');
	buf_pad(&b, 3);
	buf_put_u64(&b, 7);
	buf_put_u64_width(&b, 7, 3);
	assert_int_equal(b.len, 0);
}

TEST(buf_free__twice_is_once)
{
	struct buf b = { 0 };

	buf_puts(&b, "a");
	buf_free(&b);
	buf_free(&b);
	assert_null(b.data);
	assert_int_equal(b.len, 0);
	assert_int_equal(b.cap, 0);
}

TEST(buf_pad__appends_spaces)
{
	static const int widths[] = { -5, 0, 1, 31, 32, 33, 64, 100 };

	for (size_t i = 0; i < COUNT(widths); i++) {
		struct buf b = { 0 };
		size_t n = widths[i] > 0 ? (size_t)widths[i] : 0;

		buf_putc(&b, '|');
		buf_pad(&b, widths[i]);
		assert_int_equal(b.len, n + 1);
		for (size_t k = 1; k <= n; k++)
			assert_int_equal(b.data[k], ' ');
		buf_free(&b);
	}
}

TEST(buf_put_u64__as_printf_does)
{
	uint64_t v = 1;
	char want[24];

	for (int i = 0; i < 64; i++, v <<= 1) {
		for (uint64_t k = v - 1; k != v + 2; k++) {
			struct buf b = { 0 };

			snprintf(want, sizeof(want), "%" PRIu64, k);
			buf_put_u64(&b, k);
			check(&b, want);
		}
	}
}

TEST(buf_put_u64__limits)
{
	struct buf b = { 0 };

	buf_put_u64(&b, 0);
	check(&b, "0");
	buf_put_u64(&b, UINT64_MAX);
	check(&b, "18446744073709551615");
}

TEST(buf_put_u64__every_number_of_digits)
{
	uint64_t power = 1;
	char want[24];

	for (int digits = 1; digits <= 20; digits++, power *= 10) {
		const uint64_t near[] = { power - 1, power, power + 1, power / 7 * 6 };

		for (size_t i = 0; i < COUNT(near); i++) {
			struct buf b = { 0 };

			snprintf(want, sizeof(want), "%" PRIu64, near[i]);
			buf_put_u64(&b, near[i]);
			check(&b, want);
		}
	}
}

TEST(u64_format__writes_the_digits_and_nothing_behind_them)
{
	char text[U64_TEXT_MAX + 1];

	memset(text, '#', sizeof(text));
	assert_int_equal(u64_format(0, text), 1);
	assert_memory_equal(text, "0##", 3);
	assert_int_equal(u64_format(65535, text), 5);
	assert_memory_equal(text, "65535#", 6);
	assert_int_equal(u64_format(UINT64_MAX, text), U64_TEXT_MAX);
	assert_memory_equal(text, "18446744073709551615#", U64_TEXT_MAX + 1);
}

TEST(buf_put_u64_width__leading_zeros)
{
	struct buf b = { 0 };

	buf_put_u64_width(&b, 7, 3);
	check(&b, "007");
	buf_put_u64_width(&b, 0, 9);
	check(&b, "000000000");
	buf_put_u64_width(&b, 1234, 3); /* never cut */
	check(&b, "1234");
	buf_put_u64_width(&b, 1, 20);
	check(&b, "00000000000000000001");
	buf_put_u64_width(&b, UINT64_MAX, 20);
	check(&b, "18446744073709551615");
}
