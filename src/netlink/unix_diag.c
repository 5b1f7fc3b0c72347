// SPDX-License-Identifier: GPL-2.0-only
#include "netlink/unix_diag.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>

#include "core/unix_socket.h"
#include "event.h"

#define ANSWER_SIZE 65536
#define ANY_STATE 0xffffffffu
#define TRIES 5 /* of a table that changes while it is read */

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
	const struct unix_diag_msg *d;
	struct nlattr *attr; /* not const: the macro below casts it */
	int err = 0;

	/* libmnl's macros go through the padding, too */
	if (!mnl_nlmsg_ok(h, (int)len) || MNL_ALIGN(h->nlmsg_len) > len ||
	    mnl_nlmsg_get_payload_len(h) < sizeof(*d))
		return -EBADMSG;
	d = mnl_nlmsg_get_payload(h);
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
	int err;
};

static int take(const struct nlmsghdr *h, void *arg)
{
	struct reading *r = arg;

	r->err = unix_diag_take(h, h->nlmsg_len, r->netns, r->l);
	return r->err ? MNL_CB_ERROR : MNL_CB_OK;
}

static int ask(struct mnl_socket *nl, char *buffer)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buffer);
	struct unix_diag_req *req;

	h->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	req = mnl_nlmsg_put_extra_header(h, sizeof(*req));
	req->sdiag_family = AF_UNIX;
	req->udiag_states = ANY_STATE;
	req->udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_PEER | UDIAG_SHOW_RQLEN | UDIAG_SHOW_UID;
	return mnl_socket_sendto(nl, h, h->nlmsg_len) < 0 ? -errno : 0;
}

/* 0; -EINTR when the table changed meanwhile, so that something may be missing. */
static int take_answers(struct mnl_socket *nl, char *buffer, struct reading *r)
{
	int more = MNL_CB_OK;

	while (more > MNL_CB_STOP) {
		ssize_t n = mnl_socket_recvfrom(nl, buffer, ANSWER_SIZE);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		more = mnl_cb_run(buffer, (size_t)n, 0, mnl_socket_get_portid(nl), take, r);
	}
	if (more == MNL_CB_STOP)
		return 0;
	return r->err ? r->err : -errno;
}

static int read_once(char *buffer, struct reading *r)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC);
	int err;

	if (!nl)
		return -errno;
	err = mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ? -errno : ask(nl, buffer);
	if (!err)
		err = take_answers(nl, buffer, r);
	mnl_socket_close(nl);
	return err;
}

int unix_diag_read(uint32_t netns, struct unix_list *l)
{
	struct reading r = { .l = l, .netns = netns };
	char *buffer = malloc(ANSWER_SIZE);
	int err = buffer ? -EINTR : -ENOMEM;
	size_t before = l->n;

	for (int i = 0; i < TRIES && err == -EINTR; i++) {
		unix_list_cut(l, before);
		err = read_once(buffer, &r);
	}
	if (err && err != -EINTR) /* one that never holds still is better than none */
		unix_list_cut(l, before);
	free(buffer);
	return err == -EINTR ? 0 : err;
}
