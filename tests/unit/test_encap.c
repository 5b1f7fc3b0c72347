// SPDX-License-Identifier: GPL-2.0-only
/* What a route wraps its packets in, and what else of it ip-route(8) tells. */
#include "netlink.h"

#include <linux/lwtunnel.h>
#include <linux/mpls_iptunnel.h>
#include <linux/rtnetlink.h>
#include <linux/seg6_iptunnel.h>
#include <linux/seg6_local.h>

#include "core/link.h"
#include "core/route.h"
#include "netlink/encap.h"
#include "netlink/route.h"
#include "render/route.h"

static struct nlmsghdr *route_message(uint8_t family)
{
	struct rtmsg m = { .rtm_family = family,
			   .rtm_type = RTN_UNICAST,
			   .rtm_protocol = RTPROT_STATIC,
			   .rtm_scope = 100,
			   .rtm_flags = RTNH_F_ONLINK,
			   .rtm_table = RT_TABLE_MAIN };

	return message(RTM_NEWROUTE, &m, sizeof(m));
}

static struct route parsed(const struct nlmsghdr *h)
{
	enum route_change change;
	struct route r;

	assert_int_equal(route_parse(h, &r, &change), 0);
	return r;
}

/* The nest of a message that a test has filled, as encap_format() tells it. */
static void assert_encap(struct nlmsghdr *h, struct nlattr *nest, uint16_t type, const char *want)
{
	struct route r;

	mnl_attr_nest_end(h, nest);
	mnl_attr_put_u16(h, RTA_ENCAP_TYPE, type); /* the kernel, too, puts it behind */
	r = parsed(h);
	assert_int_equal(r.n_hops, 1);
	assert_string_equal(r.hops[0].encap, want);
	route_free(&r);
}

TEST(encap__mpls_is_its_labels)
{
	struct nlmsghdr *h = route_message(AF_INET);
	struct nlattr *nest = mnl_attr_nest_start(h, RTA_ENCAP);
	uint32_t labels[] = { htonl(100 << 12), htonl(200 << 12 | 1 << 8), htonl(300 << 12) };

	mnl_attr_put(h, MPLS_IPTUNNEL_DST, sizeof(labels), labels);
	mnl_attr_put_u8(h, MPLS_IPTUNNEL_TTL, 9);
	assert_encap(h, nest, LWTUNNEL_ENCAP_MPLS, "mpls 100/200 ttl 9");
}

TEST(encap__ip_and_ip6_are_their_other_end)
{
	struct nlmsghdr *h = route_message(AF_INET);
	struct nlattr *nest = mnl_attr_nest_start(h, RTA_ENCAP);

	mnl_attr_put_u64(h, LWTUNNEL_IP_ID, htobe64(42));
	put_addr(h, LWTUNNEL_IP_DST, AF_INET, "10.0.0.9");
	put_addr(h, LWTUNNEL_IP_SRC, AF_INET, "10.0.0.1");
	mnl_attr_put_u8(h, LWTUNNEL_IP_TTL, 64);
	mnl_attr_put_u16(h, LWTUNNEL_IP_FLAGS, htons(1 | 4 | 8));
	assert_encap(h, nest, LWTUNNEL_ENCAP_IP,
		     "ip id 42 src 10.0.0.1 dst 10.0.0.9 ttl 64 key csum seq");
	h = route_message(AF_INET6);
	nest = mnl_attr_nest_start(h, RTA_ENCAP);
	put_addr(h, LWTUNNEL_IP6_DST, AF_INET6, "fd00::9");
	mnl_attr_put_u8(h, LWTUNNEL_IP6_TC, 3);
	assert_encap(h, nest, LWTUNNEL_ENCAP_IP6, "ip6 dst fd00::9 tc 3");
}

/* A header of two segments, the last of which stands first; `last` is what it says of that. */
static struct nlattr *put_seg6(struct nlmsghdr *h, uint32_t mode, uint8_t last)
{
	struct nlattr *nest = mnl_attr_nest_start(h, RTA_ENCAP);
	uint8_t header[4 + 8 + 32] = { 0 };

	memcpy(header, &mode, sizeof(mode));
	header[4 + 4] = last;
	assert_int_equal(inet_pton(AF_INET6, "fd00::2", header + 12), 1);
	assert_int_equal(inet_pton(AF_INET6, "fd00::1", header + 28), 1);
	mnl_attr_put(h, SEG6_IPTUNNEL_SRH, sizeof(header), header);
	return nest;
}

TEST(encap__seg6_is_its_segments_as_packets_see_them)
{
	struct nlmsghdr *h = route_message(AF_INET6);
	struct nlattr *nest = put_seg6(h, SEG6_IPTUN_MODE_ENCAP, 1);

	assert_encap(h, nest, LWTUNNEL_ENCAP_SEG6, "seg6 mode encap segs 2 [ fd00::1 fd00::2 ]");
	h = route_message(AF_INET6);
	nest = put_seg6(h, 77, 2); /* a header that lies about its length */
	assert_encap(h, nest, LWTUNNEL_ENCAP_SEG6, "seg6 mode 77");
}

TEST(encap__actions_programs_and_what_is_not_known)
{
	struct nlmsghdr *h = route_message(AF_INET6);
	struct nlattr *nest = mnl_attr_nest_start(h, RTA_ENCAP), *program;

	mnl_attr_put_u32(h, SEG6_LOCAL_ACTION, SEG6_LOCAL_ACTION_END_X);
	put_addr(h, SEG6_LOCAL_NH6, AF_INET6, "fd00::2");
	assert_encap(h, nest, LWTUNNEL_ENCAP_SEG6_LOCAL, "seg6local action End.X nh6 fd00::2");
	h = route_message(AF_INET);
	nest = mnl_attr_nest_start(h, RTA_ENCAP);
	program = mnl_attr_nest_start(h, LWT_BPF_OUT);
	mnl_attr_put(h, LWT_BPF_PROG_NAME, 4, "wrap"); /* without its NUL */
	mnl_attr_nest_end(h, program);
	assert_encap(h, nest, LWTUNNEL_ENCAP_BPF, "bpf out wrap");
	h = route_message(AF_INET);
	nest = mnl_attr_nest_start(h, RTA_ENCAP);
	assert_encap(h, nest, LWTUNNEL_ENCAP_ILA, "ila");
	h = route_message(AF_INET);
	nest = mnl_attr_nest_start(h, RTA_ENCAP);
	assert_encap(h, nest, 200, "200");
}

/* Values of any length, in a nest of any kind. */
TEST(encap__bad_values_are_no_trouble)
{
	static const char bytes[] = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff";
	enum route_change change;

	for (uint16_t type = 0; type < 13; type++) {
		for (size_t len = 0; len < sizeof(bytes); len++) {
			struct nlmsghdr *h = route_message(AF_INET6);
			struct nlattr *nest = mnl_attr_nest_start(h, RTA_ENCAP);
			struct route r;

			for (uint16_t i = 0; i < 12; i++)
				mnl_attr_put(h, i, len, bytes);
			mnl_attr_nest_end(h, nest);
			mnl_attr_put_u16(h, RTA_ENCAP_TYPE, type);
			assert_int_equal(route_parse(h, &r, &change), 0);
			route_free(&r);
		}
	}
}

static struct route wrapped(void)
{
	struct nlmsghdr *h = route_message(AF_INET);
	struct nlattr *nest = mnl_attr_nest_start(h, RTA_METRICS);
	uint32_t label = htonl(100 << 12 | 1 << 8);

	mnl_attr_put_u32(h, RTAX_LOCK, 1 << RTAX_MTU | 1 << RTAX_RTT);
	mnl_attr_put_u32(h, RTAX_MTU, 1400);
	mnl_attr_nest_end(h, nest);
	mnl_attr_put_u32(h, RTA_OIF, 2);
	mnl_attr_put_u32(h, RTA_FLOW, 5 << 16 | 6);
	mnl_attr_put_u8(h, RTA_PREF, 1);
	nest = mnl_attr_nest_start(h, RTA_ENCAP);
	mnl_attr_put(h, MPLS_IPTUNNEL_DST, sizeof(label), &label);
	mnl_attr_nest_end(h, nest);
	mnl_attr_put_u16(h, RTA_ENCAP_TYPE, LWTUNNEL_ENCAP_MPLS);
	return parsed(h);
}

TEST(render_route__what_else_ip_tells)
{
	struct link_list list = { 0 };
	struct render_routes r = { .links = &list };
	struct route route = wrapped();
	struct buf b = { 0 };

	render_route_text(&r, &b, &route, NULL, 0);
	assert_text(&b, "default            0.0.0.0            U     0      if2 encap=mpls\n");
	r.extended = true;
	render_route_text(&r, &b, &route, NULL, 0);
	assert_text(&b, "default            0.0.0.0            U     0      if2 "
			"encap=\"mpls 100\" realms=5/6 onlink type=unicast protocol=static "
			"scope=100 pref=high mtu=1400 locked=mtu,rtt\n");
	render_route_json(&r, &b, &route, NULL, 0);
	buf_putc(&b, '\0');
	assert_non_null(strstr(b.data, "\"onlink\":true,\"realm_from\":5,\"realm_to\":6,"
				       "\"encap\":\"mpls\",\"encap_info\":\"100\",\"metric\""));
	assert_non_null(strstr(b.data, "\"scope\":\"100\""));
	assert_non_null(strstr(b.data, "\"locked\":[\"mtu\",\"rtt\"],\"pref\":\"high\"}\n"));
	buf_free(&b);
	render_route_csv(&r, &b, &route, NULL, 0);
	buf_putc(&b, '\0');
	assert_non_null(strstr(b.data, ",true,5,6,mpls,100,mtu rtt,,high\n"));
	buf_free(&b);
	route_free(&route);
}

TEST(route_compare__what_is_wrapped_otherwise_is_another)
{
	struct route a = wrapped(), b;

	assert_int_equal(route_copy(&b, &a), 0);
	assert_int_equal(route_compare(&a, &b), 0);
	b.hops[0].encap[0] = 'M';
	assert_int_not_equal(route_compare(&a, &b), 0);
	route_free(&a);
	route_free(&b);
}
