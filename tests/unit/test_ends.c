// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "conn.h"
#include "core/ends.h"
#include "core/record.h"

#define SEC 1000000000ull
#define BEGIN (1795475000ull * SEC)
#define OUT (SW_TCP_SYN_SENT << 8 | SW_TCP_ESTABLISHED << 4 | SW_TCP_TIME_WAIT)
#define IN (SW_TCP_SYN_RECV << 8 | SW_TCP_ESTABLISHED << 4 | SW_TCP_CLOSE)

static struct ends ends;
static struct sw_conn conn;
static uint64_t last_cookie;

/* Of 10.0.0.1:40000 and 10.0.0.2:443, from so many to so many seconds. */
struct side {
	const char *host, *boot;
	double from, to;
	const char *comm;
	bool server;
	bool so_far;
	bool unowned;
	uint64_t history; /* 0: that of its side */
	uint64_t cookie;  /* 0: one of its own */
	uint64_t sent, received;
	const char *exe;
	uint8_t net; /* 0: 10 */
	uint8_t proto;
	uint16_t port; /* of the client; 0: 40000 */
	uint32_t netns;
};

static union sw_addr addr_of(uint8_t net, uint8_t last)
{
	return (union sw_addr){ .b = { [10] = 0xff, [11] = 0xff, [12] = net, [15] = last } };
}

static void set_tuple(struct sw_tuple *t, const struct side *s)
{
	uint16_t port = s->port ? s->port : 40000;
	uint8_t net = s->net ? s->net : 10;

	*t = (struct sw_tuple){ .family = SW_AF_INET,
				.netns = s->netns,
				.local = addr_of(net, s->server ? 2 : 1),
				.remote = addr_of(net, s->server ? 1 : 2),
				.local_port = s->server ? 443 : port,
				.remote_port = s->server ? port : 443 };
}

static struct record record_of(const struct side *s)
{
	uint64_t from = BEGIN + (uint64_t)(s->from * 1e9), to = BEGIN + (uint64_t)(s->to * 1e9);

	conn = (struct sw_conn){ .history = s->history	? s->history
					    : s->server ? IN
							: OUT,
				 .so_far = s->so_far,
				 .e = { .kind = SW_EV_CONN, .age_ns = to - from } };
	conn.e.sock = (struct sw_sock){ .proto = s->proto ? s->proto : SW_PROTO_TCP,
					.have = SW_HAVE_AGE | SW_HAVE_UID | SW_HAVE_COUNTERS,
					.uid = 33,
					.pid = 7,
					.cookie = s->cookie ? s->cookie : ++last_cookie,
					.bytes_sent = s->sent,
					.bytes_received = s->received,
					.owner_source = s->unowned ? SW_OWNER_UNKNOWN
								   : SW_OWNER_ACCEPT };
	set_tuple(&conn.e.sock.tuple, s);
	strncpy(conn.e.sock.comm, s->comm ? s->comm : "it", SW_COMM_LEN - 1);
	return (struct record){ .ev = &conn.e,
				.conn = &conn,
				.wall_ns = to,
				.host = s->host,
				.boot = s->boot,
				.exe = s->exe };
}

static void want(struct side s)
{
	struct record rec = record_of(&s);

	assert_int_equal(ends_want(&ends, &rec), 0);
}

static void take(struct side s)
{
	struct record rec = record_of(&s);

	assert_int_equal(ends_take(&ends, &rec), 0);
}

static bool is_known(size_t i)
{
	struct record_peer peer;

	return ends_peer(&ends, i, &peer);
}

static void is(size_t i, const char *comm)
{
	struct record_peer peer;

	assert_true(ends_peer(&ends, i, &peer));
	assert_string_equal(peer.comm, comm);
}

static int teardown(void **state)
{
	(void)state;
	ends_free(&ends);
	return 0;
}

TEST_WITH(ends__the_record_of_the_other_way_around_is_the_other_end, NULL, teardown)
{
	struct record_peer peer;

	want((struct side){ .from = 1, .to = 2 });
	want((struct side){ .from = 1, .to = 2, .port = 40001 });
	take((struct side){ .from = 1, .to = 2, .port = 40002, .server = true, .comm = "other" });
	take((struct side){ .from = 1, .to = 2, .server = true, .comm = "nginx", .exe = "/n" });
	take((struct side){ .from = 1, .to = 2, .comm = "itself" });
	assert_true(ends_peer(&ends, 0, &peer));
	assert_string_equal(peer.comm, "nginx");
	assert_string_equal(peer.exe, "/n");
	assert_true(peer.has_owner && peer.pid == 7 && peer.has_uid && peer.uid == 33);
	assert_null(peer.host);
	assert_null(peer.unit);
	assert_false(is_known(1));
	ends_clear(&ends);
	want((struct side){ .from = 1, .to = 2 });
	assert_false(is_known(0));
}

TEST_WITH(ends__without_an_owner_there_is_a_machine, NULL, teardown)
{
	struct record_peer peer;

	want((struct side){ .host = "a", .from = 1, .to = 2 });
	take((struct side){ .host = "b", .from = 1, .to = 2, .server = true, .unowned = true });
	assert_true(ends_peer(&ends, 0, &peer));
	assert_string_equal(peer.host, "b");
	assert_false(peer.has_owner);
}

TEST_WITH(ends__at_another_time_it_is_another_connection, NULL, teardown)
{
	want((struct side){ .from = 10, .to = 20 });
	want((struct side){ .host = "a", .from = 10, .to = 20, .port = 40001 });
	take((struct side){ .from = 5, .to = 9.9, .server = true, .comm = "before" });
	take((struct side){ .from = 20.1, .to = 30, .server = true, .comm = "after" });
	assert_false(is_known(0));
	take((struct side){ .from = 20.005, .to = 20.1, .server = true, .comm = "late" });
	is(0, "late");
	take((struct side){
		.host = "b", .from = 5, .to = 8.9, .port = 40001, .server = true, .comm = "b" });
	assert_false(is_known(1));
	take((struct side){
		.host = "c", .from = 5, .to = 9.1, .port = 40001, .server = true, .comm = "c" });
	is(1, "c");
}

TEST_WITH(ends__of_two_nobody_knows_which, NULL, teardown)
{
	want((struct side){ .host = "a", .from = 10, .to = 20 });
	take((struct side){ .host = "b", .from = 10, .to = 20, .server = true });
	assert_true(is_known(0));
	take((struct side){ .host = "c", .from = 10, .to = 20, .server = true });
	assert_false(is_known(0));
	take((struct side){ .host = "d", .from = 10, .to = 20, .server = true });
	assert_false(is_known(0));
	take((struct side){ .host = "a", .from = 10, .to = 20, .server = true, .comm = "near" });
	is(0, "near");
	take((struct side){ .host = "e", .from = 10, .to = 20, .server = true });
	is(0, "near");
}

TEST_WITH(ends__one_that_is_told_so_far_and_at_its_end_is_one, NULL, teardown)
{
	struct side so_far = { .host = "b",
			       .from = 10,
			       .to = 15,
			       .server = true,
			       .so_far = true,
			       .cookie = 99999,
			       .comm = "so far" };
	struct side final = so_far;

	final.to = 20;
	final.so_far = false;
	final.comm = "final";
	for (int i = 0; i < 2; i++) {
		want((struct side){ .host = "a", .from = 10, .to = 20 });
		take(i ? final : so_far);
		take(i ? so_far : final);
		is(0, "final");
		ends_clear(&ends);
	}
	want((struct side){ .host = "a", .from = 10, .to = 20 });
	take(so_far);
	final.boot = "another";
	take(final);
	assert_false(is_known(0));
}

TEST_WITH(ends__both_did_not_begin_it, NULL, teardown)
{
	want((struct side){ .from = 10, .to = 20 });
	take((struct side){ .from = 10, .to = 20, .server = true, .history = OUT });
	assert_false(is_known(0));
	take((struct side){ .from = 10,
			    .to = 20,
			    .server = true,
			    .history = SW_TCP_ESTABLISHED << 4 | SW_TCP_CLOSE });
	assert_true(is_known(0));
}

TEST_WITH(ends__it_received_no_more_than_was_sent, NULL, teardown)
{
	struct side server = { .from = 10, .to = 20, .server = true, .sent = 100, .received = 11 };

	want((struct side){ .from = 10, .to = 20, .sent = 10, .received = 101 });
	take(server);
	assert_true(is_known(0)); /* the end counts as a byte */
	ends_clear(&ends);
	want((struct side){ .from = 10, .to = 20, .sent = 10, .received = 102 });
	take(server);
	assert_false(is_known(0));
	ends_clear(&ends);
	want((struct side){ .from = 10, .to = 20, .sent = 9, .received = 0 });
	take(server);
	assert_false(is_known(0));
	server.so_far = true; /* it may have sent more since then */
	ends_clear(&ends);
	want((struct side){ .from = 10, .to = 20, .sent = 10, .received = 500 });
	take(server);
	assert_true(is_known(0));
}

TEST_WITH(ends__loopback_is_of_one_machine_and_namespace, NULL, teardown)
{
	struct side client = {
		.host = "a", .boot = "1", .net = 127, .netns = 5, .from = 1, .to = 2
	};
	struct side server = client;

	server.server = true;
	want(client);
	server.host = "b";
	take(server);
	server.host = "a";
	server.boot = "2";
	take(server);
	server.boot = "1";
	server.netns = 6;
	take(server);
	assert_false(is_known(0));
	server.netns = 5;
	take(server);
	assert_true(is_known(0));
	ends_clear(&ends);
	client.net = server.net = 0; /* other addresses reach other namespaces */
	server.netns = 6;
	want(client);
	take(server);
	assert_true(is_known(0));
}

TEST_WITH(ends__a_socket_connected_to_itself_is_its_own, NULL, teardown)
{
	struct side self = { .from = 1, .to = 2, .cookie = 77, .comm = "self" };
	struct record rec = record_of(&self);

	conn.e.sock.tuple.remote = conn.e.sock.tuple.local;
	conn.e.sock.tuple.remote_port = conn.e.sock.tuple.local_port;
	assert_int_equal(ends_want(&ends, &rec), 0);
	assert_int_equal(ends_take(&ends, &rec), 0);
	is(0, "self");
}

TEST_WITH(ends__what_is_no_connection_has_none, NULL, teardown)
{
	struct side side = { .from = 1, .to = 2 };
	struct record rec = record_of(&side);
	uint64_t since, until;

	rec.conn = NULL;
	assert_int_equal(ends_want(&ends, &rec), 0);
	rec = record_of(&side);
	conn.e.sock.tuple.local = (union sw_addr){ 0 };
	assert_int_equal(ends_want(&ends, &rec), 0);
	assert_int_equal(ends.n_wanted, 2);
	assert_null(ends_tuple(&ends, 0));
	assert_false(ends_span(&ends, 0, 2, &since, &until));
	want((struct side){ .from = 5, .to = 8 });
	want((struct side){ .from = 4, .to = 7 });
	assert_true(ends_span(&ends, 0, 4, &since, &until));
	assert_int_equal(since, BEGIN + 3 * SEC);
	assert_int_equal(until, BEGIN + (8 + 3600) * SEC);
	assert_int_equal(ends_tuple(&ends, 3)->local_port, 40000);
	assert_true(ends_span(&ends, 0, 3, &since, &until));
	assert_int_equal(since, BEGIN + 4 * SEC);
}

TEST_WITH(ends__datagrams_have_no_bytes_to_compare, NULL, teardown)
{
	want((struct side){ .from = 1, .to = 2, .proto = SW_PROTO_UDP, .received = 50 });
	take((struct side){ .from = 1, .to = 2, .server = true, .sent = 1 });
	assert_false(is_known(0));
	take((struct side){ .from = 1, .to = 2, .server = true, .proto = SW_PROTO_UDP, .sent = 1 });
	assert_true(is_known(0));
}

TEST_WITH(ends__thousands_of_each_are_told_apart, NULL, teardown)
{
	char comm[16];

	for (uint16_t i = 0; i < 5000; i++)
		want((struct side){ .from = i, .to = i + 1, .port = (uint16_t)(10000 + i) });
	for (uint16_t i = 5000; i-- > 0;) {
		snprintf(comm, sizeof(comm), "s%u", i);
		take((struct side){ .from = i,
				    .to = i + 1,
				    .port = (uint16_t)(10000 + i),
				    .server = true,
				    .comm = comm,
				    .exe = comm });
	}
	for (uint16_t i = 0; i < 5000; i++) {
		struct record_peer peer;

		snprintf(comm, sizeof(comm), "s%u", i);
		is(i, comm);
		assert_true(ends_peer(&ends, i, &peer) && !strcmp(peer.exe, comm));
	}
}
