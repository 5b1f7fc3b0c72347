// SPDX-License-Identifier: GPL-2.0-only
/* Series: never more than the limit, nothing missing in the sums. */
#include "unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "metrics/series.h"

static struct series s;

static int teardown(void **state)
{
	(void)state;
	series_free(&s);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	return series_init(&s, 100);
}

static void add(enum family_id family, const char *exe, const char *unit, uint16_t port,
		uint8_t variant)
{
	struct series_of of = {
		.family = family, .exe = exe, .unit = unit, .port = port, .variant = variant
	};

	if (family_bounds(family))
		assert_int_equal(series_observe(&s, &of, 1), 0);
	else
		assert_int_equal(series_add(&s, &of, 1), 0);
}

static uint64_t sum(enum family_id family)
{
	uint64_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.all[i].family == family ? s.all[i].value : 0;
	return n;
}

static const char *number(int i)
{
	static char text[16];

	snprintf(text, sizeof(text), "/%d", i);
	return text;
}

TEST_SETUP(series__told_apart_by_each_label)
{
	add(METRIC_SENT, "/a", "u", 80, 6);
	add(METRIC_SENT, "/a", "u", 80, 6);
	assert_int_equal(s.n, 1);
	add(METRIC_SENT, "/b", "u", 80, 6);
	add(METRIC_SENT, "/a", "v", 80, 6);
	add(METRIC_SENT, "/a", NULL, 80, 6);
	add(METRIC_SENT, NULL, "u", 80, 6);
	add(METRIC_SENT, "/a", "u", 81, 6);
	add(METRIC_SENT, "/a", "u", 80, 17);
	add(METRIC_RECEIVED, "/a", "u", 80, 6);
	assert_int_equal(s.n, 8);
	assert_int_equal(s.all[0].value, 2);
	assert_int_equal(s.cost, 8);
}

/* The port of a family that has no such label tells nothing apart. */
TEST_SETUP(series__label_that_a_family_has_not)
{
	add(METRIC_CONNECTS, "/a", NULL, 80, 0);
	add(METRIC_CONNECTS, "/a", NULL, 81, 0);
	assert_int_equal(s.n, 1);
}

TEST_SETUP(series__bounded_and_nothing_is_missing)
{
	size_t before;

	for (int i = 0; i < 5000; i++)
		add(METRIC_SENT, number(i), NULL, (uint16_t)i, 6);
	assert_int_equal(s.cost, 100);
	assert_int_equal(s.n, 101);
	assert_int_equal(s.left_out, 4900);
	assert_int_equal(sum(METRIC_SENT), 5000);
	assert_true(series_is_other(&s.all[100]));
	assert_int_equal(s.all[100].value, 4900);
	assert_string_equal(s.texts[s.all[100].exe].text, "other");
	before = s.n_texts;
	add(METRIC_SENT, "/another", "u", 1, 6); /* its texts take no memory, either */
	assert_int_equal(s.n_texts, before);
	add(METRIC_SENT, "/5", NULL, 5, 6); /* who has one keeps it */
	assert_int_equal(s.left_out, 4901);
}

/* The variants of a family are few: each has its own "other". */
TEST_SETUP(series__other_keeps_the_result)
{
	for (int i = 0; i < 100; i++)
		add(METRIC_CONNECTS, number(i), NULL, 0, 0);
	add(METRIC_CONNECTS, "/x", NULL, 0, 0);
	add(METRIC_CONNECTS, "/y", NULL, 0, 1);
	assert_int_equal(s.n, 102);
	assert_int_equal(s.all[100].variant, 0);
	assert_int_equal(s.all[101].variant, 1);
	assert_true(series_is_other(&s.all[101]));
}

TEST_SETUP(series__a_unit_has_half_of_the_room)
{
	for (int i = 0; i < 1000; i++)
		add(METRIC_CONNECTS, number(i), "bad.service", 0, 0);
	assert_int_equal(s.cost, 50);
	add(METRIC_CONNECTS, "/good", "good.service", 0, 0);
	assert_int_equal(s.cost, 51);
	assert_false(series_is_other(&s.all[s.n - 1]));
	assert_int_equal(sum(METRIC_CONNECTS), 1001);
}

TEST_SETUP(series__a_histogram_counts_as_what_it_tells)
{
	size_t cost = family_cost(METRIC_CONNECT_TIME);

	assert_int_equal(cost, family_bounds(METRIC_CONNECT_TIME) + 3);
	for (int i = 0; i < 100; i++)
		add(METRIC_CONNECT_TIME, number(i), NULL, 0, 0);
	assert_int_equal(s.n, 100 / cost + 1);
	assert_true(s.cost <= 100 && s.cost + cost > 100);
	assert_int_equal(sum(METRIC_CONNECT_TIME), 100);
}

/* What has no labels of others' making is bounded by itself. */
TEST_SETUP(series__room_is_for_names)
{
	for (int i = 0; i < 100; i++)
		add(METRIC_CONNECTIONS, number(i), NULL, 0, 1);
	add(METRIC_SOCKETS, "/a", "u", 0, 6);
	add(METRIC_SOCKETS, "/b", "u", 0, 6);
	assert_int_equal(s.n, 101);
	assert_false(series_is_other(&s.all[100]));
	assert_int_equal(s.all[100].value, 2);
}

TEST_SETUP(series__cleared_and_used_again)
{
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 200; i++)
			add(METRIC_CONNECTIONS, number(i + round), "u", 0, 1);
		assert_int_equal(sum(METRIC_CONNECTIONS), 200);
		assert_int_equal(s.cost, 50);
		series_clear(&s);
		assert_int_equal(s.n, 0);
	}
	assert_int_equal(s.left_out, 450);
}

TEST_SETUP(series__long_names_are_cut)
{
	static char name[1000];

	memset(name, 'x', sizeof(name) - 1);
	add(METRIC_CONNECTS, name, NULL, 0, 0);
	name[500] = 'y';
	add(METRIC_CONNECTS, name, NULL, 0, 0);
	assert_int_equal(s.n, 1);
	assert_int_equal(strlen(s.texts[s.all[0].exe].text), SERIES_TEXT_MAX);
}
