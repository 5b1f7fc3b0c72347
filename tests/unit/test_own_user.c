// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/own_user.h"

static struct own_user found(const char *passwd, const char *group)
{
	char users[] = "/tmp/sockwatch-users-XXXXXX", groups[] = "/tmp/sockwatch-groups-XXXXXX";
	int fds[2] = { mkstemp(users), mkstemp(groups) };
	struct own_user user;

	assert_true(fds[0] >= 0 && fds[1] >= 0);
	assert_int_equal(write(fds[0], passwd, strlen(passwd)), strlen(passwd));
	assert_int_equal(write(fds[1], group, strlen(group)), strlen(group));
	user = own_user_find(users, groups);
	close(fds[0]);
	close(fds[1]);
	unlink(users);
	unlink(groups);
	return user;
}

TEST(own_user__is_the_one_of_its_name)
{
	struct own_user user = found("root:x:0:0::/:/bin/sh\nsockwatch:x:997:996::/:/bin/false\n",
				     "");

	assert_true(user.named);
	assert_int_equal(user.uid, 997);
	assert_int_equal(user.gid, 996);
}

TEST(own_user__is_never_root)
{
	assert_int_equal(found("sockwatch:x:0:0::/:/bin/false\n", "").uid, 65531);
	assert_int_equal(found("sockwatch:x:997:0::/:/bin/false\n", "").uid, 65531);
}

TEST(own_user__else_is_a_number_that_nothing_has)
{
	assert_int_equal(found("nobody:x:65534:65534::/:/bin/false\n", "").uid, 65531);
	assert_int_equal(found("a:x:65531:100::/:/bin/sh\n", "b:x:65530:\n").uid, 65529);
	assert_false(found("sockwatch2:x:997:996::/:/bin/false\n", "").named);
}

TEST(own_user__without_files_too)
{
	struct own_user user = own_user_find("/nonexistent/passwd", "/nonexistent/group");

	assert_int_equal(user.uid, 65531);
	assert_int_equal(user.gid, 65531);
}
