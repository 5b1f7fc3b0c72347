// SPDX-License-Identifier: GPL-2.0-only
/* Addresses as text, and blocks of addresses from text. */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "core/addr.h"

static union sw_addr address(const char *text)
{
	union sw_addr a = { 0 };

	if (inet_pton(AF_INET, text, &a.b[12]) == 1)
		a.b[10] = a.b[11] = 0xff;
	else
		assert_int_equal(inet_pton(AF_INET6, text, a.b), 1);
	return a;
}

static uint32_t rnd(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* Formats into a text of exactly the promised size, with a guard behind it. */
static const char *formatted(const union sw_addr *a)
{
	static char text[ADDR_TEXT_MAX + 1];
	size_t len;

	memset(text, '#', sizeof(text));
	len = addr_format(a, text);
	assert_int_equal(len, strlen(text));
	assert_int_equal(text[ADDR_TEXT_MAX], '#');
	return text;
}

TEST(addr_format__ipv4_is_dotted_as_inet_ntop_does)
{
	uint32_t seed = 0x1234567;
	char want[INET_ADDRSTRLEN];

	for (int i = 0; i < 20000; i++) {
		uint32_t v4 = htonl(rnd(&seed));
		union sw_addr a = { 0 };

		a.b[10] = a.b[11] = 0xff;
		memcpy(&a.b[12], &v4, 4);
		assert_string_equal(formatted(&a), inet_ntop(AF_INET, &v4, want, sizeof(want)));
	}
}

TEST(addr_format__every_octet_at_every_place)
{
	char want[INET_ADDRSTRLEN];

	for (int place = 12; place < 16; place++) {
		for (int octet = 0; octet < 256; octet++) {
			union sw_addr a = address("10.20.30.40");

			a.b[place] = (uint8_t)octet;
			assert_string_equal(formatted(&a),
					    inet_ntop(AF_INET, &a.b[12], want, sizeof(want)));
		}
	}
}

TEST(addr_format__ipv6_as_inet_ntop_does)
{
	uint32_t seed = 0x7654321;
	char want[INET6_ADDRSTRLEN];

	for (int i = 0; i < 20000; i++) {
		union sw_addr a;
		uint32_t zeros = rnd(&seed);

		for (int k = 0; k < 16; k++)
			a.b[k] = zeros >> (k / 2) & 1 ? 0 : (uint8_t)rnd(&seed);
		if (sw_is_v4mapped(&a))
			continue;
		assert_string_equal(formatted(&a), inet_ntop(AF_INET6, a.b, want, sizeof(want)));
	}
}

TEST(addr_format__well_known_addresses)
{
	static const char *const texts[] = {
		"0.0.0.0",
		"127.0.0.1",
		"255.255.255.255",
		"::",
		"::1",
		"fe80::1",
		"2001:db8::8:800:200c:417a",
		"2001:db8:0:1:1:1:1:1", /* a single zero is not shortened */
		"2001:0:0:1::1",	/* the longest run is */
		"1::",
		"1:0:0:2::",
		"1::2:0:0:3:0", /* the first of two that are as long */
		"0:1::",
		"0:0:2::1:0",
		"::1:2:3:4:5:6",
		"::192.0.2.1", /* once called IPv4-compatible */
		"::0.1.0.0",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		union sw_addr a = address(texts[i]);

		assert_string_equal(formatted(&a), texts[i]);
	}
}

TEST(addr_format__v4_mapped_is_dotted)
{
	union sw_addr a = address("::ffff:10.0.0.9");

	assert_string_equal(formatted(&a), "10.0.0.9");
}

TEST(tuple_version__v4_mapped_counts_as_ipv4)
{
	struct sw_tuple t = { .family = SW_AF_INET6 };

	t.local = t.remote = address("10.0.0.1");
	assert_int_equal(tuple_version(&t), 4);
	t.family = SW_AF_INET;
	assert_int_equal(tuple_version(&t), 4);
	t.family = SW_AF_INET6;
	t.local = address("::"); /* connecting: only the remote one is known */
	assert_int_equal(tuple_version(&t), 4);
	t.remote = address("::1");
	assert_int_equal(tuple_version(&t), 6);
	t.remote = address("::");
	assert_int_equal(tuple_version(&t), 6);
}

TEST(cidr_parse__good_blocks)
{
	static const struct {
		const char *text;
		const char *net;
		unsigned int bits; /* of 128 */
		int v4;
	} cases[] = {
		{ "10.0.0.0/8", "10.0.0.0", 104, 1 },
		{ "10.1.2.3/8", "10.0.0.0", 104, 1 }, /* host bits are cleared */
		{ "10.1.2.3", "10.1.2.3", 128, 1 },
		{ "10.1.2.3/32", "10.1.2.3", 128, 1 },
		{ "10.1.2.255/31", "10.1.2.254", 127, 1 },
		{ "10.1.2.3/0", "0.0.0.0", 96, 1 },
		{ "0.0.0.0/0", "0.0.0.0", 96, 1 },
		{ "::1", "::1", 128, 0 },
		{ "[::1]", "::1", 128, 0 },
		{ "[fe80::]/10", "fe80::", 10, 0 },
		{ "fe80::1/10", "fe80::", 10, 0 },
		{ "febf:ffff::/10", "fe80::", 10, 0 },
		{ "2001:db8::/33", "2001:db8::", 33, 0 },
		{ "2001:db8::5/128", "2001:db8::5", 128, 0 },
		{ "::/0", "::", 0, 0 },
		{ "ffff::/0", "::", 0, 0 },
		{ "::ffff:10.0.0.0/104", "10.0.0.0", 104, 1 },
		{ "::ffff:10.0.0.9", "10.0.0.9", 128, 1 },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255/128",
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 128, 0 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		union sw_addr net = address(cases[i].net);
		struct sw_cidr c;

		unit_case("%s", cases[i].text);
		assert_int_equal(cidr_parse(cases[i].text, &c), 0);
		assert_memory_equal(&c.net, &net, sizeof(net));
		assert_int_equal(c.v4, cases[i].v4);
		for (unsigned int bit = 0; bit < 128; bit++)
			assert_int_equal(c.mask.b[bit / 8] >> (7 - bit % 8) & 1,
					 bit < cases[i].bits);
	}
}

TEST(cidr_parse__bad_blocks_change_nothing)
{
	static const char *const texts[] = {
		"",
		" ",
		"10",
		"10.0",
		"10.0.0",
		"10.0.0.0.0",
		"10.0.0.256",
		"10.0.0.1 ",
		" 10.0.0.1",
		"10.0.0.1/",
		"10.0.0.0/33",
		"10.0.0.0/-1",
		"10.0.0.0/+8",
		"10.0.0.0/ 8",
		"10.0.0.0/8 ",
		"10.0.0.0/8x",
		"10.0.0.0/8/8",
		"10.0.0.0/0x8",
		"/8",
		"::/129",
		":::",
		"::1%lo",
		"[::1",
		"::1]",
		"[]",
		"[",
		"[]/8",
		"g::",
		"1:2:3:4:5:6:7:8:9",
		"10.0.0.0/4294967304",
		"10.0.0.0/18446744073709551624",
		"10.0.0.0/99999999999999999999999",
		"example.org",
		"1111:1111:1111:1111:1111:1111:1111:1111:1111:1111/64",
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct sw_cidr c, before;

		memset(&c, 0x5a, sizeof(c));
		before = c;
		if (cidr_parse(texts[i], &c) != -EINVAL)
			fail_msg("'%s' is taken", texts[i]);
		assert_memory_equal(&c, &before, sizeof(c));
	}
}

TEST(cidr_parse__takes_back_what_is_printed)
{
	uint32_t seed = 0xabcdef1;

	for (int i = 0; i < 5000; i++) {
		union sw_addr a;
		struct sw_cidr c;

		for (int k = 0; k < 16; k++)
			a.b[k] = (uint8_t)rnd(&seed);
		if (i & 1) {
			memset(&a, 0, 12);
			a.b[10] = a.b[11] = 0xff;
		}
		assert_int_equal(cidr_parse(formatted(&a), &c), 0);
		assert_memory_equal(&c.net, &a, sizeof(a));
		assert_int_equal(c.v4, i & 1);
	}
}
