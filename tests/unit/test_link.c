// SPDX-License-Identifier: GPL-2.0-only
/* Interfaces: messages of the kernel, good and bad, letters, growth, and the three formats. */
#include "netlink.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "core/link.h"
#include "netlink/link.h"
#include "render/link.h"

static struct nlmsghdr *link_message(int index, unsigned int flags, const char *name)
{
	struct ifinfomsg m = { .ifi_index = index, .ifi_flags = flags, .ifi_type = ARPHRD_ETHER };
	struct nlmsghdr *h = message(RTM_NEWLINK, &m, sizeof(m));

	mnl_attr_put_strz(h, IFLA_IFNAME, name);
	return h;
}

static struct nlmsghdr *ethernet_message(void)
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

	mnl_attr_put(h, IFLA_ADDRESS, 6, "\x02\0\0\0\0\x01");
	mnl_attr_put_u32(h, IFLA_MTU, 1500);
	mnl_attr_put_u32(h, IFLA_TXQLEN, 1000);
	mnl_attr_put_u32(h, IFLA_PROMISCUITY, 2);
	mnl_attr_put_u8(h, IFLA_OPERSTATE, IF_OPER_UP);
	mnl_attr_put_strz(h, IFLA_QDISC, "fq");
	mnl_attr_put(h, IFLA_STATS64, sizeof(stats), &stats);
	nest = mnl_attr_nest_start(h, IFLA_LINKINFO);
	mnl_attr_put_strz(h, IFLA_INFO_KIND, "veth");
	mnl_attr_nest_end(h, nest);
	return h;
}

static struct link ethernet(void)
{
	struct link l;

	assert_int_equal(link_parse(ethernet_message(), &l), 0);
	return l;
}

TEST(link_parse__message_gives_every_field)
{
	struct link l = ethernet();

	assert_string_equal(l.name, "eth0");
	assert_string_equal(l.kind, "veth");
	assert_string_equal(l.qdisc, "fq");
	assert_int_equal(l.mtu, 1500);
	assert_int_equal(l.state, IF_OPER_UP);
	assert_int_equal(l.counters.rx_dropped, 5); /* as /proc/net/dev has it */
	assert_int_equal(l.counters.rx_overruns, 4);
	assert_int_equal(l.hardware_len, 6);
	assert_int_equal(l.promiscuity, 2);
}

TEST(link_parse__bad_messages_are_no_trouble)
{
	static const uint16_t types[] = { IFLA_IFNAME, IFLA_ADDRESS, IFLA_MTU,	    IFLA_OPERSTATE,
					  IFLA_QDISC,  IFLA_STATS64, IFLA_LINKINFO, IFLA_MASTER };
	char long_value[200];
	struct nlmsghdr *h;
	struct link_addr a;
	struct link l;

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

TEST(link_parse_addr__ours_is_told_where_there_is_a_peer)
{
	struct ifaddrmsg m = { .ifa_family = AF_INET, .ifa_prefixlen = 30, .ifa_index = 4 };
	struct nlmsghdr *h = message(RTM_NEWADDR, &m, sizeof(m));
	struct link_addr a;

	put_addr(h, IFA_ADDRESS, AF_INET, "10.0.0.2");
	put_addr(h, IFA_LOCAL, AF_INET, "10.0.0.1");
	assert_int_equal(link_parse_addr(h, &a), 0);
	assert_int_equal(a.addr[3], 1);
	assert_int_equal(a.index, 4);
	assert_int_equal(a.prefix, 30);
}

/* The number of a veth's other end in another namespace says nothing here. */
TEST(link_parse__number_of_another_namespace_is_none)
{
	struct nlmsghdr *h = link_message(2, 0, "v0");
	struct link l;

	mnl_attr_put_u32(h, IFLA_LINK, 3);
	assert_int_equal(link_parse(h, &l), 0);
	assert_int_equal(l.lower, 3);
	mnl_attr_put_u32(h, IFLA_LINK_NETNSID, 0);
	assert_int_equal(link_parse(h, &l), 0);
	assert_int_equal(l.lower, 0);
}

TEST(link_flags__are_netstats_letters)
{
	static const struct {
		uint32_t flags;
		const char *letters;
	} cases[] = { { 0, "" },
		      { IFF_UP | IFF_LOOPBACK | IFF_RUNNING, "LRU" },
		      { IFF_UP | IFF_BROADCAST | IFF_MULTICAST | IFF_RUNNING, "BMRU" },
		      { IFF_BROADCAST | IFF_NOARP, "BO" },
		      { IFF_UP | IFF_PROMISC | IFF_ALLMULTI, "APU" },
		      /* P stands for two things, in its two places */
		      { IFF_UP | IFF_POINTOPOINT | IFF_NOARP | IFF_MULTICAST, "MOPU" },
		      { IFF_PROMISC | IFF_NOTRAILERS | IFF_NOARP | IFF_POINTOPOINT, "PNOP" },
		      { IFF_UP | IFF_BROADCAST | IFF_RUNNING | IFF_NOARP | IFF_DYNAMIC, "BdORU" },
		      { IFF_UP | IFF_BROADCAST | IFF_RUNNING | IFF_MULTICAST | IFF_SLAVE, "BMsRU" },
		      { IFF_UP | IFF_BROADCAST | IFF_RUNNING | IFF_MULTICAST | IFF_MASTER,
			"BMmRU" },
		      { UINT32_MAX, "ABDLMdPNOPsmRU" } };
	char text[16];

	for (size_t i = 0; i < COUNT(cases); i++) {
		unit_case("%#x", cases[i].flags);
		link_flags(cases[i].flags, text);
		assert_string_equal(text, cases[i].letters);
	}
}

TEST(link_counters__one_that_went_down_was_reset)
{
	struct link_counters before = { .rx_packets = 100, .tx_packets = 100 };
	struct link_counters now = { .rx_packets = 130, .tx_packets = 7 }, growth;

	link_counters_since(&before, &now, &growth);
	assert_int_equal(growth.rx_packets, 30);
	assert_int_equal(growth.tx_packets, 7);
	link_counters_since(NULL, &now, &growth);
	assert_int_equal(growth.rx_packets, 130);
}

TEST(render_link__text_json_and_csv)
{
	struct link links[] = { ethernet() };
	struct link_addr addr = {
		.index = 2, .family = AF_INET, .prefix = 24, .addr = { 10, 1, 0, 1 }
	};
	struct link_list list = { .all = links, .n = 1, .addrs = &addr, .n_addrs = 1 };
	struct link_counters growth = { .rx_packets = 10, .tx_packets = 1, .rx_bytes = 1000 };
	struct link_row row = { .link = &links[0], .list = &list, .width = 8 };
	struct buf b = { 0 };

	render_link_header(&b, 8, false);
	render_link_text(&b, &row, true);
	assert_text(
		&b,
		"Kernel Interface table\n"
		"Iface       MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg"
		"    State\n"
		"eth0       1500    12345      1      5      4      678      0      0      0 BMRU"
		"   UP promiscuity=2\n"
		"    index=2 type=ether kind=veth address=02:00:00:00:00:01 qdisc=fq "
		"txqueuelen=1000 "
		"carrier_changes=0 rx_bytes=1234567 tx_bytes=4321 multicast=0 collisions=7\n"
		"    inet 10.1.0.1/24\n");
	row.growth = &growth;
	row.ns = 4000000000;
	render_link_text(&b, &row, false);
	/* 2.5 is 3, and what is more than nothing is not told as nothing */
	assert_text(&b,
		    "eth0       1500        3      0      0      0        1      0      0      0 "
		    "BMRU   UP promiscuity=2\n");
	render_link_json(&b, &row);
	buf_putc(&b, '\0');
	assert_non_null(strstr(b.data, "\"rx_packets\":12345,"));
	assert_non_null(strstr(b.data, "\"rx_bytes_per_s\":250,"));
	assert_non_null(strstr(b.data, ",\"promiscuity\":2,"));
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

TEST(link_parse__cut_messages_are_no_trouble)
{
	struct nlmsghdr *whole = ethernet_message();

	for (uint32_t len = sizeof(*whole); len < whole->nlmsg_len; len++) {
		struct nlmsghdr *h = message_cut(whole, len);
		struct link l;

		assert_int_equal(link_parse(h, &l),
				 len < sizeof(*h) + sizeof(struct ifinfomsg) ? -EBADMSG : 0);
		free(h);
	}
}
