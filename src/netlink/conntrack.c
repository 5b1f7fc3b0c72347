// SPDX-License-Identifier: GPL-2.0-only
#include "netlink/conntrack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>

#include "core/addr.h"
#include "netlink/diag.h"

/* --- an entry --------------------------------------------------------------------------------- */

static void set_addr(union sw_addr *addr, const struct nlattr *attr, bool v4)
{
	const void *bytes = diag_attr(attr, v4 ? 4 : 16);

	*addr = bytes ? addr_of_bytes(bytes, v4) : (union sw_addr){ 0 };
}

static void take_addrs(const struct nlattr *nest, union sw_addr *from, union sw_addr *to)
{
	struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest)
	{
		switch (mnl_attr_get_type(attr)) {
		case CTA_IP_V4_SRC:
		case CTA_IP_V6_SRC:
			set_addr(from, attr, mnl_attr_get_type(attr) == CTA_IP_V4_SRC);
			break;
		case CTA_IP_V4_DST:
		case CTA_IP_V6_DST:
			set_addr(to, attr, mnl_attr_get_type(attr) == CTA_IP_V4_DST);
			break;
		default:
			break;
		}
	}
}

static uint16_t port_of(const struct nlattr *attr)
{
	const uint16_t *port = diag_attr(attr, sizeof(*port));

	return port ? ntohs(*port) : 0;
}

static void take_ports(const struct nlattr *nest, uint8_t *proto, uint16_t *from, uint16_t *to)
{
	struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest)
	{
		const uint8_t *number = diag_attr(attr, 1);

		switch (mnl_attr_get_type(attr)) {
		case CTA_PROTO_NUM:
			*proto = number ? *number : 0;
			break;
		case CTA_PROTO_SRC_PORT:
			*from = port_of(attr);
			break;
		case CTA_PROTO_DST_PORT:
			*to = port_of(attr);
			break;
		default:
			break;
		}
	}
}

/* from, to: which ends of t are its source and its destination. */
static void take_tuple(const struct nlattr *nest, struct sw_tuple *t, uint8_t *proto,
		       bool from_local)
{
	union sw_addr *from = from_local ? &t->local : &t->remote;
	union sw_addr *to = from_local ? &t->remote : &t->local;
	uint16_t *from_port = from_local ? &t->local_port : &t->remote_port;
	uint16_t *to_port = from_local ? &t->remote_port : &t->local_port;
	struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest)
	{
		if (mnl_attr_get_type(attr) == CTA_TUPLE_IP)
			take_addrs(attr, from, to);
		else if (mnl_attr_get_type(attr) == CTA_TUPLE_PROTO)
			take_ports(attr, proto, from_port, to_port);
	}
}

int conntrack_take(const void *message, size_t len, struct conntrack *ret)
{
	const struct nlmsghdr *h = message;
	struct nlattr *attr;
	uint32_t status = 0;

	if (!diag_body(message, len, sizeof(struct nfgenmsg)))
		return -EBADMSG;
	*ret = (struct conntrack){ 0 };
	mnl_attr_for_each(attr, h, sizeof(struct nfgenmsg))
	{
		const uint32_t *bits = diag_attr(attr, sizeof(*bits));

		switch (mnl_attr_get_type(attr)) {
		case CTA_TUPLE_ORIG:
			take_tuple(attr, &ret->asked, &ret->proto, false);
			break;
		case CTA_TUPLE_REPLY: /* what answers is who got it */
			take_tuple(attr, &ret->got, &ret->proto, true);
			break;
		case CTA_STATUS:
			status = bits ? ntohl(*bits) : 0;
			break;
		default:
			break;
		}
	}
	return (status & IPS_DST_NAT) && ret->asked.local_port && ret->got.local_port &&
	       (ret->proto == SW_PROTO_TCP || ret->proto == SW_PROTO_UDP);
}

/* --- all of them ------------------------------------------------------------------------------ */

static int take(void *arg, const struct nlmsghdr *h)
{
	const struct conntrack_reader *reader = arg;
	struct conntrack c;
	int n = conntrack_take(h, h->nlmsg_len, &c);

	return n > 0 ? reader->take(reader->arg, &c) : n;
}

static void again(void *arg)
{
	const struct conntrack_reader *reader = arg;

	reader->again(reader->arg);
}

/* Kernels before 5.19 do not know it, and tell all. */
static void put_status(struct nlmsghdr *request)
{
	mnl_attr_put_u32(request, CTA_STATUS, htonl(IPS_DST_NAT));
	mnl_attr_put_u32(request, CTA_STATUS_MASK, htonl(IPS_DST_NAT));
}

int conntrack_read(const struct conntrack_reader *reader)
{
	struct nfgenmsg all = { .nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0 };
	struct conntrack_reader r = *reader;
	struct diag_dump dump = { .family = NETLINK_NETFILTER,
				  .type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET,
				  .request = &all,
				  .size = sizeof(all),
				  .put = put_status,
				  .take = take,
				  .again = again,
				  .arg = &r };

	return diag_run(&dump);
}
