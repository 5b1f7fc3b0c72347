// SPDX-License-Identifier: GPL-2.0-only
/* Who has a port: roles, what is followed, what blocks a bind, and how a process is told. */
#include "unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "core/addr.h"
#include "core/family.h"
#include "core/row.h"
#include "core/who.h"
#include "render/who.h"

#define PORT 8080

static void want(struct sw_port_set *set, uint16_t port)
{
	set->bits[port / 64] |= (uint64_t)1 << port % 64;
}

static struct sw_tuple tuple_of(uint8_t last_byte, uint16_t local_port, uint16_t remote_port)
{
	struct sw_tuple t = { .local_port = local_port,
			      .remote_port = remote_port,
			      .family = SW_AF_INET,
			      .netns = 1 };

	t.local.b[10] = t.local.b[11] = 0xff;
	if (last_byte) {
		t.local.b[12] = 127;
		t.local.b[15] = last_byte;
	}
	return t;
}

TEST(who_role__is_by_port_protocol_and_state)
{
	static const struct {
		uint8_t proto, state;
		uint16_t local, remote;
		enum who_role role;
	} cases[] = {
		{ SW_PROTO_TCP, SW_TCP_LISTEN, PORT, 0, WHO_LISTENS },
		{ SW_PROTO_TCP, SW_TCP_CLOSE, PORT, 0, WHO_LISTENS },
		{ SW_PROTO_TCP, SW_TCP_ESTABLISHED, PORT, 5000, WHO_CONNECTED },
		{ SW_PROTO_TCP, SW_TCP_FIN_WAIT2, PORT, 5000, WHO_CONNECTED },
		{ SW_PROTO_TCP, SW_TCP_TIME_WAIT, PORT, 5000, WHO_WAITS },
		{ SW_PROTO_TCP, SW_TCP_ESTABLISHED, 5000, PORT, WHO_USES },
		{ SW_PROTO_TCP, SW_TCP_SYN_SENT, 0, PORT, WHO_USES },
		{ SW_PROTO_TCP, SW_TCP_TIME_WAIT, 5000, PORT, WHO_NOTHING },
		{ SW_PROTO_TCP, SW_TCP_LISTEN, 5000, 0, WHO_NOTHING },
		{ SW_PROTO_TCP, SW_TCP_LISTEN, 53, 0, WHO_NOTHING }, /* only asked about for UDP */
		{ SW_PROTO_UDP, SW_TCP_CLOSE, 53, 0, WHO_LISTENS },
		{ SW_PROTO_UDP, SW_TCP_ESTABLISHED, 53, 9, WHO_CONNECTED },
		{ SW_PROTO_UDP, SW_TCP_CLOSE, PORT, 0, WHO_NOTHING },
		{ 255, SW_TCP_CLOSE, PORT, 0, WHO_NOTHING }, /* a raw socket's protocol number */
	};
	struct who_target target = { .has_ports = true };

	want(&target.tcp, PORT);
	want(&target.udp, 53);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct sw_tuple t = tuple_of(1, cases[i].local, cases[i].remote);

		unit_case("protocol %u, %u > %u", cases[i].proto, t.local_port, t.remote_port);
		assert_int_equal(who_role(&target, cases[i].proto, &t, cases[i].state),
				 cases[i].role);
	}
	assert_true(who_holds(&target, WHO_LISTENS) && who_holds(&target, WHO_CONNECTED));
	assert_false(who_holds(&target, WHO_USES) || who_holds(&target, WHO_WAITS) ||
		     who_holds(&target, WHO_NOTHING));
}

TEST(who_role__other_protocols_have_ports_too)
{
	static const uint8_t protos[] = { SW_PROTO_UDPLITE, SW_PROTO_SCTP, SW_PROTO_META };
	struct who_target target = { .has_ports = true };
	struct family_addr local = { .id = FAMILY_ANY, .port = PORT };
	struct sw_tuple t = tuple_of(1, PORT, 0), vsock = { .family = 40 };

	want(&target.others, PORT);
	family_addr_set(&vsock.local, &local);
	for (size_t i = 0; i < COUNT(protos); i++)
		assert_int_equal(who_role(&target, protos[i], &t, SW_TCP_CLOSE), WHO_LISTENS);
	assert_int_equal(who_role(&target, SW_PROTO_VSOCK, &vsock, SW_TCP_LISTEN), WHO_LISTENS);
	assert_int_equal(who_role(&target, SW_PROTO_TCP, &t, SW_TCP_CLOSE), WHO_NOTHING);
	assert_int_equal(who_role(&target, SW_PROTO_ICMP, &t, SW_TCP_CLOSE), WHO_NOTHING);
	target.other_proto = SW_PROTO_VSOCK;
	assert_int_equal(who_role(&target, SW_PROTO_SCTP, &t, SW_TCP_CLOSE), WHO_NOTHING);
	assert_int_equal(who_role(&target, SW_PROTO_VSOCK, &vsock, SW_TCP_LISTEN), WHO_LISTENS);
}

TEST(who_role__an_address_is_had_by_who_talks_to_it)
{
	struct who_target target = { .has_addr = true };
	struct sw_tuple t = tuple_of(1, 5000, PORT);

	assert_int_equal(cidr_parse("10.0.0.0/8", &target.addr), 0);
	t.remote = t.local;
	t.remote.b[12] = 10;
	assert_int_equal(who_role(&target, SW_PROTO_TCP, &t, SW_TCP_ESTABLISHED), WHO_USES);
	assert_int_equal(who_role(&target, SW_PROTO_TCP, &t, SW_TCP_TIME_WAIT), WHO_WAITS);
	assert_true(who_holds(&target, WHO_USES) && !who_holds(&target, WHO_WAITS));
	t.remote.b[12] = 11;
	assert_int_equal(who_role(&target, SW_PROTO_TCP, &t, SW_TCP_ESTABLISHED), WHO_NOTHING);
	t.local.b[12] = 10;
	assert_int_equal(who_role(&target, SW_PROTO_TCP, &t, SW_TCP_ESTABLISHED), WHO_CONNECTED);
}

TEST(who_role__who_is_bound_to_all_addresses_has_the_port_of_each)
{
	static const struct {
		const char *addr;
		bool v6, any, has;
	} cases[] = {
		{ "127.0.0.1", false, false, true }, { "127.0.0.2", false, false, false },
		{ "127.0.0.2", false, true, true },  { "127.0.0.2", true, true, true },
		{ "::1", false, true, false },	     { "::1", true, true, true },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct who_target target = { .has_ports = true, .has_addr = true };
		struct sw_tuple t = tuple_of(cases[i].any ? 0 : 1, PORT, 0);

		if (cases[i].v6)
			t.local.b[10] = t.local.b[11] = 0;
		want(&target.tcp, PORT);
		assert_int_equal(cidr_parse(cases[i].addr, &target.addr), 0);
		unit_case("%s, case %zu", cases[i].addr, i);
		assert_int_equal(who_role(&target, SW_PROTO_TCP, &t, SW_TCP_LISTEN),
				 cases[i].has ? WHO_LISTENS : WHO_NOTHING);
	}
}

TEST(who_wants__tries_and_their_ends_but_not_the_life_between)
{
	static const struct {
		uint8_t kind, old_state, state;
		bool wanted;
	} cases[] = {
		{ SW_EV_BIND, 0, SW_TCP_CLOSE, true },
		{ SW_EV_CONNECT, 0, SW_TCP_CLOSE, true },
		{ SW_EV_ACCEPT, 0, SW_TCP_ESTABLISHED, true },
		{ SW_EV_OPEN, 0, SW_TCP_CLOSE, true },
		{ SW_EV_CLOSE, 0, SW_TCP_CLOSE, true },
		{ SW_EV_RETRANSMIT, 0, SW_TCP_ESTABLISHED, false },
		{ SW_EV_STATE, SW_TCP_CLOSE, SW_TCP_SYN_SENT, true },
		{ SW_EV_STATE, SW_TCP_SYN_SENT, SW_TCP_ESTABLISHED, true },
		{ SW_EV_STATE, SW_TCP_SYN_SENT, SW_TCP_CLOSE, true },
		{ SW_EV_STATE, SW_TCP_CLOSE, SW_TCP_LISTEN, true },
		{ SW_EV_STATE, SW_TCP_LISTEN, SW_TCP_CLOSE, true },
		{ SW_EV_STATE, SW_TCP_LISTEN, SW_TCP_SYN_RECV, false },
		{ SW_EV_STATE, SW_TCP_SYN_RECV, SW_TCP_ESTABLISHED, false },
		{ SW_EV_STATE, SW_TCP_ESTABLISHED, SW_TCP_FIN_WAIT1, false },
		{ SW_EV_STATE, SW_TCP_LAST_ACK, SW_TCP_CLOSE, false },
	};
	struct who_target target = { .has_ports = true };

	want(&target.tcp, PORT);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct sw_event e = { .kind = cases[i].kind,
				      .sock.proto = SW_PROTO_TCP,
				      .old_state = cases[i].old_state,
				      .sock.state = cases[i].state,
				      .sock.tuple = tuple_of(1, PORT, 0) };

		unit_case("kind %u, state %u to %u", e.kind, e.old_state, e.sock.state);
		assert_int_equal(who_wants(&target, &e), cases[i].wanted);
		e.sock.tuple = tuple_of(1, 5000, PORT);
		assert_int_equal(who_wants(&target, &e), cases[i].wanted);
		e.sock.tuple = tuple_of(1, 5000, 5001);
		assert_false(who_wants(&target, &e));
		e.sock.tuple = tuple_of(1, PORT, 0);
		e.sock.proto = SW_PROTO_UDP;
		assert_false(who_wants(&target, &e));
	}
	assert_true(who_wants(&target, &(struct sw_event){ .kind = SW_EV_LOST }));
}

static void add(struct snapshot *s, uint8_t tcp_state, struct sw_tuple tuple, uint32_t pid,
		uint32_t timer_ms)
{
	struct holder h = { .pid = pid, .fd = 3, .comm = "x" };
	struct sw_row row = { .sock.tuple = tuple,
			      .sock.state = tcp_state,
			      .sock.proto = SW_PROTO_TCP,
			      .first_holder = (uint32_t)s->n_holders,
			      .n_holders = pid ? 1 : 0,
			      .timer.ms = timer_ms };

	if (pid)
		assert_int_equal(snapshot_add_holder(s, &h), 0);
	assert_int_equal(snapshot_add_row(s, &row), 0);
}

static struct sw_event bind_of(uint8_t last_byte)
{
	return (struct sw_event){ .kind = SW_EV_BIND,
				  .sock.proto = SW_PROTO_TCP,
				  .sock.tuple = tuple_of(last_byte, PORT, 0) };
}

TEST(who_blocks__a_listener_on_an_overlapping_address)
{
	struct snapshot s = { 0 };
	struct who_blockers b = { 0 };
	struct sw_event one = bind_of(1), any = bind_of(0), three = bind_of(3);

	add(&s, SW_TCP_LISTEN, tuple_of(1, PORT, 0), 10, 0);
	add(&s, SW_TCP_LISTEN, tuple_of(2, PORT, 0), 20, 0);
	add(&s, SW_TCP_LISTEN, tuple_of(2, PORT, 0), 20, 0); /* the same process twice */
	add(&s, SW_TCP_LISTEN, tuple_of(1, PORT + 1, 0), 30, 0);
	add(&s, SW_TCP_ESTABLISHED, tuple_of(1, PORT, 5000), 40, 0);
	assert_int_equal(who_blocks(&s, &one, &b), 0);
	assert_int_equal(b.n_holders, 1);
	assert_int_equal(b.holders[0].pid, 10);
	who_blockers_free(&b);
	assert_int_equal(who_blocks(&s, &any, &b), 0);
	assert_int_equal(b.n_holders, 2);
	who_blockers_free(&b);
	assert_int_equal(who_blocks(&s, &three, &b), 0);
	assert_int_equal(b.n_holders, 0);
	who_blockers_free(&b);
	snapshot_free(&s);
}

/* By the kernel's rules: an address of IPv6 is none of IPv4, and :: is all of it but with V6ONLY.
 */
TEST(who_blocks__only_what_is_in_the_way)
{
	struct sw_event four = bind_of(5), six = bind_of(1), on_lo = bind_of(5);
	struct sw_tuple any_6 = { .local_port = PORT, .family = SW_AF_INET6, .netns = 1 };
	struct sw_tuple only_6 = any_6, dual_6 = any_6, other_device = tuple_of(0, PORT, 0);
	struct snapshot s = { 0 };
	struct who_blockers b = { 0 };

	only_6.flags = SW_TUPLE_V6ONLY_KNOWN | SW_TUPLE_V6ONLY;
	dual_6.flags = SW_TUPLE_V6ONLY_KNOWN;
	six.sock.tuple = any_6;
	six.sock.tuple.local.b[15] = 1;
	other_device.device = 7;
	on_lo.sock.tuple.device = 1;
	add(&s, SW_TCP_LISTEN, only_6, 10, 0);
	add(&s, SW_TCP_LISTEN, any_6, 20, 0); /* as /proc has it: one or the other */
	assert_int_equal(who_blocks(&s, &four, &b), 0);
	assert_int_equal(b.n_holders, 1);
	assert_int_equal(b.holders[0].pid, 20);
	who_blockers_free(&b);
	add(&s, SW_TCP_LISTEN, tuple_of(0, PORT, 0), 30, 0);
	assert_int_equal(who_blocks(&s, &four, &b), 0);
	assert_int_equal(b.n_holders, 1);
	assert_int_equal(b.holders[0].pid, 30);
	who_blockers_free(&b);
	add(&s, SW_TCP_CLOSE, dual_6, 40, 0);
	assert_int_equal(who_blocks(&s, &four, &b), 0);
	assert_int_equal(b.n_holders, 2);
	who_blockers_free(&b);
	assert_int_equal(who_blocks(&s, &six, &b), 0);
	assert_int_equal(b.n_holders, 3); /* those of IPv6 */
	assert_int_equal(b.holders[2].pid, 40);
	who_blockers_free(&b);
	snapshot_free(&s);
	add(&s, SW_TCP_LISTEN, other_device, 50, 0);
	assert_int_equal(who_blocks(&s, &on_lo, &b), 0);
	assert_int_equal(b.n_holders, 0);
	who_blockers_free(&b);
	assert_int_equal(who_blocks(&s, &four, &b), 0);
	assert_int_equal(b.n_holders, 1);
	who_blockers_free(&b);
	snapshot_free(&s);
}

TEST(who_blocks__connections_and_time_wait_where_nobody_listens)
{
	struct snapshot s = { 0 };
	struct who_blockers b = { 0 };
	struct sw_event one = bind_of(1);

	add(&s, SW_TCP_TIME_WAIT, tuple_of(1, PORT, 5001), 0, 20000);
	add(&s, SW_TCP_TIME_WAIT, tuple_of(1, PORT, 5002), 0, 41000);
	assert_int_equal(who_blocks(&s, &one, &b), 0);
	assert_int_equal(b.n_holders, 0);
	assert_int_equal(b.wait_ms, 41000);
	who_blockers_free(&b);
	add(&s, SW_TCP_CLOSE_WAIT, tuple_of(1, PORT, 5003), 40, 0);
	assert_int_equal(who_blocks(&s, &one, &b), 0);
	assert_int_equal(b.n_holders, 1);
	who_blockers_free(&b);
	one.sock.tuple.netns = 2;
	assert_int_equal(who_blocks(&s, &one, &b), 0);
	assert_int_equal(b.n_holders + b.wait_ms, 0);
	snapshot_free(&s);
}

#define START_NS 1763892131000000000ull

static struct who_process nginx(void)
{
	return (struct who_process){ .pid = 811,
				     .uid = 33,
				     .has_uid = true,
				     .comm = "nginx",
				     .user = "www-data",
				     .exe = "/usr/sbin/nginx",
				     .cmdline = "nginx: \x1b[31mworker",
				     .unit = "nginx.service",
				     .start_wall_ns = START_NS };
}

static void assert_text(struct buf *b, const char *expected)
{
	buf_putc(b, '\0');
	assert_string_equal(b->data, expected);
	buf_free(b);
}

TEST(render_who__text_is_a_paragraph)
{
	struct who_process p = nginx();
	struct buf b = { 0 };

	render_who_text(&b, &p, START_NS + 312000000000ull);
	assert_text(&b, "811/nginx: user www-data, since 2025-11-23 10:02:11 (5m12s), "
			"unit nginx.service\n"
			"    runs /usr/sbin/nginx\n"
			"    as   nginx: \\x1b[31mworker\n");
	p = (struct who_process){ .pid = 2, .comm = "kthreadd", .has_uid = true };
	render_who_text(&b, &p, START_NS);
	assert_text(&b, "2/kthreadd: user 0\n");
	p.has_uid = false;
	render_who_text(&b, &p, START_NS);
	assert_text(&b, "2/kthreadd: user -\n");
}

TEST(render_who__a_long_command_line_is_cut_between_characters)
{
	struct who_process p = { .pid = 2, .comm = "java" };
	char line[1024], cut[1200];
	struct buf b = { 0 };

	memset(line, 'x', sizeof(line));
	memcpy(line + 199, "\xc3\xa4", 2);
	line[sizeof(line) - 1] = '\0';
	p.cmdline = line;
	snprintf(cut, sizeof(cut), "2/java: user -\n    as   %.199s...\n", line);
	render_who_text(&b, &p, START_NS);
	assert_text(&b, cut);
	line[200] = '\0';
	line[199] = 'x';
	snprintf(cut, sizeof(cut), "2/java: user -\n    as   %s\n", line);
	render_who_text(&b, &p, START_NS);
	assert_text(&b, cut);
}

TEST(render_who__tells_the_number_in_its_own_namespace)
{
	struct who_process p = { .pid = 812, .ns_pid = 7, .comm = "nginx" };
	struct buf b = { 0 };

	render_who_text(&b, &p, START_NS);
	assert_text(&b, "812/nginx: user -, in its namespace 7\n");
}

TEST(render_who__json_is_one_object)
{
	struct who_process p = nginx();
	struct buf b = { 0 };

	p.container = "0123456789abcdef";
	p.runtime = "docker";
	p.wall_ns = START_NS + 1;
	render_who_json(&b, &p);
	assert_text(&b, "{\"time\":\"2025-11-23T10:02:11.000000001Z\",\"event\":\"process\","
			"\"pid\":811,\"comm\":\"nginx\",\"uid\":33,"
			"\"user\":\"www-data\",\"container\":\"0123456789abcdef\","
			"\"runtime\":\"docker\",\"unit\":\"nginx.service\","
			"\"exe\":\"/usr/sbin/nginx\",\"cmdline\":\"nginx: \\u001b[31mworker\","
			"\"start_time\":\"2025-11-23T10:02:11.000000000Z\"}\n");
	p = (struct who_process){ .pid = 2, .comm = "kthreadd" };
	render_who_json(&b, &p);
	assert_text(&b, "{\"time\":\"1970-01-01T00:00:00.000000000Z\",\"event\":\"process\","
			"\"pid\":2,\"comm\":\"kthreadd\"}\n");
}
