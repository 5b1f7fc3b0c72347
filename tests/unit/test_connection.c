// SPDX-License-Identifier: GPL-2.0-only
/* What the record of a connection says. */
#include "unit.h"

#include <stdbool.h>
#include <string.h>

#include "core/connection.h"
#include "filter.h"

static uint64_t history(const uint8_t *states, size_t n)
{
	uint64_t all = 0;

	for (size_t i = 0; i < n; i++)
		all = all << 4 | states[i];
	return all;
}

#define HISTORY(...) \
	history((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

static void assert_history(uint64_t states, const char *want)
{
	const struct sw_conn c = { .history = states };
	char text[CONN_STATES_MAX + 1];

	assert_int_equal(conn_history(&c, text), strlen(want));
	assert_string_equal(text, want);
}

TEST(conn_history__has_a_letter_for_each_state)
{
	assert_history(HISTORY(SW_TCP_SYN_SENT, SW_TCP_ESTABLISHED, SW_TCP_FIN_WAIT1,
			       SW_TCP_FIN_WAIT2, SW_TCP_TIME_WAIT),
		       "SEFfT");
	assert_history(HISTORY(SW_TCP_SYN_RECV, SW_TCP_ESTABLISHED, SW_TCP_CLOSE_WAIT,
			       SW_TCP_LAST_ACK, SW_TCP_CLOSE),
		       "REWAC");
	assert_history(HISTORY(SW_TCP_LISTEN, SW_TCP_CLOSING), "LG");
	assert_history(HISTORY(SW_TCP_SYN_SENT, 0, SW_TCP_CLOSE), "S?C");
	assert_history(0, "?");
}

TEST(conn_history__is_what_its_letters_say)
{
	assert_true(conn_history_of("SEFfT") == HISTORY(SW_TCP_SYN_SENT, SW_TCP_ESTABLISHED,
							SW_TCP_FIN_WAIT1, SW_TCP_FIN_WAIT2,
							SW_TCP_TIME_WAIT));
	assert_true(conn_history_of("LRWAGC") == HISTORY(SW_TCP_LISTEN, SW_TCP_SYN_RECV,
							 SW_TCP_CLOSE_WAIT, SW_TCP_LAST_ACK,
							 SW_TCP_CLOSING, SW_TCP_CLOSE));
	assert_true(conn_history_of("S?C") == HISTORY(SW_TCP_SYN_SENT, 0, SW_TCP_CLOSE));
	assert_true(conn_history_of("Sx") == HISTORY(SW_TCP_SYN_SENT, 0));
}

TEST(conn_history__longest_fits)
{
	assert_history(0x1111111111111111, "EEEEEEEEEEEEEEEE");
	assert_history(0xdddddddddddddddd, "????????????????");
}

static enum conn_direction direction(uint64_t states, uint32_t have)
{
	const struct sw_conn c = { .e.sock.have = have, .history = states };

	return conn_direction(&c);
}

TEST(conn_direction__goes_by_the_first_state_that_was_seen)
{
	const uint64_t in = HISTORY(SW_TCP_SYN_RECV, SW_TCP_ESTABLISHED, SW_TCP_CLOSE);

	assert_int_equal(direction(HISTORY(SW_TCP_SYN_SENT, SW_TCP_CLOSE), SW_HAVE_AGE), CONN_OUT);
	assert_int_equal(direction(HISTORY(SW_TCP_SYN_SENT, SW_TCP_CLOSE), 0), CONN_OUT);
	assert_int_equal(direction(in, SW_HAVE_AGE), CONN_IN);
	/* a connect that met another one on its way is there, too */
	assert_int_equal(direction(in, 0), CONN_UNKNOWN);
	assert_int_equal(direction(HISTORY(SW_TCP_ESTABLISHED, SW_TCP_CLOSE), SW_HAVE_AGE),
			 CONN_UNKNOWN);
	assert_int_equal(direction(0, 0), CONN_UNKNOWN);
}

static struct sw_conn handed_on(void)
{
	return (struct sw_conn){
		.e.sock = { .pid = 3, .start_ns = 30, .comm = "c", .owner_source = SW_OWNER_USE },
		.since_ns = 300,
		.n_owners = 2,
		.owners = { { .pid = 1, .start_ns = 10, .since_ns = 100, .comm = "a" },
			    { .pid = 2, .start_ns = 20, .since_ns = 200, .comm = "b" } }
	};
}

static void assert_owners(const struct sw_conn *c, const char *pids)
{
	struct sw_conn_owner owners[CONN_OWNERS_MAX];
	char text[CONN_OWNERS_MAX + 1] = "";
	size_t n = conn_owners(c, owners);

	for (size_t i = 0; i < n; i++)
		text[i] = (char)('0' + owners[i].pid);
	assert_string_equal(text, pids);
}

TEST(conn_owners__end_with_the_one_that_is)
{
	struct sw_conn c = handed_on();

	assert_owners(&c, "123");
	c.n_owners = 0;
	assert_owners(&c, "3");
	c.e.sock.owner_source = SW_OWNER_UNKNOWN;
	assert_owners(&c, "");
	c.n_owners = 1;
	assert_owners(&c, "1");
	c.e.sock.owner_source = SW_OWNER_KERNEL;
	assert_owners(&c, "1");
}

TEST(conn_owners__have_each_process_once)
{
	struct sw_conn c = handed_on();

	c.e.sock.pid = 1;
	c.e.sock.start_ns = 10;
	assert_owners(&c, "12");
	c.e.sock.start_ns = 11; /* another that has the number now */
	assert_owners(&c, "121");
}

TEST(conn_owners__that_come_back_are_known_as_they_came)
{
	struct sw_conn_owner owners[CONN_OWNERS_MAX];
	struct sw_conn c = handed_on();

	c.owners[0].source = SW_OWNER_ACCEPT;
	c.e.sock.pid = 1;
	c.e.sock.start_ns = 10;
	assert_int_equal(conn_owners(&c, owners), 2);
	assert_int_equal(owners[0].source, SW_OWNER_ACCEPT);
	assert_int_equal(owners[0].since_ns, 100);
	c.owners[0].source = SW_OWNER_INHERITED; /* to have the listener says less than a use */
	assert_owners(&c, "21");
	conn_owners(&c, owners);
	assert_int_equal(owners[1].source, SW_OWNER_USE);
	assert_int_equal(owners[1].since_ns, 300);
}

TEST(conn_owners__stand_in_the_order_of_their_times)
{
	struct sw_conn c = handed_on();

	c.owners[1].since_ns = 400; /* had ended before it was noticed */
	assert_owners(&c, "132");
	c.owners[0].since_ns = 500;
	assert_owners(&c, "321");
}

TEST(conn_owners__without_a_time_stay_where_they_came)
{
	struct sw_conn c = handed_on();

	c.owners[1].since_ns = 0; /* was found with a descriptor */
	assert_owners(&c, "123");
}

TEST(conn_owners__more_than_there_is_room_for_are_not_read)
{
	struct sw_conn c = handed_on();

	c.n_owners = 200;
	assert_owners(&c, "12003"); /* two without a time stay */
}

TEST(conn_selected__by_any_who_owned_it)
{
	struct sw_filter f = { .on = SW_F_PID, .n_pids = 1, .pids = { 2 } };
	struct sw_conn c = handed_on();

	assert_true(conn_selected(&f, &c));
	f.pids[0] = 3;
	assert_true(conn_selected(&f, &c));
	f.pids[0] = 4;
	assert_false(conn_selected(&f, &c));
	f.pids[0] = 1;
	f.on |= SW_F_FAILED;
	assert_false(conn_selected(&f, &c));
	c.e.reason = SW_REASON_REFUSED;
	assert_true(conn_selected(&f, &c));
}

TEST(conn_selected__process_and_name_are_of_one_owner)
{
	struct sw_filter f = { .on = SW_F_PID | SW_F_COMM,
			       .n_pids = 1,
			       .pids = { 1 },
			       .n_comms = 1,
			       .comms = { { .name = "b", .len = 2 } } };
	struct sw_conn c = handed_on();

	assert_false(conn_selected(&f, &c));
	f.pids[0] = 2;
	assert_true(conn_selected(&f, &c));
}

TEST(conn_started_before__is_not_said_of_what_was_seen_from_its_begin)
{
	struct sw_conn c = { .e.first_state = SW_TCP_ESTABLISHED };

	assert_true(conn_started_before(&c));
	c.e.sock.have = SW_HAVE_AGE;
	assert_false(conn_started_before(&c));
	c = (struct sw_conn){ 0 }; /* not known */
	assert_false(conn_started_before(&c));
}

TEST(conn__of_udp_has_no_states_and_goes_the_way_of_its_first_datagram)
{
	struct sw_conn c = { .e.sock = { .proto = SW_PROTO_UDP, .have = SW_HAVE_SENT } };
	char text[CONN_STATES_MAX + 1];

	assert_int_equal(conn_direction(&c), CONN_OUT);
	assert_int_equal(conn_history(&c, text), 0);
	assert_string_equal(text, "");
	c.e.sock.have = SW_HAVE_RECEIVED;
	assert_int_equal(conn_direction(&c), CONN_IN);
	c.e.sock.have = 0;
	assert_int_equal(conn_direction(&c), CONN_UNKNOWN);
}
