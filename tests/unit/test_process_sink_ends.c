// SPDX-License-Identifier: GPL-2.0-only
/* A sink in a process of its own: how it fails and ends, and what a loop does for it. */
#include "unit.h"

#include <errno.h>
#include <signal.h>

#include "base/clock.h"
#include "base/loop.h"
#include "far_sink.h"

#define MS 1000000ull
#define SEC (1000 * MS)

/* --- how it fails ------------------------------------------------------------------------------
 */

/* Until it is noticed: what fits the socket was taken. */
static int error_of_records(struct sink *s)
{
	uint64_t n = 0;
	int err = 0;

	for (; !err && n < 100000; n += 64)
		err = send_records(s, n, n + 64);
	return err;
}

TEST(process_sink__that_was_killed_is_an_error)
{
	volatile struct seen *seen = start_seen();
	struct sink *s = opened(seen, &patient);

	assert_int_equal(send_records(s, 0, 10), 0);
	while (!seen->records)
		wait_a_moment();
	kill(seen->pid, SIGKILL);
	assert_int_equal(error_of_records(s), -EIO);
	assert_int_equal(sink_flush(s), -EIO);
	assert_int_equal(process_sink_end(s), -EIO);
	assert_true(process_sink_lost(s) >= 64);
	sink_close(s);
	stop_seen(seen);
}

TEST(process_sink__error_of_the_inner_one_is_the_error)
{
	volatile struct seen *seen = start_seen();
	struct sink *s = opened(seen, &patient);

	seen->record_err = -ENOSPC;
	seen->record_at = 100;
	assert_int_equal(error_of_records(s), -ENOSPC);
	assert_int_equal(process_sink_end(s), -ENOSPC);
	assert_int_equal(seen->records, 100);
	assert_true(process_sink_lost(s) > 0);
	sink_close(s);
	stop_seen(seen);
}

/* Nobody calls it after the last record; but the end does. */
TEST(process_sink__error_of_the_last_record_is_told_at_the_end)
{
	volatile struct seen *seen = start_seen();
	struct sink *s = opened(seen, &patient);
	struct made m;

	seen->record_err = -ENOSPC;
	assert_int_equal(sink_record(s, make(&m, 0)), 0);
	assert_int_equal(process_sink_end(s), -ENOSPC);
	assert_int_equal(process_sink_lost(s), 1);
	sink_close(s);
	stop_seen(seen);
}

TEST(process_sink__that_cannot_be_opened_is_not)
{
	volatile struct seen *seen = start_seen();
	struct sink *s = made_sink(seen, &patient);

	seen->open_err = -EACCES;
	assert_int_equal(sink_open(s), -EACCES);
	assert_int_equal(process_sink_end(s), -EACCES);
	sink_close(s);
	s = made_sink(seen, &patient);
	sink_close(s); /* never opened */
	stop_seen(seen);
}

TEST(process_sink__that_hangs_is_killed_and_what_it_did_not_take_is_lost)
{
	const struct process_sink_opts opts = { .name = "test-sink", .end_ms = 50 };
	volatile struct seen *seen = start_seen();
	struct sink *s = opened(seen, &opts);
	uint64_t begin;

	assert_int_equal(send_records(s, 0, 10), 0);
	while (seen->records < 10)
		wait_a_moment();
	seen->holds = true;
	assert_int_equal(send_records(s, 10, 5000), 0);
	begin = clock_now();
	assert_int_equal(process_sink_end(s), -ETIMEDOUT);
	assert_in_range(clock_now() - begin, 50 * MS, 30 * SEC);
	assert_int_equal(process_sink_lost(s), 4990);
	assert_int_equal(kill(seen->pid, 0), -1);
	sink_close(s);
	stop_seen(seen);
}

/* --- in a loop ---------------------------------------------------------------------------------
 */

TEST(process_sink__what_waits_goes_on_its_way_in_the_loop)
{
	volatile struct seen *seen = start_seen();
	struct process_sink_opts opts = patient;
	struct loop *loop = NULL;
	struct sink *s;

	assert_int_equal(loop_new(&loop), 0);
	opts.loop = loop;
	s = opened(seen, &opts);
	seen->holds = true;
	assert_int_equal(send_records(s, 0, 5000), 0);
	assert_int_equal(loop_run_once(loop, 0), 0);
	seen->holds = false;
	while (seen->records < 5000)
		assert_int_equal(loop_run_once(loop, 10 * MS), 0);
	assert_int_equal(process_sink_end(s), 0);
	assert_int_equal(seen->wrong, 0);
	sink_close(s);
	loop_free(loop);
	stop_seen(seen);
}

/* Nothing is ready while nothing waits: it costs no wakeup. */
TEST(process_sink__end_of_the_process_is_noticed_in_the_loop)
{
	volatile struct seen *seen = start_seen();
	struct process_sink_opts opts = patient;
	struct loop *loop = NULL;
	struct sink *s;
	uint64_t begin;

	assert_int_equal(loop_new(&loop), 0);
	opts.loop = loop;
	s = opened(seen, &opts);
	begin = clock_now();
	assert_int_equal(loop_run_once(loop, 20 * MS), 0);
	assert_true(clock_now() - begin >= 20 * MS);
	kill(seen->pid, SIGKILL);
	assert_int_equal(loop_run_once(loop, LOOP_FOREVER), 0);
	assert_int_equal(sink_flush(s), -EIO);
	begin = clock_now();
	assert_int_equal(loop_run_once(loop, 20 * MS), 0); /* and is told once */
	assert_true(clock_now() - begin >= 20 * MS);
	sink_close(s);
	loop_free(loop);
	stop_seen(seen);
}
