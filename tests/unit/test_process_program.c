// SPDX-License-Identifier: GPL-2.0-only
/*
 * A sink in a program of its own: this one, started anew, which then serves before any test runs.
 * What it saw is in a file.
 */
#include "unit.h"

#include "base/own_user.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "far_sink.h"
#include "sink/process_inner.h"

#define SEEN "SOCKWATCH_TEST_SEEN" /* the variable that names the file */
#define TICK_MS 20

/* --- in the program ---------------------------------------------------------------------------
 */

static volatile struct seen *map_seen(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	void *at = mmap(NULL, sizeof(struct seen), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	close(fd);
	return at == MAP_FAILED ? NULL : at;
}

static int prepare(void *arg)
{
	volatile struct seen *seen = arg;

	seen->prepare_uid = geteuid();
	return seen->prepare_err;
}

__attribute__((constructor)) static void serve(void)
{
	const char *path = getenv(SEEN);
	volatile struct seen *seen = path ? map_seen(path) : NULL;
	struct process_served served = { .name = "test-program",
					 .tick_ms = TICK_MS,
					 .prepare = prepare,
					 .arg = (void *)(uintptr_t)seen };

	if (!path)
		return;
	served.sink = far_sink(seen);
	_exit(process_serve(&served) ? 1 : 0);
}

/* --- what the tests are made of ---------------------------------------------------------------
 */

static char *const args[] = { (char *)(uintptr_t) "test-program", NULL };
static const struct process_sink_opts program = {
	.name = "test-program", .end_ms = LONG_MS, .program = "/proc/self/exe", .argv = args
};

static char path[64];

static int setup(void **state)
{
	int fd;

	strcpy(path, "/tmp/sockwatch-seen-XXXXXX");
	fd = mkstemp(path);
	if (fd < 0 || ftruncate(fd, sizeof(struct seen)) || setenv(SEEN, path, 1))
		return -1;
	close(fd);
	*state = (void *)(uintptr_t)map_seen(path);
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	munmap(*state, sizeof(struct seen));
	return unsetenv(SEEN) || unlink(path);
}

#define PROGRAM_TEST(name) TEST_WITH(name, setup, teardown)

/* --- the tests --------------------------------------------------------------------------------
 */

PROGRAM_TEST(process_program__all_records_arrive_in_order_and_equal)
{
	volatile struct seen *seen = *state;
	struct sink *s = opened(seen, &program);

	assert_int_equal(sink_begin(s), 0);
	assert_int_equal(send_records(s, 0, 10000), 0);
	assert_int_equal(process_sink_end(s), 0);
	assert_int_equal(seen->wrong, 0);
	assert_int_equal(seen->begun, 1);
	assert_int_equal(seen->records, 10000);
	assert_int_equal(seen->closed, 1);
	assert_int_equal(process_sink_lost(s), 0);
	sink_close(s);
}

PROGRAM_TEST(process_program__is_prepared_with_rights_and_opened_without)
{
	volatile struct seen *seen = *state;
	struct sink *s = opened(seen, &program);

	sink_close(s);
	assert_int_not_equal(seen->pid, getpid());
	assert_int_equal(seen->prepare_uid, geteuid());
	if (geteuid() == 0)
		assert_int_equal(seen->open_uid, own_user_find("/etc/passwd", "/etc/group").uid);
}

PROGRAM_TEST(process_program__says_why_it_does_not_begin)
{
	volatile struct seen *seen = *state;
	struct sink *s = made_sink(seen, &program);

	seen->prepare_err = -ENOTDIR;
	assert_int_equal(sink_open(s), -ENOTDIR);
	sink_close(s);
	s = made_sink(seen, &program);
	seen->prepare_err = 0;
	seen->open_err = -EBUSY;
	assert_int_equal(sink_open(s), -EBUSY);
	sink_close(s);
}

PROGRAM_TEST(process_program__that_is_not_there_is_a_failure)
{
	struct process_sink_opts none = program;
	struct sink *s;

	none.program = "/nowhere/program";
	s = made_sink(*state, &none);
	assert_int_equal(sink_open(s), -EIO);
	sink_close(s);
}

PROGRAM_TEST(process_program__ticks_while_nothing_comes)
{
	volatile struct seen *seen = *state;
	struct sink *s = opened(seen, &program);

	assert_int_equal(send_records(s, 0, 1), 0);
	while (seen->flushed < 5)
		wait_a_moment();
	assert_int_equal(seen->records, 1);
	sink_close(s);
}

/* A sink without room goes on, and what it left out is counted apart. */
PROGRAM_TEST(process_program__what_it_has_no_room_for_is_counted)
{
	volatile struct seen *seen = *state;
	struct sink *s = opened(seen, &program);

	seen->record_err = 1;
	seen->record_at = 10;
	assert_int_equal(send_records(s, 0, 1000), 0);
	while (process_sink_lost(s) < 990) {
		assert_int_equal(sink_flush(s), 0);
		wait_a_moment();
	}
	assert_int_equal(process_sink_end(s), 0);
	assert_int_equal(seen->records, 10);
	assert_int_equal(process_sink_lost(s), 990);
	sink_close(s);
}

PROGRAM_TEST(process_program__that_was_killed_ends_it)
{
	volatile struct seen *seen = *state;
	struct sink *s = opened(seen, &program);
	struct made m;
	int err = 0;

	kill(seen->pid, SIGKILL);
	for (uint64_t n = 0; !err; n++) {
		err = sink_record(s, make(&m, n));
		err = err ? err : sink_flush(s);
		wait_a_moment();
	}
	assert_int_equal(err, -EIO);
	sink_close(s);
}

/* All that came is told after our end, too. */
PROGRAM_TEST(process_program__finishes_when_we_have_ended)
{
	volatile struct seen *seen = *state;
	pid_t pid = fork();

	if (!pid) {
		struct sink *s = opened(seen, &program);

		seen->holds = true;
		send_records(s, 0, 100);
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	seen->holds = false;
	while (!seen->closed)
		wait_a_moment();
	assert_int_equal(seen->records, 100);
	assert_int_equal(seen->wrong, 0);
}

/* One that is not done in time is left alone. */
PROGRAM_TEST(process_program__is_left_to_finish)
{
	volatile struct seen *seen = *state;
	struct process_sink_opts hasty = program;
	struct sink *s;

	hasty.leaves = true;
	hasty.end_ms = 1;
	s = opened(seen, &hasty);
	seen->holds = true;
	assert_int_equal(send_records(s, 0, 10), 0);
	assert_int_equal(process_sink_end(s), -ETIMEDOUT);
	assert_int_equal(process_sink_lost(s), 10); /* as far as is known */
	seen->holds = false;
	while (!seen->closed)
		wait_a_moment();
	assert_int_equal(seen->records, 10);
	sink_close(s);
}

TEST(process_program__that_nobody_started_says_so)
{
	struct process_served served = { .name = "test-program" };
	int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	dup2(null_fd, 3); /* whatever they are here */
	dup2(null_fd, 4);
	assert_int_equal(process_serve(&served), -ENOTSOCK);
}
