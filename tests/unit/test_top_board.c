// SPDX-License-Identifier: GPL-2.0-only
/* The model of the live table: what it knows of sockets, by what it is told. */
#include "board_scene.h"

#include <string.h>

#include "top/board.h"
#include "top/list.h"

static struct scene scene;

static int setup(void **state)
{
	(void)state;
	scene_begin(&scene);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	scene_end(&scene);
	return 0;
}

#define B (&scene.board)

static const struct board_entry *only_entry(void)
{
	size_t at = 0;
	const struct board_entry *e = board_next(B, &at);

	assert_non_null(e);
	assert_null(board_next(B, &at));
	return e;
}

TEST_SETUP(board__rates_are_of_the_time_between_two_pages)
{
	struct scene_sock s = { .port = 1000, .sent = 500, .received = 70 };

	scene_page(&scene, &s, 1);
	assert_int_equal(board_last(B).interval_ns, 0);
	s.sent = 2500;
	s.received = 1070;
	scene.now_ns += 1000 * SCENE_MS;
	scene_page(&scene, &s, 1);
	assert_int_equal(board_rate(B, only_entry()->sent), 1000);
	assert_int_equal(board_rate(B, only_entry()->received), 500);
	assert_int_equal(board_last(B).sent, 2000);
	scene_page(&scene, &s, 1);
	assert_int_equal(only_entry()->sent, 0);
}

TEST_SETUP(board__udp_has_rates_and_all_of_it_where_it_is_new)
{
	struct scene_sock socks[] = {
		{ .port = 1000, .proto = SW_PROTO_UDP, .sent = 500, .alone = true },
		{ .port = 1001, .proto = SW_PROTO_UDP, .sent = 40, .received = 7 },
	};
	size_t at = 0;

	scene_page(&scene, socks, 1);
	socks[0].sent = 1500;
	scene_page(&scene, socks, 2);
	assert_int_equal(board_last(B).sent, 1040);
	for (const struct board_entry *e; (e = board_next(B, &at));) {
		bool fresh = e->sock.tuple.local_port == 1001;

		assert_int_equal(e->sent, fresh ? 40 : 1000);
		assert_int_equal(entry_has_totals(e), fresh);
	}
}

TEST_SETUP(board__one_that_lived_between_two_pages_is_there_with_its_reason)
{
	struct scene_sock s = { .port = 1000, .sent = 12, .reason = SW_REASON_RESET_BY_PEER };

	scene_page(&scene, NULL, 0);
	scene_conn(&scene, &s, 3 * SCENE_MS);
	assert_true(only_entry()->end_ns);
	assert_int_equal(only_entry()->reason, SW_REASON_RESET_BY_PEER);
	assert_int_equal(only_entry()->end_ns - only_entry()->begin_ns, 3 * SCENE_MS);
	scene_page(&scene, NULL, 0);
	assert_int_equal(board_last(B).opened, 1);
	assert_int_equal(board_last(B).closed, 1);
	assert_int_equal(board_last(B).failed, 1);
	assert_int_equal(board_last(B).sent, 12);
	assert_int_equal(B->n_failures, 1);
}

TEST_SETUP(board__what_ended_stays_ten_seconds)
{
	struct scene_sock s = { .port = 1000 };

	scene_page(&scene, &s, 1);
	scene_conn(&scene, &s, 0);
	assert_int_equal(board_age_due(B), scene.now_ns + BOARD_LINGER_NS);
	assert_false(board_age(B, scene.now_ns + BOARD_LINGER_NS - 1));
	assert_int_equal(B->n_ended, 1);
	assert_true(board_age(B, scene.now_ns + BOARD_LINGER_NS));
	assert_int_equal(B->n_ended, 0);
	assert_int_equal(board_age_due(B), 0);
}

TEST_SETUP(board__end_adds_what_was_moved_since_the_last_page)
{
	struct scene_sock s = { .port = 1000, .sent = 100 };

	scene_page(&scene, &s, 1);
	s.sent = 150;
	scene_conn(&scene, &s, 0);
	assert_int_equal(only_entry()->late_sent, 50);
	scene_page(&scene, NULL, 0);
	assert_int_equal(board_last(B).sent, 50);
	assert_int_equal(board_last(B).closed, 1);
}

TEST_SETUP(board__missing_on_a_page_is_gone_and_a_later_word_tells_how)
{
	struct scene_sock s = { .port = 1000, .reason = SW_REASON_TIMED_OUT };

	scene_page(&scene, &s, 1);
	scene_page(&scene, NULL, 0);
	assert_true(only_entry()->end_ns);
	assert_int_equal(only_entry()->kind, 0);
	scene_conn(&scene, &s, 0);
	assert_int_equal(only_entry()->kind, SW_EV_CONN);
	assert_int_equal(only_entry()->reason, SW_REASON_TIMED_OUT);
}

TEST_SETUP(board__page_that_lost_rows_ends_nobody)
{
	struct scene_sock s = { .port = 1000 };

	scene_page(&scene, &s, 1);
	board_begin(B);
	scene_lost(&scene, 7);
	board_end(B, scene.now_ns);
	assert_false(only_entry()->end_ns);
	assert_int_equal(B->lost, 7);
}

TEST_SETUP(board__same_address_with_another_cookie_is_another_socket)
{
	struct scene_sock s = { .port = 1000, .cookie = 5 };

	scene_page(&scene, &s, 1);
	s.cookie = 6;
	scene_page(&scene, &s, 1);
	assert_int_equal(B->n_live, 1);
	assert_int_equal(B->n_ended, 1);
}

TEST_SETUP(board__time_wait_is_counted_and_leaves_nothing)
{
	struct scene_sock s = { .port = 1000, .state = SW_TCP_TIME_WAIT };

	scene_page(&scene, &s, 1);
	assert_int_equal(B->counts.time_wait, 1);
	assert_int_equal(B->counts.tcp, 0);
	scene_page(&scene, NULL, 0);
	assert_int_equal(B->n_live + B->n_ended, 0);
}

TEST_SETUP(board__owner_stays_when_nobody_holds_it_any_more)
{
	struct scene_sock s = { .port = 1000, .pid = 42, .comm = "curl" };

	scene_page(&scene, &s, 1);
	s.pid = 0;
	s.state = SW_TCP_FIN_WAIT2;
	scene_page(&scene, &s, 1);
	assert_int_equal(only_entry()->sock.pid, 42);
	assert_string_equal(only_entry()->sock.comm, "curl");
}

TEST_SETUP(board__listener_counts_what_came_to_it)
{
	struct scene_sock s[3] = { { .port = 80, .state = SW_TCP_LISTEN, .alone = true },
				   { .port = 80, .remote_port = 9 },
				   { .port = 80, .remote_port = 10 } };
	size_t at = 0;

	scene_page(&scene, s, 1);
	scene_page(&scene, s, 3);
	assert_int_equal(board_next(B, &at)->accepts, 2);
	scene_page(&scene, s, 3);
	at = 0;
	assert_int_equal(board_next(B, &at)->accepts, 0);
}

TEST_SETUP(board__ended_ones_have_so_much_room_and_the_oldest_goes_first)
{
	struct scene_sock s = { .port = 1000 };

	scene_page(&scene, NULL, 0);
	for (uint32_t i = 0; i < BOARD_ENDED + 5; i++) {
		s.remote_port = (uint16_t)(i % 60000 + 1);
		s.cookie = i + 1;
		scene_conn(&scene, &s, SCENE_MS);
	}
	assert_int_equal(B->n_ended, BOARD_ENDED);
	assert_int_equal(B->cut, 5);
}

TEST_SETUP(board__failures_of_a_kind_are_counted_as_one)
{
	struct scene_sock s = { .port = 1000, .comm = "curl", .reason = SW_REASON_REFUSED };

	for (int i = 0; i < 3; i++) {
		s.port++;
		s.cookie++;
		scene_conn(&scene, &s, SCENE_MS);
	}
	s.remote_port = 81;
	scene_conn(&scene, &s, SCENE_MS);
	assert_int_equal(B->n_failures, 2);
	assert_int_equal(B->failures[0].count, 3);
	assert_int_equal(B->failures[1].count, 1);
}

TEST_SETUP(board__who_came_and_failed_counts_by_our_port_and_whence)
{
	struct scene_sock s = {
		.port = 80, .comm = "nginx", .reason = SW_REASON_RESET_BY_PEER, .incoming = true
	};

	for (uint16_t i = 0; i < 3; i++) {
		s.remote_port = 40000 + i;
		s.cookie++;
		scene_conn(&scene, &s, SCENE_MS);
	}
	assert_int_equal(B->n_failures, 1);
	assert_int_equal(B->failures[0].count, 3);
	s.incoming = false;
	scene_conn(&scene, &s, SCENE_MS);
	assert_int_equal(B->n_failures, 2);
}

TEST_SETUP(board__texts_are_given_back)
{
	struct scene_sock s = { .port = 1000, .unit = "a.service" };
	size_t used = 0;

	scene_page(&scene, &s, 1);
	s.unit = "b.service";
	s.pid = 7;
	scene_page(&scene, &s, 1);
	for (size_t i = 0; i < B->places.n; i++)
		used += B->places.all[i].uses;
	assert_int_equal(used, 1);
	assert_string_equal(places_text(&B->places, only_entry()->place, PLACE_UNIT), "b.service");
}
