// SPDX-License-Identifier: GPL-2.0-only
/* Which events and rows the user asked for: include/filter.h, with the settings as options make
 * them. */
#include "unit.h"

#include <stdbool.h>
#include <string.h>

#include "cli/values.h"
#include "filter.h"

/* --- what the tests are made of ----------------------------------------------------------------
 */

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

static struct sw_filter *filter(void)
{
	static struct sw_filter f;

	memset(&f, 0, sizeof(f));
	return &f;
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

static void want_pid(struct sw_filter *f, const char *text)
{
	assert_int_equal(value_pid(text, f), 0);
	f->on |= SW_F_PID;
}

static void want_comm(struct sw_filter *f, const char *text)
{
	assert_int_equal(value_comm(text, f), 0);
	f->on |= SW_F_COMM;
}

static void want_state(struct sw_filter *f, const char *text)
{
	assert_int_equal(value_state(text, f), 0);
	f->on |= SW_F_STATE;
}

static enum sw_verdict socket_verdict(const struct sw_filter *f, struct sw_tuple t)
{
	return sw_filter_socket(f, &t, 0);
}

static struct sw_event owned_by(uint32_t pid, const char *comm)
{
	struct sw_event e = { .kind = SW_EV_STATE,
			      .sock.owner_source = SW_OWNER_CONNECT,
			      .sock.pid = pid,
			      .old_state = SW_TCP_SYN_SENT,
			      .sock.state = SW_TCP_ESTABLISHED };

	strncpy(e.sock.comm, comm, SW_COMM_LEN - 1);
	return e;
}

static struct sw_event acted_by(struct sw_event e, uint32_t pid, const char *comm)
{
	e.sock.have |= SW_HAVE_ACTOR;
	e.actor_pid = pid;
	strncpy(e.actor_comm, comm, SW_COMM_LEN - 1);
	return e;
}

static struct sw_event unowned(void)
{
	struct sw_event e = owned_by(0, "");

	e.sock.owner_source = SW_OWNER_UNKNOWN;
	return e;
}

static enum sw_verdict change_verdict(const struct sw_filter *f, struct sw_event e)
{
	return sw_filter_change(f, &e);
}

static enum sw_verdict comm_verdict(const struct sw_filter *f, const char *comm)
{
	return change_verdict(f, owned_by(1, comm));
}

static enum sw_verdict move_verdict(const struct sw_filter *f, uint8_t old_state, uint8_t state)
{
	struct sw_event e = { .old_state = old_state, .sock.state = state };

	return change_verdict(f, e);
}

/* --- no filter ---------------------------------------------------------------------------------
 */

TEST(filter__without_settings_everything_passes)
{
	const struct sw_filter *f = filter();

	assert_int_equal(socket_verdict(f, tuple("10.0.0.1", 0, "10.0.0.2", 80)), SW_PASS);
	assert_int_equal(socket_verdict(f, tuple("::", 80, "::", 0)), SW_PASS);
	assert_int_equal(socket_verdict(f, (struct sw_tuple){ 0 }), SW_PASS);
	assert_int_equal(change_verdict(f, unowned()), SW_PASS);
	assert_int_equal(change_verdict(f, (struct sw_event){ 0 }), SW_PASS);
}

/* --- ports -------------------------------------------------------------------------------------
 */

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

/* --- addresses ---------------------------------------------------------------------------------
 */

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

/* --- families, loopback, users -----------------------------------------------------------------
 */

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
	assert_int_equal(sw_filter_socket(f, &t, 0), SW_PASS);
	assert_int_equal(sw_filter_socket(f, &t, 4294967294u), SW_PASS);
	assert_int_equal(sw_filter_socket(f, &t, 1000), SW_DROP);
}

TEST(filter__namespace_is_one_of_several)
{
	struct sw_filter *f = filter();
	struct sw_tuple t = tuple("10.0.0.1", 1, "10.0.0.5", 2);

	assert_int_equal(value_netns("7", f), 0);
	assert_int_equal(value_netns("4026531840", f), 0);
	f->on = SW_F_NETNS;
	t.netns = 4026531840u;
	assert_int_equal(sw_filter_socket(f, &t, 0), SW_PASS);
	t.netns = 8;
	assert_int_equal(sw_filter_socket(f, &t, 0), SW_DROP);
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
	assert_int_equal(sw_filter_socket(f, &t, 1000), SW_PASS);
	assert_int_equal(sw_filter_socket(f, &t, 1001), SW_DROP);
	t.remote_port = 80;
	assert_int_equal(sw_filter_socket(f, &t, 1000), SW_PASS);
	t.remote_port = 81;
	assert_int_equal(sw_filter_socket(f, &t, 1000), SW_DROP);
	t = tuple("10.0.0.1", 5000, "10.0.1.5", 443);
	assert_int_equal(sw_filter_socket(f, &t, 1000), SW_DROP);
	t = tuple("127.0.0.1", 5000, "10.0.0.5", 443);
	assert_int_equal(sw_filter_socket(f, &t, 1000), SW_DROP);
}

/* --- processes ---------------------------------------------------------------------------------
 */

TEST(filter__pid_matches_the_owner)
{
	struct sw_filter *f = filter();

	want_pid(f, "1234");
	want_pid(f, "5678");
	assert_int_equal(change_verdict(f, owned_by(1234, "a")), SW_PASS);
	assert_int_equal(change_verdict(f, owned_by(5678, "a")), SW_PASS);
	assert_int_equal(change_verdict(f, owned_by(12345, "a")), SW_DROP);
	assert_int_equal(change_verdict(f, owned_by(0, "a")), SW_DROP);
}

TEST(filter__pid_matches_the_actor)
{
	struct sw_filter *f = filter();

	want_pid(f, "1234");
	assert_int_equal(change_verdict(f, acted_by(owned_by(1, "a"), 1234, "b")), SW_PASS);
	assert_int_equal(change_verdict(f, acted_by(unowned(), 1234, "b")), SW_PASS);
	assert_int_equal(change_verdict(f, acted_by(owned_by(1234, "a"), 1, "b")), SW_PASS);
	assert_int_equal(change_verdict(f, acted_by(owned_by(1, "a"), 2, "b")), SW_DROP);
}

TEST(filter__actor_that_no_task_was_is_not_looked_at)
{
	struct sw_filter *f = filter();
	struct sw_event e = acted_by(owned_by(1, "a"), 1234, "b");

	want_pid(f, "1234");
	e.sock.have = 0;
	assert_int_equal(change_verdict(f, e), SW_DROP);
}

TEST(filter__unknown_owner_is_decided_later)
{
	struct sw_filter *f = filter();

	want_pid(f, "1234");
	assert_int_equal(change_verdict(f, unowned()), SW_LATER);
	assert_int_equal(change_verdict(f, acted_by(unowned(), 2, "b")), SW_LATER);
	f = filter();
	want_comm(f, "curl");
	assert_int_equal(change_verdict(f, unowned()), SW_LATER);
}

TEST(filter__unknown_owner_that_does_not_matter_is_decided_at_once)
{
	struct sw_filter *f = filter();

	want_pid(f, "1234");
	want_state(f, "CLOSE");
	assert_int_equal(change_verdict(f, unowned()), SW_DROP);
	f = filter();
	want_state(f, "ESTABLISHED");
	assert_int_equal(change_verdict(f, unowned()), SW_PASS);
}

TEST(filter__pid_and_comm_are_of_one_process)
{
	struct sw_filter *f = filter();

	want_pid(f, "1234");
	want_comm(f, "curl");
	assert_int_equal(change_verdict(f, owned_by(1234, "curl")), SW_PASS);
	assert_int_equal(change_verdict(f, owned_by(1234, "wget")), SW_DROP);
	assert_int_equal(change_verdict(f, owned_by(1, "curl")), SW_DROP);
	assert_int_equal(change_verdict(f, acted_by(owned_by(1, "init"), 1234, "curl")), SW_PASS);
	assert_int_equal(change_verdict(f, acted_by(owned_by(1, "curl"), 1234, "wget")), SW_DROP);
}

TEST(filter__last_of_the_most_pids_still_counts)
{
	struct sw_filter *f = filter();

	for (int i = 1; i < SW_FILTER_MAX; i++)
		want_pid(f, "7");
	want_pid(f, "1234");
	assert_int_equal(change_verdict(f, owned_by(1234, "a")), SW_PASS);
	assert_int_equal(change_verdict(f, owned_by(8, "a")), SW_DROP);
}

TEST(filter__comm_is_exact)
{
	struct sw_filter *f = filter();

	want_comm(f, "curl");
	want_comm(f, "nc");
	assert_int_equal(comm_verdict(f, "curl"), SW_PASS);
	assert_int_equal(comm_verdict(f, "nc"), SW_PASS);
	assert_int_equal(comm_verdict(f, "curl2"), SW_DROP);
	assert_int_equal(comm_verdict(f, "cur"), SW_DROP);
	assert_int_equal(comm_verdict(f, "Curl"), SW_DROP);
	assert_int_equal(comm_verdict(f, ""), SW_DROP);
}

TEST(filter__comm_with_a_star_is_a_beginning)
{
	struct sw_filter *f = filter();

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
TEST(filter__long_comm_is_compared_as_far_as_the_kernel_keeps_it)
{
	struct sw_filter *f = filter();

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

TEST(filter__comm_matches_the_actor)
{
	struct sw_filter *f = filter();

	want_comm(f, "curl");
	assert_int_equal(change_verdict(f, acted_by(owned_by(1, "sh"), 2, "curl")), SW_PASS);
	assert_int_equal(change_verdict(f, acted_by(unowned(), 2, "curl")), SW_PASS);
	assert_int_equal(change_verdict(f, acted_by(owned_by(1, "sh"), 2, "wget")), SW_DROP);
}

TEST(filter__snapshot_row_goes_by_the_same_rule)
{
	struct sw_filter *f = filter();
	struct sw_event row = owned_by(1234, "sshd");

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

TEST(filter__state_is_the_one_that_is_reached)
{
	struct sw_filter *f = filter();

	want_state(f, "established");
	want_state(f, "time-wait");
	assert_int_equal(move_verdict(f, SW_TCP_SYN_SENT, SW_TCP_ESTABLISHED), SW_PASS);
	assert_int_equal(move_verdict(f, SW_TCP_FIN_WAIT2, SW_TCP_TIME_WAIT), SW_PASS);
	assert_int_equal(move_verdict(f, SW_TCP_ESTABLISHED, SW_TCP_CLOSE), SW_DROP);
	assert_int_equal(move_verdict(f, 0, SW_TCP_ESTABLISHED), SW_PASS); /* an accept, a row */
}

TEST(filter__every_state_alone)
{
	for (uint8_t wanted = SW_TCP_ESTABLISHED; wanted <= SW_TCP_NEW_SYN_RECV; wanted++) {
		struct sw_filter *f = filter();

		f->on = SW_F_STATE;
		f->states = 1u << wanted;
		for (uint8_t s = SW_TCP_ESTABLISHED; s <= SW_TCP_NEW_SYN_RECV; s++)
			assert_int_equal(move_verdict(f, 0, s), s == wanted ? SW_PASS : SW_DROP);
	}
}

TEST(filter__syn_recv_means_request_sockets_too)
{
	struct sw_filter *f = filter();

	want_state(f, "syn-recv");
	assert_int_equal(move_verdict(f, SW_TCP_LISTEN, SW_TCP_SYN_RECV), SW_PASS);
	assert_int_equal(move_verdict(f, 0, SW_TCP_NEW_SYN_RECV), SW_PASS);
}

TEST(filter__listen_is_the_begin_and_end_of_listeners)
{
	struct sw_filter *f = filter();

	f->on = SW_F_LISTEN;
	assert_int_equal(move_verdict(f, 0, SW_TCP_LISTEN), SW_PASS);
	assert_int_equal(move_verdict(f, SW_TCP_CLOSE, SW_TCP_LISTEN), SW_PASS);
	assert_int_equal(move_verdict(f, SW_TCP_LISTEN, SW_TCP_CLOSE), SW_PASS);
	assert_int_equal(move_verdict(f, SW_TCP_ESTABLISHED, SW_TCP_CLOSE), SW_DROP);
}

TEST(filter__birth_of_a_child_is_no_listeners_event)
{
	struct sw_filter *f = filter();

	f->on = SW_F_LISTEN;
	assert_int_equal(move_verdict(f, SW_TCP_LISTEN, SW_TCP_SYN_RECV), SW_DROP);
	assert_int_equal(move_verdict(f, SW_TCP_SYN_RECV, SW_TCP_ESTABLISHED), SW_DROP);
	assert_int_equal(move_verdict(f, SW_TCP_LISTEN, SW_TCP_ESTABLISHED), SW_DROP);
}

TEST(filter__failed_is_every_end_with_a_reason)
{
	struct sw_filter *f = filter();

	f->on = SW_F_FAILED;
	for (uint8_t reason = 0; reason < SW_REASONS; reason++) {
		struct sw_event e = { .old_state = SW_TCP_SYN_SENT,
				      .sock.state = SW_TCP_CLOSE,
				      .reason = reason };

		assert_int_equal(change_verdict(f, e), reason ? SW_PASS : SW_DROP);
	}
}

TEST(filter_change__listening_datagram_sockets_are_those_without_a_peer)
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

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sw_event e = { .sock.proto = SW_PROTO_UDP,
				      .kind = cases[i].kind,
				      .sock.state = cases[i].state };

		assert_int_equal(sw_filter_change(&f, &e) == SW_PASS, cases[i].wanted);
	}
}
