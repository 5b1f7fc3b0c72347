// SPDX-License-Identifier: GPL-2.0-only
/* Each in a process of its own: what is given up does not come back. */
#include "unit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
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
