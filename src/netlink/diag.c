// SPDX-License-Identifier: GPL-2.0-only
#include "netlink/diag.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#define ANSWER_SIZE 65536
#define TRIES 5 /* of a table that changes while it is read */

struct reading {
	const struct diag_dump *dump; /* borrowed */
	int err;
};

const void *diag_body(const void *message, size_t len, size_t size)
{
	const struct nlmsghdr *h = message;

	/* libmnl's macros go through the padding, too */
	if (!mnl_nlmsg_ok(h, (int)len) || MNL_ALIGN(h->nlmsg_len) > len ||
	    mnl_nlmsg_get_payload_len(h) < size)
		return NULL;
	return mnl_nlmsg_get_payload(h);
}

const void *diag_attr(const struct nlattr *attr, size_t size)
{
	return mnl_attr_get_payload_len(attr) < size ? NULL : mnl_attr_get_payload(attr);
}

static int take(const struct nlmsghdr *h, void *arg)
{
	struct reading *r = arg;

	r->err = r->dump->take(r->dump->arg, h);
	return r->err ? MNL_CB_ERROR : MNL_CB_OK;
}

/* libmnl's own handler does not look at what a dump ended with. */
static int take_end(const struct nlmsghdr *h, void *arg)
{
	const int *code = mnl_nlmsg_get_payload_len(h) >= sizeof(*code) ? mnl_nlmsg_get_payload(h)
									: NULL;

	(void)arg;
	if (!code || *code >= 0)
		return MNL_CB_STOP;
	errno = -*code;
	return MNL_CB_ERROR;
}

static int ask(struct mnl_socket *nl, char *buffer, const struct diag_dump *dump)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buffer);

	h->nlmsg_type = dump->type ? dump->type : SOCK_DIAG_BY_FAMILY;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	memcpy(mnl_nlmsg_put_extra_header(h, dump->size), dump->request, dump->size);
	if (dump->protocol)
		mnl_attr_put_u32(h, INET_DIAG_REQ_PROTOCOL, dump->protocol);
	if (dump->put)
		dump->put(h);
	return mnl_socket_sendto(nl, h, h->nlmsg_len) < 0 ? -errno : 0;
}

/* 0; -EINTR when the table changed meanwhile, so that something may be missing. */
static int take_answers(struct mnl_socket *nl, char *buffer, struct reading *r)
{
	/* the code comes first in an error, too */
	mnl_cb_t ends[] = { [NLMSG_ERROR] = take_end, [NLMSG_DONE] = take_end };
	int more = MNL_CB_OK;

	while (more > MNL_CB_STOP) {
		ssize_t n = mnl_socket_recvfrom(nl, buffer, ANSWER_SIZE);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		more = mnl_cb_run2(buffer, (size_t)n, 0, mnl_socket_get_portid(nl), take, r, ends,
				   sizeof(ends) / sizeof(ends[0]));
	}
	if (more == MNL_CB_STOP)
		return 0;
	return r->err ? r->err : -errno;
}

static int read_once(char *buffer, struct reading *r)
{
	int family = r->dump->family ? r->dump->family : NETLINK_SOCK_DIAG;
	struct mnl_socket *nl = mnl_socket_open2(family, SOCK_CLOEXEC);
	int err;

	if (!nl)
		return -errno;
	err = mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ? -errno : ask(nl, buffer, r->dump);
	if (!err)
		err = take_answers(nl, buffer, r);
	mnl_socket_close(nl);
	return err;
}

int diag_run(const struct diag_dump *dump)
{
	struct reading r = { .dump = dump };
	char *buffer = malloc(ANSWER_SIZE);
	int err = buffer ? -EINTR : -ENOMEM;

	for (int i = 0; i < TRIES && err == -EINTR; i++) {
		if (i)
			dump->again(dump->arg);
		err = read_once(buffer, &r);
	}
	free(buffer);
	return err == -EINTR ? 0 : err; /* one that never holds still is better than none */
}
