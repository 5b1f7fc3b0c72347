// SPDX-License-Identifier: GPL-2.0-only
/* Which sockets the user asked for: ports, addresses, users, namespaces. */
#include "filter_wants.h"

#include "cli/values.h"

static union sw_addr address(const char *text)
{
	struct sw_cidr_set set = { 0 };

	assert_int_equal(value_cidr(text, &set), 0);
	return set.cidr[0].net;
}

/* The family is IPv4's when both addresses are; a v4-mapped connection is made by hand. */
static struct sw_tuple tuple(const char *local, uint16_t local_port, const char *remote,
			     uint16_t remote_port)
{
	struct sw_tuple t = { .local = address(local),
			      .remote = address(remote),
			      .local_port = local_port,
			      .remote_port = remote_port };

	t.family = sw_is_v4mapped(&t.local) && sw_is_v4mapped(&t.remote) ? SW_AF_INET : SW_AF_INET6;
	return t;
}

static struct sw_tuple mapped(struct sw_tuple t)
{
	t.family = SW_AF_INET6;
	return t;
}

static void want_port(struct sw_filter *f, uint32_t bit, const char *text)
{
	struct sw_port_set *set = bit == SW_F_PORT	   ? &f->any_port
				  : bit == SW_F_LOCAL_PORT ? &f->local_port
							   : &f->remote_port;

	assert_int_equal(value_port(text, set), 0);
	f->on |= bit;
}

static void want_addr(struct sw_filter *f, uint32_t bit, const char *text)
{
	struct sw_cidr_set *set = bit == SW_F_ADDR	   ? &f->any_addr
				  : bit == SW_F_LOCAL_ADDR ? &f->local_addr
							   : &f->remote_addr;

	assert_int_equal(value_cidr(text, set), 0);
	f->on |= bit;
}

static enum sw_verdict user_verdict(const struct sw_filter *f, struct sw_tuple t, uint32_t uid)
{
	struct sw_sock s = { .tuple = t, .uid = uid, .have = SW_HAVE_UID };

	return sw_filter_socket(f, &s);
}

static enum sw_verdict socket_verdict(const struct sw_filter *f, struct sw_tuple t)
{
	return user_verdict(f, t, 0);
}

TEST(filter__without_settings_everything_passes)
{
	const struct sw_filter *f = filter();

	assert_int_equal(socket_verdict(f, tuple("10.0.0.1", 0, "10.0.0.2", 80)), SW_PASS);
	assert_int_equal(socket_verdict(f, tuple("::", 80, "::", 0)), SW_PASS);
	assert_int_equal(socket_verdict(f, (struct sw_tuple){ 0 }), SW_PASS);
	assert_int_equal(change_verdict(f, unowned()), SW_PASS);
	assert_int_equal(change_verdict(f, (struct sw_event){ 0 }), SW_PASS);
}

TEST(filter__port_matches_either_side)
{
	struct sw_filter *f = filter();

	want_port(f, SW_F_PORT, "443");
	assert_int_equal(socket_verdict(f, tuple("10.0.0.1", 5000, "10.0.0.2", 443)), SW_PASS);
	assert_int_equal(socket_verdict(f, tuple("10.0.0.1", 443, "10.0.0.2", 5000)), SW_PASS);
	assert_int_equal(socket_verdict(f, tuple("10.0.0.1", 444, "10.0.0.2", 442)), SW_DROP);
}

TEST(filter__local_port_matches_the_local_side_only)
{
	struct sw_filter *f = filter();

	want_port(f, SW_F_LOCAL_PORT, "443");
	assert_int_equal(socket_verdict(f, tuple("10.0.0.1", 443, "10.0.0.2", 5000)), SW_PASS);
	assert_int_equal(socket_verdict(f, tuple("10.0.0.1", 5000, "10.0.0.2", 443)), SW_DROP);
}

TEST(filter__remote_port_matches_the_remote_side_only)
{
	struct sw_filter *f = filter();

	want_port(f, SW_F_REMOTE_PORT, "443");
	assert_int_equal(socket_verdict(f, tuple("10.0.0.1", 5000, "10.0.0.2", 443)), SW_PASS);
	assert_int_equal(socket_verdict(f, tuple("10.0.0.1", 443, "10.0.0.2", 5000)), SW_DROP);
	assert_int_equal(socket_verdict(f, tuple("0.0.0.0", 443, "0.0.0.0", 0)), SW_DROP);
}

TEST(filter__ports_at_both_ends_of_the_range)
{
	struct sw_filter *f = filter();

	want_port(f, SW_F_REMOTE_PORT, "1");
	want_port(f, SW_F_REMOTE_PORT, "65535");
	assert_int_equal(socket_verdict(f, tuple("1.1.1.1", 9, "1.1.1.2", 1)), SW_PASS);
	assert_int_equal(socket_verdict(f, tuple("1.1.1.1", 9, "1.1.1.2", 65535)), SW_PASS);
	assert_int_equal(socket_verdict(f, tuple("1.1.1.1", 9, "1.1.1.2", 2)), SW_DROP);
	assert_int_equal(socket_verdict(f, tuple("1.1.1.1", 9, "1.1.1.2", 65534)), SW_DROP);
	assert_int_equal(socket_verdict(f, tuple("1.1.1.1", 9, "1.1.1.2", 0)), SW_DROP);
}

TEST(filter__port_set_holds_exactly_its_range)
{
	struct sw_port_set set = { 0 };

	assert_int_equal(value_port("63-129", &set), 0);
	for (uint32_t port = 0; port <= 65535; port++)
		assert_int_equal(sw_port_in(&set, (uint16_t)port), port >= 63 && port <= 129);
}

TEST(filter__whole_range_of_ports_leaves_only_none_out)
{
	struct sw_port_set set = { 0 };

	assert_int_equal(value_port("1-65535", &set), 0);
	for (uint32_t port = 0; port <= 65535; port++)
		assert_int_equal(sw_port_in(&set, (uint16_t)port), port != 0);
}

/* The local port is 0 at CLOSE -> SYN_SENT: neither told nor dropped too early. */
TEST(filter__wanted_local_port_not_chosen_yet_is_decided_later)
{
	struct sw_filter *f = filter();

	want_port(f, SW_F_LOCAL_PORT, "5000");
	assert_int_equal(socket_verdict(f, tuple("10.0.0.1", 0, "10.0.0.2", 80)), SW_LATER);
	f = filter();
	want_port(f, SW_F_PORT, "5000");
	assert_int_equal(socket_verdict(f, tuple("10.0.0.1", 0, "10.0.0.2", 80)), SW_LATER);
}

TEST(filter__unknown_local_port_that_does_not_matter_is_decided_at_once)
{
	struct sw_filter *f = filter();

	want_port(f, SW_F_PORT, "80"); /* the remote one is it */
	assert_int_equal(socket_verdict(f, tuple("10.0.0.1", 0, "10.0.0.2", 80)), SW_PASS);
	f = filter();
	want_port(f, SW_F_REMOTE_PORT, "80");
	assert_int_equal(socket_verdict(f, tuple("10.0.0.1", 0, "10.0.0.2", 80)), SW_PASS);
	assert_int_equal(socket_verdict(f, tuple("10.0.0.1", 0, "10.0.0.2", 81)), SW_DROP);
	f = filter();
	want_port(f, SW_F_LOCAL_PORT, "5000");
	want_port(f, SW_F_REMOTE_PORT, "80");
	assert_int_equal(socket_verdict(f, tuple("10.0.0.1", 0, "10.0.0.2", 81)), SW_DROP);
	f = filter();
	want_port(f, SW_F_LOCAL_PORT, "5000");
	want_addr(f, SW_F_REMOTE_ADDR, "192.0.2.0/24");
	assert_int_equal(socket_verdict(f, tuple("10.0.0.1", 0, "10.0.0.2", 80)), SW_DROP);
}

TEST(filter__port_and_local_port_are_both_needed)
{
	struct sw_filter *f = filter();

	want_port(f, SW_F_PORT, "80");
	want_port(f, SW_F_LOCAL_PORT, "5000");
	assert_int_equal(socket_verdict(f, tuple("10.0.0.1", 0, "10.0.0.2", 80)), SW_LATER);
	assert_int_equal(socket_verdict(f, tuple("10.0.0.1", 5000, "10.0.0.2", 80)), SW_PASS);
	assert_int_equal(socket_verdict(f, tuple("10.0.0.1", 5001, "10.0.0.2", 80)), SW_DROP);
	assert_int_equal(socket_verdict(f, tuple("10.0.0.1", 5000, "10.0.0.2", 81)), SW_DROP);
}

TEST(filter__addr_matches_either_side)
{
	struct sw_filter *f = filter();

	want_addr(f, SW_F_ADDR, "10.1.0.0/16");
	assert_int_equal(socket_verdict(f, tuple("10.1.2.3", 1, "192.0.2.1", 2)), SW_PASS);
	assert_int_equal(socket_verdict(f, tuple("192.0.2.1", 1, "10.1.255.255", 2)), SW_PASS);
	assert_int_equal(socket_verdict(f, tuple("10.0.255.255", 1, "10.2.0.0", 2)), SW_DROP);
}

TEST(filter__local_and_remote_addr_match_their_side_only)
{
	struct sw_filter *f = filter();

	want_addr(f, SW_F_LOCAL_ADDR, "10.1.0.0/16");
	assert_int_equal(socket_verdict(f, tuple("10.1.2.3", 1, "192.0.2.1", 2)), SW_PASS);
	assert_int_equal(socket_verdict(f, tuple("192.0.2.1", 1, "10.1.2.3", 2)), SW_DROP);
	f = filter();
	want_addr(f, SW_F_REMOTE_ADDR, "10.1.0.0/16");
	assert_int_equal(socket_verdict(f, tuple("10.1.2.3", 1, "192.0.2.1", 2)), SW_DROP);
	assert_int_equal(socket_verdict(f, tuple("192.0.2.1", 1, "10.1.2.3", 2)), SW_PASS);
}

TEST(filter__single_address_matches_itself_only)
{
	struct sw_filter *f = filter();

	want_addr(f, SW_F_REMOTE_ADDR, "10.0.0.5");
	want_addr(f, SW_F_REMOTE_ADDR, "2001:db8::5/128");
	assert_int_equal(socket_verdict(f, tuple("10.0.0.1", 1, "10.0.0.5", 2)), SW_PASS);
	assert_int_equal(socket_verdict(f, tuple("10.0.0.1", 1, "10.0.0.4", 2)), SW_DROP);
	assert_int_equal(socket_verdict(f, tuple("2001:db8::1", 1, "2001:db8::5", 2)), SW_PASS);
	assert_int_equal(socket_verdict(f, tuple("2001:db8::1", 1, "2001:db8::4", 2)), SW_DROP);
}

TEST(filter__whole_ipv4_matches_ipv4_and_v4_mapped_only)
{
	struct sw_filter *f = filter();

	want_addr(f, SW_F_REMOTE_ADDR, "0.0.0.0/0");
	assert_int_equal(socket_verdict(f, tuple("10.0.0.1", 1, "10.0.0.5", 2)), SW_PASS);
	assert_int_equal(socket_verdict(f, mapped(tuple("10.0.0.1", 1, "10.0.0.5", 2))), SW_PASS);
	assert_int_equal(socket_verdict(f, tuple("::1", 1, "::1", 2)), SW_DROP);
	assert_int_equal(socket_verdict(f, tuple("::", 1, "::", 0)), SW_DROP);
}

TEST(filter__whole_ipv6_matches_no_v4_mapped)
{
	struct sw_filter *f = filter();

	want_addr(f, SW_F_REMOTE_ADDR, "::/0");
	assert_int_equal(socket_verdict(f, tuple("::1", 1, "::1", 2)), SW_PASS);
	assert_int_equal(socket_verdict(f, tuple("fe80::1", 1, "ffff::", 2)), SW_PASS);
	assert_int_equal(socket_verdict(f, tuple("10.0.0.1", 1, "10.0.0.5", 2)), SW_DROP);
	assert_int_equal(socket_verdict(f, mapped(tuple("10.0.0.1", 1, "10.0.0.5", 2))), SW_DROP);
}

TEST(filter__v4_mapped_block_is_the_ipv4_block)
{
	struct sw_filter *f = filter();

	want_addr(f, SW_F_REMOTE_ADDR, "::ffff:10.0.0.0/104");
	assert_int_equal(socket_verdict(f, tuple("10.0.0.1", 1, "10.255.0.5", 2)), SW_PASS);
	assert_int_equal(socket_verdict(f, mapped(tuple("10.0.0.1", 1, "10.255.0.5", 2))), SW_PASS);
	assert_int_equal(socket_verdict(f, tuple("10.0.0.1", 1, "11.0.0.5", 2)), SW_DROP);
}

TEST(filter__several_blocks_are_or)
{
	struct sw_filter *f = filter();

	want_addr(f, SW_F_ADDR, "10.0.0.0/8");
	want_addr(f, SW_F_ADDR, "192.168.0.0/16");
	want_addr(f, SW_F_ADDR, "fe80::/10");
	assert_int_equal(socket_verdict(f, tuple("192.168.9.9", 1, "1.1.1.1", 2)), SW_PASS);
	assert_int_equal(socket_verdict(f, tuple("1.1.1.1", 1, "10.9.9.9", 2)), SW_PASS);
	assert_int_equal(socket_verdict(f, tuple("febf::1", 1, "2001:db8::", 2)), SW_PASS);
	assert_int_equal(socket_verdict(f, tuple("fec0::1", 1, "2001:db8::", 2)), SW_DROP);
}

TEST(filter__last_of_the_most_blocks_still_counts)
{
	struct sw_filter *f = filter();

	for (int i = 1; i < SW_FILTER_MAX; i++)
		want_addr(f, SW_F_ADDR, "192.0.2.1");
	want_addr(f, SW_F_ADDR, "10.0.0.5");
	assert_int_equal(f->any_addr.n, SW_FILTER_MAX);
	assert_int_equal(socket_verdict(f, tuple("10.0.0.5", 1, "1.1.1.1", 2)), SW_PASS);
	assert_int_equal(socket_verdict(f, tuple("10.0.0.6", 1, "1.1.1.1", 2)), SW_DROP);
}

TEST(filter__ipv4_takes_v4_mapped_along)
{
	struct sw_filter *f = filter();

	f->on = SW_F_IPV4;
	assert_int_equal(socket_verdict(f, tuple("10.0.0.1", 1, "10.0.0.5", 2)), SW_PASS);
	assert_int_equal(socket_verdict(f, mapped(tuple("10.0.0.1", 1, "10.0.0.5", 2))), SW_PASS);
	assert_int_equal(socket_verdict(f, tuple("::", 0, "10.0.0.5", 2)),
			 SW_PASS); /* connecting */
	assert_int_equal(socket_verdict(f, tuple("::1", 1, "::1", 2)), SW_DROP);
	assert_int_equal(socket_verdict(f, tuple("::", 80, "::", 0)), SW_DROP);
}

TEST(filter__ipv4_keeps_what_takes_ipv4_as_well)
{
	struct sw_filter *f = filter();
	struct sw_tuple both = tuple("::", 80, "::", 0);

	f->on = SW_F_IPV4;
	both.flags = SW_TUPLE_V6ONLY_KNOWN;
	assert_int_equal(socket_verdict(f, both), SW_PASS);
	both.flags |= SW_TUPLE_V6ONLY;
	assert_int_equal(socket_verdict(f, both), SW_DROP);
	both = tuple("::1", 80, "::", 0); /* one address of IPv6 is none of IPv4 */
	both.flags = SW_TUPLE_V6ONLY_KNOWN;
	assert_int_equal(socket_verdict(f, both), SW_DROP);
	both = tuple("::", 80, "2001:db8::1", 443); /* who talks IPv6 does not talk IPv4 */
	both.flags = SW_TUPLE_V6ONLY_KNOWN;
	assert_int_equal(socket_verdict(f, both), SW_DROP);
}

TEST(filter__ipv6_leaves_v4_mapped_out)
{
	struct sw_filter *f = filter();

	f->on = SW_F_IPV6;
	assert_int_equal(socket_verdict(f, tuple("::1", 1, "::1", 2)), SW_PASS);
	assert_int_equal(socket_verdict(f, tuple("::", 80, "::", 0)), SW_PASS);
	assert_int_equal(socket_verdict(f, tuple("10.0.0.1", 1, "10.0.0.5", 2)), SW_DROP);
	assert_int_equal(socket_verdict(f, mapped(tuple("10.0.0.1", 1, "10.0.0.5", 2))), SW_DROP);
	assert_int_equal(socket_verdict(f, tuple("::", 0, "10.0.0.5", 2)), SW_DROP);
}

TEST(filter__no_loopback_drops_every_loopback_address)
{
	static const char *const loopback[] = { "127.0.0.1", "127.0.0.0", "127.255.255.255",
						"::1" };
	static const char *const others[] = {
		"126.255.255.255", "128.0.0.1", "0.0.0.0", "10.127.0.1", "::", "::2", "1::1",
		"::1:0:0:1",	   "::7f00:1",	"fe80::1"
	};
	struct sw_filter *f = filter();

	f->on = SW_F_NO_LOOPBACK;
	for (size_t i = 0; i < sizeof(loopback) / sizeof(loopback[0]); i++) {
		assert_int_equal(socket_verdict(f, tuple(loopback[i], 1, "192.0.2.1", 2)), SW_DROP);
		assert_int_equal(socket_verdict(f, tuple("192.0.2.1", 1, loopback[i], 2)), SW_DROP);
	}
	assert_int_equal(socket_verdict(f, mapped(tuple("127.0.0.1", 1, "127.0.0.1", 2))), SW_DROP);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(socket_verdict(f, tuple(others[i], 1, others[i], 2)), SW_PASS);
}

TEST(filter__uid_matches_one_of_several)
{
	struct sw_filter *f = filter();
	struct sw_tuple t = tuple("10.0.0.1", 1, "10.0.0.5", 2);

	assert_int_equal(value_uid("0", f), 0);
	assert_int_equal(value_uid("4294967294", f), 0);
	f->on = SW_F_UID;
	assert_int_equal(user_verdict(f, t, 0), SW_PASS);
	assert_int_equal(user_verdict(f, t, 4294967294u), SW_PASS);
	assert_int_equal(user_verdict(f, t, 1000), SW_DROP);
}

/* A socket in TIME_WAIT that began before the programs: the kernel keeps no user of it. */
TEST(filter__unknown_user_is_nobodys)
{
	struct sw_sock s = { .tuple = tuple("10.0.0.1", 1, "10.0.0.5", 2) };
	struct sw_filter *f = filter();

	assert_int_equal(sw_filter_socket(f, &s), SW_PASS);
	assert_int_equal(value_uid("0", f), 0);
	f->on = SW_F_UID;
	assert_int_equal(sw_filter_socket(f, &s), SW_DROP);
	s.have = SW_HAVE_UID;
	assert_int_equal(sw_filter_socket(f, &s), SW_PASS);
}

TEST(filter__namespace_is_one_of_several)
{
	struct sw_filter *f = filter();
	struct sw_tuple t = tuple("10.0.0.1", 1, "10.0.0.5", 2);

	assert_int_equal(value_netns("7", NULL, f), 0);
	assert_int_equal(value_netns("4026531840", NULL, f), 0);
	f->on = SW_F_NETNS;
	t.netns = 4026531840u;
	assert_int_equal(user_verdict(f, t, 0), SW_PASS);
	t.netns = 8;
	assert_int_equal(user_verdict(f, t, 0), SW_DROP);
}

TEST(filter__different_criteria_are_and)
{
	struct sw_filter *f = filter();
	struct sw_tuple t = tuple("10.0.0.1", 5000, "10.0.0.5", 443);

	want_port(f, SW_F_PORT, "443");
	want_port(f, SW_F_PORT, "80");
	want_addr(f, SW_F_REMOTE_ADDR, "10.0.0.0/24");
	assert_int_equal(value_uid("1000", f), 0);
	f->on |= SW_F_UID | SW_F_IPV4 | SW_F_NO_LOOPBACK;
	assert_int_equal(user_verdict(f, t, 1000), SW_PASS);
	assert_int_equal(user_verdict(f, t, 1001), SW_DROP);
	t.remote_port = 80;
	assert_int_equal(user_verdict(f, t, 1000), SW_PASS);
	t.remote_port = 81;
	assert_int_equal(user_verdict(f, t, 1000), SW_DROP);
	t = tuple("10.0.0.1", 5000, "10.0.1.5", 443);
	assert_int_equal(user_verdict(f, t, 1000), SW_DROP);
	t = tuple("127.0.0.1", 5000, "10.0.0.5", 443);
	assert_int_equal(user_verdict(f, t, 1000), SW_DROP);
}
