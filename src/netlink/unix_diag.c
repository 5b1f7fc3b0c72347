// SPDX-License-Identifier: GPL-2.0-only
#include "netlink/unix_diag.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <linux/unix_diag.h>

#include "core/unix_socket.h"
#include "event.h"
#include "netlink/diag.h"

#define ANY_STATE 0xffffffffu

/* As unix_seq_show() of the kernel makes SS_CONNECTED and the others of it. */
static uint8_t state_of(const struct unix_diag_msg *d)
{
	if (d->udiag_state == SW_TCP_LISTEN)
		return UNIX_LISTENING;
	if (d->udiag_state != SW_TCP_ESTABLISHED)
		return d->udiag_ino ? UNIX_UNCONNECTED : UNIX_DISCONNECTING;
	return d->udiag_ino ? UNIX_CONNECTED : UNIX_CONNECTING;
}

static int take_name(const struct nlattr *attr, struct unix_socket *s)
{
	size_t len = mnl_attr_get_payload_len(attr);
	const char *name = mnl_attr_get_payload(attr);

	if (len && name[0]) /* a path may be told with the NUL that ends it */
		len = strnlen(name, len);
	if (!len || s->path)
		return 0;
	s->path = malloc(len + 1);
	if (!s->path)
		return -ENOMEM;
	memcpy(s->path, name, len);
	s->path[len] = '\0';
	s->path_len = len;
	return 0;
}

static void take_queues(const struct nlattr *attr, struct unix_socket *s)
{
	const struct unix_diag_rqlen *queues = mnl_attr_get_payload(attr);

	s->has_queues = mnl_attr_get_payload_len(attr) >= sizeof(*queues);
	if (!s->has_queues)
		return;
	s->recv_q = queues->udiag_rqueue;
	s->send_q = queues->udiag_wqueue;
}

static int take_attr(const struct nlattr *attr, struct unix_socket *s)
{
	bool is_u32 = mnl_attr_get_payload_len(attr) >= sizeof(uint32_t);

	switch (mnl_attr_get_type(attr)) {
	case UNIX_DIAG_NAME:
		return take_name(attr, s);
	case UNIX_DIAG_RQLEN:
		take_queues(attr, s);
		break;
	case UNIX_DIAG_PEER:
		s->peer_inode = is_u32 ? mnl_attr_get_u32(attr) : 0;
		break;
	case UNIX_DIAG_UID:
		s->has_uid = is_u32;
		s->uid = is_u32 ? mnl_attr_get_u32(attr) : 0;
		break;
	}
	return 0;
}

int unix_diag_take(const void *message, size_t len, uint32_t netns, struct unix_list *l)
{
	const struct nlmsghdr *h = message;
	struct unix_socket s = { .netns = netns };
	const struct unix_diag_msg *d = diag_body(message, len, sizeof(*d));
	struct nlattr *attr; /* not const: the macro below casts it */
	int err = 0;

	if (!d)
		return -EBADMSG;
	if (unix_list_find(l, d->udiag_ino))
		return 0; /* a table that changes between two messages may be told twice in part */
	s.type = d->udiag_type;
	s.inode = d->udiag_ino;
	s.state = state_of(d);
	mnl_attr_for_each(attr, h, sizeof(*d))
	{
		if (!err)
			err = take_attr(attr, &s);
	}
	if (!err)
		err = unix_list_add(l, &s);
	if (err)
		free(s.path);
	return err;
}

struct reading {
	struct unix_list *l; /* borrowed */
	uint32_t netns;
	size_t before; /* sockets of others */
};

static int take(void *arg, const struct nlmsghdr *h)
{
	const struct reading *r = arg;

	return unix_diag_take(h, h->nlmsg_len, r->netns, r->l);
}

static void again(void *arg)
{
	const struct reading *r = arg;

	unix_list_cut(r->l, r->before);
}

int unix_diag_read(uint32_t netns, struct unix_list *l)
{
	struct reading r = { .l = l, .netns = netns, .before = l->n };
	struct unix_diag_req req = { .sdiag_family = AF_UNIX,
				     .udiag_states = ANY_STATE,
				     .udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_PEER |
						   UDIAG_SHOW_RQLEN | UDIAG_SHOW_UID };
	struct diag_dump dump = {
		.request = &req, .size = sizeof(req), .take = take, .again = again, .arg = &r
	};
	int err = diag_run(&dump);

	if (err)
		unix_list_cut(l, r.before);
	return err;
}
