// SPDX-License-Identifier: GPL-2.0-only
/* Routes: messages of the kernel, good and bad, letters, order, and the three formats. */
#include "netlink.h"

#include <errno.h>
#include <linux/rtnetlink.h>

#include "core/link.h"
#include "core/route.h"
#include "netlink/route.h"
#include "render/route.h"

static struct nlmsghdr *route_message(uint8_t family, uint8_t dst_len, uint8_t type)
{
	struct rtmsg m = { .rtm_family = family,
			   .rtm_dst_len = dst_len,
			   .rtm_type = type,
			   .rtm_protocol = RTPROT_STATIC,
			   .rtm_table = RT_TABLE_MAIN };

	return message(RTM_NEWROUTE, &m, sizeof(m));
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

static struct nlmsghdr *multipath_message(void)
{
	struct nlmsghdr *h = route_message(AF_INET, 16, RTN_UNICAST);
	struct nlattr *nest;

	put_addr(h, RTA_DST, AF_INET, "10.4.0.0");
	nest = mnl_attr_nest_start(h, RTA_MULTIPATH);
	put_hop(h, 2, 2, "10.1.0.3");
	put_hop(h, 3, 0, "10.1.0.4");
	mnl_attr_nest_end(h, nest);
	return h;
}

static struct route multipath(void)
{
	return parsed(multipath_message());
}

static struct route nowhere(void)
{
	struct nlmsghdr *h = route_message(AF_INET6, 0, RTN_UNREACHABLE);

	return parsed(h);
}

TEST(route_parse__message_gives_every_field)
{
	static const uint8_t dst[] = { 10, 2, 0, 0 }, gateway[] = { 10, 1, 0, 2 };
	struct route r = through_gateway();

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

TEST(route_parse__hops_and_metrics)
{
	struct route r = multipath();
	struct nlmsghdr *h;
	struct nlattr *nest;

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
TEST(route_parse__whom_it_is_for_and_for_how_long)
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

/* netstat's U is about the route: without a carrier it is still there, and only said to be so. */
TEST(route_parse__carrier_that_is_lost_is_not_the_end)
{
	struct rtmsg m = { .rtm_family = AF_INET,
			   .rtm_type = RTN_UNICAST,
			   .rtm_table = RT_TABLE_MAIN,
			   .rtm_flags = RTNH_F_LINKDOWN };
	char text[16];

	for (int dead = 0; dead < 2; dead++) {
		struct nlmsghdr *h;
		struct route r;

		m.rtm_flags |= dead ? RTNH_F_DEAD : 0;
		h = message(RTM_NEWROUTE, &m, sizeof(m));
		mnl_attr_put_u32(h, RTA_OIF, 2);
		put_addr(h, RTA_GATEWAY, AF_INET, "10.1.0.2");
		r = parsed(h);
		assert_true(r.hops[0].linkdown);
		route_flags(&r, &r.hops[0], text);
		assert_string_equal(text, dead ? "G" : "UG");
		route_free(&r);
	}
}

TEST(route_parse__changes_are_told_apart)
{
	struct nlmsghdr *h = route_message(AF_INET, 0, RTN_UNICAST);
	enum route_change change;
	struct route r;

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

TEST(route_parse__bad_messages_are_no_trouble)
{
	static const uint16_t types[] = { RTA_DST,	 RTA_GATEWAY, RTA_OIF,	    RTA_PRIORITY,
					  RTA_TABLE,	 RTA_PREFSRC, RTA_VIA,	    RTA_METRICS,
					  RTA_MULTIPATH, RTA_SRC,     RTA_CACHEINFO };
	enum route_change change;
	struct nlmsghdr *h;
	struct route r;

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

TEST(route_parse__hops_are_as_many_as_there_are)
{
	struct nlmsghdr *h = route_message(AF_INET, 0, RTN_UNICAST);
	struct nlattr *nest = mnl_attr_nest_start(h, RTA_MULTIPATH);
	struct route r;

	for (int i = 0; i < 200; i++)
		put_hop(h, i + 1, 0, "10.1.0.3");
	mnl_attr_nest_end(h, nest);
	r = parsed(h);
	assert_int_equal(r.n_hops, 200);
	assert_int_equal(r.hops[199].ifindex, 200);
	route_free(&r);
}

/* A hop that says it is longer than what there is, or shorter than itself. */
TEST(route_parse__hops_that_lie_end_there)
{
	static const unsigned short lengths[] = { 0, 1, 7, 17, 200, 65535 };

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

TEST(route_parse__cut_messages_are_no_trouble)
{
	struct nlmsghdr *whole = multipath_message();
	enum route_change change;

	for (uint32_t len = sizeof(*whole); len < whole->nlmsg_len; len++) {
		struct nlmsghdr *h = message_cut(whole, len);
		struct route r;
		int err = route_parse(h, &r, &change);

		assert_int_equal(err, len < sizeof(*h) + sizeof(struct rtmsg) ? -EBADMSG : 0);
		if (!err)
			route_free(&r);
		free(h);
	}
}

TEST(route_list__is_in_the_order_people_read)
{
	struct route default_route = { .family = AF_INET, .table = RT_TABLE_MAIN };
	struct route local = { .family = AF_INET, .table = RT_TABLE_LOCAL };
	struct route other = { .family = AF_INET, .table = 100 };
	struct route net = {
		.family = AF_INET, .table = RT_TABLE_MAIN, .dst = { 10 }, .dst_len = 8
	};
	struct route six = { .family = AF_INET6, .table = RT_TABLE_MAIN };
	struct route_list l = { 0 };

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

TEST(render_route__hop_without_a_carrier)
{
	struct link_list list = { 0 };
	struct render_routes r = { .links = &list, .extended = true };
	struct route route = multipath();
	struct buf b = { 0 };

	route.hops[1].linkdown = true;
	render_route_text(&r, &b, &route, NULL, 0);
	assert_text(&b, "10.4.0.0/16        10.1.0.3           UG    0      if2 weight=3"
			" type=unicast protocol=static scope=global\n"
			"10.4.0.0/16        10.1.0.4           UG    0      if3 weight=1 linkdown"
			" type=unicast protocol=static scope=global\n");
	render_route_json(&r, &b, &route, NULL, 0);
	buf_putc(&b, '\0');
	assert_non_null(strstr(b.data, "\"weight\":3},{"));
	assert_non_null(strstr(b.data, "\"weight\":1,\"linkdown\":true}]"));
	b.len = 0;
	render_route_csv_header(&b);
	render_route_csv(&r, &b, &route, NULL, 0);
	buf_putc(&b, '\0');
	assert_one_width(b.data);
	assert_non_null(strstr(b.data, ",congestion,linkdown,onlink,"));
	assert_non_null(strstr(b.data, ",,true,,,,,,,,\n"));
	buf_free(&b);
	route_free(&route);
}

TEST(render_route__text_json_and_csv)
{
	struct link links[] = { { .index = 2, .name = "eth0" } };
	struct link_list list = { .all = links, .n = 1 };
	struct render_routes r = { .links = &list, .tables = true };
	struct route routes[] = { through_gateway(), multipath(), nowhere() };
	struct buf b = { 0 };

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
