// SPDX-License-Identifier: GPL-2.0-only
/* Rows of the snapshot: in order, and with the owner of their listener. */
#include "rows_fixture.h"

#include <stdio.h>

#include "core/select.h"

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

TEST(rows_inherit__connection_of_the_kernels_listener_is_the_kernels)
{
	struct sw_row listener = row_of(SW_TCP_LISTEN, 1, 80, 0, 11);
	struct sw_row row = row_of(SW_TCP_ESTABLISHED, 1, 80, 999, 0);
	struct snapshot s = { 0 };

	listener.sock.owner_source = SW_OWNER_KERNEL;
	assert_int_equal(snapshot_add_row(&s, &listener), 0);
	assert_int_equal(snapshot_add_row(&s, &row), 0);
	rows_sort(&s);
	rows_inherit(&s);
	assert_int_equal(s.rows[1].sock.owner_source, SW_OWNER_KERNEL);
	snapshot_free(&s);
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

/* What is not known is last. */
TEST(rows_sort_by__other_columns)
{
	static const enum sort_key proto[] = { SORT_PROTO }, remote[] = { SORT_REMOTE },
				   remote_port[] = { SORT_REMOTE_PORT }, comm[] = { SORT_COMM },
				   uid[] = { SORT_UID }, timer[] = { SORT_TIMER };
	static const char *const comms[] = { "b", "c", "a" };
	struct snapshot s = { 0 };

	for (uint16_t i = 0; i < 4; i++) {
		struct sw_row row = row_of(SW_TCP_ESTABLISHED, 1, (uint16_t)(10 + i), 0, 10u + i);

		if (i < 3)
			add_holder(&s, &row, 5, comms[i]);
		row.sock.proto = i == 2 ? SW_PROTO_TCP : SW_PROTO_UDP;
		row.sock.tuple.remote.b[15] = (uint8_t)(9 - i);
		row.sock.tuple.remote_port = (uint16_t)(i ^ 1);
		row.sock.uid = i == 1 ? 0 : 7;
		row.sock.have = i ? SW_HAVE_UID | SW_HAVE_TIMER : 0;
		row.timer = (struct sw_timer){ .kind = i == 1 ? SW_TIMER_OFF : SW_TIMER_ON,
					       .ms = 100 - i };
		assert_int_equal(snapshot_add_row(&s, &row), 0);
	}
	rows_sort_by(&s, proto, 1);
	assert_ports(&s, "12 10 11 13");
	rows_sort_by(&s, remote, 1);
	assert_ports(&s, "13 12 11 10");
	rows_sort_by(&s, remote_port, 1);
	assert_ports(&s, "11 10 13 12");
	rows_sort_by(&s, comm, 1);
	assert_ports(&s, "12 10 11 13");
	rows_sort_by(&s, uid, 1);
	assert_ports(&s, "11 12 13 10");
	rows_sort_by(&s, timer, 1);
	assert_ports(&s, "13 12 10 11");
	snapshot_free(&s);
}
