// SPDX-License-Identifier: GPL-2.0-only
/* Records by where their owner runs, and what. */
#include "unit.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "conn.h"
#include "core/record.h"
#include "core/row.h"
#include "core/where.h"

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

TEST(where__a_container_means_those_in_it)
{
	const struct record rec = { .ev = &change,
				    .container = "in",
				    .containers = "out/" ID "/in" };
	const struct {
		const char *asked;
		bool selected;
	} cases[] = { { "out", true },	 { "in", true }, { "0123456789ab", true },
		      { "x,out", true }, { "o", false }, { "out/in", false } };

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct where w = { 0 };

		unit_case("%s", cases[i].asked);
		assert_int_equal(where_take(&w.containers, cases[i].asked), 0);
		assert_int_equal(where_selected(&w, &rec), cases[i].selected);
	}
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

static bool is_comm(const char *asked, const struct record *rec)
{
	struct where w = { 0 };

	assert_int_equal(where_take(&w.comms, asked), 0);
	return where_selected(&w, rec);
}

/* The owner, who acts, a holder, an owner of before. */
TEST(where__a_process_by_a_pattern_of_its_name)
{
	const struct holder holders[] = { { .comm = "nginx" }, { .comm = "node-17" } };
	struct sw_conn conn = { .n_owners = 1, .owners[0].comm = "launcher" };
	struct sw_event e = { .kind = SW_EV_STATE,
			      .sock = { .comm = "mysql", .owner_source = SW_OWNER_CONNECT },
			      .actor_comm = "backup" };
	struct record rec = { .ev = &e };

	assert_true(is_comm("*sql", &rec));
	assert_true(is_comm("nobody,*sql", &rec));
	assert_true(is_comm("mysql", &rec));
	assert_true(is_comm("my*", &rec));
	assert_false(is_comm("*sqld", &rec));
	assert_false(is_comm("sql", &rec));
	assert_false(is_comm("b?ckup", &rec));
	e.sock.have = SW_HAVE_ACTOR;
	assert_true(is_comm("b?ckup", &rec));
	e.sock.owner_source = SW_OWNER_UNKNOWN;
	assert_false(is_comm("*sql", &rec));
	assert_false(is_comm("node-[0-9]*", &rec));
	rec.holders = holders;
	rec.n_holders = COUNT(holders);
	assert_true(is_comm("node-[0-9]*", &rec));
	assert_false(is_comm("l*r", &rec));
	rec.conn = &conn;
	assert_true(is_comm("l*r", &rec));
	memcpy(e.sock.comm, "fifteen-letters", SW_COMM_LEN);
	e.sock.owner_source = SW_OWNER_CONNECT;
	assert_true(is_comm("fifteen-letters-and-more,?", &rec));
}
