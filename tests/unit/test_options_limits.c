// SPDX-License-Identifier: GPL-2.0-only
/* Options with a number: of events, of time, of memory. */
#include "command_line.h"

#include <unistd.h>

TEST(options__count_is_a_whole_number)
{
	SETS("--count 1", page.count, 1);
	SETS("--count 18446744073709551615", page.count, UINT64_MAX);
	bad("--count 0", "--count: '0' is not a number from 1");
	bad("--count 18446744073709551616", "'18446744073709551616'");
	bad("--count -1", "'-1'");
	bad("--count 1.5", "'1.5'");
	bad("list --count 2", "needs -c");
	bad("link --count 2", "needs -c");
	bad("route --count 2", "or how many changes: -f");
	good("route -f --count 2");
	good("route -c --count 2");
	bad("route -fc", "leave one out");
	bad("--count ten", "'ten'");
	bad("--count 5,6", "'5,6'");
}

TEST(options__duration_in_its_units)
{
	SETS("--duration 10", watch.duration_ms, 10000);
	SETS("--duration 0.5", watch.duration_ms, 500);
	SETS("--duration .25", watch.duration_ms, 250);
	SETS("--duration 90s", watch.duration_ms, 90000);
	SETS("--duration 2m", watch.duration_ms, 120000);
	SETS("--duration 1h", watch.duration_ms, 3600000);
	SETS("--duration 1.5h", watch.duration_ms, 5400000);
	SETS("--duration 0.001", watch.duration_ms, 1);
	SETS("--duration 31536000", watch.duration_ms, 31536000000);
}

TEST(options__interim_has_limits)
{
	static const char *const lines[] = { "conns --interim=0", "conns --interim 0.09",
					     "conns --interim=241h", "conns --interim=11d",
					     "conns --interim=" };

	SETS("conns --interim 5m", watch.interim_ms, 300000);
	SETS("conns --interim=0.1", watch.interim_ms, 100);
	SETS("conns --interim 240h", watch.interim_ms, 864000000);
	SETS("conns", watch.interim_ms, 0);
	for (size_t i = 0; i < COUNT(lines); i++)
		bad(lines[i], "is not a time from 0.1 seconds to 10 days");
	bad("--interim 5m", "--interim is not for the stream (but for: conns, record)");
}

TEST(options__idle_has_limits_or_is_none)
{
	static const char *const lines[] = { "conns --idle 0.09", "conns --idle=241h",
					     "record --idle=never", "conns --idle=" };

	SETS("conns", watch.idle_ms, 60000);
	SETS("conns --idle 5m", watch.idle_ms, 300000);
	SETS("record --idle=0.1", watch.idle_ms, 100);
	SETS("conns --idle 0", watch.idle_ms, 0);
	SETS("conns --idle none", watch.idle_ms, 0);
	for (size_t i = 0; i < COUNT(lines); i++)
		bad(lines[i], "is not a time from 0.1 seconds to 10 days (60s, 5m), or none");
	bad("--idle 5m", "--idle is not for the stream (but for: conns, record, export)");
}

TEST(options__bad_durations_are_named)
{
	static const char *const values[] = { "0",   "0.0001", "-1",	"1w",  "1e3", "0x10",
					      "nan", "inf",    "1.2.3", "1ms", "s",   ".",
					      "",    "m",      "1sm",	"ten", ".s",  "+1" };

	bad_values("--duration", values, COUNT(values), "a time");
}

/* The stream counts nanoseconds from now on in 64 bits; a longer time would end at once. */
TEST(options__duration_that_is_taken_fits_into_nanoseconds)
{
	static const char *const lines[] = { "--duration 18446744074", "--duration 1000000000000",
					     "--duration 5124095h", "--duration 277777777h" };

	for (size_t i = 0; i < COUNT(lines); i++)
		if (!parse(lines[i]))
			assert_true(options.watch.duration_ms <= INT64_MAX / 1000000);
}

TEST(options__buffer_size_is_rounded_up_to_what_a_ring_can_be)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	SETS("--buffer-size 1", watch.buffer_size, page);
	SETS("--buffer-size 64K", watch.buffer_size, 65536);
	SETS("--buffer-size 65537", watch.buffer_size, 131072);
	SETS("--buffer-size 3m", watch.buffer_size, 4 << 20);
	SETS("--buffer-size 1G", watch.buffer_size, 1 << 30);
	SETS("--buffer-size 1073741824", watch.buffer_size, 1 << 30);
	SETS("--buffer-size 1048576K", watch.buffer_size, 1 << 30);
}

TEST(options__bad_buffer_sizes_are_named)
{
	static const char *const values[] = { "0",	    "0K",
					      "2G",	    "1073741825",
					      "1048577K",   "-1",
					      "K",	    "",
					      "64KB",	    "64T",
					      "1.5M",	    "0x1000",
					      "big",	    "9999999999999999999999999",
					      "1000000000G" };

	bad_values("--buffer-size", values, COUNT(values), "a size up to 1G");
}

TEST(options__limits_of_a_store)
{
	good("record");
	assert_true(options.keep.max_size == (uint64_t)1 << 30);
	assert_true(options.keep.max_age_ms == (uint64_t)30 * 86400 * 1000);
	assert_int_equal(options.keep.keep_free, 10);
	assert_true(options.keep.segment_size == (uint64_t)64 << 20);
	assert_true(options.select.tcp && options.select.udp);
	assert_null(options.past.dir);
	good("record -t --dir x --max-size 2T --max-age 90d --keep-free 0 --segment 64k --check");
	assert_true(options.keep.max_size == (uint64_t)2 << 40);
	assert_true(options.keep.max_age_ms == (uint64_t)90 * 86400 * 1000);
	assert_int_equal(options.keep.keep_free, 0);
	assert_int_equal(options.keep.segment_size, 65536);
	assert_true(options.select.tcp && !options.select.udp && options.check_only);
	assert_non_null(options.past.dir); /* borrowed from a line that is gone */
	SETS("record --keep-free 90%", keep.keep_free, 90);
	SETS("record --max-size 256m", keep.max_size, 256 << 20);
}

TEST(options__bad_limits_of_a_store_are_named)
{
	static const char *const sizes[] = { "0",  "65535", "63K",  "65T", "1P",
					     "-1", "",	    "64KB", "1.5G" };
	static const char *const parts[] = { "91", "91%", "-1", "", "%", "10%%", "1000%" };
	static const char *const ages[] = { "0", "3y", "1w", "", "d" };

	bad_values("--max-size", sizes, COUNT(sizes), "a size from 64K to 64T");
	bad_values("--segment", sizes, COUNT(sizes), "a size from 64K to 64T");
	bad_values("--keep-free", parts, COUNT(parts), "a part from 0% to 90%");
	bad_values("--max-age", ages, COUNT(ages), "a time (30d, 12h)");
	bad("record --max-size 255M", "--max-size: 261120K is less than 4 segments of 65536K: make "
				      "it 262144K or more, or --segment 65280K or less");
	bad("record --max-size 64K --segment 64K", "is less than 4 segments");
	bad("record --dir=", "--dir: '' is not the name of a directory");
	bad("conns --dir /tmp", "--dir is not for conns (but for: who, top, record, log, export)");
	bad("record -j", "--json is not for record");
	bad("record 8080", "unexpected word '8080'");
}

TEST(options__pages_are_repeated_each_second_or_as_asked)
{
	static const struct {
		const char *line;
		uint64_t ms;
	} cases[] = {
		{ "list", 0 },
		{ "list -c", 1000 },
		{ "list -c 5", 5000 },
		{ "-c 0.5 list", 500 },
		{ "list -c5", 5000 },
		{ "list -tc4 -n", 4000 },
		{ "list -ct", 1000 },
		{ "stats -c2m", 120000 },
		{ "link --continuous", 1000 },
		{ "link --continuous=3", 3000 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		SETS(cases[i].line, page.repeat_ms, cases[i].ms);
		SETS(cases[i].line, select.filter.on, 0); /* no -4 among them */
	}
	good("list -ct");
	assert_true(options.select.tcp && !options.select.udp);
	good("list -tc4 -6");
	assert_true(options.select.filter.on & SW_F_IPV6);
	bad("list -c 0", "--continuous: '0' is not a time");
	bad("-c", "--continuous is not for the stream");
	bad("list --count=2", "-c");
	good("list -c --count=2");
}
