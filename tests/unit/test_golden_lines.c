// SPDX-License-Identifier: GPL-2.0-only
/* What holds for the line of every golden record, and for the columns of the text. */
#include "unit.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "golden_scenes.h"
#include "render/render.h"

TEST(golden__every_record_is_one_line)
{
	static const struct formatter *const formatters[] = { &render_text, &render_json,
							      &render_csv };

	for (size_t f = 0; f < COUNT(formatters); f++) {
		for (size_t i = 0; i < n_scenes; i++) {
			struct render r = { .time = STAMP_ISO, .extended = true };
			struct buf b = { 0 };

			unit_case("%s of scene %zu", formatters[f]->name, i);
			put_scene(formatters[f], &r, &b, &scenes[i], START);
			assert_true(b.len > 1);
			assert_ptr_equal(memchr(b.data, '\n', b.len), b.data + b.len - 1);
			buf_free(&b);
		}
	}
}

/* Where the columns of a line begin, as the header says; a queue of a megabyte pushes, as
 * netstat's. */
TEST(golden__text_columns_line_up_when_room_is_made_before)
{
	struct render r = { .time = STAMP_CLOCK };
	struct buf b = { 0 };
	size_t foreign, owner;

	for (size_t i = 0; i < n_scenes; i++)
		render_text_fit(&r, &(struct record){ .ev = &scenes[i].ev,
						      .device = scenes[i].device });
	render_text.header(&r, &b);
	buf_putc(&b, '\0');
	foreign = (size_t)(strstr(b.data, "Foreign Address") - b.data);
	owner = (size_t)(strstr(b.data, "PID/Program") - b.data);
	for (size_t i = 0; i < n_scenes; i++) {
		if (scenes[i].ev.kind == SW_EV_LOST || scenes[i].row.send_q > 999999)
			continue;
		b.len = 0;
		put_scene(&render_text, &r, &b, &scenes[i], START);
		buf_putc(&b, '\0');
		assert_int_equal(b.data[foreign - 1], ' ');
		assert_int_not_equal(b.data[foreign], ' ');
		assert_int_equal(b.data[owner - 1], ' ');
		assert_int_not_equal(b.data[owner], ' ');
	}
	buf_free(&b);
}

TEST(golden__text_column_once_grown_stays)
{
	struct render r = { .time = STAMP_CLOCK };
	struct buf b = { 0 };
	int width;

	render_text.header(&r, &b);
	assert_int_equal(r.address_width, 20);
	for (size_t i = 0; i < n_scenes; i++)
		put_scene(&render_text, &r, &b, &scenes[i], START);
	width = r.address_width;
	assert_int_equal(width, strlen("2001:db8:1234:5678:9abc:def0:1234:5678:65535"));
	put_scene(&render_text, &r, &b, &scenes[0], START);
	assert_int_equal(r.address_width, width);
	buf_free(&b);
}

/* From the first column that it cannot do with, a terminal has the layout of none. */
TEST(golden__text_has_all_columns_where_they_fit)
{
	static const struct {
		bool no_event;
		enum stamp_style time;
		int columns;
	} cases[] = { { false, STAMP_CLOCK, 126 },
		      { false, STAMP_ISO, 144 },
		      { true, STAMP_CLOCK, 90 } };

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct render r = { .time = cases[i].time, .no_event = cases[i].no_event };
		struct render narrow = r, none = r;
		struct buf b[3] = { { 0 } };

		unit_case("%d columns", cases[i].columns);
		render_text_fit_terminal(&narrow, cases[i].columns - 1);
		assert_true(narrow.narrow);
		render_text_fit_terminal(&r, cases[i].columns);
		assert_false(r.narrow);
		render_text.header(&narrow, &b[0]);
		render_text.header(&r, &b[1]);
		render_text.header(&none, &b[2]);
		assert_int_equal(b[1].len, b[2].len);
		assert_memory_equal(b[1].data, b[2].data, b[1].len);
		assert_true(b[0].len < b[1].len);
		for (size_t j = 0; j < COUNT(b); j++)
			buf_free(&b[j]);
	}
}

/* An address beyond what fits pushes what is behind it, in its own row. */
TEST(golden__text_of_a_terminal_grows_as_far_as_it_fits)
{
	struct render r = { .time = STAMP_CLOCK };
	struct buf b = { 0 };

	for (int columns = 10; columns <= 200; columns += 10) {
		render_text_fit_terminal(&r, columns);
		for (size_t i = 0; i < n_scenes; i++)
			put_scene(&render_text, &r, &b, &scenes[i], START);
		assert_true(r.address_width <= (columns < 130 ? 20 : columns / 2 - 43));
	}
	assert_int_equal(r.address_width, strlen("2001:db8:1234:5678:9abc:def0:1234:5678:65535"));
	render_text_fit_terminal(&r, 80); /* made smaller */
	render_text.header(&r, &b);
	assert_int_equal(r.address_width, 20);
	buf_free(&b);
}

TEST(golden__full_memory_is_told_not_hidden)
{
	struct buf b = { .failed = true };
	struct render r = { 0 };

	put_scene(&render_csv, &r, &b, &scenes[1], START);
	assert_true(buf_failed(&b));
	assert_int_equal(b.len, 0);
	buf_free(&b);
}
