// SPDX-License-Identifier: GPL-2.0-only
/* How many of what took how long, and when; and their bars. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "core/histogram.h"
#include "render/plot.h"

#define MINUTE 60000000000ull

TEST(spans__begin_with_1_2_and_5_of_each_decade)
{
	assert_int_equal(span_begin(0), 0);
	assert_int_equal(span_begin(1), 2000);
	assert_int_equal(span_begin(2), 5000);
	assert_int_equal(span_begin(3), 10000);
	for (size_t i = 1; i < SPANS; i++)
		assert_true(span_begin(i) > span_begin(i - 1));
}

TEST(spans__each_has_its_place)
{
	struct spans s = { 0 };

	for (size_t i = 1; i < SPANS; i++) {
		spans_add(&s, span_begin(i));
		spans_add(&s, span_begin(i) - 1);
	}
	spans_add(&s, UINT64_MAX);
	assert_int_equal(s.n[0], 1);
	for (size_t i = 1; i + 1 < SPANS; i++)
		assert_int_equal(s.n[i], 2);
	assert_int_equal(s.n[SPANS - 1], 2);
	assert_int_equal(s.all, 2 * SPANS - 1);
}

TEST(minutes__grow_to_both_sides)
{
	struct minutes m = { 0 };

	assert_int_equal(minutes_add(&m, 100 * MINUTE + 1), 0);
	assert_int_equal(minutes_add(&m, 103 * MINUTE), 0);
	assert_int_equal(minutes_add(&m, 98 * MINUTE), 0);
	assert_int_equal(minutes_add(&m, 100 * MINUTE), 0);
	assert_int_equal(m.first, 98);
	assert_int_equal(m.len, 6);
	assert_int_equal(m.n[0], 1);
	assert_int_equal(m.n[2], 2);
	assert_int_equal(m.n[5], 1);
	assert_int_equal(minutes_step(&m, 30), 1);
	assert_int_equal(minutes_step(&m, 3), 2);
	assert_int_equal(minutes_step(&m, 2), 5); /* 98 and 99; 100 to 103 */
	minutes_free(&m);
}

TEST(minutes__what_is_too_far_is_counted_apart)
{
	struct minutes m = { 0 };

	assert_int_equal(minutes_add(&m, 10 * MINUTE), 0);
	assert_int_equal(minutes_add(&m, (10ull + MINUTES_MAX) * MINUTE), 0);
	assert_int_equal(minutes_add(&m, (9ull + MINUTES_MAX) * MINUTE), 0);
	assert_int_equal(m.outside, 1);
	assert_int_equal(m.len, MINUTES_MAX);
	minutes_free(&m);
}

TEST(minutes__bars_are_never_more_than_asked_for)
{
	for (uint64_t len = 1; len < MINUTES_MAX; len = len * 3 / 2 + 1) {
		struct minutes m = { .first = 29999999, .len = len };
		uint64_t step = minutes_step(&m, 60);

		assert_true((m.first + len - 1) / step - m.first / step + 1 <= 60);
	}
}

static char *text_of(const struct plot *p, const struct plot_look *look)
{
	struct buf b = { 0 };

	plot_put_text(p, look, &b);
	buf_putc(&b, '\0');
	assert_false(buf_failed(&b));
	return b.data;
}

static struct plot example(void)
{
	struct plot p = { .connections = 5 };

	setenv("TZ", "UTC", 1);
	tzset();
	spans_add(&p.durations, 1500000);
	for (int i = 0; i < 4; i++)
		spans_add(&p.durations, 6000000);
	assert_int_equal(minutes_add(&p.minutes, 61 * MINUTE), 0);
	assert_int_equal(minutes_add(&p.minutes, 63 * MINUTE), 0);
	return p;
}

TEST(plot__text_is_bars)
{
	struct plot p = example();
	char *text = text_of(&p, &(struct plot_look){ .columns = 41 });

	assert_string_equal(text, "5 connections\n"
				  "\n"
				  "How long connections were\n"
				  "  from 1.0ms         1 ####\n"
				  "  from 2.0ms         0\n"
				  "  from 5.0ms         4 ################\n"
				  "\n"
				  "How long it took until they were there (connect)\n"
				  "  none is known\n"
				  "\n"
				  "When they ended\n"
				  "       01:01         1 ################\n"
				  "       01:02         0\n"
				  "       01:03         1 ################\n");
	free(text);
	text = text_of(&p, &(struct plot_look){ .columns = 41, .blocks = true });
	assert_non_null(strstr(text, " 4 \xe2\x96\x88\xe2\x96\x88"));
	assert_null(strchr(text, '#'));
	free(text);
	minutes_free(&p.minutes);
}

TEST(plot__the_least_of_very_many_is_seen)
{
	struct plot p = { .connections = 1 };
	char *text;

	p.durations.n[3] = 1;
	p.durations.n[4] = 1000000;
	p.durations.all = 1000001;
	text = text_of(&p, &(struct plot_look){ .columns = 80 });
	assert_non_null(strstr(text, " 1 #\n"));
	free(text);
}

TEST(plot__svg_has_a_bar_for_each)
{
	struct plot p = example();
	struct buf b = { 0 };
	size_t n = 0;

	plot_put_svg(&p, &b);
	buf_putc(&b, '\0');
	for (const char *at = b.data; (at = strstr(at, "<rect x=")); at++)
		n++;
	assert_int_equal(n, 6);
	assert_int_equal(strncmp(b.data, "<svg ", 5), 0);
	assert_non_null(strstr(b.data, "</svg>\n"));
	buf_free(&b);
	minutes_free(&p.minutes);
}
