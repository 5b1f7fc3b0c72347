// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include <string.h>

#include "core/forward.h"
#include "core/row.h"
#include "core/who.h"
#include "filter.h"

static struct forwards forwards;
static struct snapshot snap;
static struct who_target targets[2];

static union sw_addr v4(uint8_t net, uint8_t host)
{
	return (union sw_addr){ .b = { [10] = 0xff, [11] = 0xff, [12] = net, [15] = host } };
}

static struct sw_tuple ends(union sw_addr local, uint16_t port, union sw_addr remote,
			    uint16_t remote_port)
{
	return (struct sw_tuple){ .family = SW_AF_INET,
				  .local = local,
				  .local_port = port,
				  .remote = remote,
				  .remote_port = remote_port };
}

/* 192.0.0.7:PEER connects to 192.0.0.1:PORT, which 10.0.0.HOST:80 gets. */
static void add(uint16_t peer, uint16_t port, uint8_t host)
{
	struct sw_tuple asked = ends(v4(192, 1), port, v4(192, 7), peer);
	struct sw_tuple got = ends(v4(10, host), 80, v4(192, 7), peer);

	assert_int_equal(forwards_add(&forwards, targets, 2, SW_PROTO_TCP, &asked, &got), 0);
}

static void put_row(uint32_t netns, struct sw_tuple t, uint8_t state)
{
	struct sw_row row = { .sock = { .proto = SW_PROTO_TCP, .state = state, .tuple = t } };

	row.sock.tuple.netns = netns;
	assert_int_equal(snapshot_add_row(&snap, &row), 0);
}

static void put_conn(uint32_t netns, uint16_t peer, uint8_t host)
{
	put_row(netns, ends(v4(10, host), 80, v4(192, 7), peer), SW_TCP_ESTABLISHED);
}

static size_t had(const struct forward *f)
{
	size_t n = 0;

	for (size_t i = 0; i < snap.n_rows; i++)
		n += forward_has(f, &snap.rows[i]);
	return n;
}

static int setup(void **state)
{
	(void)state;
	memset(targets, 0, sizeof(targets));
	targets[0].has_ports = targets[1].has_ports = true;
	targets[0].tcp.bits[8080 / 64] |= UINT64_C(1) << 8080 % 64;
	targets[1].tcp.bits[9090 / 64] |= UINT64_C(1) << 9090 % 64;
	targets[1].has_addr = true;
	targets[1].addr.net = v4(192, 1);
	targets[1].addr.v4 = 1;
	memset(&targets[1].addr.mask, 0xff, sizeof(targets[1].addr.mask));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	forwards_clear(&forwards);
	snapshot_free(&snap);
	return 0;
}

TEST_WITH(forward__places_are_told_apart_and_counted, setup, teardown)
{
	add(1000, 8080, 5);
	add(1001, 8080, 5);
	add(1002, 8080, 6);
	add(1003, 9090, 5);
	add(1004, 7070, 5); /* nobody asks for it */
	assert_int_equal(forwards.n, 3);
	assert_int_equal(forwards.list[0].conns, 2);
	assert_int_equal(forwards.list[1].conns, 1);
	assert_memory_equal(forwards.list[1].to.b, v4(10, 6).b, 16);
	assert_int_equal(forwards.list[2].target, 1);
	assert_int_equal(forwards.list[2].port, 9090);
	assert_int_equal(forwards.list[2].to_port, 80);
}

TEST_WITH(forward__who_has_it_is_in_the_namespace_of_its_connections, setup, teardown)
{
	const union sw_addr any4 = v4(0, 0), any6 = { 0 };

	add(1000, 8080, 5);
	add(1001, 8080, 6);
	put_row(7, ends(any4, 80, any4, 0), SW_TCP_LISTEN);
	put_row(7, ends(any6, 80, any6, 0), SW_TCP_LISTEN);
	put_row(8, ends(any4, 80, any4, 0), SW_TCP_LISTEN); /* of somebody else */
	put_row(7, ends(any4, 81, any4, 0), SW_TCP_LISTEN);
	put_conn(7, 1000, 5);
	put_conn(7, 2000, 5); /* another connection to it */
	put_conn(7, 2000, 9);
	forwards_find(&forwards, &snap);
	assert_int_equal(forwards.list[0].netns, 7);
	assert_int_equal(had(&forwards.list[0]), 4);
	assert_int_equal(forwards.list[1].netns, 0); /* on another machine */
	assert_int_equal(had(&forwards.list[1]), 0);
}

TEST_WITH(forward__the_same_address_in_two_namespaces_is_not_known, setup, teardown)
{
	add(1000, 8080, 5);
	add(1001, 8080, 5);
	put_conn(7, 1000, 5);
	put_conn(8, 1001, 5);
	forwards_find(&forwards, &snap);
	assert_true(forwards.list[0].unclear);
	assert_int_equal(had(&forwards.list[0]), 0);
}

/* Without connections the address tells where it is, if one namespace alone has it. */
TEST_WITH(forward__a_proxy_is_one_with_what_nat_sends_there, setup, teardown)
{
	const struct holder holder = { .pid = 4711, .comm = "docker-proxy" };
	const union sw_addr a = v4(10, 5), b = v4(10, 6), any = v4(0, 0);

	add(1000, 8080, 5);
	forwards_add_proxy(&forwards, 0, SW_PROTO_TCP, 8080, &a, 80, &holder);
	forwards_add_proxy(&forwards, 0, SW_PROTO_TCP, 8080, &b, 80, &holder);
	assert_int_equal(forwards.n, 2);
	assert_int_equal(forwards.list[0].conns, 1);
	assert_int_equal(forwards.list[0].via_pid, 4711);
	assert_string_equal(forwards.list[1].via, "docker-proxy");
	put_conn(7, 1000, 5);
	put_row(8, ends(any, 80, any, 0), SW_TCP_LISTEN);
	forwards_find(&forwards, &snap);
	forwards_place(&forwards, &a, 9, 1); /* its connections know better */
	forwards_place(&forwards, &b, 8, 1);
	assert_int_equal(forwards.list[0].netns, 7);
	assert_int_equal(had(&forwards.list[1]), 1);
	forwards.list[1].netns = 0;
	forwards_place(&forwards, &b, 8, 2);
	assert_int_equal(had(&forwards.list[1]), 0);
}

TEST_WITH(forward__the_ports_there_are_looked_for, setup, teardown)
{
	struct sw_filter f = { .on = SW_F_PORT | SW_F_ADDR | SW_F_NETNS | SW_F_IPV4 };

	add(1000, 8080, 5);
	forwards_narrow(&forwards, &f);
	assert_int_equal(f.on, SW_F_LOCAL_PORT | SW_F_IPV4);
	assert_true(sw_port_in(&f.local_port, 80));
	assert_false(sw_port_in(&f.local_port, 8080));
}

TEST_WITH(forward__there_is_room_for_so_many, setup, teardown)
{
	for (uint16_t i = 0; i < 200; i++)
		add((uint16_t)(1000 + i), 8080, (uint8_t)i);
	assert_int_equal(forwards.n, FORWARDS_MAX);
	for (uint16_t i = 0; i < FORWARD_CONNS; i++)
		add((uint16_t)(2000 + i), 8080, 1);
	assert_int_equal(forwards.conns.used, FORWARD_CONNS);
	assert_int_equal(forwards.list[1].conns, FORWARD_CONNS + 1);
}
