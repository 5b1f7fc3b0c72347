// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include "base/clock.h"
#include "proc/time_ns.h"

static void parse(const char *text, int64_t want_monotonic, int64_t want_boot)
{
	int64_t monotonic = 7, boot = 7;

	time_ns_parse(text, &monotonic, &boot);
	assert_true(monotonic == want_monotonic);
	assert_true(boot == want_boot);
}

TEST(time_ns__offsets_are_those_of_the_clocks)
{
	parse("monotonic           0         0\nboottime            0         0\n", 0, 0);
	parse("monotonic      864000         5\nboottime        -86400 500000000\n",
	      864000000000005, -86399500000000);
	parse("", 0, 0);
	parse("monotonic x\n", 0, 0);
}

TEST(time_ns__is_taken_off_the_clocks)
{
	uint64_t before = clock_now(), boot = clock_boot_now();
	int64_t wall = clock_wall_offset();

	clock_set_namespace(1000000000, -5000000000);
	assert_true(clock_now() < before);
	assert_true(clock_boot_now() >= boot + 5000000000);
	assert_true(clock_wall_offset() - wall > 900000000);
	assert_true(clock_boot_of_namespace(3000000000) == 8000000000);
	assert_true(clock_boot_of_namespace(0) == 0);
	clock_set_namespace(0, 0);
}
