// SPDX-License-Identifier: GPL-2.0-only
/* What was there at second 1000, by records before and after. */
#include "unit.h"

#include <stdbool.h>
#include <string.h>

#include "conn.h"
#include "core/moment.h"

#define SEC 1000000000ULL
#define AT 1000

static struct moment moment;

static int setup(void **state)
{
	(void)state;
	moment = (struct moment){ .at_ns = AT * SEC };
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	moment_free(&moment);
	return 0;
}

/* A connection that ended then, and began so many seconds before. */
static struct sw_conn ended(uint64_t cookie, uint64_t second, uint64_t age)
{
	struct sw_conn c = { .e = { .kind = SW_EV_CONN,
				    .time_ns = second * SEC,
				    .age_ns = age * SEC,
				    .sock = { .proto = SW_PROTO_TCP,
					      .state = SW_TCP_CLOSE,
					      .cookie = cookie,
					      .have = SW_HAVE_AGE | SW_HAVE_COUNTERS,
					      .pid = 30,
					      .owner_source = SW_OWNER_USE,
					      .comm = "last" } } };

	c.since_ns = c.e.time_ns - 1 * SEC;
	return c;
}

static struct record of(const struct sw_conn *c)
{
	return (struct record){ .ev = &c->e, .conn = c, .wall_ns = c->e.time_ns };
}

static enum moment_verdict after(uint64_t cookie, uint64_t second, uint64_t age)
{
	struct sw_conn c = ended(cookie, second, age);
	struct record rec = of(&c);

	return moment_after(&moment, &rec);
}

static enum moment_verdict before(uint64_t cookie, bool so_far)
{
	struct sw_conn c = ended(cookie, AT - 10, 50);
	struct record rec = of(&c);

	c.so_far = so_far;
	return moment_before(&moment, &rec);
}

TEST_SETUP(moment__connections_that_ended_later_and_had_begun)
{
	assert_int_equal(after(1, AT + 10, 20), MOMENT_THERE);
	assert_int_equal(after(2, AT + 10, 10), MOMENT_THERE); /* just begun */
	assert_int_equal(after(3, AT + 10, 9), MOMENT_NOT);
	assert_int_equal(after(4, AT + 5000, 5001), MOMENT_THERE);
}

TEST_SETUP(moment__what_ended_before_was_not_there)
{
	assert_int_equal(before(1, false), MOMENT_NOT);
	assert_int_equal(before(2, true), MOMENT_THERE); /* told so far, and no end of it */
	assert_true(moment.so_far);
}

TEST_SETUP(moment__each_socket_once)
{
	assert_int_equal(before(1, true), MOMENT_THERE);
	assert_int_equal(before(1, true), MOMENT_NOT);
	assert_int_equal(after(1, AT + 10, 100), MOMENT_NOT);
	assert_int_equal(after(2, AT + 10, 100), MOMENT_THERE);
	assert_int_equal(after(2, AT + 20, 110), MOMENT_NOT);
}

TEST_SETUP(moment__what_was_there_before_the_recorder)
{
	struct sw_conn c = ended(1, AT + 10, 0);
	struct record rec = of(&c);

	c.e.sock.have = 0;
	c.e.first_state = SW_TCP_ESTABLISHED;
	assert_int_equal(moment_after(&moment, &rec), MOMENT_THERE);
	c = ended(2, AT + 10, 0);
	c.e.sock.have = 0; /* neither is known */
	assert_int_equal(moment_after(&moment, &rec), MOMENT_NOT);
}

TEST_SETUP(moment__listeners)
{
	struct sw_event e = {
		.kind = SW_EV_STATE,
		.sock = { .proto = SW_PROTO_TCP, .state = SW_TCP_LISTEN, .cookie = 7 }
	};
	struct record rec = { .ev = &e, .wall_ns = (AT - 5) * SEC };

	assert_int_equal(moment_before(&moment, &rec), MOMENT_THERE);
	e.sock.cookie = 8;
	e.old_state = SW_TCP_LISTEN;
	e.sock.state = SW_TCP_CLOSE;
	assert_int_equal(moment_before(&moment, &rec), MOMENT_NOT);
	e.sock.cookie = 9;
	e.sock.have = SW_HAVE_AGE;
	e.age_ns = 60 * SEC;
	rec.wall_ns = (AT + 5) * SEC;
	assert_int_equal(moment_after(&moment, &rec), MOMENT_THERE);
	e.sock.cookie = 10;
	e.age_ns = 4 * SEC;
	assert_int_equal(moment_after(&moment, &rec), MOMENT_NOT);
	e.sock.cookie = 11; /* begun later */
	e.old_state = SW_TCP_CLOSE;
	e.sock.state = SW_TCP_LISTEN;
	assert_int_equal(moment_after(&moment, &rec), MOMENT_NOT);
}

/* What UDP had with one peer may be over while the socket is there for others. */
TEST_SETUP(moment__end_of_a_peer_is_not_the_end_of_its_socket)
{
	struct sw_conn c = ended(5, AT - 10, 20);
	struct record rec = of(&c), row;
	struct sw_event bound = { .kind = SW_EV_BIND,
				  .sock = { .proto = SW_PROTO_UDP, .cookie = 5 } };
	struct record bind = { .ev = &bound, .wall_ns = (AT - 60) * SEC };
	struct sw_event ev;

	c.e.sock.proto = SW_PROTO_UDP;
	assert_int_equal(moment_before(&moment, &rec), MOMENT_NOT);
	assert_int_equal(moment_before(&moment, &bind), MOMENT_THERE);
	c = ended(6, AT + 10, 20);
	c.e.sock.proto = SW_PROTO_UDP;
	c.e.sock.state = SW_TCP_CLOSE;
	c.e.sock.tuple.remote_port = 53;
	rec = of(&c);
	assert_int_equal(moment_after(&moment, &rec), MOMENT_THERE);
	moment_row(&moment, &rec, &ev, &row);
	assert_int_equal(ev.sock.tuple.remote_port, 0); /* it has no peer of its own */
	c.e.sock.state = SW_TCP_ESTABLISHED;
	moment_row(&moment, &rec, &ev, &row);
	assert_int_equal(ev.sock.tuple.remote_port, 53);
}

TEST_SETUP(moment__another_recorder_knows_nothing_of_it)
{
	struct sw_event e = { .kind = SW_EV_RECORDER };
	struct record rec = { .ev = &e, .recorder = RECORDER_START };

	assert_int_equal(moment_before(&moment, &rec), MOMENT_ENOUGH);
	assert_int_equal(moment_after(&moment, &rec), MOMENT_ENOUGH);
	rec.recorder = RECORDER_ALIVE;
	assert_int_equal(moment_before(&moment, &rec), MOMENT_NOT);
	assert_int_equal(moment_after(&moment, &rec), MOMENT_NOT);
	rec.recorder = RECORDER_STOP;
	assert_int_equal(moment_before(&moment, &rec), MOMENT_ENOUGH);
}

TEST_SETUP(moment__failed_calls_decide_nothing)
{
	struct sw_event e = { .kind = SW_EV_CONNECT, .error = 111, .sock.cookie = 1 };
	struct record rec = { .ev = &e, .wall_ns = (AT - 5) * SEC };

	assert_int_equal(moment_before(&moment, &rec), MOMENT_NOT);
	e.kind = SW_EV_BIND;
	assert_int_equal(moment_before(&moment, &rec), MOMENT_NOT);
	assert_int_equal(after(1, AT + 10, 20), MOMENT_THERE);
}

/* A bind knows the inode, and no cookie. */
TEST_SETUP(moment__a_udp_socket_that_was_bound_and_closed_is_gone)
{
	struct sw_event e = { .kind = SW_EV_CLOSE,
			      .sock = { .proto = SW_PROTO_UDP, .cookie = 7, .inode = 70 } };
	struct record rec = { .ev = &e, .wall_ns = (AT - 5) * SEC };

	assert_int_equal(moment_before(&moment, &rec), MOMENT_NOT);
	e.kind = SW_EV_BIND;
	e.sock.cookie = 0;
	assert_int_equal(moment_before(&moment, &rec), MOMENT_NOT);
	e.sock.inode = 71;
	assert_int_equal(moment_before(&moment, &rec), MOMENT_THERE);
}

/* Opened by one, handed to another before the moment, closed by a third behind it. */
TEST_SETUP(moment__row_has_the_owner_of_then)
{
	struct sw_conn c = ended(1, AT + 10, 100);
	struct record rec = of(&c), row;
	struct sw_event ev;

	c.since_ns = (AT + 9) * SEC;
	c.n_owners = 2;
	c.owners[0] = (struct sw_conn_owner){
		.pid = 10, .comm = "first", .since_ns = (AT - 90) * SEC, .source = SW_OWNER_ACCEPT
	};
	c.owners[1] = (struct sw_conn_owner){
		.pid = 20, .comm = "second", .since_ns = (AT - 1) * SEC, .source = SW_OWNER_USE
	};
	rec.exe = "/bin/last";
	rec.unit = "a.service";
	moment_row(&moment, &rec, &ev, &row);
	assert_int_equal(ev.sock.pid, 20);
	assert_string_equal(ev.sock.comm, "second");
	assert_null(row.exe); /* that of the last */
	assert_null(row.unit);
	assert_int_equal(row.wall_ns, AT * SEC);
	assert_int_equal(ev.kind, SW_EV_SOCKET);
	assert_int_equal(ev.sock.state, 0);
	assert_false(ev.sock.have & SW_HAVE_COUNTERS);
	moment.at_ns = (AT + 10) * SEC;
	moment_row(&moment, &rec, &ev, &row);
	assert_int_equal(ev.sock.pid, 30);
	assert_string_equal(row.exe, "/bin/last");
	assert_string_equal(row.unit, "a.service");
	moment.at_ns = (AT - 95) * SEC; /* nobody that is known */
	moment_row(&moment, &rec, &ev, &row);
	assert_int_equal(ev.sock.owner_source, SW_OWNER_UNKNOWN);
}

TEST_SETUP(moment__how_old_each_was_by_then_where_that_is_wanted)
{
	struct sw_conn c = ended(1, AT + 10, 50);
	struct record rec = of(&c), row;
	struct sw_event ev;

	moment_row(&moment, &rec, &ev, &row);
	assert_false(ev.sock.have & SW_HAVE_AGE);
	moment.ages = true;
	moment_row(&moment, &rec, &ev, &row);
	assert_true(ev.sock.have & SW_HAVE_AGE);
	assert_int_equal(ev.age_ns, 40 * SEC);
	c.e.sock.have &= ~(uint32_t)SW_HAVE_AGE; /* from before the recorder */
	moment_row(&moment, &rec, &ev, &row);
	assert_false(ev.sock.have & SW_HAVE_AGE);
}
