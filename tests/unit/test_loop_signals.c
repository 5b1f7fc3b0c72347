// SPDX-License-Identifier: GPL-2.0-only
/* The event loop is asked to end. */
#include "unit.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/output.h"
#include "base/signals.h"

static struct loop *start(void)
{
	struct loop *loop = NULL;

	assert_int_equal(loop_new(&loop), 0);
	return loop;
}

static bool readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

TEST(loop__signal_ends_it_before_and_while_it_sleeps)
{
	struct itimerval soon = { .it_value.tv_usec = 2000 };
	struct loop *loop = start();
	struct sigaction before;

	assert_int_equal(loop_take_signals(loop), 0);
	assert_false(readable(loop_fd(loop)));
	raise(SIGTERM);
	assert_true(loop_is_stopped(loop));
	assert_true(readable(loop_fd(loop)));
	assert_int_equal(loop_run(loop), 0);
	loop_free(loop);

	loop = start();
	assert_int_equal(loop_take_signals(loop), 0); /* which counts anew */
	assert_int_equal(signals_stops(), 0);
	sigaction(SIGTERM, NULL, &before);
	sigaction(SIGALRM, &before, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	assert_int_equal(loop_run(loop), 0);
	assert_int_equal(signals_stops(), 1);
	loop_free(loop);
	signal(SIGALRM, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
}

TEST(loop__hangup_stays_ignored_where_it_was)
{
	struct loop *loop = start();

	signal(SIGHUP, SIG_IGN);
	assert_int_equal(loop_take_signals(loop), 0);
	raise(SIGHUP);
	assert_false(loop_is_stopped(loop));
	loop_free(loop);
	loop = start();
	signal(SIGHUP, SIG_DFL);
	assert_int_equal(loop_take_signals(loop), 0);
	raise(SIGHUP);
	assert_true(loop_is_stopped(loop));
	loop_free(loop);
	signal(SIGHUP, SIG_DFL);
}

/* What reads its options again then sleeps in the loop until it comes. */
TEST(loop__hangup_wakes_who_asked_for_it)
{
	struct loop *loop = start();
	uint64_t n;
	int before;

	assert_int_equal(loop_take_signals(loop), 0);
	signals_hangup_ends(false);
	before = signals_hangups();
	assert_false(readable(signals_hangup_fd()));
	raise(SIGHUP);
	raise(SIGHUP);
	assert_false(loop_is_stopped(loop));
	assert_int_equal(signals_hangups(), before + 2);
	assert_true(readable(signals_hangup_fd()));
	assert_int_equal(read(signals_hangup_fd(), &n, sizeof(n)), sizeof(n));
	assert_false(readable(signals_hangup_fd()));
	signals_hangup_ends(true);
	loop_free(loop);
	signal(SIGHUP, SIG_DFL);
}

/* Writes what nobody reads, until it is asked to end twice. */
__attribute__((noreturn)) static void write_for_ever(int fd)
{
	struct output out = { .fd = fd, .stops = signals_stops };
	struct loop *loop;
	char line[4096];

	memset(line, 'x', sizeof(line));
	if (loop_new(&loop) || loop_take_signals(loop))
		_exit(1);
	while (!out.err) {
		buf_put(&out.buf, line, sizeof(line));
		output_flush(&out);
	}
	_exit(out.err == -EINTR ? signals_stops() : 1);
}

TEST(loop__second_signal_ends_a_write_that_blocks)
{
	struct timespec moment = { .tv_nsec = 1000000 };
	int fds[2], status;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0)
		write_for_ever(fds[1]);
	while (!readable(fds[0]))
		;
	for (int i = 0; i < 50; i++) /* by now it is full */
		nanosleep(&moment, NULL);
	kill(pid, SIGTERM);
	assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
	/* one of them may come just before the write */
	while (waitpid(pid, &status, WNOHANG) == 0) {
		kill(pid, SIGTERM);
		nanosleep(&moment, NULL);
	}
	assert_true(WIFEXITED(status));
	assert_true(WEXITSTATUS(status) >= 2);
	close(fds[0]);
	close(fds[1]);
}
