// SPDX-License-Identifier: GPL-2.0-only
#include "netlink/link.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "core/link.h"
#include "netlink/rtnl.h"

static uint32_t take_u32(const struct nlattr *attr)
{
	return mnl_attr_get_payload_len(attr) >= sizeof(uint32_t) ? mnl_attr_get_u32(attr) : 0;
}

/* A name of the kernel's, which may lack its NUL here. */
static void take_name(const struct nlattr *attr, char *name, size_t size)
{
	size_t len = mnl_attr_get_payload_len(attr);

	snprintf(name, size, "%.*s", (int)strnlen(mnl_attr_get_payload(attr), len),
		 (const char *)mnl_attr_get_payload(attr));
}

/* dev_seq_printf_stats() has the columns of /proc/net/dev so. An older kernel tells fewer. */
static void take_counters(const struct nlattr *attr, struct link_counters *c)
{
	struct rtnl_link_stats64 s = { 0 };
	size_t len = mnl_attr_get_payload_len(attr);

	memcpy(&s, mnl_attr_get_payload(attr), len < sizeof(s) ? len : sizeof(s));
	*c = (struct link_counters){ .rx_packets = s.rx_packets,
				     .rx_errors = s.rx_errors,
				     .rx_dropped = s.rx_dropped + s.rx_missed_errors,
				     .rx_overruns = s.rx_fifo_errors,
				     .rx_bytes = s.rx_bytes,
				     .tx_packets = s.tx_packets,
				     .tx_errors = s.tx_errors,
				     .tx_dropped = s.tx_dropped,
				     .tx_overruns = s.tx_fifo_errors,
				     .tx_bytes = s.tx_bytes,
				     .multicast = s.multicast,
				     .collisions = s.collisions };
}

static void take_hardware(const struct nlattr *attr, struct link *l)
{
	size_t len = mnl_attr_get_payload_len(attr);

	l->hardware_len = (uint8_t)(len < LINK_HARDWARE_MAX ? len : LINK_HARDWARE_MAX);
	memcpy(l->hardware, mnl_attr_get_payload(attr), l->hardware_len);
}

static void take_kind(const struct nlattr *nest, struct link *l)
{
	struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest)
	{
		if (mnl_attr_get_type(attr) == IFLA_INFO_KIND)
			take_name(attr, l->kind, sizeof(l->kind));
	}
}

static void take_attr(const struct nlattr *attr, struct link *l)
{
	switch (mnl_attr_get_type(attr)) {
	case IFLA_IFNAME:
		take_name(attr, l->name, sizeof(l->name));
		break;
	case IFLA_QDISC:
		take_name(attr, l->qdisc, sizeof(l->qdisc));
		break;
	case IFLA_ADDRESS:
		take_hardware(attr, l);
		break;
	case IFLA_MTU:
		l->mtu = take_u32(attr);
		break;
	case IFLA_LINK:
		l->lower = take_u32(attr);
		break;
	case IFLA_MASTER:
		l->master = take_u32(attr);
		break;
	case IFLA_TXQLEN:
		l->queue_length = take_u32(attr);
		break;
	case IFLA_PROMISCUITY:
		l->promiscuity = take_u32(attr);
		break;
	case IFLA_CARRIER_CHANGES:
		l->carrier_changes = take_u32(attr);
		break;
	case IFLA_OPERSTATE:
		if (mnl_attr_get_payload_len(attr))
			l->state = mnl_attr_get_u8(attr);
		break;
	case IFLA_STATS64:
		take_counters(attr, &l->counters);
		break;
	case IFLA_LINKINFO:
		take_kind(attr, l);
		break;
	}
}

int link_parse(const struct nlmsghdr *h, struct link *ret)
{
	const struct ifinfomsg *m = mnl_nlmsg_get_payload(h);
	struct nlattr *attr;
	bool elsewhere = false;

	if (h->nlmsg_type != RTM_NEWLINK)
		return -ENODATA;
	if (mnl_nlmsg_get_payload_len(h) < sizeof(*m))
		return -EBADMSG;
	*ret = (struct link){ .index = (uint32_t)m->ifi_index,
			      .flags = m->ifi_flags,
			      .type = m->ifi_type };
	mnl_attr_for_each(attr, h, sizeof(*m))
	{
		elsewhere = elsewhere || mnl_attr_get_type(attr) == IFLA_LINK_NETNSID;
		take_attr(attr, ret);
	}
	if (elsewhere) /* a number of another namespace */
		ret->lower = 0;
	return 0;
}

/* IFA_LOCAL is ours where there is a peer, whose IFA_ADDRESS then is. */
int link_parse_addr(const struct nlmsghdr *h, struct link_addr *ret)
{
	const struct ifaddrmsg *m = mnl_nlmsg_get_payload(h);
	struct nlattr *attr;
	bool has_local = false;
	size_t len;

	if (h->nlmsg_type != RTM_NEWADDR)
		return -ENODATA;
	if (mnl_nlmsg_get_payload_len(h) < sizeof(*m))
		return -EBADMSG;
	if (m->ifa_family != AF_INET && m->ifa_family != AF_INET6)
		return -ENODATA;
	len = m->ifa_family == AF_INET ? 4 : 16;
	*ret = (struct link_addr){ .index = m->ifa_index,
				   .family = m->ifa_family,
				   .prefix = m->ifa_prefixlen };
	mnl_attr_for_each(attr, h, sizeof(*m))
	{
		bool local = mnl_attr_get_type(attr) == IFA_LOCAL;

		if (mnl_attr_get_payload_len(attr) < len ||
		    (!local && (has_local || mnl_attr_get_type(attr) != IFA_ADDRESS)))
			continue;
		memcpy(ret->addr, mnl_attr_get_payload(attr), len);
		has_local = local;
	}
	return 0;
}

static int take(void *arg, const struct nlmsghdr *h)
{
	struct link link;

	return link_parse(h, &link) ? 0 : link_list_add(arg, &link);
}

static void reset(void *arg)
{
	((struct link_list *)arg)->n = 0;
}

static int take_addr(void *arg, const struct nlmsghdr *h)
{
	struct link_addr addr;

	return link_parse_addr(h, &addr) ? 0 : link_list_add_addr(arg, &addr);
}

static void reset_addrs(void *arg)
{
	((struct link_list *)arg)->n_addrs = 0;
}

int links_read(struct rtnl *r, int addrs, struct link_list *l)
{
	int err = rtnl_dump(r, RTM_GETLINK, AF_UNSPEC, take, reset, l);

	if (!err && addrs)
		err = rtnl_dump(r, RTM_GETADDR, AF_UNSPEC, take_addr, reset_addrs, l);
	return err;
}
