// SPDX-License-Identifier: GPL-2.0-only
#include "netlink/rule.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include "core/route_rule.h"
#include "netlink/rtnl.h"

static uint32_t take_u32(const struct nlattr *attr)
{
	return mnl_attr_get_payload_len(attr) >= sizeof(uint32_t) ? mnl_attr_get_u32(attr) : 0;
}

static uint8_t take_u8(const struct nlattr *attr)
{
	return mnl_attr_get_payload_len(attr) ? mnl_attr_get_u8(attr) : 0;
}

static void take_addr(const struct nlattr *attr, uint8_t family, uint8_t *ret)
{
	size_t len = family == AF_INET ? 4 : 16;

	if (mnl_attr_get_payload_len(attr) >= len)
		memcpy(ret, mnl_attr_get_payload(attr), len);
}

/* A name of the kernel's, which may lack its NUL here. */
static void take_name(const struct nlattr *attr, char name[ROUTE_RULE_NAME_MAX])
{
	const char *text = mnl_attr_get_payload(attr);
	size_t len = strnlen(text, mnl_attr_get_payload_len(attr));

	memcpy(name, text, len < ROUTE_RULE_NAME_MAX ? len : ROUTE_RULE_NAME_MAX - 1);
}

static void take_ports(const struct nlattr *attr, uint16_t ports[2])
{
	struct fib_rule_port_range range;

	if (mnl_attr_get_payload_len(attr) < sizeof(range))
		return;
	memcpy(&range, mnl_attr_get_payload(attr), sizeof(range));
	ports[0] = range.start;
	ports[1] = range.end;
}

static void take_uids(const struct nlattr *attr, struct route_rule *r)
{
	struct fib_rule_uid_range range;

	if (mnl_attr_get_payload_len(attr) < sizeof(range))
		return;
	memcpy(&range, mnl_attr_get_payload(attr), sizeof(range));
	r->has_uids = true;
	r->first_uid = range.start;
	r->last_uid = range.end;
}

/* Since Linux 6.15, so headers may lack them: FRA_SPORT_MASK and FRA_DPORT_MASK. */
enum { SPORT_MASK = 28, DPORT_MASK = 29 };

/* Whether it says nothing more of a rule: to fill up, or a mask that takes a port as it is. */
static bool is_filler(const struct nlattr *attr)
{
	switch (mnl_attr_get_type(attr)) {
	case FRA_UNSPEC:
	case FRA_UNUSED2:
	case FRA_UNUSED3:
	case FRA_UNUSED4:
	case FRA_UNUSED5:
	case FRA_PAD:
		return true;
	case SPORT_MASK:
	case DPORT_MASK:
		return mnl_attr_get_payload_len(attr) >= sizeof(uint16_t) &&
		       mnl_attr_get_u16(attr) == UINT16_MAX;
	default:
		return false;
	}
}

/* What a packet, or the socket that sends it, must be like. */
static void take_selector(const struct nlattr *attr, struct route_rule *r)
{
	switch (mnl_attr_get_type(attr)) {
	case FRA_SRC:
		take_addr(attr, r->family, r->src);
		break;
	case FRA_DST:
		take_addr(attr, r->family, r->dst);
		break;
	case FRA_IIFNAME:
		take_name(attr, r->in);
		break;
	case FRA_OIFNAME:
		take_name(attr, r->out);
		break;
	case FRA_FWMARK:
		r->mark = take_u32(attr);
		break;
	case FRA_FWMASK:
		r->mask = take_u32(attr);
		break;
	case FRA_UID_RANGE:
		take_uids(attr, r);
		break;
	case FRA_IP_PROTO:
		r->ip_proto = take_u8(attr);
		break;
	case FRA_SPORT_RANGE:
		take_ports(attr, r->src_ports);
		break;
	case FRA_DPORT_RANGE:
		take_ports(attr, r->dst_ports);
		break;
	default:
		r->has_more = r->has_more || !is_filler(attr);
	}
}

static void take_attr(const struct nlattr *attr, struct route_rule *r)
{
	switch (mnl_attr_get_type(attr)) {
	case FRA_PRIORITY:
		r->priority = take_u32(attr);
		break;
	case FRA_TABLE:
		r->table = take_u32(attr);
		break;
	case FRA_GOTO:
		r->target = take_u32(attr);
		break;
	case FRA_PROTOCOL:
		r->protocol = take_u8(attr);
		break;
	case FRA_L3MDEV:
		r->l3mdev = take_u8(attr);
		break;
	case FRA_SUPPRESS_PREFIXLEN:
		r->suppress = take_u32(attr);
		r->has_suppress = r->suppress != UINT32_MAX; /* none */
		break;
	case FRA_SUPPRESS_IFGROUP:
		r->suppress_group = take_u32(attr);
		r->has_suppress_group = r->suppress_group != UINT32_MAX; /* none */
		break;
	case FRA_FLOW:
		r->realm_from = (uint16_t)(take_u32(attr) >> 16);
		r->realm_to = (uint16_t)take_u32(attr);
		break;
	default:
		take_selector(attr, r);
	}
}

int rule_parse(const struct nlmsghdr *h, struct route_rule *ret, bool *ret_deleted)
{
	const struct fib_rule_hdr *m = mnl_nlmsg_get_payload(h);
	struct nlattr *attr;

	if (h->nlmsg_type != RTM_NEWRULE && h->nlmsg_type != RTM_DELRULE)
		return -ENODATA;
	if (mnl_nlmsg_get_payload_len(h) < sizeof(*m))
		return -EBADMSG;
	if (m->family != AF_INET && m->family != AF_INET6)
		return -ENODATA;
	memset(ret, 0, sizeof(*ret));
	ret->family = m->family;
	ret->action = m->action;
	ret->src_len = m->src_len;
	ret->dst_len = m->dst_len;
	ret->tos = m->tos;
	ret->table = m->table;
	ret->inverted = m->flags & FIB_RULE_INVERT;
	mnl_attr_for_each(attr, h, sizeof(*m)) take_attr(attr, ret);
	*ret_deleted = h->nlmsg_type == RTM_DELRULE;
	return 0;
}

struct reading {
	struct route_rule_list *l; /* borrowed */
	size_t before;
};

static int take_one(void *arg, const struct nlmsghdr *h)
{
	struct reading *r = arg;
	struct route_rule rule;
	bool deleted;

	return rule_parse(h, &rule, &deleted) ? 0 : route_rule_list_add(r->l, &rule);
}

static void reset(void *arg)
{
	struct reading *r = arg;

	r->l->n = r->before;
}

int rules_read(struct rtnl *rtnl, uint8_t family, struct route_rule_list *l)
{
	struct reading r = { .l = l, .before = l->n };

	return rtnl_dump(rtnl, RTM_GETRULE, family, take_one, reset, &r);
}

uint32_t rule_groups(bool ipv4, bool ipv6)
{
	return (ipv4 ? 1u << (RTNLGRP_IPV4_RULE - 1) : 0) |
	       (ipv6 ? 1u << (RTNLGRP_IPV6_RULE - 1) : 0);
}
