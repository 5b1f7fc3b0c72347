// SPDX-License-Identifier: GPL-2.0-only
/* Counters and what looks wrong by them as pages, byte for byte against tests/golden/. */
#include "stats_fixture.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "counters/meanings.h"
#include "golden.h"
#include "render/stats.h"

#define START 1795475645123456789u /* 2026-11-23T23:14:05.123456789Z */
#define SECOND 1000000000u

static void put_counters(const struct stats_formatter *f, struct stats_render *r,
			 const struct counters *before, struct buf *b)
{
	for (size_t i = 0; i < counters.n; i++) {
		const struct counter *c = &counters.all[i];
		struct counter_step change;
		struct counter_record rec = { .now = c,
					      .word = counter_meaning_find(c->section, c->name) };
		bool gauge = rec.word && rec.word->flags & COUNTER_GAUGE;

		if (before && !counter_changed(before, c, gauge, 2 * (uint64_t)SECOND, &change))
			continue;
		rec.change = before ? &change : NULL;
		f->counter(r, b, &rec);
	}
}

static void put_page(const struct stats_formatter *f, bool all, struct buf *b)
{
	struct stats_render r = { .time = STAMP_ISO, .wall_ns = START, .all = all };
	size_t n = faults_find(&counters, faults);

	if (f->header)
		f->header(&r, b);
	put_counters(f, &r, NULL, b);
	if (f->faults)
		f->faults(&r, b, faults, n);
}

static void check_page(const char *golden, const struct stats_formatter *f, bool all)
{
	struct buf got = { 0 };

	put_page(f, all, &got);
	golden_check(golden, &got);
}

/* A machine in trouble, with names and numbers that no kernel has. */
static void read_trouble(void)
{
	read_fixture("5.10", &counters);
	set("Tcp", "RetransSegs", 77);
	set("TcpExt", "TCPOrigDataSent", 3271);
	set("TcpExt", "DelayedACKLost", 2);
	set("TcpExt", "ListenOverflows", 4);
	set("TcpExt", "ListenDrops", 4);
	set("Udp6", "InDatagrams", UINT64_MAX);
	set("Udp6", "RcvbufErrors", 3);
	set("Sctp", "Aborteds", 1);
	set("N\x1b[2Jew", "a,\"b\"\xff", 1);
}

STATS_TEST(golden__stats_of_5_10)
{
	read_fixture("5.10", &counters);
	check_page("stats-5.10.txt", &render_stats_text, false);
}

STATS_TEST(golden__stats_of_7_3_with_all)
{
	read_fixture("7.3", &counters);
	check_page("stats-7.3-all.txt", &render_stats_text, true);
}

STATS_TEST(golden__stats_with_trouble)
{
	read_trouble();
	check_page("stats-trouble.txt", &render_stats_text, false);
	check_page("stats-trouble.json", &render_stats_json, false);
	check_page("stats-trouble.csv", &render_stats_csv, false);
}

static void check_changes(const char *golden, const struct stats_formatter *f,
			  enum stamp_style style, const struct counters *before)
{
	struct stats_render r = { .time = style, .wall_ns = START };
	struct buf got = { 0 };

	if (f->header)
		f->header(&r, &got);
	if (f->changes)
		f->changes(&r, &got);
	put_counters(f, &r, before, &got);
	if (f->unchanged)
		f->unchanged(&r, &got);
	golden_check(golden, &got);
}

STATS_TEST(golden__stats_that_changed)
{
	struct counters before = { 0 };

	read_fixture("5.10", &before);
	read_trouble();
	for (int table = 0; table < COUNTER_TABLES; table++)
		before.has[table] = true;
	set("Tcp", "CurrEstab", 12);
	set("Tcp", "MaxConn", 7);
	set("Tcp", "InSegs", 3); /* from 90 */
	check_changes("stats-changes.txt", &render_stats_text, STAMP_CLOCK, &before);
	check_changes("stats-changes.json", &render_stats_json, STAMP_CLOCK, &before);
	check_changes("stats-changes.csv", &render_stats_csv, STAMP_ISO, &before);
	counters_free(&before);
}

/* Everything that text has, one below the other. */
static void put_text(bool color, struct buf *b)
{
	static const struct counters nothing = { .has = { true, true, true, true } };
	struct stats_render r = { .time = STAMP_ISO, .wall_ns = START, .color = color };
	size_t n = faults_find(&counters, faults);

	put_counters(&render_stats_text, &r, NULL, b);
	render_stats_text.faults(&r, b, faults, n);
	render_stats_text.changes(&r, b);
	put_counters(&render_stats_text, &r, &nothing, b);
}

/* Takes the colours out. Returns how many there were. */
static size_t strip_colors(struct buf *b)
{
	size_t len = 0, n = 0;

	for (size_t i = 0; i < b->len; i++) {
		if (b->data[i] != '\x1b') {
			b->data[len++] = b->data[i];
			continue;
		}
		while (b->data[i] != 'm')
			i++;
		n++;
	}
	b->len = len;
	return n;
}

STATS_TEST(stats__colours_change_nothing_else)
{
	struct buf plain = { 0 }, colored = { 0 };
	size_t trouble = 0;

	read_trouble();
	put_text(false, &plain);
	put_text(true, &colored);
	for (size_t i = 0; i + 3 < plain.len; i++)
		trouble += !memcmp(plain.data + i, "Z ! ", 4);
	assert_int_equal(trouble, 6);
	assert_int_equal(strip_colors(&plain), 0);
	assert_int_equal(strip_colors(&colored),
			 2 * (1 + trouble + faults_find(&counters, faults)));
	assert_int_equal(colored.len, plain.len);
	assert_memory_equal(colored.data, plain.data, plain.len);
	buf_free(&plain);
	buf_free(&colored);
}

STATS_TEST(stats__full_memory_is_told_not_hidden)
{
	static const struct stats_formatter *const formatters[] = { &render_stats_text,
								    &render_stats_json,
								    &render_stats_csv };

	read_trouble();
	for (size_t i = 0; i < sizeof(formatters) / sizeof(formatters[0]); i++) {
		struct buf b = { .failed = true };

		put_page(formatters[i], true, &b);
		assert_true(buf_failed(&b));
		assert_int_equal(b.len, 0);
	}
}
