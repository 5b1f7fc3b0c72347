// SPDX-License-Identifier: GPL-2.0-only
/* Times as people write them, at a fixed now: Thursday, 2026-11-26, 14:30:00.5 in Berlin. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/when.h"

#define NSEC 1000000000ULL
#define NOW (1795699800ULL * NSEC + NSEC / 2)

static int setup(void **state)
{
	(void)state;
	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unsetenv("TZ");
	tzset();
	return 0;
}

static uint64_t taken(const char *text)
{
	uint64_t ns = 0;

	unit_case("'%s'", text);
	assert_int_equal(when_parse(text, NOW, &ns), 0);
	return ns;
}

/* The local time that a text means. */
static void means(const char *text, const char *local)
{
	uint64_t ns = taken(text);
	time_t second = (time_t)(ns / NSEC);
	char got[64];
	struct tm tm;

	strftime(got, sizeof(got), "%Y-%m-%d %H:%M:%S", localtime_r(&second, &tm));
	if (ns % NSEC)
		snprintf(got + 19, sizeof(got) - 19, ".%09llu", (unsigned long long)(ns % NSEC));
	assert_string_equal(got, local);
}

static void fails(const char *text, int err)
{
	uint64_t ns = 77;

	unit_case("'%s'", text);
	assert_int_equal(when_parse(text, NOW, &ns), err);
	assert_int_equal(ns, 77);
}

TEST_SETUP(when__names_of_days)
{
	assert_int_equal(taken("now"), NOW);
	means("today", "2026-11-26 00:00:00");
	means("yesterday", "2026-11-25 00:00:00");
	means("tomorrow", "2026-11-27 00:00:00");
	means("thursday", "2026-11-26 00:00:00");
	means("wed", "2026-11-25 00:00:00");
	means("friday", "2026-11-20 00:00:00");
	means("Monday", "2026-11-23 00:00:00");
	means("yesterday 14:00", "2026-11-25 14:00:00");
	means("mon 9:05", "2026-11-23 09:05:00");
}

TEST_SETUP(when__times_of_day)
{
	means("14:00", "2026-11-26 14:00:00");
	means("14:00:05", "2026-11-26 14:00:05");
	means("9:30", "2026-11-26 09:30:00");
	means("14:00:05.25", "2026-11-26 14:00:05.250000000");
	means("23:59", "2026-11-26 23:59:00");
}

TEST_SETUP(when__dates_are_local)
{
	means("2026-11-24", "2026-11-24 00:00:00");
	means("2026-11-24 14:00", "2026-11-24 14:00:00");
	means("2026-11-24 14:00:05", "2026-11-24 14:00:05");
	means("2026-11-24T14:00:05", "2026-11-24 14:00:05");
	means("2026-07-01 12:00", "2026-07-01 12:00:00"); /* of summer time */
	means("2024-02-29", "2024-02-29 00:00:00");
}

TEST_SETUP(when__zones)
{
	means("2026-11-24T14:00:00Z", "2026-11-24 15:00:00");
	means("2026-11-24T14:00:00z", "2026-11-24 15:00:00");
	means("2026-11-24 14:00 UTC", "2026-11-24 15:00:00");
	means("2026-11-24T14:00:00+01:00", "2026-11-24 14:00:00");
	means("2026-11-24T14:00:00-0530", "2026-11-24 20:30:00");
	means("2026-11-24T14:00:00.123456789Z", "2026-11-24 15:00:00.123456789");
	means("2026-07-01T12:00:00Z", "2026-07-01 14:00:00");
}

TEST_SETUP(when__so_long_ago)
{
	assert_int_equal(taken("10m"), NOW - 600 * NSEC);
	assert_int_equal(taken("-1h"), NOW - 3600 * NSEC);
	assert_int_equal(taken("2d"), NOW - 2 * 86400 * NSEC);
	assert_int_equal(taken("2h30m"), NOW - 9000 * NSEC);
	assert_int_equal(taken("1h 5min 2s"), NOW - 3902 * NSEC);
	assert_int_equal(taken("1.5h"), NOW - 5400 * NSEC);
	assert_int_equal(taken("3 days ago"), NOW - 3 * 86400 * NSEC);
	assert_int_equal(taken("90 seconds"), NOW - 90 * NSEC);
	assert_int_equal(taken("1w"), NOW - 7 * 86400 * NSEC);
	assert_int_equal(taken("+5min"), NOW + 300 * NSEC);
}

/* All of systemd.time(7). */
TEST_SETUP(when__units)
{
	assert_int_equal(taken("500ms"), NOW - NSEC / 2);
	assert_int_equal(taken("1.5 msec"), NOW - 1500000);
	assert_int_equal(taken("123456789012us"), NOW - 123456789012000);
	assert_int_equal(taken("7usec"), NOW - 7000);
	assert_int_equal(taken("2 weeks ago"), NOW - 14 * 86400 * NSEC);
	assert_int_equal(taken("1 month ago"), NOW - 2629800 * NSEC);
	assert_int_equal(taken("2months"), NOW - 2 * 2629800 * NSEC);
	assert_int_equal(taken("1M"), NOW - 2629800 * NSEC);
	assert_int_equal(taken("1M1m"), NOW - 2629860 * NSEC);
	assert_int_equal(taken("1y"), NOW - 31557600 * NSEC);
	assert_int_equal(taken("1 year ago"), NOW - 31557600 * NSEC);
	assert_int_equal(taken("2 years 5 min"), NOW - (2 * 31557600 + 300) * NSEC);
}

/* As log and date have it. */
TEST_SETUP(when__a_date_with_its_weekday)
{
	means("Thu 2026-11-26 10:00", "2026-11-26 10:00:00");
	means("thursday 2026-11-26", "2026-11-26 00:00:00");
	means("Wed 2026-11-25 14:00:00 UTC", "2026-11-25 15:00:00");
	fails("Fri 2026-11-26 10:00", -EDOM);
	fails("Fri 2026-11-2", -EINVAL);
}

TEST_SETUP(when__seconds_since_1970)
{
	assert_int_equal(taken("@1795528800"), 1795528800 * NSEC);
	assert_int_equal(taken("@1795528800.5"), 1795528800 * NSEC + NSEC / 2);
	assert_int_equal(taken("@0"), 0);
}

/* The hour that the clocks go back over is there twice, the one that they leave out not at all. */
TEST_SETUP(when__hours_of_the_change_to_summer_time)
{
	means("2026-03-29 03:30", "2026-03-29 03:30:00");
	assert_int_equal(taken("2026-03-29") + 23 * 3600 * NSEC, taken("2026-03-30"));
	assert_int_equal(taken("2026-10-25") + 25 * 3600 * NSEC, taken("2026-10-26"));
}

TEST_SETUP(when__what_is_not_there)
{
	fails("24:61", -EDOM);
	fails("24:00", -EDOM);
	fails("12:60", -EDOM);
	fails("12:30:61", -EDOM);
	fails("2026-02-30", -EDOM);
	fails("2026-13-01", -EDOM);
	fails("2026-00-10", -EDOM);
	fails("2025-02-29 12:00", -EDOM);
	fails("@99999999999999999999", -EDOM);
	fails("1000000d", -EDOM);
	fails("99999999999999999999s", -EDOM);
	fails("1969-12-31", -EDOM);
}

TEST_SETUP(when__what_is_no_time)
{
	static const char *const texts[] = { "",	  " ",		 "yesterda",
					     "10",	  "h",		 "10x",
					     "-",	  "+",		 "@",
					     "@x",	  "14",		 "14:0",
					     "14:00:5",	  "14:00x",	 "now 1",
					     "mond",	  "today14:00",	 "2026-11",
					     "26-11-24",  "2026-11-24x", "2026-11-24T",
					     "10m ahead", "-1h ago",	 "14:00:05.",
					     "1.h",	  "14:00 CET",	 "2026-11-24 +01:00",
					     "+25:00",	  "14:00+25:00" };

	for (size_t i = 0; i < COUNT(texts); i++)
		fails(texts[i], -EINVAL);
}
