// SPDX-License-Identifier: GPL-2.0-only
/* Each in a process of its own: what is given up does not come back. */
#include "unit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/privilege.h"

#define SKIPPED 77

static const char *const calls[] = { "exit_group", "getpid", "write", NULL };
static const struct privilege_narrow narrow[] = { { "dup", 0, 1 }, { 0 } };

/* What `look` finds there: 0 is good. */
static int in_a_child(int (*look)(void))
{
	int status = -1;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid)
		_exit(look());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static bool is_refused(long result)
{
	return result == -1 && errno == EPERM;
}

static int look_at_calls(void)
{
	struct privilege_opts opts = { .calls = calls, .narrow = narrow };
	char text[256];

	if (privilege_drop(&opts, text, sizeof(text)))
		return 1;
	if (!strstr(text, ", no capabilities, no new ones, "))
		return 2;
	if (!strstr(text, "few system calls")) /* sanitized, or no seccomp: as it says */
		return SKIPPED;
	if (getpid() <= 0 || write(STDOUT_FILENO, "", 0) != 0)
		return 3;
	if (!is_refused(getpgid(0)))
		return 4;
	if (dup(1) < 0)
		return 5;
	return is_refused(dup(2)) ? 0 : 6;
}

TEST(privilege__only_what_is_named_can_be_called)
{
	int found = in_a_child(look_at_calls);

	if (found == SKIPPED)
		skip();
	assert_int_equal(found, 0);
}

static int look_at_unknown_call(void)
{
	static const char *const unknown[] = { "exit_group", "no_such_call", NULL };
	struct privilege_opts opts = { .calls = unknown, .narrow = narrow };
	char text[256];
	int err = privilege_drop(&opts, text, sizeof(text));

	if (!err)
		return SKIPPED;
	return err == -EOPNOTSUPP && strstr(text, "cannot filter the system calls") ? 0 : 1;
}

TEST(privilege__unknown_call_is_a_failure)
{
	int found = in_a_child(look_at_unknown_call);

	if (found == SKIPPED)
		skip();
	assert_int_equal(found, 0);
}

static int look_at_rights(void)
{
	char text[256];

	if (privilege_drop_rights(text, sizeof(text)))
		return 1;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 2;
	return getppid() > 0 ? 0 : 3;
}

TEST(privilege__without_a_filter_every_call_stays)
{
	assert_int_equal(in_a_child(look_at_rights), 0);
}

static char root_dir[] = "/tmp/sockwatch-root-XXXXXX";

/* No path leads out of it, and what is in it can be found. */
static int look_at_root(void)
{
	static const char *const few[] = { "exit_group", "openat",    "newfstatat", "stat",
					   "access",	 "faccessat", "faccessat2", NULL };
	struct privilege_opts opts = { .calls = few, .narrow = narrow, .root = root_dir };
	char text[256];

	if (geteuid() != 0)
		return SKIPPED;
	if (privilege_drop(&opts, text, sizeof(text)))
		return 3;
	if (strstr(text, "sanitized")) /* which stays where it is */
		return SKIPPED;
	if (access("/here", F_OK) || access("../../here", F_OK))
		return 4;
	return access("/tmp", F_OK) && access("../etc", F_OK) ? 0 : 5;
}

TEST(privilege__a_root_of_its_own)
{
	char inside[64];
	int found;

	assert_non_null(mkdtemp(root_dir));
	snprintf(inside, sizeof(inside), "%s/here", root_dir);
	assert_int_equal(mkdir(inside, 0755), 0);
	assert_int_equal(chmod(root_dir, 0755), 0);
	found = in_a_child(look_at_root);
	assert_int_equal(rmdir(inside), 0);
	assert_int_equal(rmdir(root_dir), 0);
	if (found == SKIPPED)
		skip();
	assert_int_equal(found, 0);
}
