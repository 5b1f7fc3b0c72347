// SPDX-License-Identifier: GPL-2.0-only
/* What of the past is asked for. */
#include "unit.h"

#include <stdbool.h>
#include <string.h>

#include "cli/options.h"
#include "command_line.h"
#include "conn.h"
#include "core/asked.h"
#include "core/record.h"
#include "core/who.h"

/* curl of user 1000, from 10.0.0.5:51514 to 10.0.0.9:443, in TIME_WAIT by now. */
static struct sw_conn curl;
static struct who_target target;

static union sw_addr v4(int a, int b, int c, int d)
{
	return (union sw_addr){ .b = { [10] = 0xff,
				       [11] = 0xff,
				       [12] = (uint8_t)a,
				       [13] = (uint8_t)b,
				       [14] = (uint8_t)c,
				       [15] = (uint8_t)d } };
}

static int setup(void **state)
{
	(void)state;
	curl = (struct sw_conn){ .e = { .kind = SW_EV_CONN,
					.sock = { .proto = SW_PROTO_TCP,
						  .state = SW_TCP_TIME_WAIT,
						  .have = SW_HAVE_UID,
						  .uid = 1000,
						  .pid = 2291,
						  .owner_cgroup = 77,
						  .cgroup_id = 78,
						  .owner_source = SW_OWNER_USE,
						  .comm = "curl" } },
				 .n_owners = 1,
				 .owners = { { .pid = 2290, .comm = "bash" } } };
	curl.e.sock.tuple = (struct sw_tuple){ .local = v4(10, 0, 0, 5),
					       .remote = v4(10, 0, 0, 9),
					       .local_port = 51514,
					       .remote_port = 443,
					       .family = SW_AF_INET };
	memset(&target, 0, sizeof(target));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return 0;
}

static bool asked_of(const struct record *rec, size_t n_targets)
{
	struct asked a = { .select = &options.select, .targets = &target, .n_targets = n_targets };

	return record_asked(&a, rec);
}

/* Whether `log` with these options tells curl's connection. */
static bool tells(const char *line)
{
	struct record rec = { .ev = &curl.e, .conn = &curl };

	good(line);
	return asked_of(&rec, 0);
}

TEST_SETUP(asked__all_without_a_filter)
{
	assert_true(tells("log"));
}

static bool tells_cgroup(const char *path, const char *of)
{
	struct record rec = { .ev = &curl.e, .conn = &curl, .cgroup = path };
	struct asked a = { .select = &options.select, .cgroups = &of, .n_cgroups = 1 };

	good("log --cgroup 78");
	return record_asked(&a, &rec);
}

TEST_SETUP(asked__a_cgroup_has_those_below_it)
{
	assert_true(tells_cgroup("/a.slice/b", "/a.slice"));
	assert_true(tells_cgroup("/a.slice", "/a.slice"));
	assert_true(tells_cgroup("/a.slice", "/"));
	assert_false(tells_cgroup("/a.slices", "/a.slice"));
	assert_false(tells_cgroup("/b/a.slice", "/a.slice"));
	assert_false(tells_cgroup(NULL, "/a.slice"));
}

TEST_SETUP(asked__filters_of_the_stream)
{
	assert_true(tells("log -P 443"));
	assert_true(tells("log -D 443 -L 51514"));
	assert_false(tells("log -L 443"));
	assert_true(tells("log --addr 10.0.0.0/8"));
	assert_false(tells("log --remote-addr 10.0.0.5"));
	assert_true(tells("log --uid 1000"));
	assert_false(tells("log --uid 0"));
	assert_true(tells("log -4"));
	assert_false(tells("log -6"));
	assert_true(tells("log --cgroup 77"));
	assert_false(tells("log --cgroup 78"));
	assert_false(tells("log --failed"));
	curl.e.reason = SW_REASON_REFUSED;
	assert_true(tells("log --failed"));
}

TEST_SETUP(asked__where_its_process_ran)
{
	struct record rec = {
		.ev = &curl.e, .conn = &curl, .unit = "cron.service", .exe = "/usr/bin/curl"
	};

	good("log"); /* their texts are borrowed */
	assert_int_equal(where_take(&options.select.where.units, "cron"), 0);
	assert_int_equal(where_take(&options.select.where.exes, "curl"), 0);
	assert_true(asked_of(&rec, 0));
	rec.exe = "/usr/bin/wget";
	assert_false(asked_of(&rec, 0));
	rec.exe = NULL;
	assert_false(asked_of(&rec, 0));
}

TEST_SETUP(asked__a_process_is_any_that_owned_it)
{
	assert_true(tells("log --comm curl"));
	assert_true(tells("log --comm bash"));
	assert_true(tells("log --pid 2290"));
	assert_false(tells("log --comm ssh"));
	assert_false(tells("log --comm bash --failed"));
}

TEST_SETUP(asked__protocols_that_are_named)
{
	assert_true(tells("log -t"));
	assert_true(tells("log -tu"));
	assert_false(tells("log -u"));
	curl.e.sock.proto = SW_PROTO_UDP;
	assert_true(tells("log"));
	assert_true(tells("log -u"));
	assert_false(tells("log -t"));
}

/* Also of a connection that ended in TIME_WAIT: it was one. */
TEST_SETUP(asked__ports_of_either_end)
{
	struct record rec = { .ev = &curl.e, .conn = &curl };

	good("log");
	target.has_ports = true;
	assert_false(asked_of(&rec, 1));
	target.tcp.bits[443 / 64] |= 1ULL << 443 % 64;
	assert_true(asked_of(&rec, 1));
	memset(&target.tcp, 0, sizeof(target.tcp));
	target.tcp.bits[51514 / 64] |= 1ULL << 51514 % 64;
	assert_true(asked_of(&rec, 1));
	curl.e.sock.proto = SW_PROTO_UDP;
	assert_false(asked_of(&rec, 1));
}

TEST_SETUP(asked__what_is_lost_passes_every_filter)
{
	struct sw_event lost = { .kind = SW_EV_LOST }, life = { .kind = SW_EV_RECORDER };
	struct record rec = { .ev = &lost, .lost = 3 };

	good("log --comm curl -P 443 --failed --cgroup 1 -u");
	target.has_ports = true;
	assert_true(asked_of(&rec, 1));
	rec.ev = &life;
	assert_true(asked_of(&rec, 1));
}

TEST_SETUP(asked__binds_and_listeners)
{
	struct record rec = { .ev = &curl.e };

	curl.e.kind = SW_EV_BIND;
	curl.e.sock.state = SW_TCP_CLOSE;
	curl.e.sock.tuple.remote_port = 0;
	curl.e.sock.tuple.remote = v4(0, 0, 0, 0);
	good("log --comm curl");
	assert_true(asked_of(&rec, 0));
	good("log -l");
	assert_false(asked_of(&rec, 0));
	curl.e.kind = SW_EV_STATE;
	curl.e.sock.state = SW_TCP_LISTEN;
	assert_true(asked_of(&rec, 0));
}
