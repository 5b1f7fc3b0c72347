// SPDX-License-Identifier: GPL-2.0-only
/* Without libmnl: one message, and its acknowledgement. */
#include "netlink/destroy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include "event.h"

#define ANSWER_SIZE 8192 /* an acknowledgement has the request in it */

int destroy_open(void)
{
	struct sockaddr_nl us = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG), err;

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&us, sizeof(us))) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

static void put_addr(__be32 to[4], uint16_t family, const union sw_addr *addr)
{
	if (family == AF_INET)
		memcpy(to, addr->b + 12, 4);
	else
		memcpy(to, addr->b, 16);
}

size_t destroy_pack(void *ret, size_t size, uint8_t proto, const struct sw_tuple *t,
		    uint64_t cookie)
{
	struct {
		struct nlmsghdr h;
		struct inet_diag_req_v2 r;
	} m = { .h = { .nlmsg_len = sizeof(m),
		       .nlmsg_type = SOCK_DESTROY,
		       .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
		.r = { .sdiag_family = (uint8_t)t->family,
		       .sdiag_protocol = proto,
		       .idiag_states = 0xffffffffu } };
	struct inet_diag_sockid *id = &m.r.id;

	if (size < sizeof(m))
		return 0;
	id->idiag_sport = htons(t->local_port);
	id->idiag_dport = htons(t->remote_port);
	put_addr(id->idiag_src, t->family, &t->local);
	put_addr(id->idiag_dst, t->family, &t->remote);
	id->idiag_if = t->device;
	id->idiag_cookie[0] = (uint32_t)cookie;
	id->idiag_cookie[1] = (uint32_t)(cookie >> 32);
	memcpy(ret, &m, sizeof(m));
	return sizeof(m);
}

/* The kernel has answered before the request is sent. */
static int take_answer(int fd)
{
	_Alignas(struct nlmsghdr) char answer[ANSWER_SIZE];
	const struct nlmsghdr *h = (const void *)answer;
	const struct nlmsgerr *e = (const void *)(answer + NLMSG_HDRLEN);
	ssize_t n;

	do {
		n = recv(fd, answer, sizeof(answer), 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if ((size_t)n < NLMSG_HDRLEN + sizeof(e->error) || h->nlmsg_type != NLMSG_ERROR)
		return -EPROTO;
	return e->error == -ESTALE ? -ENOENT : e->error;
}

int destroy_socket(int fd, uint8_t proto, const struct sw_tuple *t, uint64_t cookie)
{
	_Alignas(struct nlmsghdr) char request[256];
	size_t len = destroy_pack(request, sizeof(request), proto, t, cookie);

	if (!len)
		return -EMSGSIZE;
	if (send(fd, request, len, 0) < 0)
		return -errno;
	return take_answer(fd);
}
