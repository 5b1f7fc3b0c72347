// SPDX-License-Identifier: GPL-2.0-only
/* Records by where their owner runs, and what. */
#include "unit.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "core/where.h"
#include "core/record.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct sw_event change = { .kind = SW_EV_STATE };

static bool is_unit(const char *asked, const char *unit)
{
	const struct record rec = { .ev = &change, .unit = unit };
	struct where w = { 0 };

	assert_int_equal(where_take(&w.units, asked), 0);
	return where_selected(&w, &rec);
}

static bool is_container(const char *asked, const char *id)
{
	const struct record rec = { .ev = &change, .container = id };
	struct where w = { 0 };

	assert_int_equal(where_take(&w.containers, asked), 0);
	return where_selected(&w, &rec);
}

static bool is_exe(const char *asked, const char *exe)
{
	const struct record rec = { .ev = &change, .exe = exe };
	struct where w = { 0 };

	assert_int_equal(where_take(&w.exes, asked), 0);
	return where_selected(&w, &rec);
}

TEST(where__a_unit_by_its_name_or_a_pattern)
{
	assert_true(is_unit("ssh.service", "ssh.service"));
	assert_true(is_unit("ssh", "ssh.service"));
	assert_true(is_unit("cron,ssh", "ssh.service"));
	assert_true(is_unit("user@*", "user@1000.service"));
	assert_true(is_unit("a?.scope", "ab.scope"));
	assert_false(is_unit("ssh", "ssh.socket"));
	assert_false(is_unit("ss", "ssh.service"));
	assert_false(is_unit("ssh", "openssh.service"));
	assert_false(is_unit("ssh", NULL));
}

TEST(where__a_container_by_its_id_or_what_people_say_of_it)
{
	assert_true(is_container(ID, ID));
	assert_true(is_container("0123456789ab", ID));
	assert_true(is_container("0123*", ID));
	assert_true(is_container("web", "web"));
	assert_false(is_container("0123456789a", ID)); /* too short to be meant */
	assert_false(is_container("1123456789ab", ID));
	assert_false(is_container("0123456789abcdef", "0123456789ab"));
	assert_false(is_container("web", "website"));
}

TEST(where__an_executable_by_its_path_or_the_name_of_its_file)
{
	assert_true(is_exe("/usr/sbin/nginx", "/usr/sbin/nginx"));
	assert_true(is_exe("nginx", "/usr/sbin/nginx"));
	assert_true(is_exe("python3*", "/usr/bin/python3.11"));
	assert_true(is_exe("/usr/*", "/usr/bin/python3.11"));
	assert_false(is_exe("nginx", "/usr/sbin/nginx-debug"));
	assert_false(is_exe("/sbin/nginx", "/usr/sbin/nginx"));
	assert_false(is_exe("sbin", "/usr/sbin/nginx"));
}

TEST(where__all_that_is_asked_for_must_hold)
{
	struct record rec = { .ev = &change, .unit = "a.service", .exe = "/bin/b", .pod = "p" };
	struct where w = { 0 };

	assert_false(where_any(&w));
	assert_true(where_selected(&w, &rec));
	assert_int_equal(where_take(&w.units, "a"), 0);
	assert_int_equal(where_take(&w.exes, "b"), 0);
	assert_int_equal(where_take(&w.pods, "q,p"), 0);
	assert_true(where_any(&w));
	assert_true(where_selected(&w, &rec));
	rec.exe = "/bin/c";
	assert_false(where_selected(&w, &rec));
}

TEST(where__what_was_lost_is_told_to_everybody)
{
	static const struct sw_event lost = { .kind = SW_EV_LOST };
	static const struct sw_event recorder = { .kind = SW_EV_RECORDER };
	struct where w = { 0 };

	assert_int_equal(where_take(&w.units, "a"), 0);
	assert_true(where_selected(&w, &(struct record){ .ev = &lost }));
	assert_true(where_selected(&w, &(struct record){ .ev = &recorder }));
	assert_false(where_selected(&w, &(struct record){ .ev = &change }));
}

TEST(where__values_that_are_none)
{
	struct where_values v = { 0 };
	char many[2 * WHERE_MAX + 2];

	assert_int_equal(where_take(&v, ""), -EINVAL);
	assert_int_equal(where_take(&v, "a,,b"), -EINVAL);
	assert_int_equal(where_take(&v, "a,"), -EINVAL);
	v.n = 0;
	for (size_t i = 0; i <= WHERE_MAX; i++)
		memcpy(many + 2 * i, "a,", 2);
	many[sizeof(many) - 1] = '\0';
	assert_int_equal(where_take(&v, many), -E2BIG);
}
