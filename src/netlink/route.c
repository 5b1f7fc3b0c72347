// SPDX-License-Identifier: GPL-2.0-only
#include "netlink/route.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>

#include "core/route.h"
#include "netlink/encap.h"
#include "netlink/rtnl.h"

/* A hop while its attributes are taken: the type of what it wraps packets in comes last. */
struct parsed_hop {
	struct route_hop hop;
	const struct nlattr *encap; /* borrowed; RTA_ENCAP, NULL: none */
	uint16_t encap_type;
};

static size_t addr_len(uint8_t family)
{
	return family == AF_INET ? 4 : 16;
}

/* False: it has not the length of an address. */
static bool take_addr(const struct nlattr *attr, uint8_t family, uint8_t *ret)
{
	if (mnl_attr_get_payload_len(attr) < addr_len(family))
		return false;
	memcpy(ret, mnl_attr_get_payload(attr), addr_len(family));
	return true;
}

/* A name of the kernel's, which may lack its NUL here. */
static void take_name(const struct nlattr *attr, char *name, size_t size)
{
	const char *text = mnl_attr_get_payload(attr);
	size_t len = strnlen(text, mnl_attr_get_payload_len(attr));

	if (len >= size)
		len = size - 1;
	memcpy(name, text, len);
	name[len] = '\0';
}

static uint32_t take_u32(const struct nlattr *attr)
{
	return mnl_attr_get_payload_len(attr) >= sizeof(uint32_t) ? mnl_attr_get_u32(attr) : 0;
}

/* struct rtvia: a family, and an address of it. */
static void take_via(const struct nlattr *attr, struct route_hop *hop)
{
	const struct rtvia *via = mnl_attr_get_payload(attr);
	size_t len = mnl_attr_get_payload_len(attr);

	if (len < sizeof(*via) || len < sizeof(*via) + addr_len((uint8_t)via->rtvia_family))
		return;
	hop->family = (uint8_t)via->rtvia_family;
	memcpy(hop->gateway, via->rtvia_addr, addr_len(hop->family));
	hop->has_gateway = true;
}

static void take_hop_attr(const struct nlattr *attr, uint8_t family, struct parsed_hop *parsed)
{
	struct route_hop *hop = &parsed->hop;

	switch (mnl_attr_get_type(attr)) {
	case RTA_GATEWAY:
		hop->family = family;
		hop->has_gateway = take_addr(attr, family, hop->gateway);
		break;
	case RTA_VIA:
		take_via(attr, hop);
		break;
	case RTA_OIF:
		hop->ifindex = take_u32(attr);
		break;
	case RTA_FLOW:
		hop->realm_from = (uint16_t)(take_u32(attr) >> 16);
		hop->realm_to = (uint16_t)take_u32(attr);
		break;
	case RTA_ENCAP:
		parsed->encap = attr;
		break;
	case RTA_ENCAP_TYPE:
		if (mnl_attr_get_payload_len(attr) >= sizeof(uint16_t))
			parsed->encap_type = mnl_attr_get_u16(attr);
		break;
	}
}

static int add_hop(struct route *r, struct parsed_hop *parsed)
{
	int err;

	if (parsed->encap && parsed->encap_type) {
		parsed->hop.encap = encap_format(parsed->encap_type, parsed->encap);
		if (!parsed->hop.encap)
			return -ENOMEM;
	}
	err = route_add_hop(r, &parsed->hop);
	if (err)
		free(parsed->hop.encap);
	return err;
}

static void take_hop_attrs(const struct rtnexthop *h, uint8_t family, struct parsed_hop *hop)
{
	const struct nlattr *attr = (const struct nlattr *)(const void *)(h + 1);
	int left = h->rtnh_len - (int)sizeof(*h);

	while (mnl_attr_ok(attr, left)) {
		int len = MNL_ALIGN(attr->nla_len);

		take_hop_attr(attr, family, hop);
		left -= len;
		attr = mnl_attr_next(attr);
	}
}

static struct route_hop hop_of_flags(unsigned int flags)
{
	return (struct route_hop){ .dead = flags & RTNH_F_DEAD,
				   .linkdown = flags & RTNH_F_LINKDOWN,
				   .onlink = flags & RTNH_F_ONLINK };
}

/* RTA_MULTIPATH: several struct rtnexthop, each with its attributes. */
static int take_multipath(const struct nlattr *attr, struct route *r)
{
	const char *at = mnl_attr_get_payload(attr);
	size_t left = mnl_attr_get_payload_len(attr);
	int err = 0;

	while (!err && left >= sizeof(struct rtnexthop)) {
		const struct rtnexthop *h = (const struct rtnexthop *)(const void *)at;
		size_t len = RTNH_ALIGN(h->rtnh_len);
		struct parsed_hop hop = { .hop = hop_of_flags(h->rtnh_flags) };

		if (h->rtnh_len < sizeof(*h) || h->rtnh_len > left)
			break;
		hop.hop.ifindex = (uint32_t)h->rtnh_ifindex;
		hop.hop.weight = h->rtnh_hops + 1u;
		take_hop_attrs(h, r->family, &hop);
		err = add_hop(r, &hop);
		if (len > left)
			break;
		at += len;
		left -= len;
	}
	return err;
}

static void take_metrics(const struct nlattr *nest, struct route *r)
{
	struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest)
	{
		size_t metric = mnl_attr_get_type(attr);

		if (metric == RTAX_CC_ALGO)
			take_name(attr, r->congestion, sizeof(r->congestion));
		else if (metric < ROUTE_METRICS)
			r->metrics[metric] = take_u32(attr);
	}
}

/* Its end is told in hundredths of a second, which are 0 where there is none. */
static bool has_end(const struct nlattr *attr)
{
	struct rta_cacheinfo info;

	if (mnl_attr_get_payload_len(attr) < sizeof(info))
		return false;
	memcpy(&info, mnl_attr_get_payload(attr), sizeof(info));
	return info.rta_expires != 0;
}

static int take_attr(const struct nlattr *attr, struct route *r, struct parsed_hop *only)
{
	switch (mnl_attr_get_type(attr)) {
	case RTA_DST:
		take_addr(attr, r->family, r->dst);
		break;
	case RTA_SRC:
		take_addr(attr, r->family, r->src);
		break;
	case RTA_PREFSRC:
		r->has_source = take_addr(attr, r->family, r->source);
		break;
	case RTA_TABLE:
		r->table = take_u32(attr);
		break;
	case RTA_PRIORITY:
		r->metric = take_u32(attr);
		break;
	case RTA_NH_ID:
		r->nexthop_id = take_u32(attr);
		break;
	case RTA_METRICS:
		take_metrics(attr, r);
		break;
	case RTA_MULTIPATH:
		return take_multipath(attr, r);
	case RTA_PREF:
		r->has_preference = mnl_attr_get_payload_len(attr) >= sizeof(uint8_t);
		r->preference = r->has_preference ? mnl_attr_get_u8(attr) : 0;
		break;
	case RTA_CACHEINFO:
		r->expires = has_end(attr);
		break;
	default:
		take_hop_attr(attr, r->family, only);
	}
	return 0;
}

static int take_attrs(const struct nlmsghdr *h, const struct rtmsg *m, struct route *r)
{
	struct parsed_hop only = { .hop = hop_of_flags(m->rtm_flags) };
	struct nlattr *attr;
	int err = 0;

	mnl_attr_for_each(attr, h, sizeof(*m))
	{
		err = take_attr(attr, r, &only);
		if (err)
			return err;
	}
	if (!r->n_hops && (only.hop.ifindex || only.hop.has_gateway || only.encap))
		err = add_hop(r, &only);
	return err;
}

int route_parse(const struct nlmsghdr *h, struct route *ret, enum route_change *ret_change)
{
	const struct rtmsg *m;
	struct route r;
	int err;

	if (h->nlmsg_type != RTM_NEWROUTE && h->nlmsg_type != RTM_DELROUTE)
		return -ENODATA;
	if (mnl_nlmsg_get_payload_len(h) < sizeof(*m))
		return -EBADMSG;
	m = mnl_nlmsg_get_payload(h);
	if (m->rtm_family != AF_INET && m->rtm_family != AF_INET6)
		return -ENODATA;
	r = (struct route){ .family = m->rtm_family,
			    .dst_len = m->rtm_dst_len,
			    .src_len = m->rtm_src_len,
			    .tos = m->rtm_tos,
			    .protocol = m->rtm_protocol,
			    .scope = m->rtm_scope,
			    .type = m->rtm_type,
			    .cloned = m->rtm_flags & RTM_F_CLONED,
			    .table = m->rtm_table };
	err = take_attrs(h, m, &r);
	if (err) {
		route_free(&r);
		return err;
	}
	*ret = r;
	*ret_change = h->nlmsg_type == RTM_DELROUTE    ? ROUTE_DELETED
		      : h->nlmsg_flags & NLM_F_REPLACE ? ROUTE_REPLACED
						       : ROUTE_ADDED;
	return 0;
}

struct reading {
	struct route_list *l; /* borrowed */
	size_t before;
	uint8_t family;
};

static int take_one(void *arg, const struct nlmsghdr *h)
{
	struct reading *r = arg;
	enum route_change change;
	struct route route;

	int err = route_parse(h, &route, &change);

	if (err)
		return err == -ENOMEM ? err : 0;
	if (route.family == r->family)
		err = route_list_add(r->l, &route);
	if (err || route.family != r->family)
		route_free(&route);
	return err;
}

static void reset(void *arg)
{
	struct reading *r = arg;

	route_list_cut(r->l, r->before);
}

/* A kernel that does not have the family answers with all that it has (rtnl_get_link()). */
int route_read(struct rtnl *rtnl, uint8_t family, struct route_list *l)
{
	struct reading r = { .l = l, .before = l->n, .family = family };

	return rtnl_dump(rtnl, RTM_GETROUTE, family, take_one, reset, &r);
}

bool route_is_silenced(const struct nlmsghdr *h)
{
	const struct ifinfomsg *m = mnl_nlmsg_get_payload(h);

	switch (h->nlmsg_type) {
	case RTM_NEWLINK:
		return mnl_nlmsg_get_payload_len(h) >= sizeof(*m) && !(m->ifi_flags & IFF_UP);
	case RTM_DELLINK:
	case RTM_DELADDR:
	case RTM_NEWNEXTHOP:
	case RTM_DELNEXTHOP:
		return true;
	default:
		return false;
	}
}

static uint32_t group_bit(unsigned int group)
{
	return 1u << (group - 1);
}

uint32_t route_groups(bool ipv4, bool ipv6)
{
	uint32_t groups = group_bit(RTNLGRP_LINK) | group_bit(RTNLGRP_NEXTHOP);

	if (ipv4)
		groups |= group_bit(RTNLGRP_IPV4_ROUTE) | group_bit(RTNLGRP_IPV4_IFADDR);
	if (ipv6)
		groups |= group_bit(RTNLGRP_IPV6_ROUTE);
	return groups;
}
