// SPDX-License-Identifier: GPL-2.0-only
/* A process of our own: what it has, and how it ends. */
#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/child.h"
#include "base/own_user.h"
#include "base/clock.h"
#include "base/signals.h"

#define SEC 1000000000ull
#define LONG_MS 60000

/* --- what it does ------------------------------------------------------------------------------
 */

/* Says how many descriptors it has, its name and its user; then waits for the end. */
struct report {
	int n_fds;
	int null[3]; /* the standard ones are /dev/null */
	uid_t uid;
	char name[16];
	int opened_as; /* user, +1 */
};

static int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = -3; /* ., .. and itself */

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

static bool is_null(int fd)
{
	char link[32], target[64] = "";

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return readlink(link, target, sizeof(target) - 1) > 0 && !strcmp(target, "/dev/null");
}

static int note_user(void *arg, int fd)
{
	struct report *r = arg;

	(void)fd;
	r->opened_as = (int)geteuid() + 1;
	r->n_fds = count_fds(); /* without rights we may not look */
	for (int i = 0; i < 3; i++)
		r->null[i] = is_null(i);
	return 0;
}

static int tell(void *arg, int fd)
{
	struct report *r = arg;
	char byte;

	prctl(PR_GET_NAME, r->name);
	r->uid = geteuid();
	if (send(fd, r, sizeof(*r), MSG_NOSIGNAL) != sizeof(*r))
		return -1;
	return (int)recv(fd, &byte, 1, 0);
}

static int do_fail(void *arg, int fd)
{
	(void)arg;
	(void)fd;
	return -EIO;
}

static int wait_for_the_end(void *arg, int fd)
{
	char byte;

	(void)arg;
	return (int)recv(fd, &byte, 1, 0);
}

static int hang(void *arg, int fd)
{
	(void)arg;
	(void)fd;
	while (pause() < 0)
		;
	return 0;
}

static struct child started(const struct child_opts *opts)
{
	struct child c = { 0 };

	assert_int_equal(child_start(opts, &c), 0);
	assert_true(c.pid > 0);
	return c;
}

static struct report told(const struct child_opts *opts, int want)
{
	struct child c = started(opts);
	struct report r = { 0 };

	assert_int_equal(recv(c.fd, &r, sizeof(r), 0), sizeof(r));
	assert_int_equal(child_stop(&c, LONG_MS), want);
	return r;
}

/* --- what it has -------------------------------------------------------------------------------
 */

TEST(child__has_no_rights_and_none_of_our_files)
{
	struct report r = { 0 };
	struct child_opts opts = { .name = "some-child",
				   .type = SOCK_SEQPACKET,
				   .open = note_user,
				   .run = tell,
				   .arg = &r };
	int extra = open("/dev/zero", O_RDONLY);

	r = told(&opts, 0);
	close(extra);
	assert_int_equal(r.n_fds, 4);
	assert_true(r.null[0] && r.null[1] && r.null[2]);
	assert_string_equal(r.name, "some-child");
	assert_int_equal(r.opened_as, geteuid() + 1);
	if (geteuid() == 0)
		assert_int_equal(r.uid, own_user_find("/etc/passwd", "/etc/group").uid);
}

TEST(child__keeps_what_it_is_to_keep)
{
	struct report r = { 0 };
	struct child_opts opts = { .type = SOCK_SEQPACKET,
				   .keep = CHILD_STDOUT | CHILD_STDERR | CHILD_RIGHTS,
				   .open = note_user,
				   .run = tell,
				   .arg = &r };
	char name[16];

	prctl(PR_GET_NAME, name);
	r = told(&opts, 0);
	assert_int_equal(r.n_fds, 4);
	assert_true(r.null[0]);
	assert_int_equal(r.null[1], is_null(1));
	assert_int_equal(r.uid, geteuid());
	assert_string_equal(r.name, name);
}

/* --- how it ends -------------------------------------------------------------------------------
 */

TEST(child__failure_is_told)
{
	const struct child_opts run = { .type = SOCK_STREAM, .run = do_fail };
	const struct child_opts open = { .type = SOCK_STREAM,
					 .open = do_fail,
					 .run = wait_for_the_end };
	struct child c;

	c = started(&run);
	assert_int_equal(child_stop(&c, LONG_MS), -EIO);
	assert_int_equal(c.pid, 0);
	assert_int_equal(child_stop(&c, LONG_MS), 0);
	c = started(&open);
	assert_int_equal(child_stop(&c, LONG_MS), -EIO);
}

TEST(child__killed_by_another_is_told)
{
	const struct child_opts opts = { .type = SOCK_STREAM, .run = wait_for_the_end };
	struct child c = started(&opts);

	kill(c.pid, SIGKILL);
	assert_int_equal(child_stop(&c, LONG_MS), -EIO);
}

TEST(child__signals_that_end_us_do_not_end_it)
{
	struct report r = { 0 };
	const struct child_opts opts = { .type = SOCK_SEQPACKET, .run = tell, .arg = &r };
	struct child c = started(&opts);

	assert_int_equal(recv(c.fd, &r, sizeof(r), 0), sizeof(r));
	kill(c.pid, SIGINT);
	kill(c.pid, SIGTERM);
	kill(c.pid, SIGHUP);
	assert_int_equal(child_stop(&c, LONG_MS), 0);
}

static void assert_gone(pid_t pid)
{
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
}

TEST(child__that_hangs_is_killed)
{
	const struct child_opts opts = { .type = SOCK_STREAM, .run = hang };
	struct child c = started(&opts);
	uint64_t begin = clock_now();
	pid_t pid = c.pid;

	assert_int_equal(child_stop(&c, 20), -ETIMEDOUT);
	assert_true(clock_now() - begin >= 20000000);
	assert_gone(pid);
	c = started(&opts);
	pid = c.pid;
	kill(pid, SIGSTOP);
	assert_int_equal(child_stop(&c, 20), -ETIMEDOUT);
	assert_gone(pid);
	c = started(&opts);
	pid = c.pid;
	child_kill(&c);
	assert_gone(pid);
}

TEST(child__second_signal_ends_the_wait_for_it)
{
	const struct child_opts opts = { .type = SOCK_STREAM, .run = hang };
	struct child c = started(&opts);
	uint64_t begin = clock_now();

	assert_int_equal(signals_open(), 0);
	raise(SIGTERM);
	raise(SIGTERM);
	assert_int_equal(child_stop(&c, LONG_MS), -ETIMEDOUT);
	assert_true(clock_now() - begin < 30 * SEC);
	signals_close();
	signal(SIGTERM, SIG_DFL);
}

/* Somebody who starts one and is killed. Returns the child's end of life: all have closed the pipe.
 */
static uint64_t end_of_child_of_the_killed(const struct child_opts *opts)
{
	struct pollfd fd = { 0 };
	struct child c;
	uint64_t begin;
	int fds[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		/* the child keeps this one, by another name */
		if (dup2(fds[1], STDOUT_FILENO) < 0 || child_start(opts, &c))
			_exit(1);
		pause();
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], &byte, 1), 1); /* it runs */
	begin = clock_now();
	kill(pid, SIGKILL);
	fd = (struct pollfd){ .fd = fds[0], .events = POLLIN };
	assert_int_equal(poll(&fd, 1, LONG_MS), 1);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(fds[0]);
	return clock_now() - begin;
}

static int say_and_hang(void *arg, int fd)
{
	(void)fd;
	if (write(STDOUT_FILENO, "x", 1) != 1)
		return -1;
	return hang(arg, fd);
}

static int say_and_finish(void *arg, int fd)
{
	struct timespec moment = { .tv_nsec = 100000000 };
	char byte;
	int n;

	if (write(STDOUT_FILENO, "x", 1) != 1)
		return -1;
	n = (int)recv(fd, &byte, 1, 0);
	nanosleep(&moment, NULL);
	*(volatile int *)arg = 1;
	return n;
}

TEST(child__does_not_outlive_us)
{
	const struct child_opts opts = { .type = SOCK_STREAM,
					 .keep = CHILD_STDOUT,
					 .run = say_and_hang };

	assert_true(end_of_child_of_the_killed(&opts) < 30 * SEC);
}

TEST(child__may_finish_when_we_have_ended)
{
	int *finished = mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			     -1, 0);
	const struct child_opts opts = { .type = SOCK_STREAM,
					 .keep = CHILD_STDOUT,
					 .finishes = true,
					 .run = say_and_finish,
					 .arg = finished };
	const struct child_opts hangs = {
		.type = SOCK_STREAM, .keep = CHILD_STDOUT, .finishes = true, .run = say_and_hang
	};

	assert_ptr_not_equal(finished, MAP_FAILED);
	end_of_child_of_the_killed(&opts);
	assert_int_equal(*finished, 1);
	munmap(finished, sizeof(int));
	assert_in_range(end_of_child_of_the_killed(&hangs), (CHILD_GRACE_S - 1) * SEC,
			(CHILD_GRACE_S + 30) * SEC);
}
