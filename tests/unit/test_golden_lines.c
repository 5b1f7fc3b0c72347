// SPDX-License-Identifier: GPL-2.0-only
/* What holds for the line of every golden record, and for the columns of the text. */
#include "unit.h"

#include <stdbool.h>
#include <stdio.h>
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

/* What is behind the owner, of a line that a terminal has no room for; all of it with -e. */
TEST(golden__text_leaves_out_measures_where_a_row_has_no_room)
{
	struct scene long_one = { .ev = { .kind = SW_EV_STATE,
					  .old_state = SW_TCP_FIN_WAIT2,
					  .state_ns = 200000000,
					  .age_ns = 300000000,
					  .sock = { .proto = SW_PROTO_TCP,
						    .state = SW_TCP_TIME_WAIT,
						    .owner_source = SW_OWNER_CONNECT,
						    .pid = 12345,
						    .comm = "curl",
						    .bytes_sent = 4096,
						    .bytes_received = 77,
						    .have = SW_HAVE_AGE | SW_HAVE_STATE_TIME |
							    SW_HAVE_COUNTERS,
						    .tuple = { .family = SW_AF_INET } } } };

	for (int i = 0; i < 4; i++) {
		struct render r = { .time = STAMP_CLOCK, .extended = i == 3 };
		struct buf b = { 0 };

		render_text_fit_terminal(&r, i == 0 ? 0 : i == 2 ? 200 : 90);
		put_scene(&render_text, &r, &b, &long_one, START);
		buf_putc(&b, '\0');
		unit_case("line: %s", b.data);
		assert_int_equal(strstr(b.data, " tx 4.0K rx 77") != NULL, i != 1);
		assert_int_equal(strstr(b.data, "300ms") != NULL, i != 1);
		assert_non_null(strstr(b.data, "12345/curl"));
		buf_free(&b);
	}
}

/* An owner that is wider than its column pushes; that it is inherited, or goes on, is said. */
static bool is_short(const struct scene *s, int columns)
{
	char owner[64];

	return s->ev.sock.owner_source != SW_OWNER_INHERITED && !s->conn->so_far &&
	       snprintf(owner, sizeof(owner), "%u/%.16s", s->ev.sock.pid, s->ev.sock.comm) <=
		       (columns < 116 ? 10 : 15);
}

/* Sent and received give way to the end, where both have no room: no line takes two rows. */
TEST(golden__connections_of_ipv4_take_one_row)
{
	for (int columns = 80; columns <= 140; columns++) {
		for (size_t i = 0; i < n_conns; i++) {
			struct render r = { .time = STAMP_CLOCK };
			struct buf b = { 0 };

			if (conns[i].ev.kind != SW_EV_CONN || !is_short(&conns[i], columns) ||
			    conns[i].peer || conns[i].ev.sock.tuple.family != SW_AF_INET)
				continue;
			render_conns.fit_terminal(&r, columns);
			render_conns.header(&r, &b);
			b.len = 0;
			put_scene(&render_conns, &r, &b, &conns[i], START);
			buf_putc(&b, '\0');
			unit_case("%d columns, %s", columns, b.data);
			assert_true(b.len - 2 <= (size_t)columns);
			buf_free(&b);
		}
	}
}

static void has_color(const struct sw_event *e, bool narrow, const char *text)
{
	struct scene scene = { .ev = *e };
	struct render r = { .time = STAMP_CLOCK, .color = true, .narrow = narrow };
	struct buf b = { 0 };

	put_scene(&render_text, &r, &b, &scene, START);
	buf_putc(&b, '\0');
	if (!strstr(b.data, text))
		fail_msg("'%s' has no '%s'", b.data, text);
	buf_free(&b);
}

/* An end of a connected socket is not green, and what has no state is not without a colour. */
TEST(golden__colours_of_udp_are_of_what_happened)
{
	struct sw_event e = { .kind = SW_EV_OPEN,
			      .sock = { .proto = SW_PROTO_UDP,
					.state = SW_TCP_CLOSE,
					.tuple = { .family = SW_AF_INET } } };

	has_color(&e, false, "\x1b[32mopen");
	has_color(&e, true, "\x1b[32mopen");
	e.kind = SW_EV_CLOSE;
	e.sock.state = SW_TCP_ESTABLISHED;
	has_color(&e, false, "\x1b[2mclose");
	has_color(&e, true, "\x1b[2mclose");
	e.kind = SW_EV_BIND;
	has_color(&e, false, "\x1b[36mbind");
	e.reason = SW_REASON_IN_USE;
	has_color(&e, false, "\x1b[31mbind");
}
