// SPDX-License-Identifier: GPL-2.0-only
/* The event loop: who is called, when, and who is not any more. */
#include "unit.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"

#define MS 1000000ull
#define PEERS 40 /* more than the loop takes from the kernel at a time */

/* --- what the tests are made of ----------------------------------------------------------------
 */

/* What is called, and what it does then. */
struct peer {
	struct loop *loop;
	int fds[2]; /* what is written to the second is read from the first */
	int calls;
	int err;	     /* returned */
	bool takes;	     /* a byte, each time */
	bool stops;	     /* the loop */
	struct peer *remove; /* this one's descriptor, which is closed, too */
	struct loop_timer timer;
	struct loop_timer *cancel;
	struct loop_timer *set;
	uint64_t set_ns;
	char *log; /* gets `name` */
	char name;
};

static int on_call(void *arg)
{
	struct peer *p = arg;
	char byte;

	p->calls++;
	if (p->log)
		strncat(p->log, &p->name, 1);
	if (p->takes)
		assert_int_equal(read(p->fds[0], &byte, 1), 1);
	if (p->remove) {
		loop_remove_fd(p->loop, p->remove->fds[0]);
		close(p->remove->fds[0]);
		p->remove->fds[0] = -1;
	}
	if (p->cancel)
		loop_cancel_timer(p->loop, p->cancel);
	if (p->set)
		loop_set_timer(p->loop, p->set, p->set_ns);
	if (p->stops)
		loop_stop(p->loop);
	return p->err;
}

static struct loop *start(void)
{
	struct loop *loop = NULL;

	assert_int_equal(loop_new(&loop), 0);
	assert_non_null(loop);
	return loop;
}

static void open_peer(struct peer *p, struct loop *loop)
{
	*p = (struct peer){ .loop = loop, .timer = { .fn = on_call, .arg = p } };
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p->fds), 0);
}

static void add_peer(struct peer *p, struct loop *loop)
{
	open_peer(p, loop);
	assert_int_equal(loop_add_fd(loop, p->fds[0], LOOP_READ, on_call, p), 0);
}

static void say(const struct peer *p)
{
	assert_int_equal(write(p->fds[1], "x", 1), 1);
}

static void close_peer(struct peer *p)
{
	for (int i = 0; i < 2; i++)
		if (p->fds[i] >= 0)
			close(p->fds[i]);
}

static struct peer timed(struct loop *loop, char *log, char name)
{
	return (struct peer){ .loop = loop, .log = log, .name = name, .timer = { .fn = on_call } };
}

static void set(struct peer *p, uint64_t due_ns)
{
	p->timer.arg = p;
	loop_set_timer(p->loop, &p->timer, due_ns);
}

static bool readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

/* --- descriptors -------------------------------------------------------------------------------
 */

TEST(loop__descriptor_is_called_as_long_as_it_is_ready)
{
	struct loop *loop = start();
	struct peer p;

	add_peer(&p, loop);
	assert_int_equal(loop_run_once(loop, 0), 0);
	assert_int_equal(p.calls, 0);
	say(&p);
	assert_int_equal(loop_run_once(loop, LOOP_FOREVER), 0);
	assert_int_equal(loop_run_once(loop, LOOP_FOREVER), 0);
	assert_int_equal(p.calls, 2);
	p.takes = true;
	assert_int_equal(loop_run_once(loop, LOOP_FOREVER), 0);
	assert_int_equal(loop_run_once(loop, 0), 0);
	assert_int_equal(p.calls, 3);
	loop_free(loop);
	close_peer(&p);
}

TEST(loop__closed_other_end_is_told_whatever_is_waited_for)
{
	struct loop *loop = start();
	struct peer read, none;

	add_peer(&read, loop);
	add_peer(&none, loop);
	assert_int_equal(loop_set_fd(loop, none.fds[0], 0), 0);
	say(&none);
	assert_int_equal(loop_run_once(loop, 0), 0);
	assert_int_equal(none.calls, 0);
	close(read.fds[1]);
	close(none.fds[1]);
	read.fds[1] = none.fds[1] = -1;
	assert_int_equal(loop_run_once(loop, 0), 0);
	assert_int_equal(read.calls, 1);
	assert_int_equal(none.calls, 1);
	loop_free(loop);
	close_peer(&read);
	close_peer(&none);
}

TEST(loop__room_is_told_when_it_is_asked_for)
{
	struct loop *loop = start();
	char much[65536] = { 0 };
	struct peer p;

	add_peer(&p, loop);
	assert_int_equal(loop_set_fd(loop, p.fds[0], LOOP_WRITE), 0);
	assert_int_equal(loop_run_once(loop, 0), 0);
	assert_int_equal(p.calls, 1);
	while (send(p.fds[0], much, sizeof(much), MSG_DONTWAIT) > 0)
		;
	assert_int_equal(loop_run_once(loop, 0), 0);
	assert_int_equal(p.calls, 1);
	loop_free(loop);
	close_peer(&p);
}

TEST(loop__descriptor_is_added_once_and_removed_at_leisure)
{
	struct loop *loop = start();
	struct peer p;

	add_peer(&p, loop);
	assert_int_equal(loop_add_fd(loop, p.fds[0], LOOP_READ, on_call, &p), -EEXIST);
	assert_int_equal(loop_add_fd(loop, -1, LOOP_READ, on_call, &p), -EBADF);
	assert_int_equal(loop_set_fd(loop, p.fds[1], LOOP_READ), -ENOENT);
	loop_remove_fd(loop, p.fds[1]);
	loop_remove_fd(loop, -1);
	loop_remove_fd(loop, p.fds[0]);
	loop_remove_fd(loop, p.fds[0]);
	say(&p);
	assert_int_equal(loop_run_once(loop, 0), 0);
	assert_int_equal(p.calls, 0);
	assert_int_equal(loop_add_fd(loop, p.fds[0], LOOP_READ, on_call, &p), 0);
	assert_int_equal(loop_run_once(loop, 0), 0);
	assert_int_equal(p.calls, 1);
	loop_free(loop);
	close_peer(&p);
}

TEST(loop__all_that_are_ready_are_called)
{
	struct loop *loop = start();
	struct peer peers[PEERS];

	for (int i = 0; i < PEERS; i++) {
		add_peer(&peers[i], loop);
		peers[i].takes = true;
		say(&peers[i]);
	}
	while (readable(loop_fd(loop)))
		assert_int_equal(loop_run_once(loop, 0), 0);
	for (int i = 0; i < PEERS; i++)
		assert_int_equal(peers[i].calls, 1);
	loop_free(loop);
	for (int i = 0; i < PEERS; i++)
		close_peer(&peers[i]);
}

TEST(loop__callback_may_remove_itself)
{
	struct loop *loop = start();
	struct peer p;

	add_peer(&p, loop);
	p.remove = &p;
	say(&p);
	assert_int_equal(loop_run_once(loop, 0), 0);
	p.remove = NULL;
	assert_int_equal(loop_run_once(loop, 0), 0);
	assert_int_equal(p.calls, 1);
	loop_free(loop);
	close_peer(&p);
}

/* Whichever is called first closes the other one, which is ready, too. */
TEST(loop__who_was_removed_in_the_same_round_is_not_called)
{
	struct loop *loop = start();
	struct peer a, b;

	add_peer(&a, loop);
	add_peer(&b, loop);
	a.remove = &b;
	b.remove = &a;
	say(&a);
	say(&b);
	assert_int_equal(loop_run_once(loop, 0), 0);
	assert_int_equal(a.calls + b.calls, 1);
	loop_free(loop);
	close_peer(&a);
	close_peer(&b);
}

struct replacer {
	struct peer *old; /* removed, and `late` gets its place and its number */
	struct peer *late;
	int calls;
};

static int on_replace(void *arg)
{
	struct replacer *r = arg;
	struct loop *loop = r->old->loop;

	r->calls++;
	loop_remove_fd(loop, r->old->fds[0]);
	close_peer(r->old);
	add_peer(r->late, loop);
	return 0;
}

TEST(loop__who_came_into_a_place_does_not_get_the_event_of_who_left_it)
{
	struct loop *loop = start();
	struct peer first, old, late = { 0 };
	struct replacer r = { .old = &old, .late = &late };

	open_peer(&first, loop);
	assert_int_equal(loop_add_fd(loop, first.fds[0], LOOP_READ, on_replace, &r), 0);
	add_peer(&old, loop);
	say(&first);
	say(&old);
	assert_int_equal(loop_run_once(loop, 0), 0);
	assert_int_equal(r.calls, 1);
	assert_int_equal(late.fds[0], old.fds[0]);
	assert_int_equal(late.calls, 0);
	loop_free(loop);
	close_peer(&first);
	close_peer(&late);
}

/* --- timers ------------------------------------------------------------------------------------
 */

TEST(loop__timers_are_called_once_in_the_order_of_their_times)
{
	struct loop *loop = start();
	uint64_t now = clock_now();
	char log[8] = "";
	struct peer a = timed(loop, log, 'a'), b = timed(loop, log, 'b'), c = timed(loop, log, 'c');

	set(&c, now - 1);
	set(&a, now - 3);
	set(&b, now - 2);
	assert_int_equal(loop_run_once(loop, LOOP_FOREVER), 0);
	assert_int_equal(loop_run_once(loop, 0), 0);
	assert_string_equal(log, "abc");
	assert_int_equal(loop_timeout_ms(loop), -1);
	loop_free(loop);
}

TEST(loop__timer_is_never_early)
{
	struct loop *loop = start();
	struct peer a = timed(loop, NULL, 0);
	uint64_t due = clock_now() + 3 * MS + 1;

	set(&a, due);
	a.stops = true;
	assert_in_range(loop_timeout_ms(loop), 0, 4);
	assert_int_equal(loop_run(loop), 0);
	assert_int_equal(a.calls, 1);
	assert_true(clock_now() >= due);
	loop_free(loop);
}

TEST(loop__timer_gets_a_new_time_and_is_cancelled)
{
	struct loop *loop = start();
	char log[8] = "";
	struct peer a = timed(loop, log, 'a'), b = timed(loop, log, 'b'), c = timed(loop, log, 'c');
	uint64_t now = clock_now();

	set(&a, now - 3);
	set(&b, now - 2);
	set(&c, now - 1);
	loop_cancel_timer(loop, &b.timer);
	loop_cancel_timer(loop, &b.timer);
	set(&a, 0);
	set(&a, now + 3600000 * MS);
	assert_int_equal(loop_run_once(loop, 0), 0);
	assert_string_equal(log, "c");
	loop_cancel_timer(loop, &a.timer);
	assert_int_equal(loop_timeout_ms(loop), -1);
	loop_free(loop);
}

TEST(loop__timer_may_cancel_another_that_is_due)
{
	struct loop *loop = start();
	char log[8] = "";
	struct peer a = timed(loop, log, 'a'), b = timed(loop, log, 'b');

	set(&a, 1);
	set(&b, 2);
	a.cancel = &b.timer;
	assert_int_equal(loop_run_once(loop, 0), 0);
	assert_int_equal(loop_run_once(loop, 0), 0);
	assert_string_equal(log, "a");
	loop_free(loop);
}

/* It would be due at once, for ever. */
TEST(loop__timer_that_sets_itself_keeps_nobody_waiting)
{
	struct loop *loop = start();
	char log[8] = "";
	struct peer a = timed(loop, log, 'a'), b = timed(loop, log, 'b');
	struct peer p;

	set(&a, 1);
	set(&b, 2);
	a.set = &a.timer;
	add_peer(&p, loop);
	p.log = log;
	p.name = 'p';
	say(&p);
	assert_int_equal(loop_run_once(loop, LOOP_FOREVER), 0);
	assert_int_equal(loop_run_once(loop, LOOP_FOREVER), 0);
	assert_string_equal(log, "pabpa");
	loop_free(loop);
	close_peer(&p);
}

TEST(loop__time_limit_ends_the_sleep_before_a_timer_does)
{
	struct loop *loop = start();
	struct peer a = timed(loop, NULL, 0);
	uint64_t begin = clock_now();

	set(&a, begin + 3600000 * MS);
	assert_int_equal(loop_run_once(loop, 2 * MS), 0);
	assert_true(clock_now() - begin >= 2 * MS);
	assert_true(clock_now() - begin < 60000 * MS);
	assert_int_equal(a.calls, 0);
	loop_free(loop);
}

/* --- the end -----------------------------------------------------------------------------------
 */

TEST(loop__error_of_a_callback_ends_it)
{
	struct loop *loop = start();
	struct peer a = timed(loop, NULL, 0), b = timed(loop, NULL, 0);

	set(&a, 1);
	set(&b, 2);
	a.err = -ENOSPC;
	assert_int_equal(loop_run(loop), -ENOSPC);
	assert_int_equal(b.calls, 0);
	loop_free(loop);
}

TEST(loop__nobody_is_called_after_the_stop)
{
	struct loop *loop = start();
	struct peer a, b, late = timed(loop, NULL, 0);

	add_peer(&a, loop);
	add_peer(&b, loop);
	a.stops = b.stops = true;
	say(&a);
	say(&b);
	set(&late, 1);
	assert_false(loop_is_stopped(loop));
	assert_int_equal(loop_run(loop), 0);
	assert_true(loop_is_stopped(loop));
	assert_int_equal(a.calls + b.calls, 1);
	assert_int_equal(late.calls, 0);
	loop_free(loop);
	close_peer(&a);
	close_peer(&b);
}

TEST(loop__null_is_freed)
{
	loop_free(NULL);
}

/* --- waiting elsewhere -------------------------------------------------------------------------
 */

TEST(loop__catches_up_with_who_waited_elsewhere)
{
	struct loop *loop = start();
	struct peer p, a = timed(loop, NULL, 0);

	add_peer(&p, loop);
	p.takes = true;
	assert_false(readable(loop_fd(loop)));
	say(&p);
	assert_true(readable(loop_fd(loop)));
	set(&a, 1);
	assert_int_equal(loop_timeout_ms(loop), 0);
	assert_int_equal(loop_catch_up(loop, false), 0);
	assert_int_equal(a.calls, 1);
	assert_int_equal(p.calls, 0);
	assert_int_equal(loop_catch_up(loop, true), 0);
	assert_int_equal(loop_catch_up(loop, true), 0);
	assert_int_equal(p.calls, 1);
	assert_false(readable(loop_fd(loop)));
	loop_free(loop);
	close_peer(&p);
}
