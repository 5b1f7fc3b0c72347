// SPDX-License-Identifier: GPL-2.0-only
/* Rows of the snapshot: as events, and chosen. */
#include "rows_fixture.h"

#include <stdbool.h>
#include <string.h>

#include "cli/values.h"
#include "core/select.h"
#include "filter.h"

/* A listener that a master and its two workers hold, behind a holder of another row. */
static struct sw_row shared_listener(struct snapshot *s)
{
	struct sw_row other = { 0 }, row = row_of(SW_TCP_LISTEN, 1, 80, 0, 11);

	add_holder(s, &other, 1, "init");
	add_holder(s, &row, 900, "nginx");
	add_holder(s, &row, 901, "nginx");
	add_holder(s, &row, 902, "worker");
	add_holder(s, &other, 903, "stranger");
	return row;
}

static struct sw_filter *filter(uint32_t on)
{
	static struct sw_filter f;

	memset(&f, 0, sizeof(f));
	f.on = on;
	return &f;
}

static bool selected_by_pid(const struct snapshot *s, const struct sw_row *row, const char *pid)
{
	struct sw_filter *f = filter(SW_F_PID);

	assert_int_equal(value_pid(pid, f), 0);
	return row_selected(f, s, row);
}

static bool selected_by_comm(const struct snapshot *s, const struct sw_row *row, const char *comm)
{
	struct sw_filter *f = filter(SW_F_COMM);

	assert_int_equal(value_comm(comm, f), 0);
	return row_selected(f, s, row);
}

TEST(row_to_event__tells_what_the_row_holds)
{
	struct snapshot s = { 0 };
	struct sw_row row = shared_listener(&s);
	struct sw_event e;

	memset(&e, 0x5a, sizeof(e));
	row_to_event(&row, 123, &e);
	assert_int_equal(e.kind, SW_EV_SOCKET);
	assert_int_equal(e.sock.proto, SW_PROTO_TCP);
	assert_int_equal(e.time_ns, 123);
	assert_int_equal(e.sock.inode, 11);
	assert_int_equal(e.sock.uid, 1000);
	assert_int_equal(e.sock.have, SW_HAVE_UID);
	assert_int_equal(e.sock.state, SW_TCP_LISTEN);
	assert_int_equal(e.old_state, 0);
	assert_int_equal(e.sock.cookie, 0);
	assert_int_equal(e.error, 0);
	assert_int_equal(e.reason, SW_REASON_NONE);
	assert_memory_equal(&e.sock.tuple, &row.sock.tuple, sizeof(e.sock.tuple));
	snapshot_free(&s);
}

TEST(row_to_event__first_holder_is_the_owner)
{
	struct snapshot s = { 0 };
	struct sw_row row = shared_listener(&s);
	struct sw_event e;

	row_to_event(&row, 0, &e);
	assert_int_equal(e.sock.owner_source, SW_OWNER_SNAPSHOT);
	assert_int_equal(e.sock.pid, 900);
	assert_string_equal(e.sock.comm, "nginx");
	snapshot_free(&s);
}

TEST(row_to_event__row_without_holders_has_no_owner)
{
	struct sw_row row = row_of(SW_TCP_TIME_WAIT, 1, 80, 999, 0);
	struct sw_event e;

	row_to_event(&row, 0, &e);
	assert_int_equal(e.sock.owner_source, SW_OWNER_UNKNOWN);
	assert_int_equal(e.sock.pid, 0);
	assert_int_equal(e.sock.comm[0], 0);
}

TEST(row_selected__unknown_user_matches_no_filter)
{
	struct sw_row row = row_of(SW_TCP_TIME_WAIT, 1, 80, 999, 0);
	struct snapshot s = { 0 };
	struct sw_filter *f = filter(SW_F_UID);

	row.sock.uid = 0; /* as /proc prints it */
	assert_int_equal(value_uid("0", f), 0);
	assert_true(row_selected(f, &s, &row));
	row.sock.have = 0;
	assert_false(row_selected(f, &s, &row));
}

TEST(row_selected__without_a_filter_always)
{
	struct snapshot s = { 0 };
	struct sw_row held = shared_listener(&s), orphan = row_of(SW_TCP_TIME_WAIT, 1, 80, 999, 0);

	assert_true(row_selected(filter(0), &s, &held));
	assert_true(row_selected(filter(0), &s, &orphan));
	snapshot_free(&s);
}

TEST(row_selected__any_of_several_holders_matches)
{
	struct snapshot s = { 0 };
	struct sw_row row = shared_listener(&s);

	assert_true(selected_by_pid(&s, &row, "900"));
	assert_true(selected_by_pid(&s, &row, "901"));
	assert_true(selected_by_pid(&s, &row, "902"));
	assert_true(selected_by_comm(&s, &row, "nginx"));
	assert_true(selected_by_comm(&s, &row, "worker"));
	assert_true(selected_by_comm(&s, &row, "work*"));
	snapshot_free(&s);
}

TEST(row_selected__by_the_cgroup_of_a_holder_or_of_its_listeners_owner)
{
	struct snapshot s = { 0 };
	struct sw_row row = shared_listener(&s), child = row_of(SW_TCP_ESTABLISHED, 1, 80, 999, 0);
	struct sw_filter *f = filter(SW_F_CGROUP);

	assert_false(row_selected(f, &s, &row));
	s.holders[row.first_holder + 1].in_cgroups = true;
	assert_true(row_selected(f, &s, &row));
	assert_false(row_selected(f, &s, &child));
	row.sock.in_cgroups = 1;
	row_copy_owner(&child, &row.sock, SW_OWNER_INHERITED);
	assert_true(row_selected(f, &s, &child));
	snapshot_free(&s);
}

TEST(row_selected__holders_of_other_rows_do_not_match)
{
	struct snapshot s = { 0 };
	struct sw_row row = shared_listener(&s);

	assert_false(selected_by_pid(&s, &row, "1"));
	assert_false(selected_by_pid(&s, &row, "903"));
	assert_false(selected_by_comm(&s, &row, "init"));
	assert_false(selected_by_comm(&s, &row, "stranger"));
	snapshot_free(&s);
}

TEST(row_selected__pid_and_comm_are_of_one_holder)
{
	struct snapshot s = { 0 };
	struct sw_row row = shared_listener(&s);
	struct sw_filter *f = filter(SW_F_PID | SW_F_COMM);

	assert_int_equal(value_pid("900", f), 0);
	assert_int_equal(value_comm("worker", f), 0);
	assert_false(row_selected(f, &s, &row));
	assert_int_equal(value_pid("902", f), 0);
	assert_true(row_selected(f, &s, &row));
	snapshot_free(&s);
}

TEST(row_selected__row_without_holders_matches_no_process)
{
	struct sw_row row = row_of(SW_TCP_TIME_WAIT, 1, 80, 999, 0);
	struct snapshot s = { 0 };

	assert_false(selected_by_pid(&s, &row, "900"));
	assert_false(selected_by_comm(&s, &row, "*"));
}

TEST(row_selected__row_whose_port_is_unknown_is_not_told)
{
	struct sw_row row = row_of(SW_TCP_CLOSE, 1, 0, 999, 5);
	struct sw_filter *f = filter(SW_F_LOCAL_PORT);
	struct snapshot s = { 0 };

	assert_int_equal(value_port("80", &f->local_port), 0);
	assert_false(row_selected(f, &s, &row));
}

TEST(row_selected__other_criteria_hold_too)
{
	struct snapshot s = { 0 };
	struct sw_row row = shared_listener(&s);
	struct sw_filter *f;

	assert_true(row_selected(filter(SW_F_LISTEN | SW_F_IPV4), &s, &row));
	assert_false(row_selected(filter(SW_F_IPV6), &s, &row));
	assert_false(row_selected(filter(SW_F_FAILED), &s, &row));
	f = filter(SW_F_UID);
	assert_int_equal(value_uid("1000", f), 0);
	assert_true(row_selected(f, &s, &row));
	f = filter(SW_F_UID);
	assert_int_equal(value_uid("0", f), 0);
	assert_false(row_selected(f, &s, &row));
	f = filter(SW_F_STATE);
	assert_int_equal(value_state("established", f), 0);
	assert_false(row_selected(f, &s, &row));
	row.sock.state = SW_TCP_ESTABLISHED;
	assert_true(row_selected(f, &s, &row));
	snapshot_free(&s);
}
