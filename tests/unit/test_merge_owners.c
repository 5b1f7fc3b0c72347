// SPDX-License-Identifier: GPL-2.0-only
/* What a row that is told knows besides its state: who holds it, its user, its cgroup. */
#include "merge_scene.h"

#include <string.h>

TEST(merge__row_without_events_is_told_as_it_is)
{
	struct sw_event events[] = { change(9, 0, tuple(50, 60), SW_TCP_CLOSE, SW_TCP_SYN_SENT,
					    0) };
	struct snapshot s = { 0 };

	add_held_row(&s, tcp_row(tuple(1000, 80), SW_TCP_CLOSE_WAIT, 11), 42, "curl");
	merge(&s, events, COUNT(events));
	assert_int_equal(s.n_rows, 1);
	assert_int_equal(s.rows[0].sock.state, SW_TCP_CLOSE_WAIT);
	assert_int_equal(s.rows[0].sock.inode, 11);
	assert_int_equal(s.rows[0].recv_q, 7);
	assert_true(s.rows[0].sock.have & SW_HAVE_QUEUES);
	assert_int_equal(s.rows[0].n_holders, 1);
	assert_int_equal(s.holders[s.rows[0].first_holder].pid, 42);
	snapshot_free(&s);
}

TEST(merge__socket_gone_before_its_table_was_read_gets_a_row_from_its_event)
{
	struct sw_tuple t = tuple(1000, 80);
	struct sw_event events[] = {
		change(1, 11, t, SW_TCP_ESTABLISHED, SW_TCP_CLOSE, SW_TCP_ESTABLISHED),
	};
	struct snapshot s = { 0 };

	events[0].sock.uid = 1000;
	merge(&s, events, COUNT(events));
	assert_int_equal(s.n_rows, 1);
	assert_int_equal(s.rows[0].sock.state, SW_TCP_ESTABLISHED);
	assert_false(s.rows[0].sock.have & SW_HAVE_QUEUES);
	assert_int_equal(s.rows[0].sock.inode, 11);
	assert_int_equal(s.rows[0].sock.uid, 1000);
	assert_int_equal(s.rows[0].n_holders, 0);
	assert_memory_equal(&s.rows[0].sock.tuple, &t, sizeof(t));
	snapshot_free(&s);
}

TEST(merge__ended_socket_keeps_cookie_cgroup_and_user)
{
	struct sw_tuple gone = tuple(1000, 80), waits = tuple(1001, 80);
	struct sw_event events[] = {
		change(1, 0, gone, SW_TCP_ESTABLISHED, SW_TCP_CLOSE, SW_TCP_ESTABLISHED),
		change(2, 0, waits, SW_TCP_FIN_WAIT2, SW_TCP_TIME_WAIT, SW_TCP_FIN_WAIT2),
	};
	struct snapshot s = { 0 };

	for (size_t i = 0; i < COUNT(events); i++) {
		events[i].sock.uid = 1000;
		events[i].sock.cgroup_id = 7;
		events[i].sock.have = SW_HAVE_UID | SW_HAVE_COUNTERS;
	}
	add_row(&s, tcp_row(waits, SW_TCP_TIME_WAIT, 0)); /* its table tells none of them */
	merge(&s, events, COUNT(events));
	assert_int_equal(s.n_rows, 2);
	for (size_t i = 0; i < s.n_rows; i++) {
		const struct sw_sock *sock = &s.rows[i].sock;

		assert_int_equal(sock->cookie, i == 0 ? 2 : 1);
		assert_int_equal(sock->cgroup_id, 7);
		assert_int_equal(sock->uid, 1000);
		assert_true(sock->have & SW_HAVE_UID);
		assert_false(sock->have & SW_HAVE_COUNTERS);
	}
	snapshot_free(&s);
}

TEST(merge__row_from_an_event_keeps_the_owner_the_seed_found)
{
	struct sw_event events[] = {
		change(1, 0, tuple(1000, 80), SW_TCP_ESTABLISHED, SW_TCP_CLOSE, SW_TCP_ESTABLISHED),
	};
	struct snapshot s = { 0 };

	events[0].sock.owner_source = SW_OWNER_SNAPSHOT;
	events[0].sock.pid = 77;
	memcpy(events[0].sock.comm, "sshd", 5);
	merge(&s, events, COUNT(events));
	assert_int_equal(s.n_rows, 1);
	assert_int_equal(s.rows[0].n_holders, 1);
	assert_int_equal(s.holders[s.rows[0].first_holder].pid, 77);
	assert_int_equal(s.holders[s.rows[0].first_holder].fd, -1);
	assert_string_equal(s.holders[s.rows[0].first_holder].comm, "sshd");
	snapshot_free(&s);
}

/* An owner that an event proved (it called connect) is not one that held it at the start. */
TEST(merge__row_from_an_event_claims_no_owner_of_another_source)
{
	struct sw_event events[] = {
		change(1, 0, tuple(8080, 0), SW_TCP_LISTEN, SW_TCP_CLOSE, SW_TCP_LISTEN),
	};
	struct snapshot s = { 0 };

	events[0].sock.owner_source = SW_OWNER_INHERITED;
	events[0].sock.pid = 77;
	merge(&s, events, COUNT(events));
	assert_int_equal(s.n_rows, 1);
	assert_int_equal(s.rows[0].n_holders, 0);
	snapshot_free(&s);
}

TEST(merge__row_listed_again_after_its_accept_has_its_inode)
{
	struct snapshot s = { 0 };

	add_row(&s, tcp_row(tuple(80, 999), SW_TCP_ESTABLISHED, 0));
	add_held_row(&s, tcp_row(tuple(80, 999), SW_TCP_ESTABLISHED, 11), 42, "nginx");
	merge(&s, NULL, 0);
	assert_int_equal(s.n_rows, 1);
	assert_int_equal(s.rows[0].sock.inode, 11);
	assert_int_equal(s.rows[0].n_holders, 1);
	snapshot_free(&s);
}

TEST(merge__event_without_an_owner_gets_the_rows_first_holder)
{
	struct sw_tuple t = tuple(1000, 80), other = tuple(1001, 80);
	struct holder second = { .pid = 43, .fd = 5, .comm = "worker" };
	struct sw_event events[] = {
		change(1, 11, t, SW_TCP_ESTABLISHED, SW_TCP_CLOSE_WAIT, SW_TCP_ESTABLISHED),
		change(2, 12, other, SW_TCP_ESTABLISHED, SW_TCP_CLOSE, SW_TCP_ESTABLISHED),
	};
	struct snapshot s = { 0 };

	events[1].sock.owner_source = SW_OWNER_ACCEPT;
	events[1].sock.pid = 5;
	add_held_row(&s, tcp_row(other, SW_TCP_ESTABLISHED, 12), 44, "wrong");
	add_held_row(&s, tcp_row(t, SW_TCP_ESTABLISHED, 11), 42, "master");
	assert_int_equal(snapshot_add_holder(&s, &second), 0);
	s.rows[1].n_holders = 2;
	merge(&s, events, COUNT(events));
	assert_int_equal(events[0].sock.owner_source, SW_OWNER_SNAPSHOT);
	assert_int_equal(events[0].sock.pid, 42);
	assert_string_equal(events[0].sock.comm, "master");
	assert_int_equal(events[1].sock.owner_source, SW_OWNER_ACCEPT); /* known better */
	assert_int_equal(events[1].sock.pid, 5);
	snapshot_free(&s);
}

TEST(merge__event_whose_row_has_no_holder_stays_unknown)
{
	struct sw_tuple t = tuple(1000, 80);
	struct sw_event events[] = {
		change(1, 0, t, SW_TCP_FIN_WAIT2, SW_TCP_CLOSE, SW_TCP_FIN_WAIT2),
	};
	struct snapshot s = { 0 };

	add_row(&s, tcp_row(t, SW_TCP_FIN_WAIT2, 0));
	merge(&s, events, COUNT(events));
	assert_int_equal(events[0].sock.owner_source, SW_OWNER_UNKNOWN);
	assert_int_equal(events[0].sock.pid, 0);
	snapshot_free(&s);
}

TEST(merge__udp_and_tcp_with_one_tuple_have_nothing_to_do_with_one_another)
{
	struct sw_tuple t = tuple(1000, 53);
	struct sw_event events[] = {
		change(1, 11, t, SW_TCP_ESTABLISHED, SW_TCP_FIN_WAIT1, SW_TCP_ESTABLISHED),
		{ .kind = SW_EV_CLOSE,
		  .sock.proto = SW_PROTO_UDP,
		  .sock.tuple = t,
		  .sock.inode = 12 },
	};
	struct sw_row udp = tcp_row(t, SW_TCP_CLOSE, 12);
	struct snapshot s = { 0 };

	udp.sock.proto = SW_PROTO_UDP;
	add_row(&s, udp);
	add_row(&s, tcp_row(t, SW_TCP_FIN_WAIT1, 11));
	merge(&s, events, COUNT(events));
	assert_int_equal(s.n_rows, 2);
	assert_int_equal(s.rows[0].sock.state, SW_TCP_CLOSE);
	assert_int_equal(s.rows[1].sock.state, SW_TCP_ESTABLISHED);
	assert_int_equal(events[1].sock.owner_source, SW_OWNER_UNKNOWN);
	snapshot_free(&s);
}
