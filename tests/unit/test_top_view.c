// SPDX-License-Identifier: GPL-2.0-only
/* What one sees of the live table: lines that fit, rows that stay, the cursor. */
#include "view_scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/opts.h"
#include "top/columns.h"
#include "top/glyphs.h"

static int setup(void **state)
{
	(void)state;
	view_scene_begin();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	view_scene_end();
	return 0;
}

/* Whether a line has it; its number. */
static bool has_line(const char *text, size_t *ret_at)
{
	for (size_t i = 0; i < page.n; i++) {
		const struct view_line *l = &page.lines[i];

		if (!memmem(page.text.data + l->start, l->len, text, strlen(text)))
			continue;
		if (ret_at)
			*ret_at = i;
		return true;
	}
	return false;
}

static void fill(struct scene_sock *socks, size_t n)
{
	for (size_t i = 0; i < n; i++)
		socks[i] = (struct scene_sock){ .port = (uint16_t)(1000 + i),
						.pid = (uint32_t)(100 + i),
						.comm = "curl",
						.cookie = i + 1 };
}

TEST_SETUP(view__fills_screens_of_any_size_and_no_line_is_wider)
{
	struct scene_sock socks[100];

	fill(socks, COUNT(socks));
	scene_page(&scene, socks, COUNT(socks));
	for (int width = 1; width < 220; width += 7)
		for (int height = 1; height < 70; height += 5)
			for (view.kind = TOP_CONNS; view.kind < TOP_KINDS; view.kind++) {
				draw(width, height);
				assert_int_equal(page.n, height);
				for (size_t i = 0; i < page.n; i++)
					assert_int_equal(glyphs_width(page.text.data +
									      page.lines[i].start,
								      page.lines[i].len),
							 width);
			}
}

TEST_SETUP(view__sorts_by_rate_first_and_by_what_is_asked)
{
	struct scene_sock socks[3];
	size_t a = 0, b = 0;

	fill(socks, 3);
	scene_page(&scene, socks, 3);
	socks[1].sent = 5000;
	socks[2].sent = 9000;
	scene_page(&scene, socks, 3);
	draw(80, 24);
	assert_true(has_line("102/curl", &a) && has_line("101/curl", &b));
	assert_true(a < b);
	assert_true(has_line("8.7K", NULL)); /* 9000 bytes */
	view_sort(&view, columns_find(columns_of(TOP_CONNS), "local"));
	draw(80, 24);
	assert_true(has_line("100/curl", &a) && has_line("102/curl", &b) && a < b);
	view_turn(&view);
	draw(80, 24);
	assert_true(has_line("100/curl", &a) && has_line("102/curl", &b) && a > b);
}

TEST_SETUP(view__rows_stay_while_the_cursor_moves_and_it_follows_its_row)
{
	struct scene_sock socks[3];
	uint64_t id;
	size_t at;

	fill(socks, 3);
	scene_page(&scene, socks, 3);
	draw(80, 24);
	view_move(&view, 1, scene.now_ns + 1000 * SCENE_MS);
	id = view.cursor;
	for (int i = 0; i < 3; i++)
		socks[i].sent = 1000u * (i + 1u);
	scene_page(&scene, socks, 3);
	draw(80, 24);
	assert_int_equal(view.cursor, id);
	assert_int_equal(view.cursor_at, 1);
	scene.now_ns += 5000 * SCENE_MS;
	draw(80, 24);
	assert_int_equal(view.cursor, id);
	at = view.cursor_at;
	assert_int_equal(view.list.rows[at].id, id);
	assert_true(view.list.rows[0].key <= view.list.rows[1].key);
}

TEST_SETUP(view__cursor_goes_from_the_first_row_to_the_last_and_no_further)
{
	struct scene_sock socks[50];

	fill(socks, COUNT(socks));
	scene_page(&scene, socks, COUNT(socks));
	draw(80, 24);
	view_move(&view, -3, scene.now_ns);
	assert_int_equal(view.cursor_at, 0);
	view_to(&view, true, scene.now_ns);
	draw(80, 24);
	assert_int_equal(view.cursor_at, 49);
	assert_int_equal(view.top + page.n_rows, 50);
	view_move(&view, 9, scene.now_ns);
	assert_int_equal(view.cursor_at, 49);
}

TEST_SETUP(view__styles_tell_new_ended_and_failed)
{
	struct scene_sock socks[2];
	size_t at;

	fill(socks, 2);
	scene_page(&scene, socks, 1);
	scene_page(&scene, socks, 2);
	draw(100, 24);
	assert_true(has_line("100/curl", &at) && page.lines[at].style == STYLE_PLAIN);
	assert_true(has_line("101/curl", &at) && page.lines[at].style == STYLE_NEW);
	socks[1].reason = SW_REASON_RESET_BY_PEER;
	scene_conn(&scene, &socks[1], SCENE_MS);
	draw(100, 24);
	assert_true(has_line("reset_by_peer", &at) && page.lines[at].style == STYLE_BAD);
	scene.now_ns += 4000 * SCENE_MS;
	draw(100, 24);
	assert_true(has_line("reset_by_peer", &at) && page.lines[at].style == STYLE_ENDED);
	view.hides_ended = true;
	draw(100, 24);
	assert_false(has_line("reset_by_peer", NULL));
}

TEST_SETUP(view__groups_add_up)
{
	struct scene_sock socks[3];

	fill(socks, 3);
	socks[0].pid = socks[1].pid = 7;
	scene_page(&scene, socks, 3);
	view.kind = TOP_PROCESSES;
	draw(120, 24);
	assert_int_equal(view.list.n, 2);
	assert_true(has_line("7/curl", NULL));
	view.kind = TOP_REMOTES;
	draw(120, 24);
	assert_int_equal(view.list.n, 1);
	assert_int_equal(view.list.rows[0].group->conns, 3);
	assert_true(has_line("10.0.0.2", NULL));
}

static struct expr expr_of(const char *text)
{
	static char word[64];
	static char *const words[] = { word };
	const struct expr_names names = { 0 };
	struct expr e = { 0 };
	char why[128];

	snprintf(word, sizeof(word), "%s", text);
	assert_int_equal(expr_parse(words, 1, &names, &e, why, sizeof(why)), 0);
	return e;
}

TEST_SETUP(view__filters_by_option_and_by_text)
{
	static char curl[] = "CURL", port[] = ":1001";
	static char *const texts[] = { curl, port };
	struct select_opts *select = calloc(1, sizeof(*select));
	struct scene_sock socks[3];

	assert_non_null(select);
	fill(socks, 3);
	scene_page(&scene, socks, 3);
	view.opts.wants = (struct wants){ .texts = texts, .n_texts = 2 };
	draw(80, 24);
	assert_int_equal(view.list.n, 1);
	select->filter.on = SW_F_PID;
	select->filter.n_pids = 1;
	select->filter.pids[0] = 102;
	view.opts.wants = (struct wants){ .select = select };
	draw(80, 24);
	assert_int_equal(view.list.n, 1);
	assert_true(has_line("102/curl", NULL));
	*select = (struct select_opts){ .where.expr = expr_of("sport = :1001 or sport = :1002") };
	draw(80, 24);
	assert_int_equal(view.list.n, 2);
	assert_false(has_line("100/curl", NULL));
	free(select);
}

TEST_SETUP(view__hostile_names_stay_in_their_cell)
{
	static const char *const names[] = { "a\033[31m\n\tb", "\xff\xfe\x80",
					     "\xe4\xb8\xad\xe6\x96\x87", "x\xe2\x80\xaey" };
	struct scene_sock socks[COUNT(names)];

	fill(socks, COUNT(names));
	for (size_t i = 0; i < COUNT(names); i++)
		socks[i].comm = names[i];
	scene_page(&scene, socks, COUNT(names));
	for (int ascii = 0; ascii < 2; ascii++) {
		view.ascii = ascii;
		draw(80, 24);
		for (size_t i = 0; i < page.text.len; i++)
			assert_true((unsigned char)page.text.data[i] >= ' ' &&
				    page.text.data[i] != 127);
		for (size_t i = 0; ascii && i < page.text.len; i++)
			assert_true((unsigned char)page.text.data[i] < 128);
		for (size_t i = 0; i < page.n; i++)
			assert_int_equal(glyphs_width(page.text.data + page.lines[i].start,
						      page.lines[i].len),
					 80);
	}
}

TEST_SETUP(view__losses_and_what_is_missing_are_said)
{
	scene_page(&scene, NULL, 0);
	draw(80, 24);
	assert_false(has_line("lost", NULL));
	scene_lost(&scene, 12);
	view.source = "not traced";
	draw(80, 24);
	assert_true(has_line("lost: 12", NULL) && has_line("not traced", NULL));
}

TEST_SETUP(view__pause_leaves_all_as_it_is)
{
	struct scene_sock socks[2];

	fill(socks, 2);
	scene_page(&scene, socks, 1);
	draw(80, 24);
	view.paused = true;
	view.n_held = 5;
	draw(80, 24);
	assert_int_equal(view.list.n, 1);
	assert_true(has_line("PAUSED", NULL) && has_line("ended: 5", NULL));
}

TEST_SETUP(view__details_tell_owner_reason_and_failures)
{
	struct scene_sock s = { .port = 1000,
				.pid = 42,
				.comm = "curl",
				.unit = "web.service",
				.reason = SW_REASON_REFUSED };

	scene_conn(&scene, &s, 3 * SCENE_MS);
	draw(100, 40);
	view_select(&view, 0, scene.now_ns);
	view.pane = PANE_DETAILS;
	draw(100, 40);
	assert_true(has_line("42/curl", NULL) && has_line("refused", NULL));
	assert_true(has_line("web.service", NULL) && has_line("failed", NULL));
	assert_true(has_line("3.0ms", NULL));
}

TEST_SETUP(view__without_an_interval_there_are_no_rates_and_no_queues)
{
	struct scene_sock socks[] = {
		{ .port = 1000, .comm = "curl", .pid = 1 },
		{ .port = 1001, .comm = "srv", .pid = 2, .alone = true, .state = SW_TCP_LISTEN }
	};

	scene_page(&scene, socks, 2);
	draw(120, 10);
	assert_true(has_line("     -      - ESTABLISHED", NULL));
	view.kind = TOP_PROCESSES;
	draw(80, 10);
	assert_true(has_line("     -      -", NULL));
	view.kind = TOP_LISTENERS;
	draw(80, 12);
	assert_true(has_line("-       -       -      -", NULL));
	socks[0].sent = 5000;
	scene_page(&scene, socks, 2);
	view.kind = TOP_CONNS;
	draw(120, 10);
	assert_true(has_line("      . ESTABLISHED", NULL));
}

TEST_SETUP(view__clicks_find_their_column)
{
	scene_page(&scene, NULL, 0);
	draw(80, 24);
	assert_int_equal(view_column_at(&view, 0, 80), 0);
	assert_int_equal(view_column_at(&view, 79, 80), columns_find(columns_of(TOP_CONNS), "age"));
}

TEST_SETUP(view__tree_has_units_their_processes_and_below_these_their_sockets)
{
	struct scene_sock socks[] = {
		{ .port = 1, .pid = 11, .comm = "quiet", .cookie = 1, .unit = "a.service" },
		{ .port = 2, .pid = 12, .comm = "busy", .cookie = 2, .unit = "b.service" },
		{ .port = 3, .pid = 13, .comm = "some", .cookie = 3, .unit = "b.service" },
		{ .port = 4, .pid = 12, .comm = "busy", .cookie = 4, .unit = "b.service" },
	};
	static const char *const order[] = { "b.service", "  12/busy", "    tcp",   "    tcp",
					     "  13/some", "    tcp",   "a.service", "  11/quiet" };

	scene_page(&scene, socks, COUNT(socks));
	socks[1].sent = 5000;
	socks[0].sent = socks[2].sent = socks[3].sent = 1000;
	scene_page(&scene, socks, COUNT(socks));
	view.kind = TOP_TREE;
	draw(80, 24);
	assert_int_equal(view.list.n, 9);
	for (size_t i = 0; i < COUNT(order); i++)
		assert_memory_equal(page.text.data + page.lines[page.first_row + i].start, order[i],
				    strlen(order[i]));
	assert_true(has_line("3 connections", NULL)); /* of b.service */
	assert_true(has_line("6.8K", NULL));	      /* 7,000 bytes */
	assert_int_equal(view.list.rows[2].entry->sock.tuple.local_port, 2);
}

TEST_SETUP(view__rows_of_the_tree_stay_with_what_they_are_part_of)
{
	struct scene_sock socks[] = {
		{ .port = 1,
		  .pid = 11,
		  .comm = "one",
		  .cookie = 1,
		  .unit = "a.service",
		  .sent = 1 },
		{ .port = 2, .pid = 12, .comm = "two", .cookie = 2, .unit = "b.service" },
		{ .port = 3, .pid = 11, .comm = "one", .cookie = 3, .unit = "a.service" },
	};

	scene_page(&scene, socks, 2);
	view.kind = TOP_TREE;
	draw(80, 24);
	view_move(&view, 1, scene.now_ns + 1000 * SCENE_MS);
	socks[1].sent = 9000;
	scene_page(&scene, socks, 3); /* a new one of the first unit: below its process, not last */
	draw(80, 24);
	assert_int_equal(view.list.n, 7);
	for (size_t i = 0; i < view.list.n; i++) {
		const struct top_row *row = &view.list.rows[i];

		if (!row->group || row->depth != 1 || row->group->any->sock.pid != 11)
			continue;
		assert_true(i + 2 < view.list.n && i > 0);
		assert_int_equal(row[-1].depth, 0);
		assert_int_equal(row[1].entry->sock.pid, 11);
		assert_int_equal(row[2].entry->sock.pid, 11);
	}
	assert_int_equal(view.cursor_at, 1);
}
