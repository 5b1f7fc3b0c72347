// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/notify.h"
#include "tree.h"

static struct tree tree;

static int setup(void **state)
{
	(void)state;
	return tree_make(&tree);
}

static int teardown(void **state)
{
	(void)state;
	return tree_remove(&tree);
}

/* Who is told: bound to a name as NOTIFY_SOCKET has it. */
static int manager(const char *where)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	size_t len = strlen(where);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memcpy(at.sun_path, where, len);
	if (where[0] == '@')
		at.sun_path[0] = '\0';
	assert_int_equal(bind(fd, (struct sockaddr *)&at,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len +
					  (where[0] != '@'))),
			 0);
	return fd;
}

static void assert_hears(int fd, const char *want)
{
	char text[128] = "";

	assert_true(recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT) >= 0);
	assert_string_equal(text, want);
}

static void assert_told(const char *where)
{
	int fd = manager(where);
	struct notify n;

	assert_int_equal(notify_open(where, &n), 0);
	assert_int_equal(notify_tell(&n, "READY=1"), 0);
	assert_int_equal(notify_tell(&n, "RELOADING=1\nMONOTONIC_USEC=5"), 0);
	assert_hears(fd, "READY=1");
	assert_hears(fd, "RELOADING=1\nMONOTONIC_USEC=5");
	close(fd);
	notify_close(&n);
}

TEST_SETUP(notify__tells_a_path_and_an_abstract_name)
{
	char path[80], name[80];

	snprintf(path, sizeof(path), "%s/notify", tree.path);
	snprintf(name, sizeof(name), "@sockwatch-test-notify-%d", getpid());
	assert_told(path);
	assert_told(name);
}

/* Who walks through the descriptors of all processes may hold a closed socket for a moment more. */
static int tell_one_that_is_closed(const struct notify *n)
{
	int err = notify_tell(n, "READY=1");

	for (int i = 0; i < 5000 && !err; i++) {
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
		err = notify_tell(n, "READY=1");
	}
	return err;
}

/* systemd that was started anew listens by the same name. */
TEST_SETUP(notify__finds_who_has_the_name_now)
{
	struct notify n;
	char path[80];
	int fd;

	snprintf(path, sizeof(path), "%s/notify", tree.path);
	assert_int_equal(notify_open(path, &n), 0);
	assert_int_equal(notify_tell(&n, "READY=1"), -ENOENT);
	close(manager(path));
	assert_int_equal(tell_one_that_is_closed(&n), -ECONNREFUSED);
	unlink(path);
	fd = manager(path);
	assert_int_equal(notify_tell(&n, "WATCHDOG=1"), 0);
	assert_hears(fd, "WATCHDOG=1");
	close(fd);
	notify_close(&n);
}

/* Nobody reads: it is not waited for. */
TEST_SETUP(notify__never_waits)
{
	struct notify n;
	char path[80];
	int fd, err = 0;

	snprintf(path, sizeof(path), "%s/notify", tree.path);
	fd = manager(path);
	assert_int_equal(notify_open(path, &n), 0);
	for (int i = 0; i < 1000000 && !err; i++)
		err = notify_tell(&n, "WATCHDOG=1");
	assert_int_equal(err, -EAGAIN);
	close(fd);
	notify_close(&n);
}

TEST(notify__without_a_name_tells_nobody)
{
	struct notify n;

	assert_int_equal(notify_open(NULL, &n), 0);
	assert_int_equal(notify_tell(&n, "READY=1"), 0);
	notify_close(&n);
	assert_int_equal(notify_open("", &n), 0);
	assert_int_equal(n.fd, -1);
	notify_close(&n);
}

TEST(notify__refuses_what_is_no_name)
{
	char longest[sizeof(((struct sockaddr_un *)NULL)->sun_path) + 1];
	static const char *const bad[] = { "run/notify", "@", "/", "vsock:2:1234" };
	struct notify n;

	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(notify_open(bad[i], &n), -EINVAL);
		notify_close(&n);
	}
	memset(longest, 'x', sizeof(longest));
	longest[0] = '/';
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(notify_open(longest, &n), -EINVAL);
	longest[sizeof(longest) - 2] = '\0';
	assert_int_equal(notify_open(longest, &n), 0);
	notify_close(&n);
}

TEST(notify__sign_of_life_is_due_at_half_of_the_time)
{
	assert_int_equal(notify_watchdog_ns("3000000", NULL, 7), 1500000000);
	assert_int_equal(notify_watchdog_ns("3000000", "7", 7), 1500000000);
	assert_int_equal(notify_watchdog_ns("3000000", "8", 7), 0); /* our parent's */
	assert_int_equal(notify_watchdog_ns("3000000", "x", 7), 0);
	assert_int_equal(notify_watchdog_ns(NULL, "7", 7), 0);
	assert_int_equal(notify_watchdog_ns("", NULL, 7), 0);
	assert_int_equal(notify_watchdog_ns("-1", NULL, 7), 0);
	assert_int_equal(notify_watchdog_ns("3s", NULL, 7), 0);
	assert_int_equal(notify_watchdog_ns("99999999999999999999", NULL, 7), 0);
	assert_int_equal(notify_watchdog_ns("18446744073709551615", NULL, 7), 0);
}
