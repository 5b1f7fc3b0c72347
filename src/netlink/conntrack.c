// SPDX-License-Identifier: GPL-2.0-only
#include "netlink/conntrack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
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

/* An entry of TCP or UDP, its status among *ret_status. 1; 0: it is another; -EBADMSG. */
static int take_entry(const void *message, size_t len, struct conntrack *ret, uint32_t *ret_status)
{
	const struct nlmsghdr *h = message;
	struct nlattr *attr;

	if (!diag_body(message, len, sizeof(struct nfgenmsg)))
		return -EBADMSG;
	*ret = (struct conntrack){ 0 };
	*ret_status = 0;
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
			*ret_status = bits ? ntohl(*bits) : 0;
			break;
		default:
			break;
		}
	}
	return ret->asked.local_port && ret->got.local_port &&
	       (ret->proto == SW_PROTO_TCP || ret->proto == SW_PROTO_UDP);
}

int conntrack_take(const void *message, size_t len, struct conntrack *ret)
{
	uint32_t status;
	int n = take_entry(message, len, ret, &status);

	return n > 0 ? !!(status & IPS_DST_NAT) : n;
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

/* --- one of them ------------------------------------------------------------------------------ */

#define ONE_SIZE 8192 /* of a question, and of an answer about one */

struct conntrack_asker {
	struct mnl_socket *nl; /* owned */
	uint32_t seq;
	_Alignas(struct nlmsghdr) char buffer[ONE_SIZE];
};

int conntrack_ask_open(struct conntrack_asker **ret)
{
	struct conntrack_asker *a = calloc(1, sizeof(*a));
	int err;

	if (!a)
		return -ENOMEM;
	a->nl = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	if (!a->nl || mnl_socket_bind(a->nl, 0, MNL_SOCKET_AUTOPID) < 0) {
		err = -errno;
		conntrack_ask_close(a);
		return err;
	}
	*ret = a;
	return 0;
}

void conntrack_ask_close(struct conntrack_asker *a)
{
	if (!a)
		return;
	if (a->nl)
		mnl_socket_close(a->nl);
	free(a);
}

static void put_addr(struct nlmsghdr *h, bool v4, uint16_t type4, uint16_t type6,
		     const union sw_addr *addr)
{
	mnl_attr_put(h, v4 ? type4 : type6, v4 ? 4 : 16, v4 ? addr->b + 12 : addr->b);
}

/* As packets of this side have it, whoever began. */
static void put_tuple(struct nlmsghdr *h, uint8_t proto, const struct sw_tuple *t)
{
	struct nlattr *tuple = mnl_attr_nest_start(h, CTA_TUPLE_ORIG), *part;
	bool v4 = tuple_version(t) == 4;

	part = mnl_attr_nest_start(h, CTA_TUPLE_IP);
	put_addr(h, v4, CTA_IP_V4_SRC, CTA_IP_V6_SRC, &t->local);
	put_addr(h, v4, CTA_IP_V4_DST, CTA_IP_V6_DST, &t->remote);
	mnl_attr_nest_end(h, part);
	part = mnl_attr_nest_start(h, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(h, CTA_PROTO_NUM, proto);
	mnl_attr_put_u16(h, CTA_PROTO_SRC_PORT, htons(t->local_port));
	mnl_attr_put_u16(h, CTA_PROTO_DST_PORT, htons(t->remote_port));
	mnl_attr_nest_end(h, part);
	mnl_attr_nest_end(h, tuple);
}

static struct nlmsghdr *pack_question(struct conntrack_asker *a, uint8_t proto,
				      const struct sw_tuple *t)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(a->buffer);
	struct nfgenmsg *g;

	h->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET;
	h->nlmsg_flags = NLM_F_REQUEST;
	h->nlmsg_seq = ++a->seq;
	g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	g->nfgen_family = tuple_version(t) == 4 ? AF_INET : AF_INET6;
	g->version = NFNETLINK_V0;
	put_tuple(h, proto, t);
	return h;
}

static bool is_same_end(const union sw_addr *a, uint16_t a_port, const union sw_addr *b,
			uint16_t b_port)
{
	return a_port == b_port && !memcmp(a, b, sizeof(*a));
}

static bool is_same(const struct sw_tuple *a, const struct sw_tuple *b)
{
	return is_same_end(&a->local, a->local_port, &b->local, b->local_port) &&
	       is_same_end(&a->remote, a->remote_port, &b->remote, b->remote_port);
}

static void turn(struct sw_tuple *t)
{
	struct sw_tuple old = *t;

	t->local = old.remote;
	t->local_port = old.remote_port;
	t->remote = old.local;
	t->remote_port = old.local_port;
}

int conntrack_other(const void *message, size_t len, uint8_t proto, const struct sw_tuple *t,
		    struct sw_tuple *ret)
{
	struct conntrack c;
	uint32_t status;
	int n = take_entry(message, len, &c, &status);

	if (n <= 0 || c.proto != proto)
		return n < 0 ? n : -ENOENT;
	turn(&c.asked); /* the end of who began it is its own */
	if (is_same(&c.asked, t)) {
		turn(&c.got);
		*ret = c.got;
	} else if (is_same(&c.got, t)) {
		turn(&c.asked);
		*ret = c.asked;
	} else {
		return -ENOENT;
	}
	return (status & IPS_NAT_MASK) && !is_same(ret, t);
}

/* What is left of a question before is passed over. */
static int take_answer(struct conntrack_asker *a, uint8_t proto, const struct sw_tuple *t,
		       struct sw_tuple *ret)
{
	const struct nlmsghdr *h = (const void *)a->buffer;

	for (;;) {
		ssize_t n = mnl_socket_recvfrom(a->nl, a->buffer, sizeof(a->buffer));
		const struct nlmsgerr *e;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!mnl_nlmsg_ok(h, (int)n))
			return -EBADMSG;
		if (h->nlmsg_seq != a->seq)
			continue;
		if (h->nlmsg_type != NLMSG_ERROR)
			return conntrack_other(h, (size_t)n, proto, t, ret);
		e = diag_body(h, (size_t)n, sizeof(*e));
		return e && e->error < 0 ? e->error : -EBADMSG;
	}
}

int conntrack_ask(struct conntrack_asker *a, uint8_t proto, const struct sw_tuple *t,
		  struct sw_tuple *ret)
{
	const struct nlmsghdr *h = pack_question(a, proto, t);

	if (mnl_socket_sendto(a->nl, h, h->nlmsg_len) < 0)
		return -errno;
	return take_answer(a, proto, t, ret);
}
