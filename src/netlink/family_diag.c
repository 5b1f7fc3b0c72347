// SPDX-License-Identifier: GPL-2.0-only
#include "netlink/family_diag.h"

#include <errno.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/netlink_diag.h>
#include <linux/packet_diag.h>
#include <linux/sock_diag.h>
#include <linux/vm_sockets_diag.h>
#include <linux/xdp_diag.h>

#include "core/family.h"
#include "core/row.h"
#include "netlink/diag.h"

#define ANY_STATE 0xffffffffu
#define QUEUES_SIZE ((SK_MEMINFO_WMEM_ALLOC + 1) * sizeof(uint32_t))

static uint64_t cookie_of(const uint32_t words[2])
{
	return (uint64_t)words[1] << 32 | words[0];
}

/* As ss(8): the memory that what waits takes. */
static void take_queues(const struct nlattr *attr, struct sw_row *row)
{
	const uint32_t *memory = diag_attr(attr, QUEUES_SIZE);

	if (!memory)
		return;
	row->recv_q = memory[SK_MEMINFO_RMEM_ALLOC];
	row->send_q = memory[SK_MEMINFO_WMEM_ALLOC];
	row->sock.have |= SW_HAVE_QUEUES;
}

static void take_uid(const struct nlattr *attr, struct sw_row *row)
{
	const uint32_t *uid = diag_attr(attr, sizeof(*uid));

	if (!uid)
		return;
	row->sock.uid = *uid;
	row->sock.have |= SW_HAVE_UID;
}

/* --- packet ----------------------------------------------------------------------------------- */

static void take_memberships(const struct nlattr *attr, struct family_addr *local)
{
	const struct packet_diag_mclist *all = mnl_attr_get_payload(attr);
	size_t n = mnl_attr_get_payload_len(attr) / sizeof(*all);

	for (size_t i = 0; i < n; i++)
		if (all[i].pdmc_type == PACKET_MR_PROMISC)
			local->flags |= FAMILY_PROMISCUOUS;
}

static void packet_take(const struct nlmsghdr *h, const void *body, struct sw_row *row)
{
	const struct packet_diag_msg *d = body;
	struct family_addr local = { .protocol = d->pdiag_num, .type = d->pdiag_type };
	const struct packet_diag_info *info;
	struct nlattr *attr; /* not const: the macro below casts it */

	row->sock.inode = d->pdiag_ino;
	row->sock.cookie = cookie_of(d->pdiag_cookie);
	mnl_attr_for_each(attr, h, sizeof(*d))
	{
		switch (mnl_attr_get_type(attr)) {
		case PACKET_DIAG_INFO:
			info = diag_attr(attr, sizeof(*info));
			row->sock.tuple.device = info ? info->pdi_index : 0;
			break;
		case PACKET_DIAG_MCLIST:
			take_memberships(attr, &local);
			break;
		case PACKET_DIAG_UID:
			take_uid(attr, row);
			break;
		case PACKET_DIAG_MEMINFO:
			take_queues(attr, row);
			break;
		}
	}
	family_addr_set(&row->sock.tuple.local, &local);
}

/* --- netlink ---------------------------------------------------------------------------------- */

static void netlink_take(const struct nlmsghdr *h, const void *body, struct sw_row *row)
{
	const struct netlink_diag_msg *d = body;
	struct family_addr local = { .id = d->ndiag_portid,
				     .protocol = d->ndiag_protocol,
				     .type = d->ndiag_type };
	struct family_addr remote = { .id = d->ndiag_dst_portid, .port = d->ndiag_dst_group };
	const uint32_t *groups;
	struct nlattr *attr; /* not const: the macro below casts it */

	row->sock.inode = d->ndiag_ino;
	row->sock.cookie = cookie_of(d->ndiag_cookie);
	if (d->ndiag_state == SW_TCP_ESTABLISHED) /* NETLINK_CONNECTED is the same number */
		row->sock.state = SW_TCP_ESTABLISHED;
	mnl_attr_for_each(attr, h, sizeof(*d))
	{
		switch (mnl_attr_get_type(attr)) {
		case NETLINK_DIAG_MEMINFO:
			take_queues(attr, row);
			break;
		case NETLINK_DIAG_GROUPS:
			groups = diag_attr(attr, sizeof(*groups));
			local.groups = groups ? *groups : 0;
			break;
		}
	}
	family_addr_set(&row->sock.tuple.local, &local);
	family_addr_set(&row->sock.tuple.remote, &remote);
}

/* --- vsock, XDP ------------------------------------------------------------------------------- */

static void vsock_take(const struct nlmsghdr *h, const void *body, struct sw_row *row)
{
	const struct vsock_diag_msg *d = body;
	struct family_addr local = { .id = d->vdiag_src_cid,
				     .port = d->vdiag_src_port,
				     .type = d->vdiag_type };
	struct family_addr remote = { .id = d->vdiag_dst_cid, .port = d->vdiag_dst_port };

	(void)h;
	row->sock.inode = d->vdiag_ino;
	row->sock.cookie = cookie_of(d->vdiag_cookie);
	if (d->vdiag_state && d->vdiag_state < SW_TCP_STATES)
		row->sock.state = d->vdiag_state;
	family_addr_set(&row->sock.tuple.local, &local);
	family_addr_set(&row->sock.tuple.remote, &remote);
}

static void xdp_take(const struct nlmsghdr *h, const void *body, struct sw_row *row)
{
	const struct xdp_diag_msg *d = body;
	struct family_addr local = { .type = d->xdiag_type };
	const struct xdp_diag_info *info;
	struct nlattr *attr; /* not const: the macro below casts it */

	row->sock.inode = d->xdiag_ino;
	row->sock.cookie = cookie_of(d->xdiag_cookie);
	mnl_attr_for_each(attr, h, sizeof(*d))
	{
		switch (mnl_attr_get_type(attr)) {
		case XDP_DIAG_INFO:
			info = diag_attr(attr, sizeof(*info));
			row->sock.tuple.device = info ? info->ifindex : 0;
			local.id = info ? info->queue_id : 0;
			break;
		case XDP_DIAG_UID:
			take_uid(attr, row);
			break;
		case XDP_DIAG_MEMINFO:
			take_queues(attr, row);
			break;
		}
	}
	family_addr_set(&row->sock.tuple.local, &local);
}

/* --- all of them ------------------------------------------------------------------------------ */

static const struct packet_diag_req packet_request = { .sdiag_family = AF_PACKET,
						       .pdiag_show = PACKET_SHOW_INFO |
								     PACKET_SHOW_MCLIST |
								     PACKET_SHOW_MEMINFO };
static const struct netlink_diag_req netlink_request = { .sdiag_family = AF_NETLINK,
							 .sdiag_protocol = NDIAG_PROTO_ALL,
							 .ndiag_show = NDIAG_SHOW_MEMINFO |
								       NDIAG_SHOW_GROUPS };
static const struct vsock_diag_req vsock_request = { .sdiag_family = AF_VSOCK,
						     .vdiag_states = ANY_STATE };
static const struct xdp_diag_req xdp_request = { .sdiag_family = AF_XDP,
						 .xdiag_show = XDP_SHOW_INFO | XDP_SHOW_MEMINFO };

static const struct diagnosis {
	uint8_t proto;
	uint16_t family;
	size_t body; /* bytes in front of the attributes */
	const void *request;
	size_t request_size;
	/* Fills the row, whose protocol and state are there. */
	void (*take)(const struct nlmsghdr *h, const void *body, struct sw_row *row);
} diagnoses[] = {
	{ SW_PROTO_PACKET, AF_PACKET, sizeof(struct packet_diag_msg), &packet_request,
	  sizeof(packet_request), packet_take },
	{ SW_PROTO_NETLINK, AF_NETLINK, sizeof(struct netlink_diag_msg), &netlink_request,
	  sizeof(netlink_request), netlink_take },
	{ SW_PROTO_VSOCK, AF_VSOCK, sizeof(struct vsock_diag_msg), &vsock_request,
	  sizeof(vsock_request), vsock_take },
	{ SW_PROTO_XDP, AF_XDP, sizeof(struct xdp_diag_msg), &xdp_request, sizeof(xdp_request),
	  xdp_take },
};

static const struct diagnosis *diagnosis_of(uint8_t proto)
{
	for (size_t i = 0; i < sizeof(diagnoses) / sizeof(diagnoses[0]); i++)
		if (diagnoses[i].proto == proto)
			return &diagnoses[i];
	return NULL;
}

int family_diag_take(uint8_t proto, const void *message, size_t len, struct sw_row *ret)
{
	const struct diagnosis *d = diagnosis_of(proto);
	const void *body = d ? diag_body(message, len, d->body) : NULL;
	struct sw_row row = { .sock.proto = proto, .sock.state = SW_TCP_CLOSE };

	if (!body)
		return -EBADMSG;
	row.sock.tuple.family = d->family;
	d->take(message, body, &row);
	*ret = row;
	return 0;
}

struct reading {
	struct snapshot *s; /* borrowed */
	uint32_t netns;
	uint8_t proto;
	size_t before; /* rows of others */
};

/* The socket that asks, which is there for that only. */
static bool is_ours(const struct nlmsghdr *h, const struct sw_row *row)
{
	struct family_addr local = family_addr_get(&row->sock.tuple.local);

	return row->sock.proto == SW_PROTO_NETLINK && local.protocol == NETLINK_SOCK_DIAG &&
	       local.id == h->nlmsg_pid;
}

static int take(void *arg, const struct nlmsghdr *h)
{
	const struct reading *r = arg;
	struct sw_row row;
	int err = family_diag_take(r->proto, h, h->nlmsg_len, &row);

	if (err)
		return err;
	if (is_ours(h, &row))
		return 0;
	row.sock.tuple.netns = r->netns;
	return snapshot_add_row(r->s, &row);
}

static void again(void *arg)
{
	const struct reading *r = arg;

	r->s->n_rows = r->before;
}

int family_diag_read(uint8_t proto, uint32_t netns, struct snapshot *s)
{
	const struct diagnosis *d = diagnosis_of(proto);
	struct reading r = { .s = s, .netns = netns, .proto = proto, .before = s->n_rows };
	struct diag_dump dump = { .take = take, .again = again, .arg = &r };
	int err;

	if (!d)
		return -ENOENT;
	dump.request = d->request;
	dump.size = d->request_size;
	err = diag_run(&dump);
	if (err)
		s->n_rows = r.before;
	return err;
}
