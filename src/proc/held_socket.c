// SPDX-License-Identifier: GPL-2.0-only
#include "proc/held_socket.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#include "base/fd.h"
#include "core/family.h"
#include "core/row.h"

/* As the kernel calls them: struct proto.name. */
static const struct kind {
	const char *name;
	uint8_t proto;
	uint16_t family;
} kinds[] = {
	{ "AF_VSOCK", SW_PROTO_VSOCK, AF_VSOCK },
	{ "TIPC", SW_PROTO_TIPC, AF_TIPC },
	{ "XDP", SW_PROTO_XDP, AF_XDP },
};

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

uint8_t held_socket_proto(uint32_t pid, int fd)
{
	char path[48], name[32];
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/fd/%d", pid, fd);
	len = getxattr(path, "system.sockprotoname", name, sizeof(name) - 1);
	if (len < 0)
		return 0;
	name[len] = '\0';
	for (size_t i = 0; i < N_KINDS; i++)
		if (!strcmp(name, kinds[i].name))
			return kinds[i].proto;
	return 0;
}

static uint32_t netns_of_socket(int sock)
{
	int fd = ioctl(sock, SIOCGSKNS);
	struct stat st;
	uint32_t inode = fd >= 0 && !fstat(fd, &st) ? (uint32_t)st.st_ino : 0;

	if (fd >= 0)
		close(fd);
	return inode;
}

static int option_of(int sock, int option)
{
	socklen_t len = sizeof(int);
	int value = 0;

	return getsockopt(sock, SOL_SOCKET, option, &value, &len) ? 0 : value;
}

/* Whether it has such a side. */
static bool take_side(int sock, int (*ask)(int, struct sockaddr *, socklen_t *),
		      struct family_addr *side)
{
	struct sockaddr_vm addr = { 0 };
	socklen_t len = sizeof(addr);

	side->id = side->port = FAMILY_ANY;
	if (ask(sock, (struct sockaddr *)(void *)&addr, &len) || addr.svm_family != AF_VSOCK)
		return false;
	side->id = addr.svm_cid;
	side->port = addr.svm_port;
	return true;
}

static void take_vsock(int sock, struct sw_row *row, struct family_addr *local)
{
	struct family_addr remote = { 0 };

	take_side(sock, getsockname, local);
	row->sock.state = take_side(sock, getpeername, &remote) ? SW_TCP_ESTABLISHED
			  : option_of(sock, SO_ACCEPTCONN)	? SW_TCP_LISTEN
								: SW_TCP_CLOSE;
	family_addr_set(&row->sock.tuple.remote, &remote);
}

/* What the copy of the descriptor tells; nothing where we may not have one. */
static int take_copy(int sock, struct sw_row *row, struct family_addr *local)
{
	struct stat st;

	if (fstat(sock, &st) || st.st_ino != row->sock.inode)
		return -ENOENT;
	row->sock.tuple.netns = netns_of_socket(sock);
	local->type = (uint8_t)option_of(sock, SO_TYPE);
	if (row->sock.proto == SW_PROTO_VSOCK)
		take_vsock(sock, row, local);
	else
		local->flags = FAMILY_UNNAMED;
	return 0;
}

int held_socket_read(uint32_t pid, int fd, uint64_t inode, uint8_t proto, struct sw_row *ret)
{
	struct sw_row row = { .sock.inode = inode, .sock.proto = proto };
	struct family_addr local = { .flags = FAMILY_UNNAMED };
	int err = 0, sock = fd_copy(pid, fd);

	for (size_t i = 0; i < N_KINDS; i++)
		if (kinds[i].proto == proto)
			row.sock.tuple.family = kinds[i].family;
	if (sock >= 0) {
		local.flags = 0;
		err = take_copy(sock, &row, &local);
		close(sock);
	}
	if (err)
		return err;
	family_addr_set(&row.sock.tuple.local, &local);
	*ret = row;
	return 0;
}
