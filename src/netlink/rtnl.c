// SPDX-License-Identifier: GPL-2.0-only
#include "netlink/rtnl.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#define ANSWER_SIZE 65536
#define NEWS_BUFFER \
	(4 << 20)	 /* bytes of the socket: news may come faster than a terminal shows it */
#define NEWS_AT_ONCE 256 /* messages; then the caller looks whether it is to end */
#define TRIES 10	 /* of a table that changes while it is read */

struct rtnl {
	struct mnl_socket *nl;	 /* owned: questions */
	struct mnl_socket *news; /* owned; NULL: none were asked for */
	uint32_t sequence;
	char *buffer; /* owned; ANSWER_SIZE bytes */
};

static int open_socket(uint32_t groups, struct mnl_socket **ret)
{
	int size = NEWS_BUFFER;

	*ret = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!*ret)
		return -errno;
	/* without rights, as much as net.core.rmem_max allows */
	if (groups &&
	    setsockopt(mnl_socket_get_fd(*ret), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(mnl_socket_get_fd(*ret), SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return mnl_socket_bind(*ret, groups, MNL_SOCKET_AUTOPID) ? -errno : 0;
}

int rtnl_open(uint32_t groups, struct rtnl **ret)
{
	struct rtnl *r = calloc(1, sizeof(*r));
	int err;

	*ret = NULL;
	if (!r)
		return -ENOMEM;
	r->buffer = malloc(ANSWER_SIZE);
	err = r->buffer ? open_socket(0, &r->nl) : -ENOMEM;
	if (!err && groups)
		err = open_socket(groups, &r->news);
	if (err)
		rtnl_free(r);
	else
		*ret = r;
	return err;
}

int rtnl_fd(const struct rtnl *r)
{
	return r->news ? mnl_socket_get_fd(r->news) : -1;
}

struct taking {
	rtnl_take_fn *take;
	void *arg;
	int err;
};

static int take_message(const struct nlmsghdr *h, void *arg)
{
	struct taking *t = arg;

	t->err = t->take(t->arg, h);
	return t->err ? MNL_CB_ERROR : MNL_CB_OK;
}

/* Older kernels look for an ifinfomsg, newer ones for the header of the type: both begin so. */
static int ask(struct rtnl *r, uint16_t type, uint8_t family)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(r->buffer);
	size_t extra = type == RTM_GETLINK   ? sizeof(struct ifinfomsg)
		       : type == RTM_GETADDR ? sizeof(struct ifaddrmsg)
					     : sizeof(struct rtmsg);
	uint8_t *body;

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	h->nlmsg_seq = ++r->sequence;
	body = mnl_nlmsg_put_extra_header(h, extra);
	body[0] = family;
	return mnl_socket_sendto(r->nl, h, h->nlmsg_len) < 0 ? -errno : 0;
}

/* *ret_changed: the table changed meanwhile; libmnl stops there, but the rest is to be read. */
static int take_answers(struct rtnl *r, struct taking *t, bool *ret_changed)
{
	int more = MNL_CB_OK;

	while (more > MNL_CB_STOP) {
		ssize_t n = mnl_socket_recvfrom(r->nl, r->buffer, ANSWER_SIZE);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		more = mnl_cb_run(r->buffer, (size_t)n, r->sequence, mnl_socket_get_portid(r->nl),
				  take_message, t);
		if (more < 0 && !t->err && errno == EINTR) {
			*ret_changed = true;
			return 0;
		}
	}
	if (more == MNL_CB_STOP)
		return 0;
	return t->err ? t->err : -errno;
}

/* A socket whose answer was not read to its end is of no more use. */
static int renew(struct rtnl *r)
{
	mnl_socket_close(r->nl);
	r->nl = NULL;
	return open_socket(0, &r->nl);
}

int rtnl_dump(struct rtnl *r, uint16_t type, uint8_t family, rtnl_take_fn *take,
	      void (*reset)(void *arg), void *arg)
{
	struct taking t = { .take = take, .arg = arg };
	bool changed = true;
	int err = 0;

	for (int i = 0; i < TRIES && changed && !err; i++) {
		if (i)
			err = renew(r);
		if (i && reset)
			reset(arg);
		changed = false;
		if (!err)
			err = ask(r, type, family);
		if (!err)
			err = take_answers(r, &t, &changed);
	}
	return err;
}

int rtnl_news(struct rtnl *r, rtnl_take_fn *take, void *arg)
{
	struct taking t = { .take = take, .arg = arg };
	bool lost = false;

	for (int i = 0; lost || i < NEWS_AT_ONCE; i++) {
		ssize_t n = recv(mnl_socket_get_fd(r->news), r->buffer, ANSWER_SIZE, MSG_DONTWAIT);

		if (n < 0 && errno == ENOBUFS)
			lost = true;
		else if (n < 0 && errno == EAGAIN)
			break;
		else if (n < 0 && errno != EINTR)
			return -errno;
		else if (n >= 0 && !lost &&
			 mnl_cb_run(r->buffer, (size_t)n, 0, 0, take_message, &t) < 0)
			return t.err ? t.err : -errno;
	}
	return lost ? -ENOBUFS : 0;
}

void rtnl_free(struct rtnl *r)
{
	if (!r)
		return;
	if (r->nl)
		mnl_socket_close(r->nl);
	if (r->news)
		mnl_socket_close(r->news);
	free(r->buffer);
	free(r);
}
