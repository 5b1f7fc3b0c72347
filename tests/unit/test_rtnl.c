// SPDX-License-Identifier: GPL-2.0-only
/* Routes and interfaces: messages of the kernel, good and bad, flags, and the three formats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "base/buf.h"
#include "core/link.h"
#include "core/route.h"
#include "core/rule.h"
#include "netstat/link.h"
#include "netstat/route.h"
#include "netstat/rule.h"
#include "render/link.h"
#include "render/route.h"
#include "render/rule.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static _Alignas(8) char buffer[8192];

/* --- what the tests are made of -----------------------------------------------------------------
 */

static struct nlmsghdr *message(uint16_t type, const void *body, size_t size)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buffer);

	h->nlmsg_type = type;
	memcpy(mnl_nlmsg_put_extra_header(h, size), body, size);
	return h;
}

static void assert_text(struct buf *b, const char *expected)
{
	buf_putc(b, '\0');
	assert_string_equal(b->data, expected);
	buf_free(b);
}

static struct nlmsghdr *route_message(uint8_t family, uint8_t dst_len, uint8_t type)
{
	struct rtmsg m = { .rtm_family = family,
			   .rtm_dst_len = dst_len,
			   .rtm_type = type,
			   .rtm_protocol = RTPROT_STATIC,
			   .rtm_table = RT_TABLE_MAIN };

	return message(RTM_NEWROUTE, &m, sizeof(m));
}

static void put_addr(struct nlmsghdr *h, uint16_t type, int family, const char *text)
{
	uint8_t addr[16];

	assert_int_equal(inet_pton(family, text, addr), 1);
	mnl_attr_put(h, type, family == AF_INET ? 4 : 16, addr);
}

static struct route parsed(const struct nlmsghdr *h)
{
	enum route_change change;
	struct route r;

	assert_int_equal(route_parse(h, &r, &change), 0);
	assert_int_equal(change, ROUTE_ADDED);
	return r;
}

static struct route through_gateway(void)
{
	struct nlmsghdr *h = route_message(AF_INET, 16, RTN_UNICAST);

	put_addr(h, RTA_DST, AF_INET, "10.2.0.0");
	put_addr(h, RTA_GATEWAY, AF_INET, "10.1.0.2");
	put_addr(h, RTA_PREFSRC, AF_INET, "10.1.0.1");
	mnl_attr_put_u32(h, RTA_OIF, 2);
	mnl_attr_put_u32(h, RTA_PRIORITY, 100);
	mnl_attr_put_u32(h, RTA_TABLE, 1000);
	mnl_attr_put_u32(h, 99, 1); /* of a kernel to come */
	return parsed(h);
}

/* Appends one struct rtnexthop to an open nest. */
static void put_hop(struct nlmsghdr *h, int ifindex, uint8_t hops, const char *gateway)
{
	char *at = mnl_nlmsg_get_payload_tail(h);
	struct rtnexthop *hop = (struct rtnexthop *)(void *)at;
	uint32_t before = h->nlmsg_len;

	*hop = (struct rtnexthop){ .rtnh_ifindex = ifindex, .rtnh_hops = hops };
	h->nlmsg_len += sizeof(*hop);
	put_addr(h, RTA_GATEWAY, AF_INET, gateway);
	hop->rtnh_len = (unsigned short)(h->nlmsg_len - before);
}

static struct route multipath(void)
{
	struct nlmsghdr *h = route_message(AF_INET, 16, RTN_UNICAST);
	struct nlattr *nest;

	put_addr(h, RTA_DST, AF_INET, "10.4.0.0");
	nest = mnl_attr_nest_start(h, RTA_MULTIPATH);
	put_hop(h, 2, 2, "10.1.0.3");
	put_hop(h, 3, 0, "10.1.0.4");
	mnl_attr_nest_end(h, nest);
	return parsed(h);
}

static struct route nowhere(void)
{
	struct nlmsghdr *h = route_message(AF_INET6, 0, RTN_UNREACHABLE);

	return parsed(h);
}

/* --- messages -----------------------------------------------------------------------------------
 */

static void route_parse__message_gives_every_field(void **state)
{
	static const uint8_t dst[] = { 10, 2, 0, 0 }, gateway[] = { 10, 1, 0, 2 };
	struct route r = through_gateway();

	(void)state;
	assert_memory_equal(r.dst, dst, 4);
	assert_int_equal(r.dst_len, 16);
	assert_int_equal(r.table, 1000);
	assert_int_equal(r.metric, 100);
	assert_true(r.has_source);
	assert_int_equal(r.n_hops, 1);
	assert_true(r.hops[0].has_gateway);
	assert_memory_equal(r.hops[0].gateway, gateway, 4);
	assert_int_equal(r.hops[0].ifindex, 2);
	assert_int_equal(r.hops[0].weight, 0);
	route_free(&r);
}

static void route_parse__hops_and_metrics(void **state)
{
	struct route r = multipath();
	struct nlmsghdr *h;
	struct nlattr *nest;

	(void)state;
	assert_int_equal(r.n_hops, 2);
	assert_int_equal(r.hops[0].weight, 3);
	assert_int_equal(r.hops[1].ifindex, 3);
	assert_int_equal(r.hops[1].gateway[3], 4);
	route_free(&r);
	h = route_message(AF_INET6, 64, RTN_UNICAST);
	put_addr(h, RTA_DST, AF_INET6, "2001:db8::");
	nest = mnl_attr_nest_start(h, RTA_METRICS);
	mnl_attr_put_u32(h, RTAX_MTU, 1300);
	mnl_attr_put_u32(h, RTAX_RTT, 800);
	mnl_attr_put_u32(h, RTAX_RTTVAR, 400);
	mnl_attr_put_u32(h, RTAX_INITCWND, 20);
	mnl_attr_put_u32(h, ROUTE_METRICS + 3, 1); /* of a kernel to come */
	mnl_attr_put(h, RTAX_CC_ALGO, 4, "reno");  /* without its NUL */
	mnl_attr_nest_end(h, nest);
	r = parsed(h);
	assert_int_equal(route_metric(&r, RTAX_MTU), 1300);
	assert_int_equal(route_metric(&r, RTAX_RTT), 100);
	assert_int_equal(route_metric(&r, RTAX_RTTVAR), 100);
	assert_int_equal(route_metric(&r, RTAX_INITCWND), 20);
	assert_string_equal(r.congestion, "reno");
	assert_int_equal(r.n_hops, 0);
}

/* RFC 4191 and 4861: a default router that a router's advertisement told of, for a time. */
static void route_parse__whom_it_is_for_and_for_how_long(void **state)
{
	struct rtmsg m = { .rtm_family = AF_INET6,
			   .rtm_src_len = 64,
			   .rtm_tos = 16,
			   .rtm_type = RTN_UNICAST,
			   .rtm_protocol = RTPROT_RA,
			   .rtm_table = RT_TABLE_MAIN };
	struct rta_cacheinfo info = { .rta_expires = 100 };
	struct nlmsghdr *h = message(RTM_NEWROUTE, &m, sizeof(m));
	char text[16];
	struct route r;

	(void)state;
	put_addr(h, RTA_SRC, AF_INET6, "2001:db8:5::");
	put_addr(h, RTA_GATEWAY, AF_INET6, "fe80::1");
	mnl_attr_put(h, RTA_CACHEINFO, sizeof(info), &info);
	r = parsed(h);
	assert_int_equal(r.src_len, 64);
	assert_int_equal(r.src[5], 5);
	assert_int_equal(r.tos, 16);
	assert_true(r.expires);
	route_flags(&r, &r.hops[0], text);
	assert_string_equal(text, "UGDAe");
	route_free(&r);
}

static void route_parse__changes_are_told_apart(void **state)
{
	struct nlmsghdr *h = route_message(AF_INET, 0, RTN_UNICAST);
	enum route_change change;
	struct route r;

	(void)state;
	h->nlmsg_flags = NLM_F_REPLACE;
	assert_int_equal(route_parse(h, &r, &change), 0);
	assert_int_equal(change, ROUTE_REPLACED);
	h->nlmsg_type = RTM_DELROUTE;
	assert_int_equal(route_parse(h, &r, &change), 0);
	assert_int_equal(change, ROUTE_DELETED);
	h->nlmsg_type = RTM_NEWLINK;
	assert_int_equal(route_parse(h, &r, &change), -ENODATA);
	h = route_message(AF_BRIDGE, 0, RTN_UNICAST);
	assert_int_equal(route_parse(h, &r, &change), -ENODATA);
}

static void route_parse__bad_messages_are_no_trouble(void **state)
{
	static const uint16_t types[] = { RTA_DST,	 RTA_GATEWAY, RTA_OIF,	    RTA_PRIORITY,
					  RTA_TABLE,	 RTA_PREFSRC, RTA_VIA,	    RTA_METRICS,
					  RTA_MULTIPATH, RTA_SRC,     RTA_CACHEINFO };
	enum route_change change;
	struct nlmsghdr *h;
	struct route r;

	(void)state;
	for (size_t len = 0; len < 12; len++) { /* each too short, or of a wrong length */
		h = route_message(AF_INET6, 128, RTN_UNICAST);
		for (size_t i = 0; i < COUNT(types); i++)
			mnl_attr_put(h, types[i], len,
				     "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff");
		assert_int_equal(route_parse(h, &r, &change), 0);
		assert_true(r.n_hops <= 2);
		route_free(&r);
	}
	h = route_message(AF_INET, 0, RTN_UNICAST);
	h->nlmsg_len = sizeof(*h) + 3;
	assert_int_equal(route_parse(h, &r, &change), -EBADMSG);
}

/* --- rules --------------------------------------------------------------------------------------
 */

static struct nlmsghdr *rule_message(void)
{
	static const struct fib_rule_uid_range uids = { 5, 9 };
	static const struct fib_rule_port_range ports = { 8000, 8099 };
	struct fib_rule_hdr m = { .family = AF_INET,
				  .src_len = 24,
				  .dst_len = 32,
				  .tos = 16,
				  .action = FR_ACT_TO_TBL,
				  .flags = FIB_RULE_INVERT };
	struct nlmsghdr *h = message(RTM_NEWRULE, &m, sizeof(m));

	put_addr(h, FRA_SRC, AF_INET, "10.1.0.0");
	put_addr(h, FRA_DST, AF_INET, "10.2.0.1");
	mnl_attr_put_u32(h, FRA_PRIORITY, 77);
	mnl_attr_put_u32(h, FRA_TABLE, 1000);
	mnl_attr_put_u32(h, FRA_FWMARK, 1);
	mnl_attr_put_u32(h, FRA_FWMASK, 255);
	mnl_attr_put_u32(h, FRA_SUPPRESS_PREFIXLEN, UINT32_MAX);
	mnl_attr_put_u8(h, FRA_PROTOCOL, RTPROT_BOOT);
	mnl_attr_put_u8(h, FRA_IP_PROTO, 6);
	mnl_attr_put_strz(h, FRA_IIFNAME, "eth0");
	mnl_attr_put(h, FRA_OIFNAME, 5, "eth1\x01"); /* without its NUL, and not a good name */
	mnl_attr_put(h, FRA_UID_RANGE, sizeof(uids), &uids);
	mnl_attr_put(h, FRA_DPORT_RANGE, sizeof(ports), &ports);
	mnl_attr_put_u32(h, 200, 1); /* of a kernel to come */
	return h;
}

static void rule__text_and_json(void **state)
{
	struct buf b = { 0 };
	struct rule r;
	bool deleted;

	(void)state;
	assert_int_equal(rule_parse(rule_message(), &r, &deleted), 0);
	assert_false(deleted);
	render_rule_text(&b, &r);
	assert_text(&b, "77       not from 10.1.0.0/24 to 10.2.0.1 tos 16 fwmark 0x1/0xff iif eth0 "
			"oif eth1\\x01 uidrange 5-9 ipproto 6 dport 8000-8099 lookup 1000");
	render_rule_json(&b, &r, "added", 1000);
	assert_text(&b, "{\"time\":\"1970-01-01T00:00:00.000001000Z\",\"event\":\"rule\","
			"\"change\":\"added\",\"family\":\"ipv4\",\"priority\":77,\"not\":true,"
			"\"from\":\"10.1.0.0/24\",\"to\":\"10.2.0.1\",\"tos\":16,\"fwmark\":1,"
			"\"fwmask\":255,\"iif\":\"eth0\",\"oif\":\"eth1\\u0001\",\"first_uid\":5,"
			"\"last_uid\":9,\"ip_proto\":6,\"dst_ports\":[8000,8099],"
			"\"action\":\"lookup\",\"table\":1000,\"protocol\":3,"
			"\"protocol_name\":\"boot\"}\n");
}

static void rule_parse__bad_messages_are_no_trouble(void **state)
{
	struct fib_rule_hdr m = { .family = AF_INET6, .src_len = 128, .action = 99 };
	char long_value[64];
	struct buf b = { 0 };
	struct nlmsghdr *h;
	struct rule r;
	bool deleted;

	(void)state;
	memset(long_value, 'x', sizeof(long_value));
	for (size_t len = 0; len < sizeof(long_value); len++) {
		h = message(RTM_DELRULE, &m, sizeof(m));
		for (uint16_t type = 0; type < 40; type++)
			mnl_attr_put(h, type, len, long_value);
		assert_int_equal(rule_parse(h, &r, &deleted), 0);
		assert_true(deleted);
		assert_true(strlen(r.in) < RULE_NAME_MAX);
		render_rule_text(&b, &r);
		render_rule_json(&b, &r, NULL, 0);
	}
	buf_free(&b);
	h = rule_message();
	h->nlmsg_len = sizeof(*h) + 3;
	assert_int_equal(rule_parse(h, &r, &deleted), -EBADMSG);
	h->nlmsg_type = RTM_NEWROUTE;
	assert_int_equal(rule_parse(h, &r, &deleted), -ENODATA);
	m.family = AF_UNSPEC; /* of multicast routing */
	assert_int_equal(rule_parse(message(RTM_NEWRULE, &m, sizeof(m)), &r, &deleted), -ENODATA);
}

static void rule_list__equal_ones_are_one(void **state)
{
	struct rule_list l = { 0 };
	struct rule r, other;
	bool deleted;

	(void)state;
	memset(&other, 0xa5, sizeof(other)); /* what is between the members must not count */
	assert_int_equal(rule_parse(rule_message(), &r, &deleted), 0);
	assert_int_equal(rule_parse(rule_message(), &other, &deleted), 0);
	assert_int_equal(rule_list_add(&l, &r), 0);
	assert_true(rule_list_remove(&l, &other));
	assert_false(rule_list_remove(&l, &other));
	rule_list_free(&l);
}

static void route_parse__hops_are_as_many_as_there_are(void **state)
{
	struct nlmsghdr *h = route_message(AF_INET, 0, RTN_UNICAST);
	struct nlattr *nest = mnl_attr_nest_start(h, RTA_MULTIPATH);
	struct route r;

	(void)state;
	for (int i = 0; i < 200; i++)
		put_hop(h, i + 1, 0, "10.1.0.3");
	mnl_attr_nest_end(h, nest);
	r = parsed(h);
	assert_int_equal(r.n_hops, 200);
	assert_int_equal(r.hops[199].ifindex, 200);
	route_free(&r);
}

/* A hop that says it is longer than what there is, or shorter than itself. */
static void route_parse__hops_that_lie_end_there(void **state)
{
	static const unsigned short lengths[] = { 0, 1, 7, 17, 200, 65535 };

	(void)state;
	for (size_t i = 0; i < COUNT(lengths); i++) {
		struct nlmsghdr *h = route_message(AF_INET, 0, RTN_UNICAST);
		struct nlattr *nest = mnl_attr_nest_start(h, RTA_MULTIPATH);
		struct rtnexthop *second;
		struct route r;

		put_hop(h, 1, 0, "10.1.0.3");
		second = mnl_nlmsg_get_payload_tail(h);
		put_hop(h, 2, 0, "10.1.0.4");
		second->rtnh_len = lengths[i];
		mnl_attr_nest_end(h, nest);
		r = parsed(h);
		assert_int_equal(r.n_hops, 1);
		assert_int_equal(r.hops[0].ifindex, 1);
		route_free(&r);
	}
}

static struct nlmsghdr *link_message(int index, unsigned int flags, const char *name)
{
	struct ifinfomsg m = { .ifi_index = index, .ifi_flags = flags };
	struct nlmsghdr *h = message(RTM_NEWLINK, &m, sizeof(m));

	mnl_attr_put_strz(h, IFLA_IFNAME, name);
	return h;
}

static struct link ethernet(void)
{
	struct rtnl_link_stats64 stats = { .rx_packets = 12345,
					   .rx_dropped = 2,
					   .rx_missed_errors = 3,
					   .rx_fifo_errors = 4,
					   .rx_errors = 1,
					   .tx_packets = 678,
					   .rx_bytes = 1234567,
					   .tx_bytes = 4321,
					   .collisions = 7 };
	struct nlmsghdr *h = link_message(2, IFF_UP | IFF_BROADCAST | IFF_RUNNING | IFF_MULTICAST,
					  "eth0");
	struct nlattr *nest;
	struct link l;

	mnl_attr_put(h, IFLA_ADDRESS, 6, "\x02\0\0\0\0\x01");
	mnl_attr_put_u32(h, IFLA_MTU, 1500);
	mnl_attr_put_u32(h, IFLA_TXQLEN, 1000);
	mnl_attr_put_u8(h, IFLA_OPERSTATE, IF_OPER_UP);
	mnl_attr_put_strz(h, IFLA_QDISC, "fq");
	mnl_attr_put(h, IFLA_STATS64, sizeof(stats), &stats);
	nest = mnl_attr_nest_start(h, IFLA_LINKINFO);
	mnl_attr_put_strz(h, IFLA_INFO_KIND, "veth");
	mnl_attr_nest_end(h, nest);
	assert_int_equal(link_parse(h, &l), 0);
	return l;
}

static void link_parse__message_gives_every_field(void **state)
{
	struct link l = ethernet();

	(void)state;
	assert_string_equal(l.name, "eth0");
	assert_string_equal(l.kind, "veth");
	assert_string_equal(l.qdisc, "fq");
	assert_int_equal(l.mtu, 1500);
	assert_int_equal(l.state, IF_OPER_UP);
	assert_int_equal(l.counters.rx_dropped, 5); /* as /proc/net/dev has it */
	assert_int_equal(l.counters.rx_overruns, 4);
	assert_int_equal(l.hardware_len, 6);
}

static void link_parse__bad_messages_are_no_trouble(void **state)
{
	static const uint16_t types[] = { IFLA_IFNAME, IFLA_ADDRESS, IFLA_MTU,	    IFLA_OPERSTATE,
					  IFLA_QDISC,  IFLA_STATS64, IFLA_LINKINFO, IFLA_MASTER };
	char long_value[200];
	struct nlmsghdr *h;
	struct link_addr a;
	struct link l;

	(void)state;
	memset(long_value, 'x', sizeof(long_value));
	for (size_t len = 0; len < sizeof(long_value); len += 7) {
		h = link_message(1, 0, "");
		for (size_t i = 0; i < COUNT(types); i++)
			mnl_attr_put(h, types[i], len, long_value);
		assert_int_equal(link_parse(h, &l), 0);
		assert_true(strlen(l.name) < LINK_NAME_MAX && l.hardware_len <= LINK_HARDWARE_MAX);
	}
	h = link_message(1, 0, "x");
	h->nlmsg_len = sizeof(*h) + 3;
	assert_int_equal(link_parse(h, &l), -EBADMSG);
	h->nlmsg_type = RTM_NEWADDR;
	assert_int_equal(link_parse(h, &l), -ENODATA);
	assert_int_equal(link_parse_addr(h, &a), -EBADMSG);
}

static void link_parse_addr__ours_is_told_where_there_is_a_peer(void **state)
{
	struct ifaddrmsg m = { .ifa_family = AF_INET, .ifa_prefixlen = 30, .ifa_index = 4 };
	struct nlmsghdr *h = message(RTM_NEWADDR, &m, sizeof(m));
	struct link_addr a;

	(void)state;
	put_addr(h, IFA_ADDRESS, AF_INET, "10.0.0.2");
	put_addr(h, IFA_LOCAL, AF_INET, "10.0.0.1");
	assert_int_equal(link_parse_addr(h, &a), 0);
	assert_int_equal(a.addr[3], 1);
	assert_int_equal(a.index, 4);
	assert_int_equal(a.prefix, 30);
}

/* --- letters, order, growth ----------------------------------------------------------------------
 */

static void link_flags__are_netstats_letters(void **state)
{
	static const struct {
		uint32_t flags;
		const char *letters;
	} cases[] = { { 0, "" },
		      { IFF_UP | IFF_LOOPBACK | IFF_RUNNING, "LRU" },
		      { IFF_UP | IFF_BROADCAST | IFF_MULTICAST | IFF_RUNNING, "BMRU" },
		      { IFF_BROADCAST | IFF_NOARP, "BO" },
		      { IFF_UP | IFF_PROMISC | IFF_ALLMULTI, "APU" } };
	char text[16];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		link_flags(cases[i].flags, text);
		assert_string_equal(text, cases[i].letters);
	}
	link_flags(UINT32_MAX, text);
	assert_true(strlen(text) < sizeof(text));
}

static void link_counters__one_that_went_down_was_reset(void **state)
{
	struct link_counters before = { .rx_packets = 100, .tx_packets = 100 };
	struct link_counters now = { .rx_packets = 130, .tx_packets = 7 }, growth;

	(void)state;
	link_counters_since(&before, &now, &growth);
	assert_int_equal(growth.rx_packets, 30);
	assert_int_equal(growth.tx_packets, 7);
	link_counters_since(NULL, &now, &growth);
	assert_int_equal(growth.rx_packets, 130);
}

static void route_list__is_in_the_order_people_read(void **state)
{
	struct route default_route = { .family = AF_INET, .table = RT_TABLE_MAIN };
	struct route local = { .family = AF_INET, .table = RT_TABLE_LOCAL };
	struct route other = { .family = AF_INET, .table = 100 };
	struct route net = {
		.family = AF_INET, .table = RT_TABLE_MAIN, .dst = { 10 }, .dst_len = 8
	};
	struct route six = { .family = AF_INET6, .table = RT_TABLE_MAIN };
	struct route_list l = { 0 };

	(void)state;
	assert_int_equal(route_list_add(&l, &six), 0);
	assert_int_equal(route_list_add(&l, &local), 0);
	assert_int_equal(route_list_add(&l, &other), 0);
	assert_int_equal(route_list_add(&l, &net), 0);
	assert_int_equal(route_list_add(&l, &default_route), 0);
	route_list_sort(&l);
	assert_int_equal(l.all[0].dst_len, 0);
	assert_int_equal(l.all[1].dst_len, 8);
	assert_int_equal(l.all[2].table, 100);
	assert_int_equal(l.all[3].table, RT_TABLE_LOCAL);
	assert_int_equal(l.all[4].family, AF_INET6);
	route_list_free(&l);
	route_list_sort(&l);
}

/* --- formats
 * -------------------------------------------------------------------------------------- */

static void assert_one_width(const char *text)
{
	int commas = -1;

	for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
		int n = 0;

		for (const char *c = line; *c && *c != '\n'; c++)
			n += *c == ',';
		if (commas >= 0)
			assert_int_equal(n, commas);
		commas = n;
	}
}

static void render_route__text_json_and_csv(void **state)
{
	struct link links[] = { { .index = 2, .name = "eth0" } };
	struct link_list list = { .all = links, .n = 1 };
	struct render_routes r = { .links = &list, .tables = true };
	struct route routes[] = { through_gateway(), multipath(), nowhere() };
	struct buf b = { 0 };

	(void)state;
	render_route_header(&r, &b, false);
	for (size_t i = 0; i < COUNT(routes); i++)
		render_route_text(&r, &b, &routes[i], NULL, 0);
	assert_text(&b, "Destination        Gateway            Flags Metric Table   Iface\n"
			"10.2.0.0/16        10.1.0.2           UG    100    1000    eth0\n"
			"10.4.0.0/16        10.1.0.3           UG    0      main    eth0 weight=3\n"
			"10.4.0.0/16        10.1.0.4           UG    0      main    if3 weight=1\n"
			"default            ::                 !n    0      main    *\n");
	render_route_json(&r, &b, &routes[1], "added", 1000);
	render_route_json(&r, &b, &routes[2], NULL, 1000);
	assert_text(&b, "{\"time\":\"1970-01-01T00:00:00.000001000Z\",\"event\":\"route\","
			"\"change\":\"added\",\"family\":\"ipv4\",\"dst\":\"10.4.0.0/16\","
			"\"nexthops\":[{\"gateway\":\"10.1.0.3\",\"dev\":\"eth0\",\"flags\":\"UG\","
			"\"weight\":3},{\"gateway\":\"10.1.0.4\",\"dev\":\"if3\",\"flags\":\"UG\","
			"\"weight\":1}],\"metric\":0,\"table\":254,\"table_name\":\"main\","
			"\"type\":\"unicast\",\"protocol\":4,\"protocol_name\":\"static\","
			"\"scope\":\"global\"}\n"
			"{\"time\":\"1970-01-01T00:00:00.000001000Z\",\"event\":\"route\","
			"\"family\":\"ipv6\",\"dst\":\"::/0\",\"flags\":\"!n\",\"metric\":0,"
			"\"table\":254,\"table_name\":\"main\",\"type\":\"unreachable\","
			"\"protocol\":4,\"protocol_name\":\"static\",\"scope\":\"global\"}\n");
	render_route_csv_header(&b);
	for (size_t i = 0; i < COUNT(routes); i++)
		render_route_csv(&r, &b, &routes[i], NULL, 0);
	buf_putc(&b, '\0');
	assert_one_width(b.data);
	assert_non_null(strstr(b.data, ",,ipv4,10.2.0.0/16,10.1.0.2,eth0,UG,,100,1000,unicast,4,"));
	buf_free(&b);
	for (size_t i = 0; i < COUNT(routes); i++)
		route_free(&routes[i]);
}

static void render_link__text_json_and_csv(void **state)
{
	struct link links[] = { ethernet() };
	struct link_addr addr = {
		.index = 2, .family = AF_INET, .prefix = 24, .addr = { 10, 1, 0, 1 }
	};
	struct link_list list = { .all = links, .n = 1, .addrs = &addr, .n_addrs = 1 };
	struct link_counters growth = { .rx_packets = 10, .tx_packets = 1, .rx_bytes = 1000 };
	struct link_row row = { .link = &links[0], .list = &list, .width = 8 };
	struct buf b = { 0 };

	(void)state;
	render_link_header(&b, 8, false);
	render_link_text(&b, &row, true);
	assert_text(
		&b,
		"Kernel Interface table\n"
		"Iface       MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg"
		"    State\n"
		"eth0       1500    12345      1      5      4      678      0      0      0 BMRU"
		"   UP\n"
		"    index=2 kind=veth address=02:00:00:00:00:01 qdisc=fq txqueuelen=1000 "
		"carrier_changes=0 rx_bytes=1234567 tx_bytes=4321 multicast=0 collisions=7\n"
		"    inet 10.1.0.1/24\n");
	row.growth = &growth;
	row.ns = 4000000000;
	render_link_text(&b, &row, false);
	/* 2.5 is 3, and what is more than nothing is not told as nothing */
	assert_text(&b,
		    "eth0       1500        3      0      0      0        1      0      0      0 "
		    "BMRU   UP\n");
	render_link_json(&b, &row);
	buf_putc(&b, '\0');
	assert_non_null(strstr(b.data, "\"rx_packets\":12345,"));
	assert_non_null(strstr(b.data, "\"rx_bytes_per_s\":250,"));
	assert_non_null(strstr(b.data, ",\"addresses\":[\"10.1.0.1/24\"]}\n"));
	buf_free(&b);
	render_link_csv_header(&b);
	render_link_csv(&b, &row);
	row.growth = NULL;
	render_link_csv(&b, &row);
	buf_putc(&b, '\0');
	assert_one_width(b.data);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(route_parse__message_gives_every_field),
		cmocka_unit_test(route_parse__hops_and_metrics),
		cmocka_unit_test(route_parse__changes_are_told_apart),
		cmocka_unit_test(route_parse__bad_messages_are_no_trouble),
		cmocka_unit_test(route_parse__hops_are_as_many_as_there_are),
		cmocka_unit_test(route_parse__hops_that_lie_end_there),
		cmocka_unit_test(route_parse__whom_it_is_for_and_for_how_long),
		cmocka_unit_test(rule__text_and_json),
		cmocka_unit_test(rule_parse__bad_messages_are_no_trouble),
		cmocka_unit_test(rule_list__equal_ones_are_one),
		cmocka_unit_test(link_parse__message_gives_every_field),
		cmocka_unit_test(link_parse__bad_messages_are_no_trouble),
		cmocka_unit_test(link_parse_addr__ours_is_told_where_there_is_a_peer),
		cmocka_unit_test(link_flags__are_netstats_letters),
		cmocka_unit_test(link_counters__one_that_went_down_was_reset),
		cmocka_unit_test(route_list__is_in_the_order_people_read),
		cmocka_unit_test(render_route__text_json_and_csv),
		cmocka_unit_test(render_link__text_json_and_csv),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
