// SPDX-License-Identifier: GPL-2.0-only
/* Who had port 8080 from second 1000 to 2000, by what was recorded. */
#include "unit.h"

#include <stdbool.h>
#include <string.h>

#include "conn.h"
#include "core/record.h"
#include "core/who.h"
#include "core/who_past.h"
#include "filter.h"

#define SEC 1000000000ULL
#define SINCE 1000
#define UNTIL 2000
#define PORT 8080

static struct who_target target;
static struct who_past past;

static int setup(void **state)
{
	(void)state;
	target = (struct who_target){ .has_ports = true };
	target.tcp.bits[PORT / 64] |= 1ULL << (PORT % 64);
	target.udp.bits[PORT / 64] |= 1ULL << (PORT % 64);
	past = (struct who_past){
		.targets = &target, .n_targets = 1, .since_ns = SINCE * SEC, .until_ns = UNTIL * SEC
	};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	who_past_free(&past);
	return 0;
}

static void add(const struct record *rec)
{
	assert_int_equal(who_past_add(&past, rec), 0);
}

/* From begin to end, in seconds. */
static struct sw_conn connection(uint64_t cookie, bool serves, uint64_t begin, uint64_t end)
{
	struct sw_conn c = { .history = SW_TCP_SYN_SENT << 8 | SW_TCP_ESTABLISHED << 4 |
					SW_TCP_TIME_WAIT,
			     .e = { .kind = SW_EV_CONN,
				    .age_ns = (end - begin) * SEC,
				    .sock = { .proto = SW_PROTO_TCP,
					      .state = SW_TCP_CLOSE,
					      .cookie = cookie,
					      .have = SW_HAVE_AGE | SW_HAVE_COUNTERS,
					      .bytes_sent = 10,
					      .bytes_received = 20,
					      .pid = serves ? 30 : 40,
					      .tuple = { .local_port = serves ? PORT : 50000,
							 .remote_port = serves ? 50000 : PORT,
							 .family = SW_AF_INET6,
							 .local.b[15] = 1,
							 .remote.b[15] = 1 } } } };

	c.e.sock.tuple.remote_port += serves ? (uint16_t)cookie : 0;
	return c;
}

static void put(const struct sw_conn *c, uint64_t second)
{
	struct record rec = { .ev = &c->e, .conn = c, .wall_ns = second * SEC };

	add(&rec);
}

static void ended(uint64_t cookie, bool serves, uint64_t begin, uint64_t end)
{
	struct sw_conn c = connection(cookie, serves, begin, end);

	put(&c, end);
}

static void listens(uint8_t kind, uint32_t inode, uint64_t second, uint64_t age)
{
	bool ends = kind == SW_EV_CLOSE;
	struct sw_event e = { .kind = kind == SW_EV_CLOSE ? SW_EV_STATE : kind,
			      .age_ns = age * SEC,
			      .old_state = ends ? SW_TCP_LISTEN : SW_TCP_CLOSE,
			      .sock = { .proto = SW_PROTO_TCP,
					.state = ends || kind == SW_EV_BIND ? SW_TCP_CLOSE
									    : SW_TCP_LISTEN,
					.have = age ? SW_HAVE_AGE : 0,
					.inode = inode,
					.cookie = kind == SW_EV_BIND ? 0 : inode + 1000,
					.pid = 30,
					.tuple = { .local_port = PORT, .family = SW_AF_INET6 } } };
	struct record rec = { .ev = &e, .wall_ns = second * SEC };

	add(&rec);
}

static const struct who_past_entry *only(enum who_past_role role)
{
	who_past_sort(&past);
	assert_int_equal(past.n, 1);
	assert_int_equal(past.entries[0].key.role, role);
	return &past.entries[0];
}

TEST_SETUP(who_past__what_was_there_at_some_time_of_it)
{
	const struct who_past_entry *e;

	ended(1, false, 900, 999);
	ended(2, false, 2000, 2001);
	assert_int_equal(past.n, 0);
	ended(3, false, 900, 1000);
	ended(4, false, 1999, 2500);
	ended(5, false, 500, 5000);
	e = only(WHO_PAST_CAME);
	assert_int_equal(e->count, 3);
	assert_int_equal(e->first_ns, 500 * SEC);
	assert_int_equal(e->last_ns, 5000 * SEC);
	assert_int_equal(e->sent, 30);
	assert_int_equal(e->received, 60);
	assert_int_equal(e->open, 0);
	assert_int_equal(e->key.pid, 40);
	assert_int_equal(e->key.local_port, 0);
	assert_int_equal(e->key.remote_port, PORT);
}

TEST_SETUP(who_past__clients_of_one_address_are_one_entry)
{
	const struct who_past_entry *e;

	ended(1, true, 1100, 1101);
	ended(2, true, 1200, 1201);
	e = only(WHO_PAST_SERVED);
	assert_int_equal(e->count, 2);
	assert_int_equal(e->key.local_port, PORT);
	assert_int_equal(e->key.remote_port, 0);
}

TEST_SETUP(who_past__a_connection_that_was_told_so_far_is_one)
{
	struct sw_conn c = connection(1, false, 1100, 1200);
	const struct who_past_entry *e;

	c.so_far = 1;
	put(&c, 1200);
	assert_int_equal(only(WHO_PAST_CAME)->open, 1);
	ended(1, false, 1100, 1300);
	e = only(WHO_PAST_CAME);
	assert_int_equal(e->count, 1);
	assert_int_equal(e->open, 0);
	assert_int_equal(e->sent, 10);
	put(&c, 1200); /* in any order */
	assert_int_equal(only(WHO_PAST_CAME)->open, 0);
	assert_int_equal(past.entries[0].sent, 10);
}

TEST_SETUP(who_past__a_bind_and_its_listener_are_one)
{
	const struct who_past_entry *e;

	listens(SW_EV_BIND, 7, 1100, 0);
	assert_int_equal(only(WHO_PAST_HELD)->open, 0); /* its end might not be told */
	listens(SW_EV_STATE, 7, 1101, 0);
	assert_int_equal(only(WHO_PAST_HELD)->open, 1);
	listens(SW_EV_CLOSE, 7, 1200, 100);
	e = only(WHO_PAST_HELD);
	assert_int_equal(e->count, 1);
	assert_int_equal(e->open, 0);
	assert_int_equal(e->first_ns, 1100 * SEC);
	assert_int_equal(e->last_ns, 1200 * SEC);
}

TEST_SETUP(who_past__a_listener_that_ended_later_and_one_that_was_there)
{
	listens(SW_EV_CLOSE, 7, 2100, 101);
	assert_int_equal(only(WHO_PAST_HELD)->first_ns, 1999 * SEC);
	listens(SW_EV_CLOSE, 8, 2100, 99);
	assert_int_equal(only(WHO_PAST_HELD)->count, 1);
	listens(SW_EV_SOCKET, 9, 900, 0);
	assert_int_equal(only(WHO_PAST_HELD)->count, 2);
	assert_int_equal(past.entries[0].first_ns, 0);
	assert_int_equal(past.entries[0].open, 1);
}

TEST_SETUP(who_past__refused_is_what_never_was)
{
	struct sw_conn c = connection(1, false, 1100, 1100);
	const struct who_past_entry *e;

	c.e.reason = SW_REASON_REFUSED;
	c.history = SW_TCP_SYN_SENT << 4 | SW_TCP_CLOSE;
	put(&c, 1100);
	e = only(WHO_PAST_REFUSED);
	assert_int_equal(e->key.reason, SW_REASON_REFUSED);
	assert_int_equal(e->cut, 0);
}

TEST_SETUP(who_past__what_was_cut_off_had_come)
{
	struct sw_conn c = connection(1, false, 1100, 1200);

	c.e.reason = SW_REASON_RESET_BY_PEER;
	put(&c, 1200);
	assert_int_equal(only(WHO_PAST_CAME)->cut, 1);
}

TEST_SETUP(who_past__a_bind_that_found_it_taken)
{
	struct sw_event e = { .kind = SW_EV_BIND,
			      .reason = SW_REASON_IN_USE,
			      .sock = { .proto = SW_PROTO_TCP,
					.state = SW_TCP_CLOSE,
					.inode = 9,
					.pid = 66,
					.tuple = { .local_port = PORT, .family = SW_AF_INET6 } } };
	struct record rec = { .ev = &e, .wall_ns = 1500 * SEC, .exe = "/bin/thief" };
	struct wire_frame frame;

	add(&rec);
	assert_int_equal(only(WHO_PAST_REFUSED)->key.pid, 66);
	assert_true(who_past_record(&past, &past.entries[0], &frame));
	assert_string_equal(frame.rec.exe, "/bin/thief");
}

TEST_SETUP(who_past__processes_and_ports_are_apart)
{
	struct sw_conn c = connection(1, false, 1100, 1200);

	put(&c, 1200);
	c.e.sock.pid = 41;
	c.e.sock.cookie = 2;
	put(&c, 1300);
	c.e.sock.start_ns = 5; /* the number was given again */
	c.e.sock.cookie = 3;
	put(&c, 1400);
	c.e.sock.tuple.remote_port = 81;
	put(&c, 1500);
	who_past_sort(&past);
	assert_int_equal(past.n, 3);
	assert_int_equal(past.entries[0].last_ns, 1400 * SEC); /* the last first */
}

/* One UDP socket serves several peers, and one of them again after it was idle. */
TEST_SETUP(who_past__each_peer_of_a_udp_socket_counts)
{
	static const uint64_t begins[] = { 1100, 1200, 1300, 1500 };

	for (size_t i = 0; i < 4; i++) {
		struct sw_conn c = connection(1, true, begins[i], begins[i] + 10);

		c.history = 0;
		c.e.sock.proto = SW_PROTO_UDP;
		c.e.sock.have = SW_HAVE_AGE | SW_HAVE_DATAGRAMS | SW_HAVE_RECEIVED;
		c.e.sock.tuple.remote_port = 50000 + i % 3;
		c.e.time_ns = (begins[i] + 10) * SEC;
		if (i == 3) { /* told so far, and then at its end: once */
			c.so_far = 1;
			put(&c, begins[i] + 10);
			c.so_far = 0;
		}
		put(&c, begins[i] + 10);
	}
	assert_int_equal(only(WHO_PAST_SERVED)->count, 4);
	assert_int_equal(only(WHO_PAST_SERVED)->sent, 40);
	assert_int_equal(only(WHO_PAST_SERVED)->received, 80);
	assert_int_equal(only(WHO_PAST_SERVED)->open, 0);
}
