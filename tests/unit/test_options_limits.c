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
					     "conns --interim=241h", "conns --interim=5d",
					     "conns --interim=" };

	SETS("conns --interim 5m", watch.interim_ms, 300000);
	SETS("conns --interim=0.1", watch.interim_ms, 100);
	SETS("conns --interim 240h", watch.interim_ms, 864000000);
	SETS("conns", watch.interim_ms, 0);
	for (size_t i = 0; i < COUNT(lines); i++)
		bad(lines[i], "is not a time from 0.1 seconds to 10 days");
	bad("--interim 5m", "--interim is not for the stream (but for: conns)");
}

TEST(options__bad_durations_are_named)
{
	static const char *const values[] = { "0",   "0.0001", "-1",	"1d",  "1e3", "0x10",
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
