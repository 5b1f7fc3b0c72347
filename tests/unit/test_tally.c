// SPDX-License-Identifier: GPL-2.0-only
/* Counting: groups and their order, what grew from page to page, and how it is told. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "core/tally.h"
#include "render/counts.h"

#define SECOND 1000000000ull

static struct tally_cell text(const char *value)
{
	return (struct tally_cell){ .has = value, .text = value, .len = value ? strlen(value) : 0 };
}

static struct tally_cell number(uint64_t value)
{
	return (struct tally_cell){ .has = true, .is_number = true, .num = value };
}

/* One with a state and a port. */
static void add(struct tally *t, const char *state, uint64_t port, uint64_t id)
{
	struct tally_cell cells[] = { text(state), number(port) };

	assert_int_equal(tally_add(t, cells, COUNT(cells), id), 0);
}

static void begin(struct tally *t, uint64_t seconds)
{
	assert_int_equal(tally_begin(t, seconds * SECOND), 0);
}

static const enum tally_key keys[] = { TALLY_STATE, TALLY_PORT };

/* A page as text, of groups in their order. */
static void assert_page(struct tally *t, bool repeated, const int *by, size_t n_by,
			const char *want)
{
	struct render_counts r = {
		.tally = t, .keys = keys, .n_keys = COUNT(keys), .repeated = repeated
	};
	struct buf b = { 0 };

	tally_sort(t, by, n_by);
	render_counts_text(&r, &b, false);
	buf_putc(&b, '\0');
	assert_string_equal(b.data, want);
	buf_free(&b);
}

TEST(tally__largest_come_first_then_by_what_they_are)
{
	static const int by_port[] = { 1 }, by_state[] = { 0 };
	struct tally t = { 0 };

	begin(&t, 1);
	add(&t, "LISTEN", 443, 0);
	add(&t, "ESTABLISHED", 80, 0);
	add(&t, NULL, 80, 0);
	add(&t, "LISTEN", 80, 0);
	add(&t, "LISTEN", 443, 0);
	assert_page(&t, false, NULL, 0,
		    "      2 LISTEN      443\n"
		    "      1 ESTABLISHED 80\n"
		    "      1 LISTEN      80\n"
		    "      1 -           80\n");
	assert_page(&t, false, by_port, 1,
		    "      1 ESTABLISHED 80\n"
		    "      1 LISTEN      80\n"
		    "      1 -           80\n"
		    "      2 LISTEN      443\n");
	assert_page(&t, false, by_state, 1,
		    "      1 ESTABLISHED 80\n"
		    "      2 LISTEN      443\n"
		    "      1 LISTEN      80\n"
		    "      1 -           80\n");
	tally_free(&t);
}

/* What a name that begins as another, or is empty, has in common with it is not the group. */
TEST(tally__cells_are_told_apart)
{
	struct tally_cell a[] = { text("ab"), text("c") }, b[] = { text("a"), text("bc") };
	struct tally_cell c[] = { text(""), text(NULL) }, d[] = { text(NULL), text("") };
	struct tally_cell read[2];
	struct tally t = { 0 };

	begin(&t, 1);
	assert_int_equal(tally_add(&t, a, 2, 0), 0);
	assert_int_equal(tally_add(&t, b, 2, 0), 0);
	assert_int_equal(tally_add(&t, c, 2, 0), 0);
	assert_int_equal(tally_add(&t, d, 2, 0), 0);
	assert_int_equal(t.n, 4);
	tally_sort(&t, NULL, 0);
	tally_cells(&t.groups[0], read, 2);
	assert_true(read[0].has && read[0].len == 0 && !read[1].has);
	tally_cells(&t.groups[3], read, 2);
	assert_true(!read[0].has && read[1].has);
	tally_free(&t);
}

TEST(tally__what_grew_and_since_when)
{
	static const int by_growth[] = { TALLY_BY_GROWTH };
	struct tally t = { 0 };

	begin(&t, 10);
	add(&t, "CLOSE_WAIT", 80, 1);
	add(&t, "LISTEN", 80, 2);
	add(&t, "LISTEN", 81, 3);
	/* nothing is known to have grown yet */
	assert_page(&t, true, NULL, 0,
		    "      1                 CLOSE_WAIT 80\n"
		    "      1                 LISTEN     80\n"
		    "      1                 LISTEN     81\n");
	begin(&t, 14);
	add(&t, "CLOSE_WAIT", 80, 1);
	add(&t, "CLOSE_WAIT", 80, 4);
	add(&t, "CLOSE_WAIT", 80, 5);
	add(&t, "LISTEN", 80, 2);
	assert_page(&t, true, NULL, 0,
		    "      3      +2      4s CLOSE_WAIT 80\n"
		    "      1              4s LISTEN     80\n"
		    "      0      -1         LISTEN     81\n");
	begin(&t, 75); /* another socket is at the same place, and new there */
	add(&t, "CLOSE_WAIT", 80, 4);
	add(&t, "LISTEN", 80, 7);
	add(&t, "ESTABLISHED", 9, 8);
	assert_page(&t, true, by_growth, 1,
		    "      1      +1         ESTABLISHED 9\n"
		    "      1                 LISTEN      80\n"
		    "      1      -2    1m1s CLOSE_WAIT  80\n");
	tally_free(&t);
}

TEST(tally__counts_many_as_they_are)
{
	struct tally t = { 0 };

	for (int page = 0; page < 3; page++) {
		begin(&t, (uint64_t)page);
		for (uint64_t i = 0; i < 5000; i++)
			add(&t, "LISTEN", i % 500, i + 1);
		tally_sort(&t, NULL, 0);
		assert_int_equal(t.n, 500);
		for (size_t i = 0; i < t.n; i++)
			assert_int_equal(t.groups[i].count, 10);
	}
	tally_free(&t);
}

TEST(render_counts__json_and_csv_have_the_keys_that_were_asked_for)
{
	struct tally t = { 0 };
	struct render_counts r = {
		.tally = &t, .keys = keys, .n_keys = COUNT(keys), .repeated = true
	};
	struct buf b = { 0 };

	begin(&t, 1);
	add(&t, "LISTEN", 80, 1);
	add(&t, NULL, 81, 2);
	begin(&t, 3);
	add(&t, "LISTEN", 80, 1);
	tally_sort(&t, NULL, 0);
	render_counts_json(&r, &b);
	render_counts_csv(&r, &b, true);
	r.repeated = false;
	render_counts_csv(&r, &b, true);
	buf_putc(&b, '\0');
	assert_string_equal(b.data,
			    "{\"time\":\"1970-01-01T00:00:00.000000000Z\",\"event\":\"count\","
			    "\"state\":\"LISTEN\",\"local_port\":80,\"count\":1,\"growth\":0,"
			    "\"oldest_us\":2000000}\n"
			    "{\"time\":\"1970-01-01T00:00:00.000000000Z\",\"event\":\"count\","
			    "\"local_port\":81,\"count\":0,\"growth\":-1}\n"
			    "time,state,local_port,count,growth,oldest_us\n"
			    "00:00:00.000,LISTEN,80,1,0,2000000\n"
			    "00:00:00.000,,81,0,-1,\n"
			    "time,state,local_port,count\n"
			    "00:00:00.000,LISTEN,80,1\n"
			    "00:00:00.000,,81,0\n");
	buf_free(&b);
	tally_free(&t);
}
