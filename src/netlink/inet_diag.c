// SPDX-License-Identifier: GPL-2.0-only
#include "netlink/inet_diag.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/inet_diag.h>
#include <linux/netlink.h>

#include "core/row.h"
#include "netlink/diag.h"

#define ANY_STATE 0xffffffffu
#define BOUND_INACTIVE (1u << 13) /* a state that only this request knows */

static void take_addr(union sw_addr *addr, uint8_t family, const __be32 from[4])
{
	if (family == AF_INET6) {
		memcpy(addr->b, from, 16);
		return;
	}
	addr->b[10] = addr->b[11] = 0xff;
	memcpy(addr->b + 12, from, 4);
}

int inet_diag_take(uint8_t proto, const void *message, size_t len, struct sw_row *ret)
{
	const struct inet_diag_msg *d = diag_body(message, len, sizeof(*d));
	struct sw_row row = { .sock.proto = proto };
	struct sw_tuple *t = &row.sock.tuple;

	if (!d || (d->idiag_family != AF_INET && d->idiag_family != AF_INET6) ||
	    d->idiag_state < SW_TCP_ESTABLISHED || d->idiag_state >= SW_TCP_STATES)
		return -EBADMSG;
	t->family = d->idiag_family;
	take_addr(&t->local, d->idiag_family, d->id.idiag_src);
	take_addr(&t->remote, d->idiag_family, d->id.idiag_dst);
	t->local_port = ntohs(d->id.idiag_sport);
	t->remote_port = ntohs(d->id.idiag_dport);
	t->device = d->id.idiag_if;
	row.sock.state = d->idiag_state;
	row.sock.inode = d->idiag_inode;
	row.sock.cookie = (uint64_t)d->id.idiag_cookie[1] << 32 | d->id.idiag_cookie[0];
	row.sock.uid = d->idiag_uid;
	row.recv_q = d->idiag_rqueue;
	row.send_q = d->idiag_wqueue;
	row.sock.have = SW_HAVE_QUEUES | SW_HAVE_UID;
	*ret = row;
	return 0;
}

struct reading {
	struct snapshot *s; /* borrowed */
	uint32_t netns;
	uint8_t proto;
	uint32_t states;
	size_t before; /* rows of others */
};

static int take(void *arg, const struct nlmsghdr *h)
{
	const struct reading *r = arg;
	struct sw_row row;
	int err = inet_diag_take(r->proto, h, h->nlmsg_len, &row);

	if (err)
		return err;
	row.sock.tuple.netns = r->netns;
	return snapshot_add_row(r->s, &row);
}

static void again(void *arg)
{
	const struct reading *r = arg;

	r->s->n_rows = r->before;
}

static int read_family(struct reading *r, uint8_t family)
{
	struct inet_diag_req_v2 req = { .sdiag_family = family,
					.sdiag_protocol = r->proto,
					.idiag_states = r->states };
	struct diag_dump dump = {
		.request = &req, .size = sizeof(req), .take = take, .again = again, .arg = r
	};

	if (r->proto == SW_PROTO_META) { /* a number that has no room there */
		req.sdiag_protocol = (uint8_t)SW_PROTO_MPTCP;
		dump.protocol = SW_PROTO_MPTCP;
	}
	r->before = r->s->n_rows;
	return diag_run(&dump);
}

static int read_both(struct reading *r)
{
	struct snapshot *s = r->s;
	size_t before = s->n_rows;
	int err = read_family(r, AF_INET);

	if (!err)
		err = read_family(r, AF_INET6);
	if (err)
		s->n_rows = before;
	return err;
}

int inet_diag_read(uint8_t proto, uint32_t netns, struct snapshot *s)
{
	struct reading r = { .s = s, .netns = netns, .proto = proto, .states = ANY_STATE };

	return read_both(&r);
}

int inet_diag_bound(uint32_t netns, struct snapshot *s)
{
	struct reading r = {
		.s = s, .netns = netns, .proto = SW_PROTO_TCP, .states = BOUND_INACTIVE
	};

	return read_both(&r);
}
