// SPDX-License-Identifier: GPL-2.0-only
/* What goes to stdout is complete, or says that it is not. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/output.h"

#define LONG 300000 /* bytes: many times what a small pipe holds */

/* --- what the tests are made of ----------------------------------------------------------------
 */

static volatile sig_atomic_t signals; /* how many came */
static int patience;		      /* how many of them ask for nothing */

static int asked(void)
{
	return signals > patience ? (int)signals - patience : 0;
}

static void on_alarm(int signal)
{
	(void)signal;
	signals++;
}

/* A signal every 5 ms, that interrupts; 0: none any more. */
static void alarms(int on)
{
	struct sigaction act = { .sa_handler = on_alarm };
	struct itimerval every = { 0 };

	if (on)
		every.it_interval.tv_usec = every.it_value.tv_usec = 5000;
	assert_int_equal(sigaction(SIGALRM, &act, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &every, NULL), 0);
}

static void small_pipe(int fds[2], int flags)
{
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_true(fcntl(fds[1], F_SETPIPE_SZ, 4096) >= 4096);
	assert_int_equal(fcntl(fds[1], F_SETFL, flags), 0);
}

static char byte_at(size_t i)
{
	return (char)('a' + i * 7 % 26);
}

static void collect(struct output *o, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_putc(&o->buf, byte_at(i));
}

/* In a child: reads to the end, slowly at first; its status tells whether all came as it was. */
static pid_t slow_reader(int fds[2], size_t want)
{
	struct timespec moment = { .tv_nsec = 2000000 };
	pid_t pid = fork();
	char chunk[5000];
	size_t at = 0;
	ssize_t n;

	assert_true(pid >= 0);
	if (pid)
		return pid;
	close(fds[1]);
	while ((n = read(fds[0], chunk, sizeof(chunk))) > 0) {
		for (ssize_t i = 0; i < n; i++)
			if (chunk[i] != byte_at(at++))
				_exit(1);
		if (at < want / 4)
			nanosleep(&moment, NULL);
	}
	_exit(n == 0 && at == want ? 0 : 2);
}

static void assert_reader_is_content(pid_t pid)
{
	int status = -1;

	while (waitpid(pid, &status, 0) < 0)
		assert_int_equal(errno, EINTR);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void write_to_slow_reader(int flags, bool interrupted)
{
	struct output o = { .stops = asked };
	pid_t reader;
	int fds[2];

	small_pipe(fds, flags);
	o.fd = fds[1];
	reader = slow_reader(fds, LONG);
	close(fds[0]);
	patience = INT32_MAX;
	collect(&o, LONG);
	alarms(interrupted);
	assert_int_equal(output_flush(&o), 0);
	alarms(0);
	assert_int_equal(o.buf.len, 0);
	close(fds[1]);
	assert_reader_is_content(reader);
	output_free(&o);
}

/* --- complete ----------------------------------------------------------------------------------
 */

TEST(output__nothing_to_write_is_no_error)
{
	struct output o = { .fd = -1 };

	assert_int_equal(output_flush(&o), 0);
	output_free(&o);
	output_free(&o);
}

TEST(output__short_writes_lose_nothing)
{
	write_to_slow_reader(0, true); /* a signal cuts a write to a full pipe short */
}

TEST(output__non_blocking_pipe_loses_nothing)
{
	write_to_slow_reader(O_NONBLOCK, false);
	write_to_slow_reader(O_NONBLOCK, true);
}

TEST(output__flushes_follow_one_another)
{
	struct output o = { 0 };
	char got[16];
	int fds[2];

	small_pipe(fds, 0);
	o.fd = fds[1];
	buf_puts(&o.buf, "one ");
	assert_int_equal(output_flush(&o), 0);
	assert_int_equal(output_flush(&o), 0);
	buf_puts(&o.buf, "two");
	assert_int_equal(output_flush(&o), 0);
	assert_int_equal(read(fds[0], got, sizeof(got)), 7);
	assert_memory_equal(got, "one two", 7);
	close(fds[0]);
	close(fds[1]);
	output_free(&o);
}

/* --- ended -------------------------------------------------------------------------------------
 */

TEST(output__closed_pipe_ends_it_for_good)
{
	struct output o = { 0 };
	int fds[2];

	signal(SIGPIPE, SIG_IGN);
	small_pipe(fds, 0);
	close(fds[0]);
	o.fd = fds[1];
	buf_puts(&o.buf, "line\n");
	assert_int_equal(output_flush(&o), -EPIPE);
	assert_int_equal(o.err, -EPIPE);
	assert_int_equal(o.buf.len, 0); /* does not pile up */
	buf_puts(&o.buf, "line\n");
	assert_int_equal(output_flush(&o), -EPIPE);
	assert_int_equal(o.buf.len, 0);
	close(fds[1]);
	output_free(&o);
}

TEST(output__reader_that_leaves_a_full_non_blocking_pipe_ends_it)
{
	struct output o = { .stops = asked };
	pid_t reader;
	int fds[2];

	signal(SIGPIPE, SIG_IGN);
	small_pipe(fds, O_NONBLOCK);
	reader = fork();
	assert_true(reader >= 0);
	if (!reader) {
		struct timespec moment = { .tv_nsec = 20000000 };

		nanosleep(&moment, NULL);
		_exit(0); /* and with it the last reading end */
	}
	close(fds[0]);
	patience = INT32_MAX;
	o.fd = fds[1];
	collect(&o, LONG);
	assert_int_equal(output_flush(&o), -EPIPE);
	assert_reader_is_content(reader);
	close(fds[1]);
	output_free(&o);
}

TEST(output__full_disk_is_told)
{
	struct output o = { .fd = open("/dev/full", O_WRONLY | O_CLOEXEC) };

	if (o.fd < 0) {
		print_message("no /dev/full here\n");
		skip();
	}
	buf_puts(&o.buf, "line\n");
	assert_int_equal(output_flush(&o), -ENOSPC);
	assert_int_equal(output_flush(&o), -ENOSPC);
	close(o.fd);
	output_free(&o);
}

TEST(output__bad_descriptor_is_told)
{
	struct output o = { .fd = -1 };

	buf_puts(&o.buf, "line\n");
	assert_int_equal(output_flush(&o), -EBADF);
	output_free(&o);
}

TEST(output__memory_that_ran_out_is_told)
{
	struct output o = { .fd = -1 };

	assert_false(buf_reserve(&o.buf, SIZE_MAX - 1));
	assert_int_equal(output_flush(&o), -ENOMEM);
	assert_int_equal(o.err, -ENOMEM);
	output_free(&o);
}

TEST(output__first_error_is_the_one_that_is_told)
{
	struct output o = { .fd = -1 };

	buf_puts(&o.buf, "line\n");
	assert_int_equal(output_flush(&o), -EBADF);
	assert_false(buf_reserve(&o.buf, SIZE_MAX - 1));
	assert_int_equal(output_flush(&o), -EBADF);
	output_free(&o);
}

/* --- given up ----------------------------------------------------------------------------------
 */

static void give_up_on_a_full_pipe(int flags)
{
	struct output o = { .stops = asked };
	int fds[2];

	small_pipe(fds, flags);
	o.fd = fds[1];
	collect(&o, LONG);
	buf_puts(&o.buf, "one line\nand another\n");
	signals = 0;
	patience = 3;
	alarms(1);
	assert_int_equal(output_flush(&o), -EINTR); /* nobody ever reads */
	alarms(0);
	assert_true(asked() >= 2); /* one more may come until they are off */
	assert_true(o.unwritten >= 2);
	assert_int_equal(output_flush(&o), -EINTR);
	close(fds[0]);
	close(fds[1]);
	output_free(&o);
}

TEST(output__write_that_nobody_takes_is_given_up)
{
	give_up_on_a_full_pipe(0);
}

TEST(output__wait_for_room_that_never_comes_is_given_up)
{
	give_up_on_a_full_pipe(O_NONBLOCK);
}

TEST(output__once_asked_to_end_it_takes_what_is_taken_and_no_longer)
{
	struct output o = { .stops = asked };
	uint64_t begun_ns = clock_now();
	int fds[2];

	patience = 0;
	signals = 1;
	small_pipe(fds, 0);
	o.fd = fds[1];
	buf_puts(&o.buf, "there is room for this\n");
	assert_int_equal(output_flush(&o), 0);
	collect(&o, LONG);
	assert_int_equal(output_flush(&o), -EINTR);
	assert_true(clock_now() - begun_ns >= OUTPUT_END_MS * 900000ull);
	signals = 0;
	close(fds[0]);
	close(fds[1]);
	output_free(&o);
}

TEST(output__what_there_is_room_for_is_taken_however_late_it_comes)
{
	struct output o = { .stops = asked, .end_ns = 1 };
	char got[32] = "";
	int fds[2];

	signals = 1;
	small_pipe(fds, 0);
	o.fd = fds[1];
	buf_puts(&o.buf, "the last line\n");
	assert_int_equal(output_flush(&o), 0);
	assert_int_equal(read(fds[0], got, sizeof(got) - 1), 14);
	assert_string_equal(got, "the last line\n");
	signals = 0;
	close(fds[0]);
	close(fds[1]);
	output_free(&o);
}
