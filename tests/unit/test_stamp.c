// SPDX-License-Identifier: GPL-2.0-only
/* Points and spans of time, and numbers of bytes, for people. */
#include "unit.h"

#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "render/stamp.h"

#define SEC (uint64_t)1000000000
#define NOON 1795475645123456789u /* 2026-11-23T23:14:05.123456789Z */

/* --- what the tests are made of ----------------------------------------------------------------
 */

static void check(struct buf *b, const char *want)
{
	buf_putc(b, '\0');
	assert_string_equal(b->data, want);
	buf_free(b);
}

static void check_stamp(struct stamp_cache *cache, enum stamp_style style, uint64_t ns,
			const char *want)
{
	struct buf b = { 0 };

	stamp_put(&b, cache, style, ns);
	check(&b, want);
}

static void check_span(uint64_t ns, const char *want)
{
	struct buf b = { 0 };

	span_put(&b, ns);
	check(&b, want);
}

static void check_bytes(uint64_t bytes, const char *want)
{
	struct buf b = { 0 };

	bytes_put(&b, bytes);
	check(&b, want);
}

static void set_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

/* --- points in time ----------------------------------------------------------------------------
 */

TEST(stamp__clock_is_local_time_in_milliseconds)
{
	struct stamp_cache utc = { 0 }, india = { 0 };

	set_zone("UTC");
	check_stamp(&utc, STAMP_CLOCK, NOON, "23:14:05.123");
	set_zone("XXX-5:30");
	check_stamp(&india, STAMP_CLOCK, NOON, "04:44:05.123");
	set_zone("UTC");
}

TEST(stamp__iso_is_utc_in_nanoseconds)
{
	struct stamp_cache cache = { 0 };

	set_zone("XXX-5:30");
	check_stamp(&cache, STAMP_ISO, NOON, "2026-11-23T23:14:05.123456789Z");
	set_zone("UTC");
	check_stamp(&cache, STAMP_ISO, 0, "1970-01-01T00:00:00.000000000Z");
	check_stamp(&cache, STAMP_ISO, 951782400 * SEC + 1, "2000-02-29T00:00:00.000000001Z");
	check_stamp(&cache, STAMP_ISO, 4102444799 * SEC + 999999999,
		    "2099-12-31T23:59:59.999999999Z");
}

TEST(stamp__epoch_is_seconds_since_1970)
{
	struct stamp_cache cache = { 0 };

	check_stamp(&cache, STAMP_EPOCH, NOON, "1795475645.123456");
	check_stamp(&cache, STAMP_EPOCH, 1795475645 * SEC + 999, "1795475645.000000");
}

TEST(stamp__delta_is_since_the_line_before)
{
	struct stamp_cache cache = { 0 };

	check_stamp(&cache, STAMP_DELTA, NOON, "   +0.000000");
	check_stamp(&cache, STAMP_DELTA, NOON + 123000, "   +0.000123");
	check_stamp(&cache, STAMP_DELTA, NOON + 123000, "   +0.000000");
	check_stamp(&cache, STAMP_DELTA, NOON + 123000 + 12 * SEC, "  +12.000000");
}

/* Events of two CPUs may come out of order. */
TEST(stamp__delta_back_in_time_is_negative)
{
	struct stamp_cache cache = { 0 };

	check_stamp(&cache, STAMP_DELTA, NOON, "   +0.000000");
	check_stamp(&cache, STAMP_DELTA, NOON - 5000, "   -0.000005");
	check_stamp(&cache, STAMP_DELTA, NOON, "   +0.000005");
}

TEST(stamp__long_delta_pushes_the_column_and_is_not_cut)
{
	struct stamp_cache cache = { 0 };

	check_stamp(&cache, STAMP_DELTA, SEC, "   +0.000000");
	check_stamp(&cache, STAMP_DELTA, 1000001 * SEC, "+1000000.000000");
}

TEST(stamp__every_style_has_its_width)
{
	static const enum stamp_style styles[] = { STAMP_CLOCK, STAMP_ISO, STAMP_EPOCH,
						   STAMP_DELTA };

	for (size_t i = 0; i < COUNT(styles); i++) {
		struct stamp_cache cache = { 0 };
		struct buf b = { 0 };

		stamp_put(&b, &cache, styles[i], NOON);
		assert_int_equal(b.len, stamp_width(styles[i]));
		buf_free(&b);
	}
}

/* The second is kept from line to line: it must follow forth and back. */
TEST(stamp__second_that_is_kept_is_not_told_for_another)
{
	struct stamp_cache cache = { 0 };

	set_zone("UTC");
	check_stamp(&cache, STAMP_CLOCK, NOON, "23:14:05.123");
	check_stamp(&cache, STAMP_CLOCK, NOON + SEC, "23:14:06.123");
	check_stamp(&cache, STAMP_CLOCK, NOON - SEC, "23:14:04.123");
	check_stamp(&cache, STAMP_CLOCK, NOON, "23:14:05.123");
	check_stamp(&cache, STAMP_CLOCK, NOON + 1000000, "23:14:05.124");
}

TEST(stamp__first_second_of_1970_is_not_taken_for_an_empty_memory)
{
	struct stamp_cache cache = { 0 };

	set_zone("UTC");
	check_stamp(&cache, STAMP_CLOCK, 0, "00:00:00.000");
	check_stamp(&cache, STAMP_CLOCK, 5000000, "00:00:00.005");
}

/* --- spans -------------------------------------------------------------------------------------
 */

TEST(span__in_the_unit_that_is_read_at_a_glance)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} cases[] = {
		{ 0, "0us" },
		{ 999, "0us" },
		{ 1000, "1us" },
		{ 850000, "850us" },
		{ 999999, "999us" },
		{ 1000000, "1.0ms" },
		{ 1234567, "1.2ms" },
		{ 9999999, "9.9ms" },
		{ 10000000, "10ms" },
		{ 433000000, "433ms" },
		{ 999999999, "999ms" },
		{ SEC, "1.0s" },
		{ 9 * SEC + 990000000, "9.9s" },
		{ 12 * SEC + 300000000, "12s" },
		{ 60 * SEC - 1, "59s" },
		{ 60 * SEC, "1m00s" },
		{ 312 * SEC, "5m12s" },
		{ 3600 * SEC - 1, "59m59s" },
		{ 3600 * SEC, "1h00m" },
		{ 3 * 3600 * SEC + 420 * SEC, "3h07m" },
		{ 86400 * SEC - 1, "23h59m" },
		{ 86400 * SEC, "1d00h" },
		{ 53 * 3600 * SEC, "2d05h" },
		{ UINT64_MAX, "213503d23h" },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		check_span(cases[i].ns, cases[i].text);
}

/* --- bytes -------------------------------------------------------------------------------------
 */

TEST(bytes__in_the_unit_that_is_read_at_a_glance)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = {
		{ 0, "0" },
		{ 412, "412" },
		{ 1023, "1023" },
		{ 1024, "1.0K" },
		{ 8295, "8.1K" },
		{ 10239, "9.9K" },
		{ 10240, "10K" },
		{ 1048575, "1023K" },
		{ 1048576, "1.0M" },
		{ 73u << 20, "73M" },
		{ (uint64_t)1 << 30, "1.0G" },
		{ (uint64_t)1536 << 30, "1.5T" },
		{ (uint64_t)1 << 50, "1.0P" },
		{ ((uint64_t)1 << 60) - 1, "1023P" },
		{ (uint64_t)1 << 60, "1E" },
		{ UINT64_MAX, "15E" },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		check_bytes(cases[i].bytes, cases[i].text);
}
