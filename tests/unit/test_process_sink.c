// SPDX-License-Identifier: GPL-2.0-only
/* A sink in a process of its own: what it is told there, and what is lost on the way. */
#include "unit.h"

#include "base/own_user.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/wire.h"
#include "far_sink.h"

/* --- what it is told ---------------------------------------------------------------------------
 */

TEST(process_sink__all_records_arrive_in_order_and_equal)
{
	volatile struct seen *seen = start_seen();
	struct sink *s = opened(seen, &patient);
	struct made m;

	for (uint64_t n = 0; n < 500; n++)
		sink_fit(s, make(&m, n));
	assert_int_equal(sink_begin(s), 0);
	assert_int_equal(send_records(s, 0, 10000), 0);
	assert_int_equal(process_sink_end(s), 0);
	assert_int_equal(seen->wrong, 0);
	assert_int_equal(seen->fits, 500);
	assert_int_equal(seen->fits_before_begin, 500);
	assert_int_equal(seen->begun, 1);
	assert_int_equal(seen->records, 10000);
	assert_int_equal(seen->lost, 0);
	assert_true(seen->flushed);
	assert_int_equal(seen->closed, 1);
	assert_int_equal(process_sink_lost(s), 0);
	assert_int_equal(process_sink_end(s), 0);
	sink_close(s);
	stop_seen(seen);
}

TEST(process_sink__begins_and_ends_without_a_record)
{
	volatile struct seen *seen = start_seen();
	struct sink *s = opened(seen, &patient);

	assert_int_equal(sink_begin(s), 0);
	assert_int_equal(sink_end(s), 0);
	sink_close(s);
	assert_int_equal(seen->begun, 1);
	assert_int_equal(seen->ended, 1);
	assert_int_equal(seen->records, 0);
	assert_true(seen->closed >= 1);
	stop_seen(seen);
}

TEST(process_sink__closing_it_awaits_all)
{
	volatile struct seen *seen = start_seen();
	struct sink *s = opened(seen, &patient);

	assert_int_equal(send_records(s, 0, 5000), 0);
	sink_close(s);
	assert_int_equal(seen->records, 5000);
	assert_int_equal(seen->closed, 2); /* there, and the one here that was never opened */
	assert_int_equal(kill(seen->pid, 0), -1);
	stop_seen(seen);
}

TEST(process_sink__limits_change_between_two_records)
{
	const struct keep_opts keep = { .max_size = 1ull << 40 };
	volatile struct seen *seen = start_seen();
	struct sink *s = opened(seen, &patient);

	assert_int_equal(send_records(s, 0, 100), 0);
	assert_int_equal(sink_keep(s, &keep), 0);
	assert_int_equal(send_records(s, 100, 200), 0);
	sink_close(s);
	assert_true(seen->max_size == keep.max_size);
	assert_int_equal(seen->kept, 100);
	assert_int_equal(seen->records, 200);
	stop_seen(seen);
}

/* So what is told appears at once, though little is. */
TEST(process_sink__is_flushed_when_nothing_waits)
{
	volatile struct seen *seen = start_seen();
	struct sink *s = opened(seen, &patient);

	assert_int_equal(send_records(s, 0, 1), 0);
	while (!seen->records || !seen->flushed)
		wait_a_moment();
	sink_close(s);
	stop_seen(seen);
}

TEST(process_sink__is_opened_with_rights_and_told_without)
{
	volatile struct seen *seen = start_seen();
	struct sink *s = opened(seen, &patient);

	assert_int_equal(send_records(s, 0, 1), 0);
	sink_close(s);
	assert_int_not_equal(seen->pid, getpid());
	assert_int_equal(seen->open_uid, geteuid());
	if (geteuid() == 0)
		assert_int_equal(seen->record_uid, own_user_find("/etc/passwd", "/etc/group").uid);
	stop_seen(seen);
}

/* So that much of what is sent has no room. */
static const struct process_sink_opts cramped = { .name = "test-sink",
						  .end_ms = LONG_MS,
						  .buffer_size = 100000 };

/* --- what is lost ------------------------------------------------------------------------------
 */

TEST(process_sink__slow_one_holds_nobody_up_and_loses_nothing_silently)
{
	volatile struct seen *seen = start_seen();
	struct sink *s = opened(seen, &cramped);
	uint64_t sent = 20000;

	seen->holds = true;
	assert_int_equal(send_records(s, 0, sent), 0);
	assert_true(process_sink_lost(s) > 0);
	seen->holds = false;
	while (!seen->lost) {
		assert_int_equal(send_records(s, sent, sent + 10), 0);
		sent += 10;
		wait_a_moment();
	}
	assert_int_equal(process_sink_end(s), 0);
	assert_int_equal(seen->wrong, 0); /* each loss is told where it was, and how much it was */
	assert_int_equal(seen->records + seen->lost, sent);
	assert_int_equal(process_sink_lost(s), seen->lost);
	sink_close(s);
	stop_seen(seen);
}

TEST(process_sink__loss_is_told_at_the_end_at_the_latest)
{
	volatile struct seen *seen = start_seen();
	struct sink *s = opened(seen, &cramped);

	seen->holds = true;
	assert_int_equal(send_records(s, 0, 20000), 0);
	seen->holds = false;
	assert_int_equal(process_sink_end(s), 0);
	assert_int_equal(seen->wrong, 0);
	assert_true(seen->lost > 0);
	assert_int_equal(seen->records + seen->lost, 20000);
	sink_close(s);
	stop_seen(seen);
}

TEST(process_sink__loss_in_a_page_is_told_before_its_end)
{
	volatile struct seen *seen = start_seen();
	struct sink *s = opened(seen, &cramped);

	seen->holds = true;
	assert_int_equal(send_records(s, 0, 20000), 0);
	assert_int_equal(sink_end(s), 0);
	seen->holds = false;
	assert_int_equal(process_sink_end(s), 0);
	assert_int_equal(seen->ended, 1);
	assert_true(seen->lost > 0);
	assert_int_equal(seen->lost_at_end, seen->lost);
	sink_close(s);
	stop_seen(seen);
}

TEST(process_sink__record_too_large_is_a_loss)
{
	volatile struct seen *seen = start_seen();
	struct sink *s = opened(seen, &patient);
	char *text = malloc(WIRE_MAX + 1);
	struct record huge;
	struct made m;

	assert_non_null(text);
	memset(text, 'x', WIRE_MAX);
	text[WIRE_MAX] = '\0';
	assert_int_equal(send_records(s, 0, 10), 0);
	huge = *make(&m, 10);
	huge.exe = text;
	assert_int_equal(sink_record(s, &huge), 0);
	assert_int_equal(send_records(s, 11, 20), 0);
	assert_int_equal(process_sink_end(s), 0);
	assert_int_equal(seen->wrong, 0);
	assert_int_equal(seen->records, 19);
	assert_int_equal(seen->lost, 1);
	sink_close(s);
	free(text);
	stop_seen(seen);
}

/* A loss that is lost is as many as it told of. */
TEST(process_sink__losses_that_come_with_the_stream_count_as_such)
{
	const struct process_sink_opts opts = { .name = "test-sink",
						.end_ms = LONG_MS,
						.buffer_size = 10000 };
	volatile struct seen *seen = start_seen();
	struct sink *s = opened(seen, &opts);
	uint64_t n = 0;

	seen->holds = true;
	for (int i = 0; i < 5000; i++) {
		struct sw_event e = { .kind = SW_EV_LOST, .time_ns = n + 7 };
		struct record rec = { .ev = &e, .lost = 7 };

		assert_int_equal(sink_record(s, &rec), 0);
		n += 7;
	}
	seen->holds = false;
	assert_int_equal(process_sink_end(s), 0);
	assert_int_equal(seen->wrong, 0);
	assert_int_equal(seen->lost, 5000 * 7);
	sink_close(s);
	stop_seen(seen);
}
