// SPDX-License-Identifier: GPL-2.0-only
#include "netlink/inet_diag.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include "core/addr.h"
#include "core/row.h"
#include "netlink/diag.h"

#define ANY_STATE 0xffffffffu
#define BOUND_INACTIVE (1u << 13) /* a state that only this request knows */

static void take_addr(union sw_addr *addr, uint8_t family, const __be32 from[4])
{
	*addr = addr_of_bytes(from, family != AF_INET6);
}

/* Of requests and TIME_WAIT the message has no user, whose number is 0 then. */
static bool tells_user(const struct inet_diag_msg *d)
{
	return d->idiag_timer != SW_TIMER_TIME_WAIT &&
	       (d->idiag_state != SW_TCP_SYN_RECV || d->idiag_inode);
}

static void take_timer(const struct inet_diag_msg *d, struct sw_timer *timer)
{
	if (d->idiag_timer > SW_TIMER_PROBE)
		return;
	timer->kind = d->idiag_timer;
	if (timer->kind == SW_TIMER_ON)
		timer->retransmits = d->idiag_retrans;
	else
		timer->probes = d->idiag_retrans;
	if (timer->kind != SW_TIMER_OFF && d->idiag_expires <= INT32_MAX) /* else it is over */
		timer->ms = d->idiag_expires;
}

/* A socket that was connected once and listens now keeps the old peer's address. */
static void clear_remote(struct sw_tuple *t)
{
	static const __be32 none[4];

	take_addr(&t->remote, (uint8_t)t->family, none);
	t->remote_port = 0;
}

static void take_tcp(const struct inet_diag_msg *d, struct sw_row *row)
{
	if (!tells_user(d))
		row->sock.have &= ~(uint32_t)SW_HAVE_UID;
	take_timer(d, &row->timer);
	row->sock.have |= SW_HAVE_TIMER;
	if (row->sock.state != SW_TCP_LISTEN)
		return;
	row->sock.have |= SW_HAVE_BACKLOG;
	clear_remote(&row->sock.tuple);
}

static void take_v6only(const struct nlattr *attr, struct sw_tuple *t)
{
	const uint8_t *only = diag_attr(attr, sizeof(*only));

	if (only && t->family == AF_INET6 && !t->local.q[0] && !t->local.q[1])
		t->flags = SW_TUPLE_V6ONLY_KNOWN | (*only ? SW_TUPLE_V6ONLY : 0);
}

static void take_upper(const struct nlattr *attr, struct sw_row *row)
{
	static const char mptcp[] = "mptcp";
	struct nlattr *inner; /* not const: the macro below casts it */

	mnl_attr_for_each_nested(inner, attr)
	{
		const char *name = diag_attr(inner, sizeof(mptcp));

		if (mnl_attr_get_type(inner) == INET_ULP_INFO_NAME && name &&
		    !memcmp(name, mptcp, sizeof(mptcp)))
			row->sock.have |= SW_HAVE_MPTCP;
	}
}

static void take_drops(const struct nlattr *attr, struct sw_row *row)
{
	const uint32_t *memory = diag_attr(attr, (SK_MEMINFO_DROPS + 1) * sizeof(*memory));

	if (!memory)
		return;
	row->drops = memory[SK_MEMINFO_DROPS];
	row->sock.have |= SW_HAVE_DROPS;
}

static void take_attrs(const struct nlmsghdr *h, struct sw_row *row)
{
	const uint32_t *half; /* an attribute is aligned to 4 bytes only */
	struct nlattr *attr;  /* not const: the macro below casts it */

	mnl_attr_for_each(attr, h, sizeof(struct inet_diag_msg))
	{
		switch (mnl_attr_get_type(attr)) {
		case INET_DIAG_SKV6ONLY:
			take_v6only(attr, &row->sock.tuple);
			break;
		case INET_DIAG_CGROUP_ID:
			half = diag_attr(attr, sizeof(row->sock.cgroup_id));
			if (half)
				memcpy(&row->sock.cgroup_id, half, sizeof(row->sock.cgroup_id));
			break;
		case INET_DIAG_ULP_INFO:
			take_upper(attr, row);
			break;
		case INET_DIAG_SKMEMINFO:
			take_drops(attr, row);
			break;
		}
	}
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
	if (proto == SW_PROTO_TCP)
		take_tcp(d, &row);
	take_attrs(message, &row);
	*ret = row;
	return 0;
}

struct reading {
	struct snapshot *s; /* borrowed */
	uint32_t netns;
	uint8_t proto;
	uint32_t states;
	uint8_t extensions;		   /* bits of attributes that must be asked for */
	size_t before;			   /* rows of others */
	const struct inet_diag_opts *opts; /* with step; NULL: none */
	int stopped;			   /* by it */
};

#define ROWS_A_STEP 1024

/* -EINTR is what diag_run() takes for a table that changed. */
static int step(struct reading *r)
{
	if (!r->opts || !r->opts->step || (r->s->n_rows - r->before) % ROWS_A_STEP)
		return 0;
	r->stopped = r->opts->step(r->opts->arg);
	return r->stopped ? -ECANCELED : 0;
}

static int take(void *arg, const struct nlmsghdr *h)
{
	struct reading *r = arg;
	struct sw_row row;
	int err = inet_diag_take(r->proto, h, h->nlmsg_len, &row);

	if (err)
		return err;
	row.sock.tuple.netns = r->netns;
	err = snapshot_add_row(r->s, &row);
	return err ? err : step(r);
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
					.idiag_ext = r->extensions,
					.idiag_states = r->states };
	struct diag_dump dump = {
		.request = &req, .size = sizeof(req), .take = take, .again = again, .arg = r
	};
	int err;

	if (r->proto == SW_PROTO_META) { /* a number that has no room there */
		req.sdiag_protocol = (uint8_t)SW_PROTO_MPTCP;
		dump.protocol = SW_PROTO_MPTCP;
	}
	r->before = r->s->n_rows;
	err = diag_run(&dump);
	return r->stopped ? r->stopped : err;
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

int inet_diag_table(const struct inet_diag_opts *o, struct snapshot *s)
{
	struct reading r = {
		.s = s, .netns = o->netns, .proto = o->proto, .states = ANY_STATE, .opts = o
	};

	if (o->proto == SW_PROTO_UDP) /* with drops */
		r.extensions = 1 << (INET_DIAG_SKMEMINFO - 1);
	return read_both(&r);
}
