// SPDX-License-Identifier: GPL-2.0-only
/* The recorder's signs of life, by a loop's own timer. */
#include "unit.h"

#include <stdbool.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"
#include "core/record.h"
#include "event.h"
#include "flow/life.h"

#define MS 1000000ull
#define EVERY (30 * MS)

static struct loop *loop;
static struct life life;

static int setup(void **state)
{
	(void)state;
	assert_int_equal(loop_new(&loop), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	life_end(&life);
	loop_free(loop);
	return 0;
}

/* As the stream does: waits for what is due, and asks. */
static uint64_t next_sign(void)
{
	uint64_t due_ns = 0;

	while (!due_ns) {
		int ms = loop_timeout_ms(loop);
		struct timespec pause = { .tv_nsec = (ms < 0 ? 0 : ms) * (long)MS };

		assert_true(ms >= 0 && ms < 1000);
		nanosleep(&pause, NULL);
		assert_int_equal(loop_catch_up(loop, false), 0);
		due_ns = life_take_due(&life);
	}
	return due_ns;
}

TEST_SETUP(life__a_sign_comes_again_and_again_and_never_early)
{
	uint64_t last_ns = clock_now();

	life_begin(&life, loop, EVERY);
	assert_int_equal(life_take_due(&life), 0);
	for (int i = 0; i < 4; i++) {
		uint64_t due_ns = next_sign();

		assert_true(due_ns >= last_ns + EVERY);
		assert_int_equal(life_take_due(&life), 0); /* once */
		last_ns = due_ns;
	}
}

TEST_SETUP(life__without_a_time_there_is_none)
{
	life_begin(&life, loop, 0);
	assert_int_equal(loop_timeout_ms(loop), -1);
	assert_int_equal(life_take_due(&life), 0);
}

TEST_SETUP(life__after_the_end_nothing_is_due)
{
	life_begin(&life, loop, EVERY);
	life_end(&life);
	assert_int_equal(loop_timeout_ms(loop), -1);
}

TEST_SETUP(life__record_is_of_ourselves)
{
	struct record rec;
	struct sw_event ev;

	life_begin(&life, loop, 0);
	life_record(&life, RECORDER_ALIVE, 77, &ev, &rec);
	assert_ptr_equal(rec.ev, &ev);
	assert_int_equal(ev.kind, SW_EV_RECORDER);
	assert_int_equal(rec.recorder, RECORDER_ALIVE);
	assert_int_equal(ev.time_ns, 77);
	assert_int_equal(ev.sock.pid, getpid());
	assert_string_equal(ev.sock.comm, "test_life");
}
