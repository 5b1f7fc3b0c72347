// SPDX-License-Identifier: GPL-2.0-only
#include "base/notify.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NS_IN_US 1000u

int notify_open(const char *where, struct notify *ret)
{
	size_t len = where ? strlen(where) : 0;

	*ret = (struct notify){ .fd = -1, .to.sun_family = AF_UNIX };
	if (!len)
		return 0;
	if ((where[0] != '/' && where[0] != '@') || len < 2 || len >= sizeof(ret->to.sun_path))
		return -EINVAL;
	memcpy(ret->to.sun_path, where, len);
	ret->to_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	if (where[0] == '@')
		ret->to.sun_path[0] = '\0'; /* such a name ends with its length */
	else
		ret->to_len++;
	ret->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return ret->fd < 0 ? -errno : 0;
}

int notify_tell(const struct notify *n, const char *lines)
{
	ssize_t sent;

	if (n->fd < 0)
		return 0;
	do {
		sent = sendto(n->fd, lines, strlen(lines), MSG_DONTWAIT | MSG_NOSIGNAL,
			      (const struct sockaddr *)&n->to, n->to_len);
	} while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : 0;
}

void notify_close(struct notify *n)
{
	if (n->fd >= 0)
		close(n->fd);
	n->fd = -1;
}

/* False: it is none. */
static int number(const char *text, unsigned long long *ret)
{
	char *end;

	if (!text || text[0] < '0' || text[0] > '9')
		return 0;
	errno = 0;
	*ret = strtoull(text, &end, 10);
	return !errno && !*end;
}

uint64_t notify_watchdog_ns(const char *usec, const char *pid, long own)
{
	unsigned long long us, whose;

	if (!number(usec, &us) || us > UINT64_MAX / NS_IN_US)
		return 0;
	if (pid && pid[0] && (!number(pid, &whose) || whose != (unsigned long long)own))
		return 0;
	return us * NS_IN_US / 2;
}
