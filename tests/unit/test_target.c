// SPDX-License-Identifier: GPL-2.0-only
/* What `who` can be asked about. */
#include "unit.h"

#include <stdbool.h>
#include <string.h>

#include "cli/target.h"
#include "core/addr.h"
#include "core/who.h"

static struct who_target parsed(const char *text)
{
	struct who_target target;

	unit_case("%s", text);
	assert_int_equal(target_parse(text, &target), 0);
	return target;
}

TEST(target__ports_are_of_both_protocols_or_of_one)
{
	struct who_target t = parsed("8000-8100");

	assert_true(t.has_ports && !t.has_addr);
	assert_true(sw_port_in(&t.tcp, 8000) && sw_port_in(&t.udp, 8100));
	assert_false(sw_port_in(&t.tcp, 8101));
	t = parsed("53/udp");
	assert_true(sw_port_in(&t.udp, 53) && !sw_port_in(&t.tcp, 53));
	t = parsed("53");
	assert_true(sw_port_in(&t.others, 53) && !t.other_proto);
	t = parsed("53/sctp");
	assert_true(sw_port_in(&t.others, 53) && t.other_proto == SW_PROTO_SCTP);
	assert_false(sw_port_in(&t.tcp, 53) || sw_port_in(&t.udp, 53));
	t = parsed("https/tcp");
	assert_true(sw_port_in(&t.tcp, 443) && !sw_port_in(&t.udp, 443));
}

TEST(target__an_address_with_and_without_ports)
{
	static const struct {
		const char *text, *addr; /* NULL: of all addresses */
		uint16_t port;		 /* 0: none */
	} cases[] = {
		{ "10.0.0.9", "10.0.0.9", 0 },
		{ "10.0.0.0/8", "10.0.0.0/8", 0 },
		{ "::1", "::1", 0 },
		{ "[fe80::1]", "fe80::1", 0 },
		{ "fe80::1:80", "fe80::1:80", 0 },
		{ "fe80::1%d0", "fe80::1", 0 },
		{ "[fe80::1%d0]:80", "fe80::1", 80 },
		{ "fe80::1%d0:80", "fe80::1", 80 },
		{ "127.0.0.1:80", "127.0.0.1", 80 },
		{ "[::1]:80", "::1", 80 },
		{ "::1:80", "::1", 80 },
		{ "::1:54321", "::1", 54321 },
		{ ":::5432", NULL, 5432 },
		{ "0.0.0.0:80", NULL, 80 },
		{ "[::]:80", NULL, 80 },
		{ "*:80", NULL, 80 },
		{ ":80", NULL, 80 },
		{ "10.0.0.9:http/tcp", "10.0.0.9", 80 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct who_target t = parsed(cases[i].text);
		struct sw_cidr c;

		assert_int_equal(t.has_ports, cases[i].port != 0);
		assert_int_equal(t.has_addr, cases[i].addr != NULL);
		if (cases[i].port)
			assert_true(sw_port_in(&t.tcp, cases[i].port));
		if (!cases[i].addr)
			continue;
		assert_int_equal(cidr_parse(cases[i].addr, &c), 0);
		assert_memory_equal(&t.addr, &c, sizeof(c));
	}
}

TEST(target__what_is_neither_is_refused_and_changes_nothing)
{
	static const char *const texts[] = { "",
					     "0",
					     "65536",
					     "no-such-service",
					     "80/dccp",
					     "fe80::1%",
					     "10.0.0.1%d0",
					     "fe80::1%a:b:80",
					     "10.0.0.9:",
					     "10.0.0:80",
					     "10.0.0.0/8:80",
					     "[::1]:0",
					     "[::1",
					     "example.org:80",
					     "10.0.0.0/33" };
	struct who_target t, before;

	memset(&t, 0xa5, sizeof(t));
	before = t;
	for (size_t i = 0; i < COUNT(texts); i++) {
		unit_case("%s", texts[i]);
		assert_true(target_parse(texts[i], &t) < 0);
		assert_memory_equal(&t, &before, sizeof(t));
	}
}
