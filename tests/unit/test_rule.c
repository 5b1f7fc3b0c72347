// SPDX-License-Identifier: GPL-2.0-only
/* Rules that choose a table: messages of the kernel, good and bad, and both formats. */
#include "netlink.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include "core/route_rule.h"
#include "netlink/rule.h"
#include "render/rule.h"

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
	mnl_attr_put_u32(h, FRA_SUPPRESS_IFGROUP, 5);
	mnl_attr_put_u32(h, FRA_FLOW, 3 << 16 | 4);
	mnl_attr_put_u8(h, FRA_PROTOCOL, RTPROT_BOOT);
	mnl_attr_put_u8(h, FRA_IP_PROTO, 6);
	mnl_attr_put_strz(h, FRA_IIFNAME, "eth0");
	mnl_attr_put(h, FRA_OIFNAME, 5, "eth1\x01"); /* without its NUL, and not a good name */
	mnl_attr_put(h, FRA_UID_RANGE, sizeof(uids), &uids);
	mnl_attr_put(h, FRA_DPORT_RANGE, sizeof(ports), &ports);
	mnl_attr_put_u32(h, 200, 1); /* of a kernel to come */
	return h;
}

TEST(rule__text_and_json)
{
	struct buf b = { 0 };
	struct route_rule r;
	bool deleted;

	assert_int_equal(rule_parse(rule_message(), &r, &deleted), 0);
	assert_false(deleted);
	render_rule_text(&b, &r);
	assert_text(&b, "77       not from 10.1.0.0/24 to 10.2.0.1 tos 16 fwmark 0x1/0xff iif eth0 "
			"oif eth1\\x01 uidrange 5-9 ipproto 6 dport 8000-8099 lookup 1000 "
			"suppress_ifgroup 5 realms 3/4 [more]");
	render_rule_json(&b, &r, "added", 1000);
	assert_text(&b, "{\"time\":\"1970-01-01T00:00:00.000001000Z\",\"event\":\"rule\","
			"\"change\":\"added\",\"family\":\"ipv4\",\"priority\":77,\"not\":true,"
			"\"from\":\"10.1.0.0/24\",\"to\":\"10.2.0.1\",\"tos\":16,\"fwmark\":1,"
			"\"fwmask\":255,\"iif\":\"eth0\",\"oif\":\"eth1\\u0001\",\"first_uid\":5,"
			"\"last_uid\":9,\"ip_proto\":6,\"dst_ports\":[8000,8099],"
			"\"action\":\"lookup\",\"table\":1000,\"suppress_ifgroup\":5,"
			"\"realm_from\":3,\"realm_to\":4,\"protocol\":3,"
			"\"protocol_name\":\"boot\",\"more\":true}\n");
}

/* What is not known of a rule must not make it look as if it were for more than it is. */
TEST(rule_parse__condition_that_is_not_known_is_said)
{
	static const struct {
		uint16_t type;
		uint32_t value;
		bool more;
	} cases[] = { { FRA_PRIORITY, 1, false },
		      { FRA_PAD, 1, false },
		      { FRA_UNUSED2, 1, false },
		      { FRA_TUN_ID, 1, true },
		      { 25, 1, true }, /* FRA_DSCP */
		      /* FRA_SPORT_MASK and FRA_DPORT_MASK */
		      { 28, 0xffffffff, false },
		      { 29, 0xffffffff, false },
		      { 28, 0xfff0fff0, true },
		      { 200, 1, true } };

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fib_rule_hdr m = { .family = AF_INET, .action = FR_ACT_TO_TBL };
		struct nlmsghdr *h = message(RTM_NEWRULE, &m, sizeof(m));
		struct route_rule r;
		bool deleted;

		unit_case("%u: %#x", cases[i].type, cases[i].value);
		mnl_attr_put_u32(h, cases[i].type, cases[i].value);
		assert_int_equal(rule_parse(h, &r, &deleted), 0);
		assert_int_equal(r.has_more, cases[i].more);
	}
}

TEST(rule_parse__bad_messages_are_no_trouble)
{
	struct fib_rule_hdr m = { .family = AF_INET6, .src_len = 128, .action = 99 };
	char long_value[64];
	struct buf b = { 0 };
	struct nlmsghdr *h;
	struct route_rule r;
	bool deleted;

	memset(long_value, 'x', sizeof(long_value));
	for (size_t len = 0; len < sizeof(long_value); len++) {
		h = message(RTM_DELRULE, &m, sizeof(m));
		for (uint16_t type = 0; type < 40; type++)
			mnl_attr_put(h, type, len, long_value);
		assert_int_equal(rule_parse(h, &r, &deleted), 0);
		assert_true(deleted);
		assert_true(strlen(r.in) < ROUTE_RULE_NAME_MAX);
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

TEST(rule_list__equal_ones_are_one)
{
	struct route_rule_list l = { 0 };
	struct route_rule r, other;
	bool deleted;

	memset(&other, 0xa5, sizeof(other)); /* what is between the members must not count */
	assert_int_equal(rule_parse(rule_message(), &r, &deleted), 0);
	assert_int_equal(rule_parse(rule_message(), &other, &deleted), 0);
	assert_int_equal(route_rule_list_add(&l, &r), 0);
	assert_true(route_rule_list_remove(&l, &other));
	assert_false(route_rule_list_remove(&l, &other));
	route_rule_list_free(&l);
}

TEST(rule_parse__cut_messages_are_no_trouble)
{
	struct nlmsghdr *whole = rule_message();

	for (uint32_t len = sizeof(*whole); len < whole->nlmsg_len; len++) {
		struct nlmsghdr *h = message_cut(whole, len);
		struct route_rule r;
		bool deleted;

		assert_int_equal(rule_parse(h, &r, &deleted),
				 len < sizeof(*h) + sizeof(struct fib_rule_hdr) ? -EBADMSG : 0);
		free(h);
	}
}
