// SPDX-License-Identifier: GPL-2.0-only
#include "proc/proxy.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/addr.h"
#include "proc/dir.h"
#include "proc/process.h"

#define ARGS_MAX 4096

/* 0: it is no port. */
static uint16_t port_of(const char *text)
{
	char *end;
	unsigned long port = strtoul(text, &end, 10);

	return *end || port > UINT16_MAX ? 0 : (uint16_t)port;
}

static bool set_addr(union sw_addr *ret, const char *text)
{
	uint8_t bytes[16];

	if (inet_pton(AF_INET, text, bytes) == 1)
		*ret = addr_of_bytes(bytes, true);
	else if (inet_pton(AF_INET6, text, bytes) == 1)
		*ret = addr_of_bytes(bytes, false);
	else
		return false;
	return true;
}

static uint8_t proto_of(const char *text)
{
	if (!strcmp(text, "tcp"))
		return SW_PROTO_TCP;
	return !strcmp(text, "udp") ? SW_PROTO_UDP : 0;
}

/* An option and its value. False: that is none of its. */
static bool take(struct proxy *p, const char *name, const char *value)
{
	if (!strcmp(name, "-proto"))
		return (p->proto = proto_of(value)) != 0;
	if (!strcmp(name, "-host-port"))
		return (p->port = port_of(value)) != 0;
	if (!strcmp(name, "-container-port"))
		return (p->to_port = port_of(value)) != 0;
	if (!strcmp(name, "-container-ip"))
		return set_addr(&p->to, value);
	return true;
}

static const char *next_of(const char *arg, const char *end)
{
	const char *next = arg + strlen(arg) + 1;

	return next < end ? next : NULL;
}

static bool is_called(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');

	return !strcmp(slash ? slash + 1 : path, name);
}

bool proxy_parse(const char *args, size_t len, struct proxy *ret)
{
	const char *end = args + len, *arg, *value;
	struct proxy p = { 0 };

	if (!len || end[-1] || !is_called(args, PROXY_DOCKER))
		return false;
	for (arg = next_of(args, end); arg; arg = value) {
		value = next_of(arg, end);
		if (value && !take(&p, arg, value))
			return false;
	}
	if (!p.proto || !p.port || !p.to_port || addr_is_any(&p.to))
		return false;
	*ret = p;
	return true;
}

/* Between the two looks at when it began it is one process, whatever its number. */
bool proxy_read(int proc_fd, uint32_t pid, struct proxy *ret)
{
	int fd = process_dir_open(proc_fd, pid);
	char args[ARGS_MAX];
	uint64_t start_ns;
	uint32_t uid;
	bool good;
	size_t len;

	if (fd < 0)
		return false;
	start_ns = process_start(fd);
	len = file_read(fd, "cmdline", args, sizeof(args));
	good = process_user(proc_fd, pid, &uid) && !uid && proxy_parse(args, len, ret) &&
	       start_ns && process_same_start(start_ns, process_start(fd));
	close(fd);
	return good;
}
