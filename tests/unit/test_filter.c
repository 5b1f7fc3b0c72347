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
static void filter__unknown_user_is_nobodys(void **state)
{
	struct sw_sock s = { .tuple = tuple("10.0.0.1", 1, "10.0.0.5", 2) };
	struct sw_filter *f = filter();

	(void)state;
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

	assert_int_equal(value_netns("7", f), 0);
	assert_int_equal(value_netns("4026531840", f), 0);
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
<<<<<<< HEAD
=======

/* --- processes ---------------------------------------------------------------------------------
 */

static void filter__pid_matches_the_owner(void **state)
{
	struct sw_filter *f = filter();

	(void)state;
	want_pid(f, "1234");
	want_pid(f, "5678");
	assert_int_equal(change_verdict(f, owned_by(1234, "a")), SW_PASS);
	assert_int_equal(change_verdict(f, owned_by(5678, "a")), SW_PASS);
	assert_int_equal(change_verdict(f, owned_by(12345, "a")), SW_DROP);
	assert_int_equal(change_verdict(f, owned_by(0, "a")), SW_DROP);
}

static void filter__pid_matches_the_actor(void **state)
{
	struct sw_filter *f = filter();

	(void)state;
	want_pid(f, "1234");
	assert_int_equal(change_verdict(f, acted_by(owned_by(1, "a"), 1234, "b")), SW_PASS);
	assert_int_equal(change_verdict(f, acted_by(unowned(), 1234, "b")), SW_PASS);
	assert_int_equal(change_verdict(f, acted_by(owned_by(1234, "a"), 1, "b")), SW_PASS);
	assert_int_equal(change_verdict(f, acted_by(owned_by(1, "a"), 2, "b")), SW_DROP);
}

static void filter__actor_that_no_task_was_is_not_looked_at(void **state)
{
	struct sw_filter *f = filter();
	struct sw_event e = acted_by(owned_by(1, "a"), 1234, "b");

	(void)state;
	want_pid(f, "1234");
	e.sock.have = 0;
	assert_int_equal(change_verdict(f, e), SW_DROP);
}

static void filter__unknown_owner_is_decided_later(void **state)
{
	struct sw_filter *f = filter();

	(void)state;
	want_pid(f, "1234");
	assert_int_equal(change_verdict(f, unowned()), SW_LATER);
	assert_int_equal(change_verdict(f, acted_by(unowned(), 2, "b")), SW_LATER);
	f = filter();
	want_comm(f, "curl");
	assert_int_equal(change_verdict(f, unowned()), SW_LATER);
}

static void filter__unknown_owner_that_does_not_matter_is_decided_at_once(void **state)
{
	struct sw_filter *f = filter();

	(void)state;
	want_pid(f, "1234");
	want_state(f, "CLOSE");
	assert_int_equal(change_verdict(f, unowned()), SW_DROP);
	f = filter();
	want_state(f, "ESTABLISHED");
	assert_int_equal(change_verdict(f, unowned()), SW_PASS);
}

static void filter__pid_and_comm_are_of_one_process(void **state)
{
	struct sw_filter *f = filter();

	(void)state;
	want_pid(f, "1234");
	want_comm(f, "curl");
	assert_int_equal(change_verdict(f, owned_by(1234, "curl")), SW_PASS);
	assert_int_equal(change_verdict(f, owned_by(1234, "wget")), SW_DROP);
	assert_int_equal(change_verdict(f, owned_by(1, "curl")), SW_DROP);
	assert_int_equal(change_verdict(f, acted_by(owned_by(1, "init"), 1234, "curl")), SW_PASS);
	assert_int_equal(change_verdict(f, acted_by(owned_by(1, "curl"), 1234, "wget")), SW_DROP);
}

static void filter__last_of_the_most_pids_still_counts(void **state)
{
	struct sw_filter *f = filter();

	(void)state;
	for (int i = 1; i < SW_FILTER_MAX; i++)
		want_pid(f, "7");
	want_pid(f, "1234");
	assert_int_equal(change_verdict(f, owned_by(1234, "a")), SW_PASS);
	assert_int_equal(change_verdict(f, owned_by(8, "a")), SW_DROP);
}

static void filter__comm_is_exact(void **state)
{
	struct sw_filter *f = filter();

	(void)state;
	want_comm(f, "curl");
	want_comm(f, "nc");
	assert_int_equal(comm_verdict(f, "curl"), SW_PASS);
	assert_int_equal(comm_verdict(f, "nc"), SW_PASS);
	assert_int_equal(comm_verdict(f, "curl2"), SW_DROP);
	assert_int_equal(comm_verdict(f, "cur"), SW_DROP);
	assert_int_equal(comm_verdict(f, "Curl"), SW_DROP);
	assert_int_equal(comm_verdict(f, ""), SW_DROP);
}

static void filter__comm_with_a_star_is_a_beginning(void **state)
{
	struct sw_filter *f = filter();

	(void)state;
	want_comm(f, "nginx*");
	assert_int_equal(comm_verdict(f, "nginx"), SW_PASS);
	assert_int_equal(comm_verdict(f, "nginx: worker"), SW_PASS);
	assert_int_equal(comm_verdict(f, "ngin"), SW_DROP);
	assert_int_equal(comm_verdict(f, "xnginx"), SW_DROP);
	f = filter();
	want_comm(f, "*");
	assert_int_equal(comm_verdict(f, "anything"), SW_PASS);
	assert_int_equal(comm_verdict(f, ""), SW_PASS);
}

/* The kernel keeps 15 bytes of a name; a user types all of it. */
static void filter__long_comm_is_compared_as_far_as_the_kernel_keeps_it(void **state)
{
	struct sw_filter *f = filter();

	(void)state;
	want_comm(f, "systemd-resolved"); /* 16 */
	assert_int_equal(comm_verdict(f, "systemd-resolve"), SW_PASS);
	assert_int_equal(comm_verdict(f, "systemd-resolv"), SW_DROP);
	f = filter();
	want_comm(f, "fifteen-letters");
	assert_int_equal(comm_verdict(f, "fifteen-letters"), SW_PASS);
	assert_int_equal(comm_verdict(f, "fifteen-letter"), SW_DROP);
	f = filter();
	want_comm(f, "systemd-resolved-of-another*");
	assert_int_equal(comm_verdict(f, "systemd-resolve"), SW_PASS);
	assert_int_equal(comm_verdict(f, "systemd-resolv"), SW_DROP);
}

static void filter__comm_matches_the_actor(void **state)
{
	struct sw_filter *f = filter();

	(void)state;
	want_comm(f, "curl");
	assert_int_equal(change_verdict(f, acted_by(owned_by(1, "sh"), 2, "curl")), SW_PASS);
	assert_int_equal(change_verdict(f, acted_by(unowned(), 2, "curl")), SW_PASS);
	assert_int_equal(change_verdict(f, acted_by(owned_by(1, "sh"), 2, "wget")), SW_DROP);
}

static void filter__snapshot_row_goes_by_the_same_rule(void **state)
{
	struct sw_filter *f = filter();
	struct sw_event row = owned_by(1234, "sshd");

	(void)state;
	row.kind = SW_EV_SOCKET;
	row.sock.owner_source = SW_OWNER_SNAPSHOT;
	row.old_state = 0;
	row.sock.state = SW_TCP_LISTEN;
	want_pid(f, "1234");
	want_comm(f, "ss*");
	want_state(f, "listen");
	f->on |= SW_F_LISTEN;
	assert_int_equal(change_verdict(f, row), SW_PASS);
	f->on |= SW_F_FAILED;
	assert_int_equal(change_verdict(f, row), SW_DROP);
}

/* --- states ------------------------------------------------------------------------------------
 */

static void filter__state_is_the_one_that_is_reached(void **state)
{
	struct sw_filter *f = filter();

	(void)state;
	want_state(f, "established");
	want_state(f, "time-wait");
	assert_int_equal(move_verdict(f, SW_TCP_SYN_SENT, SW_TCP_ESTABLISHED), SW_PASS);
	assert_int_equal(move_verdict(f, SW_TCP_FIN_WAIT2, SW_TCP_TIME_WAIT), SW_PASS);
	assert_int_equal(move_verdict(f, SW_TCP_ESTABLISHED, SW_TCP_CLOSE), SW_DROP);
	assert_int_equal(move_verdict(f, 0, SW_TCP_ESTABLISHED), SW_PASS); /* an accept, a row */
}

static void filter__every_state_alone(void **state)
{
	(void)state;
	for (uint8_t wanted = SW_TCP_ESTABLISHED; wanted <= SW_TCP_NEW_SYN_RECV; wanted++) {
		struct sw_filter *f = filter();

		f->on = SW_F_STATE;
		f->states = 1u << wanted;
		for (uint8_t s = SW_TCP_ESTABLISHED; s <= SW_TCP_NEW_SYN_RECV; s++)
			assert_int_equal(move_verdict(f, 0, s), s == wanted ? SW_PASS : SW_DROP);
	}
}

static void filter__syn_recv_means_request_sockets_too(void **state)
{
	struct sw_filter *f = filter();

	(void)state;
	want_state(f, "syn-recv");
	assert_int_equal(move_verdict(f, SW_TCP_LISTEN, SW_TCP_SYN_RECV), SW_PASS);
	assert_int_equal(move_verdict(f, 0, SW_TCP_NEW_SYN_RECV), SW_PASS);
}

static void filter__listen_is_the_begin_and_end_of_listeners(void **state)
{
	struct sw_filter *f = filter();

	(void)state;
	f->on = SW_F_LISTEN;
	assert_int_equal(move_verdict(f, 0, SW_TCP_LISTEN), SW_PASS);
	assert_int_equal(move_verdict(f, SW_TCP_CLOSE, SW_TCP_LISTEN), SW_PASS);
	assert_int_equal(move_verdict(f, SW_TCP_LISTEN, SW_TCP_CLOSE), SW_PASS);
	assert_int_equal(move_verdict(f, SW_TCP_ESTABLISHED, SW_TCP_CLOSE), SW_DROP);
}

static void filter__birth_of_a_child_is_no_listeners_event(void **state)
{
	struct sw_filter *f = filter();

	(void)state;
	f->on = SW_F_LISTEN;
	assert_int_equal(move_verdict(f, SW_TCP_LISTEN, SW_TCP_SYN_RECV), SW_DROP);
	assert_int_equal(move_verdict(f, SW_TCP_SYN_RECV, SW_TCP_ESTABLISHED), SW_DROP);
	assert_int_equal(move_verdict(f, SW_TCP_LISTEN, SW_TCP_ESTABLISHED), SW_DROP);
}

static void filter__failed_is_every_end_with_a_reason(void **state)
{
	struct sw_filter *f = filter();

	(void)state;
	f->on = SW_F_FAILED;
	for (uint8_t reason = 0; reason < SW_REASONS; reason++) {
		struct sw_event e = { .old_state = SW_TCP_SYN_SENT,
				      .sock.state = SW_TCP_CLOSE,
				      .reason = reason };

		assert_int_equal(change_verdict(f, e), reason ? SW_PASS : SW_DROP);
	}
}

static void filter_change__listening_datagram_sockets_are_those_without_a_peer(void **state)
{
	static const struct {
		uint8_t kind, state;
		bool wanted;
	} cases[] = {
		{ SW_EV_SOCKET, SW_TCP_CLOSE, true },	{ SW_EV_SOCKET, SW_TCP_ESTABLISHED, false },
		{ SW_EV_BIND, SW_TCP_CLOSE, true },	{ SW_EV_CLOSE, SW_TCP_CLOSE, true },
		{ SW_EV_OPEN, SW_TCP_CLOSE, false },	{ SW_EV_OPEN, SW_TCP_ESTABLISHED, false },
		{ SW_EV_CONNECT, SW_TCP_CLOSE, false },
	};
	struct sw_filter f = { .on = SW_F_LISTEN };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sw_event e = { .sock.proto = SW_PROTO_UDP,
				      .kind = cases[i].kind,
				      .sock.state = cases[i].state };

		assert_int_equal(sw_filter_change(&f, &e) == SW_PASS, cases[i].wanted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filter__without_settings_everything_passes),
		cmocka_unit_test(filter__port_matches_either_side),
		cmocka_unit_test(filter__local_port_matches_the_local_side_only),
		cmocka_unit_test(filter__remote_port_matches_the_remote_side_only),
		cmocka_unit_test(filter__ports_at_both_ends_of_the_range),
		cmocka_unit_test(filter__port_set_holds_exactly_its_range),
		cmocka_unit_test(filter__whole_range_of_ports_leaves_only_none_out),
		cmocka_unit_test(filter__wanted_local_port_not_chosen_yet_is_decided_later),
		cmocka_unit_test(
			filter__unknown_local_port_that_does_not_matter_is_decided_at_once),
		cmocka_unit_test(filter__port_and_local_port_are_both_needed),
		cmocka_unit_test(filter__addr_matches_either_side),
		cmocka_unit_test(filter__local_and_remote_addr_match_their_side_only),
		cmocka_unit_test(filter__single_address_matches_itself_only),
		cmocka_unit_test(filter__whole_ipv4_matches_ipv4_and_v4_mapped_only),
		cmocka_unit_test(filter__whole_ipv6_matches_no_v4_mapped),
		cmocka_unit_test(filter__v4_mapped_block_is_the_ipv4_block),
		cmocka_unit_test(filter__several_blocks_are_or),
		cmocka_unit_test(filter__last_of_the_most_blocks_still_counts),
		cmocka_unit_test(filter__ipv4_takes_v4_mapped_along),
		cmocka_unit_test(filter__ipv6_leaves_v4_mapped_out),
		cmocka_unit_test(filter__no_loopback_drops_every_loopback_address),
		cmocka_unit_test(filter__uid_matches_one_of_several),
		cmocka_unit_test(filter__unknown_user_is_nobodys),
		cmocka_unit_test(filter__namespace_is_one_of_several),
		cmocka_unit_test(filter__different_criteria_are_and),
		cmocka_unit_test(filter__pid_matches_the_owner),
		cmocka_unit_test(filter__pid_matches_the_actor),
		cmocka_unit_test(filter__actor_that_no_task_was_is_not_looked_at),
		cmocka_unit_test(filter__unknown_owner_is_decided_later),
		cmocka_unit_test(filter__unknown_owner_that_does_not_matter_is_decided_at_once),
		cmocka_unit_test(filter__pid_and_comm_are_of_one_process),
		cmocka_unit_test(filter__last_of_the_most_pids_still_counts),
		cmocka_unit_test(filter__comm_is_exact),
		cmocka_unit_test(filter__comm_with_a_star_is_a_beginning),
		cmocka_unit_test(filter__long_comm_is_compared_as_far_as_the_kernel_keeps_it),
		cmocka_unit_test(filter__comm_matches_the_actor),
		cmocka_unit_test(filter__snapshot_row_goes_by_the_same_rule),
		cmocka_unit_test(filter__state_is_the_one_that_is_reached),
		cmocka_unit_test(filter__every_state_alone),
		cmocka_unit_test(filter__syn_recv_means_request_sockets_too),
		cmocka_unit_test(filter__listen_is_the_begin_and_end_of_listeners),
		cmocka_unit_test(filter__birth_of_a_child_is_no_listeners_event),
		cmocka_unit_test(filter__failed_is_every_end_with_a_reason),
		cmocka_unit_test(
			filter_change__listening_datagram_sockets_are_those_without_a_peer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
>>>>>>> 8c25e40 (One place reads what events and rows have of a socket: sock.h; event_begin and event_renew set what every event has)
