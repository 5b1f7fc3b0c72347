// SPDX-License-Identifier: GPL-2.0-only
/* Rows of the snapshot: as events, chosen, and in order. */
#include "unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/values.h"
#include "core/row.h"
#include "core/select.h"
#include "filter.h"

/* --- what the tests are made of ----------------------------------------------------------------
 */

static struct sw_row row_of(uint8_t state, uint32_t netns, uint16_t local_port,
			    uint16_t remote_port, uint64_t inode)
{
	struct sw_row row = { .sock.proto = SW_PROTO_TCP,
			      .sock.state = state,
			      .sock.inode = inode,
			      .sock.uid = 1000,
			      .sock.have = SW_HAVE_UID,
			      .recv_q = 5,
			      .send_q = 6 };

	row.sock.tuple.netns = netns;
	row.sock.tuple.local_port = local_port;
	row.sock.tuple.remote_port = remote_port;
	row.sock.tuple.family = SW_AF_INET;
	row.sock.tuple.local.b[10] = row.sock.tuple.local.b[11] = 0xff;
	row.sock.tuple.remote = row.sock.tuple.local;
	return row;
}

static void add_holder(struct snapshot *s, struct sw_row *row, uint32_t pid, const char *comm)
{
	struct holder h = { .pid = pid, .fd = 3 };

	strncpy(h.comm, comm, SW_COMM_LEN - 1);
	if (!row->n_holders++) {
		row->first_holder = (uint32_t)s->n_holders;
		row_set_owner(row, &h, SW_OWNER_SNAPSHOT);
	}
	assert_int_equal(snapshot_add_holder(s, &h), 0);
}

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

/* --- as an event -------------------------------------------------------------------------------
 */

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

/* --- chosen ------------------------------------------------------------------------------------
 */

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

TEST(row_selected__by_its_cgroup_or_by_its_listeners)
{
	struct snapshot s = { 0 };
	struct sw_row row = shared_listener(&s), child = row_of(SW_TCP_ESTABLISHED, 1, 80, 999, 0);
	struct sw_filter *f = filter(SW_F_CGROUP);

	assert_false(row_selected(f, &s, &row));
	row.sock.have |= SW_HAVE_CGROUP;
	assert_true(row_selected(f, &s, &row));
	assert_false(row_selected(f, &s, &child));
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

/* --- in order ----------------------------------------------------------------------------------
 */

TEST(rows_sort__listeners_then_namespace_port_and_peer)
{
	const struct sw_row want[] = {
		row_of(SW_TCP_LISTEN, 1, 22, 0, 5),
		row_of(SW_TCP_LISTEN, 1, 80, 0, 3),
		row_of(SW_TCP_LISTEN, 1, 80, 0, 4),
		row_of(SW_TCP_LISTEN, 1, 60000, 0, 2),
		row_of(SW_TCP_LISTEN, 2, 21, 0, 9),
		row_of(SW_TCP_TIME_WAIT, 1, 22, 999, 0),
		row_of(SW_TCP_ESTABLISHED, 1, 22, 1000, 7),
		row_of(SW_TCP_CLOSE_WAIT, 1, 80, 1, 8),
		row_of(SW_TCP_ESTABLISHED, 4026531840u, 1, 1, 1),
	};
	size_t order[COUNT(want)];
	uint32_t seed = 0x2468ace;

	for (size_t i = 0; i < COUNT(want); i++)
		order[i] = i;
	for (int round = 0; round < 200; round++) {
		struct snapshot s = { 0 };

		for (size_t i = COUNT(want) - 1; i; i--) {
			size_t j, swap = order[i];

			seed = seed * 1664525 + 1013904223;
			j = (seed >> 8) % (i + 1);
			order[i] = order[j];
			order[j] = swap;
		}
		for (size_t i = 0; i < COUNT(want); i++)
			assert_int_equal(snapshot_add_row(&s, &want[order[i]]), 0);
		rows_sort(&s);
		for (size_t i = 0; i < COUNT(want); i++)
			assert_memory_equal(&s.rows[i], &want[i], sizeof(want[i]));
		snapshot_free(&s);
	}
}

TEST(rows_sort__addresses_decide_between_equal_ports)
{
	struct sw_row low = row_of(SW_TCP_ESTABLISHED, 1, 80, 999, 9), high = low;
	struct snapshot s = { 0 };

	low.sock.tuple.remote.b[12] = 9;
	high.sock.tuple.remote.b[12] = 10;
	high.sock.inode = 1;
	assert_int_equal(snapshot_add_row(&s, &high), 0);
	assert_int_equal(snapshot_add_row(&s, &low), 0);
	rows_sort(&s);
	assert_int_equal(s.rows[0].sock.tuple.remote.b[12], 9);
	assert_int_equal(s.rows[1].sock.tuple.remote.b[12], 10);
	snapshot_free(&s);
}

TEST(rows_sort__nothing_to_sort_is_no_error)
{
	struct snapshot s = { 0 };

	rows_sort(&s);
	assert_int_equal(s.n_rows, 0);
	snapshot_free(&s);
	snapshot_free(&s);
}

TEST(snapshot__grows_and_keeps_what_it_was_given)
{
	struct snapshot s = { 0 };

	for (uint32_t i = 0; i < 5000; i++) {
		struct sw_row row = row_of(SW_TCP_LISTEN, 1, 80, 0, i);

		add_holder(&s, &row, i, "a");
		assert_int_equal(snapshot_add_row(&s, &row), 0);
	}
	assert_int_equal(s.n_rows, 5000);
	assert_int_equal(s.n_holders, 5000);
	for (uint32_t i = 0; i < 5000; i++) {
		assert_int_equal(s.rows[i].sock.inode, i);
		assert_int_equal(s.holders[s.rows[i].first_holder].pid, i);
	}
	snapshot_free(&s);
	assert_null(s.rows);
	assert_int_equal(s.n_rows, 0);
}

/* --- not accepted yet ------------------------------------------------------------------------- */

/* A listener of `pid` on port 80 of namespace 1; last_octet 0: on any address. */
static void add_listener(struct snapshot *s, uint32_t pid, uint8_t last_octet, uint64_t inode)
{
	struct sw_row row = row_of(SW_TCP_LISTEN, 1, 80, 0, inode);

	row.sock.tuple.local.b[15] = last_octet;
	add_holder(s, &row, pid, "server");
	assert_int_equal(snapshot_add_row(s, &row), 0);
}

/* What a connection to port 80 without an inode is told with: the PID it inherits, 0 for none. */
static uint32_t inherited(struct snapshot *s, uint8_t state, uint64_t inode)
{
	struct sw_row row = row_of(state, 1, 80, 999, inode);
	struct sw_event e;
	uint32_t pid;

	row.sock.tuple.local.b[15] = 7;
	assert_int_equal(snapshot_add_row(s, &row), 0);
	rows_sort(s);
	rows_inherit(s);
	row_to_event(&s->rows[s->n_rows - 1], 0, &e);
	pid = e.sock.owner_source == SW_OWNER_INHERITED ? e.sock.pid : 0;
	assert_int_equal(e.sock.owner_source, pid ? SW_OWNER_INHERITED : SW_OWNER_UNKNOWN);
	snapshot_free(s);
	return pid;
}

TEST(rows_inherit__connection_not_accepted_has_its_listeners_owner)
{
	struct snapshot s = { 0 };

	add_listener(&s, 900, 0, 11);
	assert_int_equal(inherited(&s, SW_TCP_ESTABLISHED, 0), 900);
	add_listener(&s, 900, 0, 11);
	assert_int_equal(inherited(&s, SW_TCP_SYN_RECV, 0), 900);
}

TEST(rows_inherit__own_address_beats_any_address)
{
	struct snapshot s = { 0 };

	add_listener(&s, 900, 0, 11);
	add_listener(&s, 901, 7, 12);
	add_listener(&s, 902, 8, 13);
	assert_int_equal(inherited(&s, SW_TCP_ESTABLISHED, 0), 901);
}

TEST(rows_inherit__listeners_of_several_owners_leave_it_unknown)
{
	struct snapshot s = { 0 };

	add_listener(&s, 900, 7, 11);
	add_listener(&s, 901, 7, 12);
	add_listener(&s, 901, 7, 13);
	assert_int_equal(inherited(&s, SW_TCP_ESTABLISHED, 0), 0);
	add_listener(&s, 901, 7, 12);
	add_listener(&s, 901, 7, 13);
	assert_int_equal(inherited(&s, SW_TCP_ESTABLISHED, 0), 901);
}

TEST(rows_inherit__closing_and_other_sockets_have_nothing_to_inherit)
{
	struct snapshot s = { 0 };

	add_listener(&s, 900, 0, 11);
	assert_int_equal(inherited(&s, SW_TCP_TIME_WAIT, 0), 0);
	add_listener(&s, 900, 0, 11);
	assert_int_equal(inherited(&s, SW_TCP_FIN_WAIT2, 0), 0);
	add_listener(&s, 900, 0, 11);
	assert_int_equal(inherited(&s, SW_TCP_ESTABLISHED, 55), 0);
	assert_int_equal(inherited(&s, SW_TCP_ESTABLISHED, 0), 0);
}

/* The local ports, in the order of the rows, as "80 443". */
static void assert_ports(const struct snapshot *s, const char *want)
{
	char ports[128] = "";
	size_t len = 0;

	for (size_t i = 0; i < s->n_rows; i++)
		len += (size_t)snprintf(ports + len, sizeof(ports) - len, i ? " %d" : "%d",
					s->rows[i].sock.tuple.local_port);
	assert_string_equal(ports, want);
}

static void add_row(struct snapshot *s, uint8_t tcp_state, uint16_t port, uint32_t pid,
		    uint32_t recv_q)
{
	struct sw_row row = row_of(tcp_state, 1, port, 0, port);

	if (pid)
		add_holder(s, &row, pid, "x");
	row.recv_q = recv_q;
	row.send_q = 100 - recv_q;
	row.sock.tuple.local.b[15] = (uint8_t)(200 - port);
	assert_int_equal(snapshot_add_row(s, &row), 0);
}

TEST(rows_sort_by__keys_count_in_their_order)
{
	static const enum sort_key port[] = { SORT_PORT }, pid[] = { SORT_PID },
				   life[] = { SORT_STATE }, recv_q[] = { SORT_RECV_Q },
				   send_q[] = { SORT_SEND_Q }, addr[] = { SORT_ADDR },
				   both[] = { SORT_STATE, SORT_PID };
	struct snapshot s = { 0 };

	add_row(&s, SW_TCP_TIME_WAIT, 20, 0, 0);
	add_row(&s, SW_TCP_ESTABLISHED, 10, 30, 7);
	add_row(&s, SW_TCP_LISTEN, 30, 10, 9);
	add_row(&s, SW_TCP_ESTABLISHED, 5, 40, 7);
	add_row(&s, SW_TCP_SYN_SENT, 7, 20, 1);
	rows_sort_by(&s, port, 1);
	assert_ports(&s, "5 7 10 20 30");
	rows_sort_by(&s, pid, 1);
	assert_ports(&s, "30 7 10 5 20"); /* what nobody holds is last */
	rows_sort_by(&s, life, 1);
	assert_ports(&s, "30 7 5 10 20");
	rows_sort_by(&s, both, 2);
	assert_ports(&s, "30 7 10 5 20");
	rows_sort_by(&s, recv_q, 1);
	assert_ports(&s, "30 5 10 7 20");
	rows_sort_by(&s, send_q, 1);
	assert_ports(&s, "20 7 5 10 30");
	rows_sort_by(&s, addr, 1);
	assert_ports(&s, "30 20 10 7 5");
	snapshot_free(&s);
	rows_sort_by(&s, port, 1); /* nothing to sort */
}
