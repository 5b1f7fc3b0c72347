// SPDX-License-Identifier: GPL-2.0-only
/* The views of what was recorded: their columns, in the schemas and in the manual; their cells. */
#include "unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conn.h"
#include "core/record.h"
#include "core/value.h"
#include "manual.h"
#include "render/views.h"

#define NSEC 1000000000ULL

static const struct record_view *view_of(const char *name)
{
	for (size_t i = 0; i < n_record_views; i++)
		if (!strcmp(record_views[i].name, name))
			return &record_views[i];
	fail_msg("no view is called %s", name);
	return NULL;
}

static size_t count_keys(const char *const *keys)
{
	size_t n = 0;

	while (keys && keys[n])
		n++;
	return n;
}

TEST(views__each_key_is_one_of_the_schemas_and_there_once)
{
	for (size_t i = 0; i < n_record_views; i++) {
		const struct record_view *v = &record_views[i];
		struct view_columns c;

		unit_case("%s", v->name);
		view_columns_find(v, &c);
		assert_int_equal(c.n, count_keys(v->keys) + count_keys(v->owner_keys));
		assert_string_equal(view_column_name(&c, 0), "time");
		assert_true(view_column_is_time(&c, 0) && !view_column_is_number(&c, 0));
		for (size_t k = 0; k < c.n; k++)
			for (size_t l = 0; l < k; l++)
				assert_string_not_equal(view_column_name(&c, k),
							view_column_name(&c, l));
	}
}

/* Up to the next item what the manual says of a view: for free(). */
static char *item_of(const char *manual, const char *name)
{
	const char *section = strstr(manual, "\n.Sh SQL\n"), *at = NULL;
	char heading[64];
	char *item, *end;

	snprintf(heading, sizeof(heading), "\n.It Cm %s\n", name);
	if (section)
		at = strstr(section, heading);
	if (!at) {
		fail_msg("the manual has no %s", name);
		return NULL;
	}
	item = strdup(at + strlen(heading));
	assert_non_null(item);
	end = strstr(item, "\n.It Cm ");
	if (!end)
		end = strstr(item, "\n.El");
	if (end)
		*end = '\0';
	return item;
}

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at += len)
		if (strchr(" \n", at[-1]) && strchr(" \n", at[len]))
			return true;
	return false;
}

TEST(views__the_manual_has_all_columns)
{
	char *manual = manual_read();

	for (size_t i = 0; i < n_record_views; i++) {
		char *item = item_of(manual, record_views[i].name);
		struct view_columns c;

		unit_case("%s", record_views[i].name);
		view_columns_find(&record_views[i], &c);
		for (size_t k = 0; k < c.n; k++)
			if (!has_word(item, view_column_name(&c, k)))
				fail_msg("the manual lacks %s of %s", view_column_name(&c, k),
					 record_views[i].name);
		free(item);
	}
	free(manual);
}

/* --- which records ---------------------------------------------------------------------------- */

static size_t rows_of(const char *name, const struct record *rec)
{
	return view_of(name)->rows(rec);
}

static struct sw_conn connection(void)
{
	struct sw_conn c = { .e = { .kind = SW_EV_CONN,
				    .age_ns = 2 * NSEC,
				    .time_ns = 100 * NSEC,
				    .sock = { .proto = SW_PROTO_TCP,
					      .have = SW_HAVE_AGE | SW_HAVE_COUNTERS,
					      .pid = 12,
					      .comm = "worker",
					      .owner_source = SW_OWNER_USE,
					      .bytes_sent = 7,
					      .state = SW_TCP_CLOSE } },
			     .since_ns = 99 * NSEC + 500,
			     .n_owners = 1,
			     .owners = { { .pid = 11,
					   .comm = "server",
					   .source = SW_OWNER_ACCEPT,
					   .since_ns = 99 * NSEC } } };

	return c;
}

TEST(views__a_connection_that_ended_is_one_and_has_owners)
{
	struct sw_conn c = connection();
	struct record rec = { .ev = &c.e, .conn = &c, .wall_ns = 1000 * NSEC };

	assert_int_equal(rows_of("connections", &rec), 1);
	assert_int_equal(rows_of("owners", &rec), 2);
	assert_int_equal(rows_of("failures", &rec), 0);
	assert_int_equal(rows_of("listeners", &rec), 0);
	assert_int_equal(rows_of("losses", &rec), 0);
	assert_int_equal(rows_of("recorder", &rec), 0);
	assert_int_equal(rows_of("records", &rec), 1);
	c.e.reason = SW_REASON_NONE + 1;
	assert_int_equal(rows_of("failures", &rec), 1);
}

TEST(views__what_is_told_so_far_will_be_told_once_more)
{
	struct sw_conn c = connection();
	struct record rec = { .ev = &c.e, .conn = &c };

	c.so_far = 1;
	c.e.reason = SW_REASON_NONE + 1;
	assert_int_equal(rows_of("connections", &rec), 0);
	assert_int_equal(rows_of("owners", &rec), 0);
	assert_int_equal(rows_of("failures", &rec), 0);
	assert_int_equal(rows_of("records", &rec), 1);
}

TEST(views__losses_and_life_are_apart)
{
	struct sw_event e = { .kind = SW_EV_RECORDER };
	struct record rec = { .ev = &e, .recorder = RECORDER_GAP };

	assert_int_equal(rows_of("losses", &rec), 1);
	assert_int_equal(rows_of("recorder", &rec), 0);
	rec.recorder = RECORDER_ALIVE;
	assert_int_equal(rows_of("losses", &rec), 0);
	assert_int_equal(rows_of("recorder", &rec), 1);
	e.kind = SW_EV_LOST;
	rec.recorder = RECORDER_NONE;
	assert_int_equal(rows_of("losses", &rec), 1);
	assert_int_equal(rows_of("recorder", &rec), 0);
	assert_int_equal(rows_of("connections", &rec), 0);
}

/* --- cells ------------------------------------------------------------------------------------ */

static struct value cell(const char *view, const struct record *rec, size_t row, const char *key,
			 char *scratch)
{
	static struct view_columns c;
	struct value v = { .type = VALUE_NONE };

	view_columns_find(view_of(view), &c);
	for (size_t i = 0; i < c.n; i++)
		if (!strcmp(view_column_name(&c, i), key))
			view_value(&c, rec, row, i, &v, scratch);
	return v;
}

static void is_text(struct value v, const char *want)
{
	assert_int_equal(v.type, VALUE_TEXT);
	assert_int_equal(v.len, strlen(want));
	assert_memory_equal(v.text, want, v.len);
}

static void is_number(struct value v, int64_t want)
{
	assert_int_equal(v.type, VALUE_INTEGER);
	assert_int_equal(v.integer, want);
}

TEST(views__cells_are_what_json_has)
{
	struct sw_conn c = connection();
	struct record rec = {
		.ev = &c.e, .conn = &c, .wall_ns = 1000 * NSEC + 5, .exe = "/usr/bin/worker"
	};
	char scratch[VIEW_SCRATCH];

	is_text(cell("connections", &rec, 0, "time", scratch), "1970-01-01T00:16:40.000000005Z");
	is_text(cell("connections", &rec, 0, "start", scratch), "1970-01-01T00:16:38.000000005Z");
	is_text(cell("connections", &rec, 0, "exe", scratch), "/usr/bin/worker");
	is_number(cell("connections", &rec, 0, "pid", scratch), 12);
	is_number(cell("connections", &rec, 0, "bytes_sent", scratch), 7);
	assert_int_equal(cell("connections", &rec, 0, "unit", scratch).type, VALUE_NONE);
	is_number(cell("records", &rec, 0, "final", scratch), 1);
}

TEST(views__owners_are_rows_in_order)
{
	struct sw_conn c = connection();
	struct record rec = { .ev = &c.e, .conn = &c, .wall_ns = 1000 * NSEC };
	char scratch[VIEW_SCRATCH];

	is_number(cell("owners", &rec, 0, "pid", scratch), 11);
	is_text(cell("owners", &rec, 0, "comm", scratch), "server");
	is_text(cell("owners", &rec, 0, "source", scratch), "accept");
	is_number(cell("owners", &rec, 0, "since_us", scratch), 1000000);
	is_number(cell("owners", &rec, 1, "pid", scratch), 12);
	is_text(cell("owners", &rec, 1, "comm", scratch), "worker");
	assert_int_equal(cell("owners", &rec, 2, "pid", scratch).type, VALUE_NONE);
}
