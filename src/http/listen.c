// SPDX-License-Identifier: GPL-2.0-only
#include "http/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "filter.h"

#define BACKLOG 128
#define TYPE (SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC)

static int start(int fd, const void *addr, socklen_t size)
{
	int err = 0;

	if (fd < 0)
		return -errno;
	if (bind(fd, addr, size) || listen(fd, BACKLOG)) {
		err = -errno;
		close(fd);
	}
	return err ? err : fd;
}

static int start_inet(int family, const void *addr, socklen_t size)
{
	int fd = socket(family, TYPE, 0), on = 1;

	if (fd >= 0 &&
	    (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	     (family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on))))) {
		on = -errno;
		close(fd);
		return on;
	}
	return start(fd, addr, size);
}

int listen_on(const union sw_addr *addr, uint16_t port)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

	memcpy(&v4.sin_addr, &addr->b[12], 4);
	memcpy(&v6.sin6_addr, addr->b, 16);
	return sw_is_v4mapped(addr) ? start_inet(AF_INET, &v4, sizeof(v4))
				    : start_inet(AF_INET6, &v6, sizeof(v6));
}

/* Of a server that is gone. 0: there is nothing (more). */
static int remove_left(const struct sockaddr_un *at)
{
	struct stat st;
	int fd, err;

	if (lstat(at->sun_path, &st))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	fd = socket(AF_UNIX, TYPE, 0);
	if (fd < 0)
		return -errno;
	err = connect(fd, (const struct sockaddr *)at, sizeof(*at)) ? errno : EADDRINUSE;
	close(fd);
	if (err != ECONNREFUSED)
		return -EADDRINUSE;
	return unlink(at->sun_path) ? -errno : 0;
}

int listen_at(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int err, fd;

	if (strlen(path) >= sizeof(at.sun_path))
		return -ENAMETOOLONG;
	strcpy(at.sun_path, path);
	err = remove_left(&at);
	if (err)
		return err;
	fd = start(socket(AF_UNIX, TYPE, 0), &at, sizeof(at));
	if (fd >= 0 && chmod(path, 0666)) {
		err = -errno;
		close(fd);
		unlink(path);
	}
	return err ? err : fd;
}
