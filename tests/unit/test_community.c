// SPDX-License-Identifier: GPL-2.0-only
/* SHA-1 of short messages, and Community IDs by the baseline of corelight/community-id-spec. */
#include "unit.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/sha1.h"
#include "core/community.h"
#include "event.h"

static void check_sha1(const char *text, const char *want)
{
	uint8_t digest[SHA1_SIZE];
	char hex[2 * SHA1_SIZE + 1];

	sha1_short(text, strlen(text), digest);
	for (size_t i = 0; i < SHA1_SIZE; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	assert_string_equal(hex, want);
}

/* The first two of FIPS 180's examples that fit, and the longest that does. */
TEST(sha1_short__is_sha1)
{
	check_sha1("", "da39a3ee5e6b4b0d3255bfef95601890afd80709");
	check_sha1("abc", "a9993e364706816aba3e25717850c26c9cd0d89d");
	check_sha1("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		   "c1c8bbdc22796e28c0e15163d20899b65621d65a");
}

static union sw_addr parse(const char *text)
{
	union sw_addr a = { .b = { [10] = 0xff, [11] = 0xff } };

	if (strchr(text, ':'))
		assert_int_equal(inet_pton(AF_INET6, text, a.b), 1);
	else
		assert_int_equal(inet_pton(AF_INET, text, a.b + 12), 1);
	return a;
}

static void check_one(uint8_t proto, const char *local, uint16_t local_port, const char *remote,
		      uint16_t remote_port, const char *want)
{
	struct sw_sock s = { .proto = proto,
			     .tuple = { .local = parse(local),
					.local_port = local_port,
					.remote = parse(remote),
					.remote_port = remote_port } };
	char got[COMMUNITY_ID_LEN + 1] = "";

	assert_int_equal(community_id(&s, got), strlen(want));
	assert_string_equal(got, want);
}

/* The same from both sides. */
static void check(uint8_t proto, const char *local, uint16_t local_port, const char *remote,
		  uint16_t remote_port, const char *want)
{
	check_one(proto, local, local_port, remote, remote_port, want);
	check_one(proto, remote, remote_port, local, local_port, want);
}

TEST(community_id__is_that_of_the_baseline)
{
	check(SW_PROTO_TCP, "128.232.110.120", 34855, "66.35.250.204", 80,
	      "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
	check(SW_PROTO_TCP, "2001:470:e5bf:dead:4957:2174:e82c:4887", 63943,
	      "2607:f8b0:400c:c03::1a", 25, "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=");
	check(SW_PROTO_UDP, "192.168.1.52", 54585, "8.8.8.8", 53, "1:d/FP5EW3wiY1vCndhwleRRKHowQ=");
	check(SW_PROTO_SCTP, "192.168.170.8", 7, "192.168.170.56", 7,
	      "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs=");
}

TEST(community_id__of_one_address_ports_decide)
{
	static const union sw_addr loopback = { .b = { [10] = 0xff, 0xff, 127, 0, 0, 1 } };
	struct sw_sock s = { .proto = SW_PROTO_TCP,
			     .tuple = { .local = loopback,
					.local_port = 8080,
					.remote = loopback,
					.remote_port = 255 } };
	char one[COMMUNITY_ID_LEN], other[COMMUNITY_ID_LEN];

	assert_int_equal(community_id(&s, one), COMMUNITY_ID_LEN);
	s.tuple.local_port = 255;
	s.tuple.remote_port = 8080;
	assert_int_equal(community_id(&s, other), COMMUNITY_ID_LEN);
	assert_memory_equal(one, other, COMMUNITY_ID_LEN);
}

TEST(community_id__is_none_where_an_end_is_not_known)
{
	check_one(SW_PROTO_TCP, "10.0.0.5", 0, "10.0.0.9", 443, "");
	check_one(SW_PROTO_TCP, "10.0.0.5", 443, "0.0.0.0", 0, "");
	check_one(SW_PROTO_UDP, "0.0.0.0", 53, "10.0.0.9", 40001, "");
	check_one(SW_PROTO_UDP, "::", 53, "2001:db8::9", 40001, "");
	check_one(SW_PROTO_ICMP, "10.0.0.5", 7, "10.0.0.9", 7, "");
	check_one(SW_PROTO_RAW, "10.0.0.5", 89, "10.0.0.9", 89, "");
}
