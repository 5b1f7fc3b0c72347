// SPDX-License-Identifier: GPL-2.0-only
/* ss's filter expressions: what they mean, and what is said of wrong ones. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/addr.h"
#include "core/expr.h"
#include "core/record.h"

static struct expr expr;
static char why[256];
static struct sw_event event;
static struct record record = { .ev = &event };

static int port_of(const char *name, uint16_t *ret)
{
	if (strcmp(name, "https") != 0)
		return -ENOENT;
	*ret = 443;
	return 0;
}

/* A host with two addresses, and one without. */
static int hosts_of(const char *name, struct sw_cidr *ret, size_t most, size_t *ret_n)
{
	if (strcmp(name, "twice.example") != 0 || most < 2)
		return -ENOENT;
	assert_int_equal(cidr_parse("10.0.0.9", &ret[0]), 0);
	assert_int_equal(cidr_parse("fd00::9", &ret[1]), 0);
	*ret_n = 2;
	return 0;
}

static int chosen_ports(uint16_t *ret_first, uint16_t *ret_last)
{
	*ret_first = 32768;
	*ret_last = 60999;
	return 0;
}

static const struct expr_names names = { port_of, hosts_of, chosen_ports };

static int parse(const char *text)
{
	char copy[4096], *words[] = { copy };

	assert_true(strlen(text) < sizeof(copy));
	strcpy(copy, text);
	why[0] = '\0';
	return expr_parse(words, 1, &names, &expr, why, sizeof(why));
}

/* A TCP socket of these ends. */
static void socket_is(const char *local, uint16_t local_port, const char *remote,
		      uint16_t remote_port)
{
	struct sw_cidr l, r;

	assert_int_equal(cidr_parse(local, &l), 0);
	assert_int_equal(cidr_parse(remote, &r), 0);
	event = (struct sw_event){ .kind = SW_EV_SOCKET,
				   .sock = { .proto = SW_PROTO_TCP,
					     .state = SW_TCP_ESTABLISHED,
					     .tuple = { .local = l.net,
							.remote = r.net,
							.local_port = local_port,
							.remote_port = remote_port,
							.family = SW_AF_INET } } };
	record.device = NULL;
}

static void says(const char *text, enum expr_answer want)
{
	static char words[4096];
	char *all[] = { words };

	strcpy(words, text); /* stays: names are borrowed from it */
	if (expr_parse(all, 1, &names, &expr, why, sizeof(why)))
		fail_msg("'%s': %s", text, why);
	if (expr_ask(&expr, &record) != want)
		fail_msg("'%s' is %d, not %d", text, expr_ask(&expr, &record), want);
}

static void yes(const char *text)
{
	char negated[4096];

	says(text, EXPR_YES);
	snprintf(negated, sizeof(negated), "not ( %s )", text);
	says(negated, EXPR_NO);
}

static void no(const char *text)
{
	char negated[4096];

	says(text, EXPR_NO);
	snprintf(negated, sizeof(negated), "! ( %s )", text);
	says(negated, EXPR_YES);
}

static void bad(const char *text, const char *said)
{
	if (!parse(text))
		fail_msg("'%s' is taken", text);
	if (!strstr(why, said) || strchr(why, '\n'))
		fail_msg("'%s': '%s' does not say '%s'", text, why, said);
	assert_int_equal(expr.n, 0);
}

TEST(expr__ports_are_compared_by_signs_and_words)
{
	socket_is("10.0.0.5", 50000, "10.0.0.9", 443);
	yes("dport = :443");
	yes("dport :https");
	yes("dport 443");
	yes("dport==https");
	yes("sport eq 50000");
	no("dport != 443");
	no("dport ne :https");
	no("dport neq 443");
	yes("dport < 444");
	no("dport lt 443");
	yes("dport <= 443");
	yes("dport leq 443");
	yes("dport le 443");
	yes("dport > 442");
	no("dport gt 443");
	yes("dport >= 443");
	yes("dport ge 443");
	no("dport geq 444");
}

TEST(expr__ends_are_addresses_blocks_and_ports)
{
	socket_is("10.0.0.5", 50000, "10.0.0.9", 443);
	yes("dst 10.0.0.9");
	yes("dst = 10.0.0.0/8");
	yes("dst 10.0.0.9:443");
	yes("dst 10.0.0.0/24:https");
	yes("dst :443");
	yes("dst *:443");
	yes("dst 10.0.0.9:*");
	no("dst 10.0.0.9:80");
	no("dst != 10.0.0.9");
	yes("dst != 10.0.0.9:80");
	no("src 10.0.0.9");
	yes("src 10.0.0.5 dst 10.0.0.9");
	yes("dst twice.example");
	no("dst != twice.example");
	no("dst [::]/0");
	socket_is("fd00::5", 50000, "fd00::9", 443);
	yes("dst fd00::9");
	yes("dst [fd00::9]:443");
	yes("dst fd00::/8");
	yes("dst twice.example:443");
	no("dst 0.0.0.0/0");
}

/* One after the other, from the left. */
TEST(expr__precedence_is_that_of_ss)
{
	socket_is("10.0.0.5", 1, "10.0.0.9", 2);
	no("sport = 1 or dport = 9 and dport = 8");
	yes("sport = 1 or ( dport = 9 and dport = 8 )");
	no("sport = 1 or dport = 9 dport = 8");
	yes("dport = 9 dport = 8 or sport = 1");
	yes("dport = 9 and dport = 8 or sport = 1");
	no("( sport = 1 or dport = 9 ) and dport = 8");
	no("not sport = 1 or dport = 9");
	yes("not sport = 9 dport = 2");
	yes("not not sport = 1");
	yes("sport = 1 && dport = 2 || dport = 9");
	yes("sport=1&dport=2|dport=9");
	yes("(sport=1)and(dport=2)");
}

TEST(expr__devices_by_name_and_index)
{
	socket_is("10.0.0.5", 1, "10.0.0.9", 2);
	no("dev = eth0");
	yes("dev != eth0");
	event.sock.tuple.device = 7;
	record.device = "eth0";
	yes("dev = eth0");
	yes("dev 7");
	no("dev = eth");
	no("dev = 70");
	no("dev != eth0");
}

TEST(expr__autobound_is_a_port_that_the_kernel_chooses)
{
	socket_is("10.0.0.5", 32767, "10.0.0.9", 2);
	no("autobound");
	event.sock.tuple.local_port = 32768;
	yes("autobound");
	event.sock.tuple.local_port = 60999;
	yes("autobound");
	event.sock.tuple.local_port = 61000;
	no("autobound");
}

/* Neither it nor its negation. */
TEST(expr__what_has_no_ports_or_addresses_is_not_known)
{
	socket_is("10.0.0.5", 1, "10.0.0.9", 2);
	event.sock.proto = SW_PROTO_RAW;
	says("sport = 1", EXPR_UNKNOWN);
	says("not sport = 1", EXPR_UNKNOWN);
	says("src 10.0.0.5:1", EXPR_UNKNOWN);
	says("autobound", EXPR_UNKNOWN);
	no("src 10.0.0.6:1");
	yes("src 10.0.0.5");
	yes("sport = 1 or src 10.0.0.5");
	no("sport = 1 and src 10.0.0.6");
	event.sock.proto = SW_PROTO_PACKET;
	says("src 10.0.0.5", EXPR_UNKNOWN);
	says("not dport = 2", EXPR_UNKNOWN);
}

TEST(expr__none_is_everything)
{
	struct expr none = { 0 };

	socket_is("10.0.0.5", 1, "10.0.0.9", 2);
	assert_int_equal(expr_ask(&none, &record), EXPR_YES);
}

TEST(expr__local_port_is_wanted_where_it_decides)
{
	assert_int_equal(parse("dport = 1 or sport = 2"), 0);
	assert_true(expr_wants_local_port(&expr));
	assert_int_equal(parse("src :80"), 0);
	assert_true(expr_wants_local_port(&expr));
	assert_int_equal(parse("autobound"), 0);
	assert_true(expr_wants_local_port(&expr));
	assert_int_equal(parse("dport = 1 src 10.0.0.1"), 0);
	assert_false(expr_wants_local_port(&expr));
}

TEST(expr__wrong_ones_are_named)
{
	bad("dport", "'dport' needs a value");
	bad("dport = and", "'and' is not a port");
	bad("dport = )", "'dport' needs a value");
	bad("dport = 65536", "'65536' is not a port");
	bad("dport = smtps2", "'smtps2' is not a port");
	bad("dst nowhere.example", "'nowhere.example' is not an address");
	bad("dst 10.0.0.0/33", "'10.0.0.0/33' is not an address");
	bad("dst > 10.0.0.1", "only = and != compare addresses");
	bad("dev < eth0", "only = and != compare interfaces");
	bad("dprot = 80", "'dprot': expected is a condition: dport");
	bad("sport = 1 or", "ends where a condition is expected");
	bad("not", "ends where a condition is expected");
	bad("", "ends where a condition is expected");
	bad("( sport = 1", "'(' is not closed");
	bad("sport = 1 )", "')' without a '('");
	bad("sport = 1 and state established", "states stand before the conditions");
	bad("fwmark = 1", "which -e tells");
	bad("cgroup = /a", "--cgroup");
}

TEST(expr__too_much_is_refused)
{
	char text[4096] = "";

	for (int i = 0; i < 40; i++)
		strcat(text, "( ");
	bad(text, "too deep");
	text[0] = '\0';
	for (int i = 0; i < EXPR_NODES_MAX; i++)
		strcat(text, "sport = 1 ");
	bad(text, "too long");
}

TEST(expr__states_and_their_groups)
{
	assert_int_equal(expr_states("established"), 1u << SW_TCP_ESTABLISHED);
	assert_int_equal(expr_states("time-wait"), 1u << SW_TCP_TIME_WAIT);
	assert_int_equal(expr_states("fin-wait-2"), 1u << SW_TCP_FIN_WAIT2);
	assert_int_equal(expr_states("unconnected"), 1u << SW_TCP_CLOSE);
	assert_int_equal(expr_states("bucket"), 1u << SW_TCP_SYN_RECV | 1u << SW_TCP_NEW_SYN_RECV |
							1u << SW_TCP_TIME_WAIT);
	assert_int_equal(expr_states("big") & expr_states("bucket"), 0);
	assert_int_equal(expr_states("big") | expr_states("bucket"), expr_states("all"));
	assert_false(expr_states("connected") & expr_states("listening"));
	assert_int_equal(expr_states("connected") & ~expr_states("synchronized"),
			 expr_states("syn-sent"));
	assert_int_equal(expr_states("open"), 0);
}

TEST(expr__begins_by_its_words)
{
	static const char *const begin[] = { "state",	       "exclude", "(",
					     "(dport",	       "!",	  "not",
					     "dport=:80",      "sport",	  "dst",
					     "( dport = :80 )" };
	static const char *const others[] = { "443", "who", "list", "devices", "", "notes", "-t" };

	for (size_t i = 0; i < COUNT(begin); i++)
		assert_true(expr_begins(begin[i]));
	for (size_t i = 0; i < COUNT(others); i++)
		assert_false(expr_begins(others[i]));
}
