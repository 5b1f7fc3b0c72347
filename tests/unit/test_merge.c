// SPDX-License-Identifier: GPL-2.0-only
/* What is told at the start: rows of a table that changed while it was read, and the events. */
#include "unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/merge.h"
#include "core/row.h"
#include "event.h"

/* --- what the tests are made of ----------------------------------------------------------------
 */

static void v4(union sw_addr *addr, uint32_t host)
{
	*addr = (union sw_addr){ 0 };
	addr->b[10] = addr->b[11] = 0xff;
	addr->b[12] = (uint8_t)(host >> 24);
	addr->b[13] = (uint8_t)(host >> 16);
	addr->b[14] = (uint8_t)(host >> 8);
	addr->b[15] = (uint8_t)host;
}

/* 10.0.0.1:local_port to 10.0.0.2:remote_port; remote_port 0: a listener on 0.0.0.0. */
static struct sw_tuple tuple_in(uint32_t netns, uint16_t local_port, uint16_t remote_port)
{
	struct sw_tuple t = { .local_port = local_port,
			      .remote_port = remote_port,
			      .family = SW_AF_INET,
			      .netns = netns };

	v4(&t.local, remote_port ? 0x0a000001 : 0);
	v4(&t.remote, remote_port ? 0x0a000002 : 0);
	return t;
}

static struct sw_tuple tuple(uint16_t local_port, uint16_t remote_port)
{
	return tuple_in(1, local_port, remote_port);
}

static struct sw_row row_of(struct sw_tuple t, uint8_t state, uint64_t inode)
{
	return (struct sw_row){ .sock.proto = SW_PROTO_TCP,
				.sock.tuple = t,
				.sock.state = state,
				.sock.inode = inode,
				.sock.have = SW_HAVE_QUEUES,
				.recv_q = 7 };
}

static struct sw_event change(uint64_t cookie, struct sw_tuple t, uint8_t old_state, uint8_t state,
			      uint8_t first_state)
{
	return (struct sw_event){ .sock.proto = SW_PROTO_TCP,
				  .kind = SW_EV_STATE,
				  .sock.cookie = cookie,
				  .sock.tuple = t,
				  .old_state = old_state,
				  .sock.state = state,
				  .first_state = first_state };
}

static struct sw_event with_inode(struct sw_event e, uint64_t inode)
{
	e.sock.inode = inode;
	return e;
}

/* The kernel side does not say first_state here. */
static struct sw_event accepted(uint64_t cookie, struct sw_tuple t, uint64_t inode)
{
	return (struct sw_event){ .sock.proto = SW_PROTO_TCP,
				  .kind = SW_EV_ACCEPT,
				  .sock.cookie = cookie,
				  .sock.tuple = t,
				  .sock.inode = inode,
				  .sock.state = SW_TCP_ESTABLISHED };
}

static void add_row(struct snapshot *s, struct sw_row row)
{
	assert_int_equal(snapshot_add_row(s, &row), 0);
}

static void add_held_row(struct snapshot *s, struct sw_row row, uint32_t pid, const char *comm)
{
	struct holder holder = { .pid = pid, .fd = 3 };

	snprintf(holder.comm, sizeof(holder.comm), "%s", comm);
	row.first_holder = (uint32_t)s->n_holders;
	row.n_holders = 1;
	row_set_owner(&row, &holder, SW_OWNER_SNAPSHOT);
	assert_int_equal(snapshot_add_holder(s, &holder), 0);
	add_row(s, row);
}

static void merge(struct snapshot *s, struct sw_event *events, size_t n)
{
	assert_int_equal(merge_snapshot(s, events, n), 0);
}

/* --- one socket --------------------------------------------------------------------------------
 */

TEST(merge__nothing_at_all_is_no_error)
{
	struct snapshot s = { 0 };

	merge(&s, NULL, 0);
	assert_int_equal(s.n_rows, 0);
	snapshot_free(&s);
}

TEST(merge__row_without_events_is_told_as_it_is)
{
	struct sw_event events[] = { change(9, tuple(50, 60), SW_TCP_CLOSE, SW_TCP_SYN_SENT, 0) };
	struct snapshot s = { 0 };

	add_held_row(&s, row_of(tuple(1000, 80), SW_TCP_CLOSE_WAIT, 11), 42, "curl");
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

TEST(merge__row_read_after_its_events_is_told_in_the_state_before_them)
{
	struct sw_tuple t = tuple(1000, 80);
	struct sw_event events[] = {
		with_inode(change(1, t, SW_TCP_ESTABLISHED, SW_TCP_FIN_WAIT1, SW_TCP_ESTABLISHED),
			   11),
		change(1, t, SW_TCP_FIN_WAIT1, SW_TCP_FIN_WAIT2, SW_TCP_ESTABLISHED),
	};
	struct snapshot s = { 0 };

	add_row(&s, row_of(t, SW_TCP_FIN_WAIT2, 0));
	merge(&s, events, COUNT(events));
	assert_int_equal(s.n_rows, 1);
	assert_int_equal(s.rows[0].sock.state, SW_TCP_ESTABLISHED);
	snapshot_free(&s);
}

TEST(merge__row_read_before_its_events_is_told_once)
{
	struct sw_tuple t = tuple(1000, 80);
	struct sw_event events[] = {
		with_inode(change(1, t, SW_TCP_ESTABLISHED, SW_TCP_CLOSE, SW_TCP_ESTABLISHED), 11),
	};
	struct snapshot s = { 0 };

	add_row(&s, row_of(t, SW_TCP_ESTABLISHED, 11));
	merge(&s, events, COUNT(events));
	assert_int_equal(s.n_rows, 1);
	assert_int_equal(s.rows[0].sock.state, SW_TCP_ESTABLISHED);
	assert_int_equal(s.rows[0].recv_q, 7);
	snapshot_free(&s);
}

TEST(merge__live_close_beats_snapshot_row)
{
	struct sw_tuple t = tuple(1000, 80);
	struct sw_event events[] = {
		change(1, t, SW_TCP_CLOSE_WAIT, SW_TCP_LAST_ACK, SW_TCP_CLOSE_WAIT),
		change(1, t, SW_TCP_LAST_ACK, SW_TCP_CLOSE, SW_TCP_CLOSE_WAIT),
	};
	struct snapshot s = { 0 };

	add_row(&s, row_of(t, SW_TCP_LAST_ACK, 0));
	merge(&s, events, COUNT(events));
	assert_int_equal(s.n_rows, 1);
	assert_int_equal(s.rows[0].sock.state, SW_TCP_CLOSE_WAIT);
	snapshot_free(&s);
}

TEST(merge__socket_born_after_attach_has_no_row)
{
	struct sw_tuple t = tuple(1000, 80), listener = tuple(8080, 0);
	struct sw_event events[] = {
		with_inode(change(1, t, SW_TCP_CLOSE, SW_TCP_SYN_SENT, 0), 11),
		with_inode(change(1, t, SW_TCP_SYN_SENT, SW_TCP_ESTABLISHED, 0), 11),
		with_inode(change(2, listener, SW_TCP_CLOSE, SW_TCP_LISTEN, 0), 12),
		change(3, tuple(8080, 999), SW_TCP_LISTEN, SW_TCP_SYN_RECV, 0),
		change(3, tuple(8080, 999), SW_TCP_SYN_RECV, SW_TCP_ESTABLISHED, 0),
	};
	struct snapshot s = { 0 };

	add_row(&s, row_of(t, SW_TCP_ESTABLISHED, 11));
	add_row(&s, row_of(listener, SW_TCP_LISTEN, 12));
	add_row(&s, row_of(tuple(8080, 999), SW_TCP_ESTABLISHED, 0));
	merge(&s, events, COUNT(events));
	assert_int_equal(s.n_rows, 0);
	snapshot_free(&s);
}

TEST(merge__row_of_a_request_becomes_the_childs_events)
{
	struct sw_tuple t = tuple(80, 999);
	struct sw_event events[] = {
		change(3, t, SW_TCP_LISTEN, SW_TCP_SYN_RECV, 0),
		change(3, t, SW_TCP_SYN_RECV, SW_TCP_ESTABLISHED, 0),
	};
	struct snapshot s = { 0 };

	add_row(&s, row_of(t, SW_TCP_SYN_RECV, 0));
	merge(&s, events, COUNT(events));
	assert_int_equal(s.n_rows, 0);
	snapshot_free(&s);
}

TEST(merge__socket_gone_before_its_table_was_read_gets_a_row_from_its_event)
{
	struct sw_tuple t = tuple(1000, 80);
	struct sw_event events[] = {
		with_inode(change(1, t, SW_TCP_ESTABLISHED, SW_TCP_CLOSE, SW_TCP_ESTABLISHED), 11),
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
		change(1, gone, SW_TCP_ESTABLISHED, SW_TCP_CLOSE, SW_TCP_ESTABLISHED),
		change(2, waits, SW_TCP_FIN_WAIT2, SW_TCP_TIME_WAIT, SW_TCP_FIN_WAIT2),
	};
	struct snapshot s = { 0 };

	for (size_t i = 0; i < COUNT(events); i++) {
		events[i].sock.uid = 1000;
		events[i].sock.cgroup_id = 7;
		events[i].sock.have = SW_HAVE_UID | SW_HAVE_COUNTERS;
	}
	add_row(&s, row_of(waits, SW_TCP_TIME_WAIT, 0)); /* its table tells none of them */
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
		change(1, tuple(1000, 80), SW_TCP_ESTABLISHED, SW_TCP_CLOSE, SW_TCP_ESTABLISHED),
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
		change(1, tuple(8080, 0), SW_TCP_LISTEN, SW_TCP_CLOSE, SW_TCP_LISTEN),
	};
	struct snapshot s = { 0 };

	events[0].sock.owner_source = SW_OWNER_INHERITED;
	events[0].sock.pid = 77;
	merge(&s, events, COUNT(events));
	assert_int_equal(s.n_rows, 1);
	assert_int_equal(s.rows[0].n_holders, 0);
	snapshot_free(&s);
}

TEST(merge__time_wait_row_of_a_connection_told_by_events_is_dropped)
{
	struct sw_tuple t = tuple(1000, 80);
	struct sw_event events[] = {
		with_inode(change(1, t, SW_TCP_CLOSE, SW_TCP_SYN_SENT, 0), 11),
		with_inode(change(1, t, SW_TCP_SYN_SENT, SW_TCP_ESTABLISHED, 0), 11),
		with_inode(change(1, t, SW_TCP_ESTABLISHED, SW_TCP_FIN_WAIT1, 0), 11),
		change(1, t, SW_TCP_FIN_WAIT1, SW_TCP_FIN_WAIT2, 0),
		change(1, t, SW_TCP_FIN_WAIT2, SW_TCP_TIME_WAIT, 0),
	};
	struct snapshot s = { 0 };

	add_row(&s, row_of(t, SW_TCP_TIME_WAIT, 0));
	merge(&s, events, COUNT(events));
	assert_int_equal(s.n_rows, 0);
	snapshot_free(&s);
}

TEST(merge__time_wait_row_of_an_older_connection_is_told_as_it_was)
{
	struct sw_tuple t = tuple(1000, 80);
	struct sw_event events[] = {
		with_inode(change(1, t, SW_TCP_ESTABLISHED, SW_TCP_FIN_WAIT1, SW_TCP_ESTABLISHED),
			   11),
		change(1, t, SW_TCP_FIN_WAIT1, SW_TCP_FIN_WAIT2, SW_TCP_ESTABLISHED),
		change(1, t, SW_TCP_FIN_WAIT2, SW_TCP_TIME_WAIT, SW_TCP_ESTABLISHED),
	};
	struct snapshot s = { 0 };

	add_row(&s, row_of(t, SW_TCP_ESTABLISHED, 11));
	add_row(&s, row_of(t, SW_TCP_TIME_WAIT, 0)); /* of another chunk of the same table */
	merge(&s, events, COUNT(events));
	assert_int_equal(s.n_rows, 1);
	assert_int_equal(s.rows[0].sock.state, SW_TCP_ESTABLISHED);
	assert_int_equal(s.rows[0].sock.inode, 11);
	snapshot_free(&s);
}

TEST(merge__syn_sent_without_a_port_is_found_once_the_port_is_known)
{
	struct sw_tuple t = tuple(1000, 80);
	struct sw_event events[] = {
		change(1, tuple(0, 80), SW_TCP_CLOSE, SW_TCP_SYN_SENT, 0),
		change(1, t, SW_TCP_SYN_SENT, SW_TCP_ESTABLISHED, 0),
	};
	struct snapshot s = { 0 };

	add_row(&s, row_of(t, SW_TCP_SYN_SENT, 11));
	merge(&s, events, COUNT(events));
	assert_int_equal(s.n_rows, 0);
	snapshot_free(&s);
}

TEST(merge__syn_sent_without_a_port_is_found_by_its_inode)
{
	struct sw_event events[] = {
		with_inode(change(1, tuple(0, 80), SW_TCP_CLOSE, SW_TCP_SYN_SENT, 0), 11),
	};
	struct snapshot s = { 0 };

	add_row(&s, row_of(tuple(1000, 80), SW_TCP_SYN_SENT, 11));
	merge(&s, events, COUNT(events));
	assert_int_equal(s.n_rows, 0);
	snapshot_free(&s);
}

TEST(merge__two_connects_without_a_port_are_two_sockets)
{
	struct sw_event events[] = {
		with_inode(change(1, tuple(0, 80), SW_TCP_CLOSE, SW_TCP_SYN_SENT, 0), 11),
		with_inode(change(2, tuple(0, 80), SW_TCP_CLOSE, SW_TCP_SYN_SENT, 0), 12),
	};
	struct snapshot s = { 0 };

	add_row(&s, row_of(tuple(1000, 80), SW_TCP_SYN_SENT, 11));
	add_row(&s, row_of(tuple(1001, 80), SW_TCP_SYN_SENT, 12));
	add_row(&s, row_of(tuple(1002, 80), SW_TCP_SYN_SENT, 13));
	merge(&s, events, COUNT(events));
	assert_int_equal(s.n_rows, 1);
	assert_int_equal(s.rows[0].sock.inode, 13);
	snapshot_free(&s);
}

TEST(merge__accept_alone_begins_no_chain)
{
	struct sw_tuple t = tuple(80, 999);
	struct sw_event events[] = { accepted(1, t, 11) };
	struct snapshot s = { 0 };

	add_row(&s, row_of(t, SW_TCP_ESTABLISHED, 0));
	merge(&s, events, COUNT(events));
	assert_int_equal(s.n_rows, 1);
	assert_int_equal(s.rows[0].sock.state, SW_TCP_ESTABLISHED);
	snapshot_free(&s);
}

TEST(merge__accept_then_end_is_told_in_the_state_at_attach)
{
	struct sw_tuple t = tuple(80, 999);
	struct sw_event events[] = {
		accepted(1, t, 11),
		with_inode(change(1, t, SW_TCP_ESTABLISHED, SW_TCP_CLOSE_WAIT, SW_TCP_ESTABLISHED),
			   11),
	};
	struct snapshot s = { 0 };

	add_row(&s, row_of(t, SW_TCP_CLOSE_WAIT, 11));
	merge(&s, events, COUNT(events));
	assert_int_equal(s.n_rows, 1);
	assert_int_equal(s.rows[0].sock.state, SW_TCP_ESTABLISHED);
	snapshot_free(&s);
}

TEST(merge__accept_teaches_a_child_its_inode)
{
	struct sw_tuple t = tuple(80, 999);
	struct sw_event events[] = {
		change(1, t, SW_TCP_LISTEN, SW_TCP_SYN_RECV, 0),
		accepted(1, t, 11),
	};
	struct snapshot s = { 0 };

	add_row(&s, row_of(t, SW_TCP_ESTABLISHED, 11));
	merge(&s, events, COUNT(events));
	assert_int_equal(s.n_rows, 0);
	snapshot_free(&s);
}

TEST(merge__lost_first_event_changes_nothing)
{
	struct sw_tuple t = tuple(1000, 80), born = tuple(1001, 80);
	struct sw_event events[] = {
		/* ESTABLISHED -> FIN_WAIT1 was lost */
		change(1, t, SW_TCP_FIN_WAIT1, SW_TCP_FIN_WAIT2, SW_TCP_ESTABLISHED),
		/* CLOSE -> SYN_SENT was lost */
		change(2, born, SW_TCP_SYN_SENT, SW_TCP_ESTABLISHED, 0),
	};
	struct snapshot s = { 0 };

	add_row(&s, row_of(t, SW_TCP_FIN_WAIT2, 0));
	add_row(&s, row_of(born, SW_TCP_ESTABLISHED, 0));
	merge(&s, events, COUNT(events));
	assert_int_equal(s.n_rows, 1);
	assert_int_equal(s.rows[0].sock.state, SW_TCP_ESTABLISHED);
	assert_int_equal(s.rows[0].sock.tuple.local_port, 1000);
	snapshot_free(&s);
}

TEST(merge__report_of_loss_between_events_is_no_socket)
{
	struct sw_event events[] = { { .kind = SW_EV_LOST } };
	struct snapshot s = { 0 };

	add_row(&s, row_of(tuple(1000, 80), SW_TCP_ESTABLISHED, 11));
	merge(&s, events, COUNT(events));
	assert_int_equal(s.n_rows, 1);
	snapshot_free(&s);
}

TEST(merge__listener_that_is_reused_for_a_connect_is_one_socket)
{
	struct sw_event events[] = {
		with_inode(change(1, tuple(80, 0), SW_TCP_LISTEN, SW_TCP_CLOSE, SW_TCP_LISTEN), 11),
		with_inode(change(1, tuple(0, 99), SW_TCP_CLOSE, SW_TCP_SYN_SENT, SW_TCP_LISTEN),
			   11),
	};
	struct snapshot s = { 0 };

	add_row(&s, row_of(tuple(1000, 99), SW_TCP_SYN_SENT, 11));
	merge(&s, events, COUNT(events));
	assert_int_equal(s.n_rows, 1);
	assert_int_equal(s.rows[0].sock.state, SW_TCP_LISTEN);
	snapshot_free(&s);
}

/*
 * The state it is told in and the address it is told with are of the same moment: a row that says
 * LISTEN on 10.0.0.1:1000 with a peer 10.0.0.2:99 is of no socket that ever was.
 */
TEST(merge__listener_that_is_reused_for_a_connect_is_told_where_it_listened)
{
	struct sw_tuple listened = tuple(80, 0);
	struct sw_event events[] = {
		with_inode(change(1, listened, SW_TCP_LISTEN, SW_TCP_CLOSE, SW_TCP_LISTEN), 11),
		with_inode(change(1, tuple(0, 99), SW_TCP_CLOSE, SW_TCP_SYN_SENT, SW_TCP_LISTEN),
			   11),
	};
	struct snapshot s = { 0 };

	add_row(&s, row_of(tuple(1000, 99), SW_TCP_SYN_SENT, 11));
	merge(&s, events, COUNT(events));
	assert_int_equal(s.n_rows, 1);
	assert_int_equal(s.rows[0].sock.tuple.local_port, 80);
	assert_int_equal(s.rows[0].sock.tuple.remote_port, 0);
	snapshot_free(&s);
}

/* --- several sockets ---------------------------------------------------------------------------
 */

TEST(merge__tuple_used_by_two_sockets_in_turn_tells_the_older)
{
	struct sw_tuple t = tuple(1000, 80);
	struct sw_event events[] = {
		with_inode(change(1, t, SW_TCP_ESTABLISHED, SW_TCP_CLOSE, SW_TCP_ESTABLISHED), 11),
		with_inode(change(2, tuple(0, 80), SW_TCP_CLOSE, SW_TCP_SYN_SENT, 0), 12),
		with_inode(change(2, t, SW_TCP_SYN_SENT, SW_TCP_ESTABLISHED, 0), 12),
	};
	struct snapshot s = { 0 };

	add_row(&s, row_of(t, SW_TCP_ESTABLISHED, 12)); /* only the younger was left to be read */
	merge(&s, events, COUNT(events));
	assert_int_equal(s.n_rows, 1);
	assert_int_equal(s.rows[0].sock.inode, 11);
	assert_false(s.rows[0].sock.have & SW_HAVE_QUEUES);
	snapshot_free(&s);
}

TEST(merge__time_wait_row_goes_to_the_older_of_two_sockets_in_turn)
{
	struct sw_tuple t = tuple(1000, 80);
	struct sw_event events[] = {
		with_inode(change(1, t, SW_TCP_ESTABLISHED, SW_TCP_FIN_WAIT1, SW_TCP_ESTABLISHED),
			   11),
		change(1, t, SW_TCP_FIN_WAIT1, SW_TCP_TIME_WAIT, SW_TCP_ESTABLISHED),
		with_inode(change(2, t, SW_TCP_CLOSE, SW_TCP_SYN_SENT, 0), 12),
	};
	struct snapshot s = { 0 };

	add_row(&s, row_of(t, SW_TCP_TIME_WAIT, 0));
	add_row(&s, row_of(t, SW_TCP_SYN_SENT, 12));
	merge(&s, events, COUNT(events));
	assert_int_equal(s.n_rows, 1);
	assert_int_equal(s.rows[0].sock.state, SW_TCP_ESTABLISHED);
	assert_true(s.rows[0].sock.have & SW_HAVE_QUEUES);
	snapshot_free(&s);
}

TEST(merge__reuseport_listeners_are_told_apart_by_inode)
{
	struct sw_tuple t = tuple(80, 0);
	struct sw_event events[] = {
		with_inode(change(2, t, SW_TCP_LISTEN, SW_TCP_CLOSE, SW_TCP_LISTEN), 12),
		with_inode(change(4, t, SW_TCP_CLOSE, SW_TCP_LISTEN, 0), 14),
	};
	struct snapshot s = { 0 };

	add_row(&s, row_of(t, SW_TCP_LISTEN, 11));
	add_row(&s, row_of(t, SW_TCP_LISTEN, 12));
	add_row(&s, row_of(t, SW_TCP_LISTEN, 13));
	add_row(&s, row_of(t, SW_TCP_LISTEN, 14));
	merge(&s, events, COUNT(events));
	assert_int_equal(s.n_rows, 3);
	assert_int_equal(s.rows[0].sock.inode, 11);
	assert_int_equal(s.rows[1].sock.inode, 12);
	assert_int_equal(s.rows[2].sock.inode, 13);
	snapshot_free(&s);
}

TEST(merge__same_tuple_in_two_namespaces_is_two_sockets)
{
	struct sw_tuple here = tuple_in(1, 1000, 80), there = tuple_in(2, 1000, 80);
	struct sw_event events[] = {
		change(1, here, SW_TCP_SYN_SENT, SW_TCP_ESTABLISHED, 0),
	};
	struct snapshot s = { 0 };

	add_row(&s, row_of(here, SW_TCP_ESTABLISHED, 0));
	add_row(&s, row_of(there, SW_TCP_CLOSE_WAIT, 0));
	merge(&s, events, COUNT(events));
	assert_int_equal(s.n_rows, 1);
	assert_int_equal(s.rows[0].sock.tuple.netns, 2);
	assert_int_equal(s.rows[0].sock.state, SW_TCP_CLOSE_WAIT);
	snapshot_free(&s);
}

TEST(merge__both_ends_of_a_loopback_connection_are_told)
{
	struct sw_tuple client = tuple(1000, 80), server = tuple(80, 1000);
	struct snapshot s = { 0 };

	server.local = client.remote = client.local;
	server.remote = client.local;
	add_row(&s, row_of(client, SW_TCP_ESTABLISHED, 11));
	add_row(&s, row_of(server, SW_TCP_ESTABLISHED, 12));
	merge(&s, NULL, 0);
	assert_int_equal(s.n_rows, 2);
	snapshot_free(&s);
}

TEST(merge__v4_mapped_connection_is_the_same_in_table_and_event)
{
	struct sw_tuple listed = tuple(1000, 80), seen = tuple(1000, 80);
	struct sw_event events[1];
	struct snapshot s = { 0 };

	listed.family = SW_AF_INET6;
	seen.family = SW_AF_INET;
	events[0] = change(1, seen, SW_TCP_ESTABLISHED, SW_TCP_CLOSE, SW_TCP_ESTABLISHED);
	add_row(&s, row_of(listed, SW_TCP_ESTABLISHED, 0));
	merge(&s, events, COUNT(events));
	assert_int_equal(s.n_rows, 1);
	assert_true(s.rows[0].sock.have & SW_HAVE_QUEUES);
	snapshot_free(&s);
}

TEST(merge__row_that_a_busy_table_lists_twice_is_told_once)
{
	struct snapshot s = { 0 };

	add_row(&s, row_of(tuple(1000, 80), SW_TCP_ESTABLISHED, 11));
	add_row(&s, row_of(tuple(80, 0), SW_TCP_LISTEN, 12));
	add_row(&s, row_of(tuple(1001, 80), SW_TCP_TIME_WAIT, 0));
	add_row(&s, row_of(tuple(1000, 80), SW_TCP_ESTABLISHED, 11));
	add_row(&s, row_of(tuple(80, 0), SW_TCP_LISTEN, 12));
	add_row(&s, row_of(tuple(1001, 80), SW_TCP_TIME_WAIT, 0));
	merge(&s, NULL, 0);
	assert_int_equal(s.n_rows, 3);
	snapshot_free(&s);
}

TEST(merge__row_listed_again_after_its_accept_has_its_inode)
{
	struct snapshot s = { 0 };

	add_row(&s, row_of(tuple(80, 999), SW_TCP_ESTABLISHED, 0));
	add_held_row(&s, row_of(tuple(80, 999), SW_TCP_ESTABLISHED, 11), 42, "nginx");
	merge(&s, NULL, 0);
	assert_int_equal(s.n_rows, 1);
	assert_int_equal(s.rows[0].sock.inode, 11);
	assert_int_equal(s.rows[0].n_holders, 1);
	snapshot_free(&s);
}

/* --- a kernel that gives no cookies (5.10) -----------------------------------------------------
 */

TEST(merge__without_cookies_events_go_by_tuple)
{
	struct sw_tuple old = tuple(1000, 80), born = tuple(1001, 80), gone = tuple(1002, 80);
	struct sw_event events[] = {
		with_inode(change(0, old, SW_TCP_ESTABLISHED, SW_TCP_FIN_WAIT1, SW_TCP_ESTABLISHED),
			   11),
		change(0, tuple(0, 80), SW_TCP_CLOSE, SW_TCP_SYN_SENT, 0),
		change(0, gone, SW_TCP_CLOSE_WAIT, SW_TCP_LAST_ACK, SW_TCP_CLOSE_WAIT),
		change(0, born, SW_TCP_SYN_SENT, SW_TCP_ESTABLISHED, 0),
		change(0, old, SW_TCP_FIN_WAIT1, SW_TCP_FIN_WAIT2, SW_TCP_ESTABLISHED),
		change(0, gone, SW_TCP_LAST_ACK, SW_TCP_CLOSE, SW_TCP_CLOSE_WAIT),
	};
	struct snapshot s = { 0 };

	add_row(&s, row_of(born, SW_TCP_ESTABLISHED, 12));
	add_row(&s, row_of(old, SW_TCP_FIN_WAIT2, 0));
	merge(&s, events, COUNT(events));
	assert_int_equal(s.n_rows, 2);
	assert_int_equal(s.rows[0].sock.tuple.local_port, 1000);
	assert_int_equal(s.rows[0].sock.state, SW_TCP_ESTABLISHED);
	assert_int_equal(s.rows[1].sock.tuple.local_port, 1002);
	assert_int_equal(s.rows[1].sock.state, SW_TCP_CLOSE_WAIT);
	snapshot_free(&s);
}

TEST(merge__without_cookies_two_sockets_in_turn_are_told_apart)
{
	struct sw_tuple t = tuple(1000, 80);
	struct sw_event events[] = {
		with_inode(change(0, t, SW_TCP_ESTABLISHED, SW_TCP_CLOSE, SW_TCP_ESTABLISHED), 11),
		with_inode(change(0, tuple(0, 80), SW_TCP_CLOSE, SW_TCP_SYN_SENT, 0), 12),
		with_inode(change(0, t, SW_TCP_SYN_SENT, SW_TCP_ESTABLISHED, 0), 12),
	};
	struct snapshot s = { 0 };

	add_row(&s, row_of(t, SW_TCP_ESTABLISHED, 12));
	merge(&s, events, COUNT(events));
	assert_int_equal(s.n_rows, 1);
	assert_int_equal(s.rows[0].sock.inode, 11);
	snapshot_free(&s);
}

/* The younger is accepted, so it is told apart by first_state before it has an inode. */
TEST(merge__without_cookies_a_child_with_an_old_tuple_is_told_apart)
{
	struct sw_tuple t = tuple(80, 999);
	struct sw_event events[] = {
		with_inode(change(0, t, SW_TCP_ESTABLISHED, SW_TCP_CLOSE, SW_TCP_ESTABLISHED), 11),
		change(0, t, SW_TCP_LISTEN, SW_TCP_SYN_RECV, 0),
		change(0, t, SW_TCP_SYN_RECV, SW_TCP_ESTABLISHED, 0),
		accepted(0, t, 12),
	};
	struct snapshot s = { 0 };

	add_row(&s, row_of(t, SW_TCP_ESTABLISHED, 12));
	merge(&s, events, COUNT(events));
	assert_int_equal(s.n_rows, 1);
	assert_int_equal(s.rows[0].sock.inode, 11);
	snapshot_free(&s);
}

/* Such a kernel numbers a socket when ss asks for it, which may be in the middle of its events. */
TEST(merge__cookie_that_comes_late_is_of_the_same_socket)
{
	struct sw_tuple t = tuple(1000, 80);
	struct sw_event events[] = {
		change(0, t, SW_TCP_ESTABLISHED, SW_TCP_FIN_WAIT1, SW_TCP_ESTABLISHED),
		change(7, t, SW_TCP_FIN_WAIT1, SW_TCP_FIN_WAIT2, SW_TCP_ESTABLISHED),
		change(7, t, SW_TCP_FIN_WAIT2, SW_TCP_CLOSE, SW_TCP_ESTABLISHED),
	};
	struct snapshot s = { 0 };

	add_row(&s, row_of(t, SW_TCP_ESTABLISHED, 11));
	merge(&s, events, COUNT(events));
	assert_int_equal(s.n_rows, 1);
	assert_int_equal(s.rows[0].sock.state, SW_TCP_ESTABLISHED);
	snapshot_free(&s);
}

TEST(merge__without_cookies_reuseport_listeners_go_by_inode)
{
	struct sw_tuple t = tuple(80, 0);
	struct sw_event events[] = {
		with_inode(change(0, t, SW_TCP_LISTEN, SW_TCP_CLOSE, SW_TCP_LISTEN), 11),
		with_inode(change(0, t, SW_TCP_LISTEN, SW_TCP_CLOSE, SW_TCP_LISTEN), 12),
	};
	struct snapshot s = { 0 };

	merge(&s, events, COUNT(events)); /* both closed before the table was read */
	assert_int_equal(s.n_rows, 2);
	snapshot_free(&s);
}

/* --- owners ------------------------------------------------------------------------------------
 */

TEST(merge__event_without_an_owner_gets_the_rows_first_holder)
{
	struct sw_tuple t = tuple(1000, 80), other = tuple(1001, 80);
	struct holder second = { .pid = 43, .fd = 5, .comm = "worker" };
	struct sw_event events[] = {
		with_inode(change(1, t, SW_TCP_ESTABLISHED, SW_TCP_CLOSE_WAIT, SW_TCP_ESTABLISHED),
			   11),
		with_inode(change(2, other, SW_TCP_ESTABLISHED, SW_TCP_CLOSE, SW_TCP_ESTABLISHED),
			   12),
	};
	struct snapshot s = { 0 };

	events[1].sock.owner_source = SW_OWNER_ACCEPT;
	events[1].sock.pid = 5;
	add_held_row(&s, row_of(other, SW_TCP_ESTABLISHED, 12), 44, "wrong");
	add_held_row(&s, row_of(t, SW_TCP_ESTABLISHED, 11), 42, "master");
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
		change(1, t, SW_TCP_FIN_WAIT2, SW_TCP_CLOSE, SW_TCP_FIN_WAIT2),
	};
	struct snapshot s = { 0 };

	add_row(&s, row_of(t, SW_TCP_FIN_WAIT2, 0));
	merge(&s, events, COUNT(events));
	assert_int_equal(events[0].sock.owner_source, SW_OWNER_UNKNOWN);
	assert_int_equal(events[0].sock.pid, 0);
	snapshot_free(&s);
}

/* --- UDP ----------------------------------------------------------------------------------------
 */

static struct sw_row udp_row(struct sw_tuple t, uint64_t inode)
{
	struct sw_row row = row_of(t, SW_TCP_CLOSE, inode);

	row.sock.proto = SW_PROTO_UDP;
	return row;
}

TEST(merge__udp_sockets_that_share_an_address_are_all_told)
{
	struct sw_tuple t = tuple(53, 0);
	struct snapshot s = { 0 };

	add_row(&s, udp_row(t, 11));
	add_row(&s, udp_row(t, 12));
	add_row(&s, udp_row(t, 11)); /* listed again */
	merge(&s, NULL, 0);
	assert_int_equal(s.n_rows, 2);
	assert_int_equal(s.rows[0].sock.inode, 11);
	assert_int_equal(s.rows[1].sock.inode, 12);
	snapshot_free(&s);
}

TEST(merge__udp_and_tcp_with_one_tuple_have_nothing_to_do_with_one_another)
{
	struct sw_tuple t = tuple(1000, 53);
	struct sw_event events[] = {
		with_inode(change(1, t, SW_TCP_ESTABLISHED, SW_TCP_FIN_WAIT1, SW_TCP_ESTABLISHED),
			   11),
		{ .kind = SW_EV_CLOSE,
		  .sock.proto = SW_PROTO_UDP,
		  .sock.tuple = t,
		  .sock.inode = 12 },
	};
	struct snapshot s = { 0 };

	add_row(&s, udp_row(t, 12));
	add_row(&s, row_of(t, SW_TCP_FIN_WAIT1, 11));
	merge(&s, events, COUNT(events));
	assert_int_equal(s.n_rows, 2);
	assert_int_equal(s.rows[0].sock.state, SW_TCP_CLOSE);
	assert_int_equal(s.rows[1].sock.state, SW_TCP_ESTABLISHED);
	assert_int_equal(events[1].sock.owner_source, SW_OWNER_UNKNOWN);
	snapshot_free(&s);
}

TEST(merge__row_goes_by_its_cookie_before_all_else)
{
	struct sw_row row = row_of(tuple(4000, 80), SW_TCP_ESTABLISHED, 11);
	struct snapshot s = { 0 };
	/* a socket that ended gave the newer one its inode and its tuple */
	struct sw_event events[] = {
		with_inode(change(7, tuple(4000, 80), SW_TCP_LAST_ACK, SW_TCP_CLOSE,
				  SW_TCP_LAST_ACK),
			   11),
		with_inode(change(8, tuple(4000, 80), SW_TCP_CLOSE, SW_TCP_SYN_SENT, 0), 11),
	};

	row.sock.cookie = 8;
	add_row(&s, row);
	merge(&s, events, COUNT(events));
	assert_int_equal(s.n_rows, 1); /* the older one's, from its event */
	assert_int_equal(s.rows[0].sock.state, SW_TCP_LAST_ACK);
	snapshot_free(&s);
}

TEST(merge__row_with_another_cookie_is_another_socket)
{
	struct sw_row row = row_of(tuple(4000, 80), SW_TCP_TIME_WAIT, 0);
	struct snapshot s = { 0 };
	struct sw_event events[] = {
		change(8, tuple(4000, 80), SW_TCP_CLOSE, SW_TCP_SYN_SENT, 0),
	};

	row.sock.cookie = 7; /* it was recycled by what the event tells */
	add_row(&s, row);
	merge(&s, events, COUNT(events));
	assert_int_equal(s.n_rows, 1);
	assert_int_equal(s.rows[0].sock.state, SW_TCP_TIME_WAIT);
	snapshot_free(&s);
}

/* --- at random ---------------------------------------------------------------------------------
 */

/*
 * A small machine: connections on a few tuples that are used again and again, and listeners that
 * all share one. It lives on while its table is read a piece at a time; what it does after the
 * attach is recorded. uid carries the socket's own number, so that a row can be traced back.
 */
#define SLOTS 24
#define LISTENERS 6
#define SOCKETS 4000
#define EVENTS 16000
#define PIECES 5

struct sim_socket {
	struct sw_tuple tuple;
	uint64_t cookie;
	uint64_t inode;
	uint8_t state;	   /* 0: gone */
	uint8_t at_attach; /* 0: was not there */
	uint8_t first_state;
	bool touched;
	bool orphan; /* closed by its process */
	size_t told; /* events recorded and not lost */
};

struct sim {
	uint32_t random;
	bool cookies;
	bool row_cookies;  /* rows of an iterator, not of /proc */
	bool reuse;	   /* of tuples */
	unsigned int lose; /* one event in so many; 0: none */
	bool attached;
	struct sim_socket *sockets; /* owned; by number */
	size_t n_sockets;
	size_t slots[SLOTS + LISTENERS]; /* the number of the socket that is there; 0: free */
	struct sw_event *events;	 /* owned */
	size_t n_events;
	uint64_t next_inode;
	uint16_t next_port;
};

static uint32_t rnd(struct sim *m, uint32_t below)
{
	m->random ^= m->random << 13;
	m->random ^= m->random >> 17;
	m->random ^= m->random << 5;
	return m->random % below;
}

static void sim_record(struct sim *m, size_t number, uint8_t kind, uint8_t old_state, bool no_port)
{
	struct sim_socket *k = &m->sockets[number];
	struct sw_event e = { .sock.proto = SW_PROTO_TCP,
			      .kind = kind,
			      .sock.cookie = m->cookies ? k->cookie : 0,
			      .sock.inode = k->inode,
			      .sock.tuple = k->tuple,
			      .sock.uid = (uint32_t)number,
			      .old_state = old_state,
			      .sock.state = k->state,
			      .first_state = kind == SW_EV_STATE ? k->first_state : 0 };

	if (no_port)
		e.sock.tuple.local_port = 0;
	if (!m->attached || (m->lose && rnd(m, m->lose) == 0))
		return;
	assert_true(m->n_events < EVENTS);
	m->events[m->n_events++] = e;
	k->told += kind == SW_EV_STATE;
}

static void sim_change(struct sim *m, size_t number, uint8_t state, bool no_port)
{
	struct sim_socket *k = &m->sockets[number];
	uint8_t old_state = k->state;
	bool born = old_state == SW_TCP_CLOSE ||
		    (old_state == SW_TCP_LISTEN && k->tuple.remote_port);

	if (m->attached && !k->touched) {
		k->touched = true;
		k->first_state = born ? 0 : old_state;
	}
	k->state = state;
	sim_record(m, number, SW_EV_STATE, old_state, no_port);
	if (k->orphan || state == SW_TCP_FIN_WAIT1 || state == SW_TCP_LAST_ACK) {
		k->orphan = true;
		k->inode = 0;
	}
}

static void sim_birth(struct sim *m, size_t slot)
{
	struct sim_socket *k = &m->sockets[m->n_sockets];
	uint16_t port = m->reuse ? (uint16_t)(1000 + slot) : m->next_port++;
	bool child = rnd(m, 2);

	assert_true(m->n_sockets < SOCKETS);
	*k = (struct sim_socket){ .cookie = 100000 + m->n_sockets, .state = SW_TCP_CLOSE };
	m->slots[slot] = m->n_sockets++;
	if (slot >= SLOTS) {
		k->tuple = tuple(80, 0);
		k->inode = m->next_inode++;
		sim_change(m, m->slots[slot], SW_TCP_LISTEN, false);
		return;
	}
	k->tuple = tuple_in(1 + slot % 2, (uint16_t)(m->reuse ? 1000 + slot / 2 : port), 80);
	if (child) {
		k->state = SW_TCP_LISTEN;
		sim_change(m, m->slots[slot], SW_TCP_SYN_RECV, false);
	} else {
		k->inode = m->next_inode++;
		sim_change(m, m->slots[slot], SW_TCP_SYN_SENT, !m->lose && rnd(m, 2));
	}
}

/* The end of a connection; some leave a TIME_WAIT row behind. */
static void sim_end(struct sim *m, size_t slot, bool time_wait)
{
	struct sim_socket *k = &m->sockets[m->slots[slot]];

	sim_change(m, m->slots[slot], SW_TCP_CLOSE, false);
	k->inode = 0;
	k->state = time_wait ? SW_TCP_TIME_WAIT : 0;
	if (!time_wait)
		m->slots[slot] = 0;
}

static void sim_step_established(struct sim *m, size_t slot)
{
	size_t number = m->slots[slot];
	struct sim_socket *k = &m->sockets[number];

	if (!k->inode && !k->orphan && rnd(m, 2)) {
		k->inode = m->next_inode++;
		sim_record(m, number, SW_EV_ACCEPT, 0, false);
		return;
	}
	switch (rnd(m, 4)) {
	case 0:
		sim_end(m, slot, false); /* reset */
		break;
	case 1:
		sim_change(m, number, SW_TCP_CLOSE_WAIT, false);
		break;
	default:
		sim_change(m, number, SW_TCP_FIN_WAIT1, false);
		break;
	}
}

static void sim_step(struct sim *m)
{
	size_t slot = rnd(m, SLOTS + (m->cookies ? LISTENERS : 0));
	size_t number = m->slots[slot];

	if (!number) {
		sim_birth(m, slot);
		return;
	}
	switch (m->sockets[number].state) {
	case SW_TCP_SYN_SENT:
	case SW_TCP_SYN_RECV:
		if (rnd(m, 4))
			sim_change(m, number, SW_TCP_ESTABLISHED, false);
		else
			sim_end(m, slot, false);
		break;
	case SW_TCP_ESTABLISHED:
		sim_step_established(m, slot);
		break;
	case SW_TCP_FIN_WAIT1:
		sim_change(m, number, rnd(m, 3) ? SW_TCP_FIN_WAIT2 : SW_TCP_CLOSING, false);
		break;
	case SW_TCP_FIN_WAIT2:
	case SW_TCP_CLOSING:
		sim_end(m, slot, true);
		break;
	case SW_TCP_CLOSE_WAIT:
		sim_change(m, number, SW_TCP_LAST_ACK, false);
		break;
	case SW_TCP_LAST_ACK:
	case SW_TCP_LISTEN:
		sim_end(m, slot, false);
		break;
	default: /* TIME_WAIT: no event */
		m->sockets[number].state = 0;
		m->slots[slot] = 0;
		break;
	}
}

static void sim_run(struct sim *m, uint32_t steps)
{
	for (uint32_t n = rnd(m, steps); n; n--)
		sim_step(m);
}

static void sim_attach(struct sim *m)
{
	m->attached = true;
	for (size_t i = 1; i < m->n_sockets; i++)
		m->sockets[i].at_attach = m->sockets[i].state;
}

static void sim_list(struct sim *m, struct snapshot *s, size_t slot)
{
	const struct sim_socket *k = &m->sockets[m->slots[slot]];
	struct sw_row row = { .sock.proto = SW_PROTO_TCP,
			      .sock.tuple = k->tuple,
			      .sock.inode = k->inode,
			      .sock.state = k->state };

	row.sock.uid = (uint32_t)m->slots[slot];
	row.sock.cookie = m->row_cookies ? k->cookie : 0;
	if (m->slots[slot])
		add_row(s, row);
}

/* Reads the table in pieces and in a random order, here and there a line twice. */
static void sim_read(struct sim *m, struct snapshot *s)
{
	size_t order[SLOTS + LISTENERS];

	for (size_t i = 0; i < COUNT(order); i++)
		order[i] = i;
	for (size_t i = COUNT(order) - 1; i; i--) {
		size_t j = rnd(m, (uint32_t)i + 1), swap = order[i];

		order[i] = order[j];
		order[j] = swap;
	}
	for (size_t i = 0; i < COUNT(order); i++) {
		if (i % (COUNT(order) / PIECES) == 0)
			sim_run(m, 40);
		sim_list(m, s, order[i]);
		if (i && rnd(m, 8) == 0)
			sim_list(m, s, order[rnd(m, (uint32_t)i)]);
	}
	sim_run(m, 40);
}

static bool same_place(const struct sw_tuple *a, const struct sw_tuple *b)
{
	return a->netns == b->netns && a->local_port == b->local_port &&
	       a->remote_port == b->remote_port;
}

/*
 * The rows that tell socket `number`. One with a cookie or an inode is the very socket; one
 * without goes by its tuple: two that had it in turn look alike.
 */
static size_t rows_telling(const struct sim *m, const struct snapshot *s, size_t number,
			   uint8_t *ret_state)
{
	const struct sim_socket *k = &m->sockets[number];
	size_t n = 0;

	for (size_t i = 0; i < s->n_rows; i++) {
		const struct sw_row *row = &s->rows[i];

		if (row->sock.inode || m->row_cookies || !m->reuse
			    ? row->sock.uid != number
			    : !same_place(&row->sock.tuple, &k->tuple))
			continue;
		*ret_state = row->sock.state;
		n++;
	}
	return n;
}

static bool tuple_has_older(const struct sim *m, size_t number)
{
	const struct sim_socket *k = &m->sockets[number];

	for (size_t i = 1; i < number && k->tuple.remote_port && !m->row_cookies; i++)
		if (m->sockets[i].at_attach && same_place(&m->sockets[i].tuple, &k->tuple))
			return true;
	return false;
}

static void sim_check(const struct sim *m, const struct snapshot *s)
{
	for (size_t i = 1; i < m->n_sockets; i++) {
		const struct sim_socket *k = &m->sockets[i];
		uint8_t told = 0;
		size_t n;

		if (!k->at_attach && (!k->told || tuple_has_older(m, i)))
			continue; /* before the attach, wholly lost, or counted with the older */
		n = rows_telling(m, s, i, &told);
		if (!k->at_attach) {
			assert_int_equal(n, 0);
		} else if (k->at_attach == SW_TCP_TIME_WAIT) {
			assert_true(n <= 1); /* ends without an event */
		} else if (k->told || !m->lose) {
			assert_int_equal(n, 1);
			assert_int_equal(told, k->at_attach);
		}
	}
}

/* The first event of each socket leads on from its row. */
static void sim_check_leads_on(const struct sim *m)
{
	bool *seen = calloc(SOCKETS, sizeof(*seen));

	assert_non_null(seen);
	for (size_t i = 0; i < m->n_events; i++) {
		const struct sw_event *e = &m->events[i];

		if (e->kind != SW_EV_STATE || seen[e->sock.uid])
			continue;
		seen[e->sock.uid] = true;
		if (m->sockets[e->sock.uid].at_attach && !m->lose)
			assert_int_equal(e->old_state, m->sockets[e->sock.uid].at_attach);
	}
	free(seen);
}

static void sim_once(struct sim *m)
{
	struct snapshot s = { 0 };

	m->attached = false;
	m->n_sockets = 1; /* 0: none */
	m->n_events = 0;
	m->next_inode = 500000;
	m->next_port = 1000;
	memset(m->slots, 0, sizeof(m->slots));
	sim_run(m, 600);
	sim_attach(m);
	sim_run(m, 40);
	sim_read(m, &s);
	merge(&s, m->events, m->n_events);
	sim_check(m, &s);
	sim_check_leads_on(m);
	snapshot_free(&s);
}

static void sim_repeat(struct sim m)
{
	m.random = 0x50c4e7;
	m.sockets = calloc(SOCKETS, sizeof(*m.sockets));
	m.events = calloc(EVENTS, sizeof(*m.events));
	assert_non_null(m.sockets);
	assert_non_null(m.events);
	for (int round = 0; round < 2000; round++)
		sim_once(&m);
	free(m.sockets);
	free(m.events);
}

TEST(merge__random_machine_is_told_as_it_was_at_the_attach)
{
	sim_repeat((struct sim){ .cookies = true, .reuse = true });
}

TEST(merge__random_machine_with_rows_of_an_iterator_is_told_exactly)
{
	sim_repeat((struct sim){ .cookies = true, .row_cookies = true, .reuse = true });
	sim_repeat((struct sim){ .cookies = true, .row_cookies = true, .reuse = true, .lose = 4 });
}

TEST(merge__random_machine_that_loses_events_is_told_as_it_was)
{
	sim_repeat((struct sim){ .cookies = true, .lose = 4 });
}

TEST(merge__random_machine_without_cookies_is_told_as_it_was)
{
	sim_repeat((struct sim){ .cookies = false });
}
