// SPDX-License-Identifier: GPL-2.0-only
#include "cli/values.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <netdb.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/addr.h"
#include "core/names.h"

#define PID_MAX_LIMIT 4194304 /* include/linux/threads.h, 64 bit */
#define NETNS_DIR "/run/netns/"
#define BUFFER_MAX ((size_t)1 << 30)

int value_number(const char *text, uint64_t least, uint64_t most, uint64_t *ret)
{
	unsigned long long v;
	char *end;

	if (!isdigit((unsigned char)*text)) /* strtoull takes blanks and signs */
		return -EINVAL;
	errno = 0;
	v = strtoull(text, &end, 10);
	if (errno || *end || v < least || v > most)
		return -EINVAL;
	*ret = v;
	return 0;
}

/* A service's port for a protocol, from the services database. */
static int port_of_service(const char *name, const char *proto, uint64_t *ret)
{
	const struct servent *s = getservbyname(name, proto);

	if (!s)
		return -EINVAL;
	*ret = ntohs((uint16_t)s->s_port);
	return 0;
}

static int port_range(const char *text, const char *proto, uint64_t *first, uint64_t *last)
{
	const char *dash = strchr(text, '-');
	char low[8];

	if (isdigit((unsigned char)*text) && dash && (size_t)(dash - text) < sizeof(low)) {
		memcpy(low, text, (size_t)(dash - text));
		low[dash - text] = '\0';
		if (value_number(low, 1, 65535, first) ||
		    value_number(dash + 1, *first, 65535, last))
			return -EINVAL;
		return 0;
	}
	if (value_number(text, 1, 65535, first) && port_of_service(text, proto, first))
		return -EINVAL;
	*last = *first;
	return 0;
}

int value_port_of(const char *text, const char *proto, struct sw_port_set *set)
{
	uint64_t first, last;

	if (port_range(text, proto, &first, &last))
		return -EINVAL;
	for (uint64_t p = first; p <= last; p++)
		sw_port_add(set, (uint16_t)p);
	return 0;
}

int value_port(const char *text, struct sw_port_set *set)
{
	int tcp_err = value_port_of(text, "tcp", set), udp_err = value_port_of(text, "udp", set);

	return tcp_err && udp_err ? -EINVAL : 0;
}

int value_cidr(const char *text, struct sw_cidr_set *set)
{
	struct sw_cidr c;

	if (cidr_parse(text, &c))
		return -EINVAL;
	if (set->n == SW_FILTER_MAX)
		return -E2BIG;
	set->cidr[set->n++] = c;
	return 0;
}

int value_pid(const char *text, struct sw_filter *f)
{
	uint64_t pid;

	if (value_number(text, 1, PID_MAX_LIMIT, &pid))
		return -EINVAL;
	if (f->n_pids == SW_FILTER_MAX)
		return -E2BIG;
	f->pids[f->n_pids++] = (uint32_t)pid;
	return 0;
}

int value_uid(const char *text, struct sw_filter *f)
{
	const struct passwd *user;
	uint64_t uid;

	if (value_number(text, 0, UINT32_MAX - 1, &uid)) {
		user = getpwnam(text);
		if (!user)
			return -EINVAL;
		uid = user->pw_uid;
	}
	if (f->n_uids == SW_FILTER_MAX)
		return -E2BIG;
	f->uids[f->n_uids++] = (uint32_t)uid;
	return 0;
}

/* The inode of the network namespace that a path leads to; 0: it leads to something else. */
static uint32_t netns_at(const char *path)
{
	struct statfs fs;
	struct stat st;
	int fd, type;

	/* what is none is not opened: that might wait, or do something */
	if (statfs(path, &fs) || fs.f_type != NSFS_MAGIC)
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	type = ioctl(fd, NS_GET_NSTYPE);
	if (type != CLONE_NEWNET || fstat(fd, &st) || st.st_ino > UINT32_MAX)
		st.st_ino = 0;
	close(fd);
	return (uint32_t)st.st_ino;
}

int value_netns(const char *text, netns_own_fn *own, struct sw_filter *f)
{
	char path[PATH_MAX];
	uint64_t inode;
	uint32_t self;

	if (!strcmp(text, "self")) {
		if (own(&self))
			return -EINVAL;
		inode = self;
	} else if (value_number(text, 1, UINT32_MAX, &inode)) {
		if (!*text || !strcmp(text, ".") || !strcmp(text, "..") ||
		    strlen(text) + sizeof(NETNS_DIR) > sizeof(path))
			return -EINVAL;
		snprintf(path, sizeof(path), "%s%s", strchr(text, '/') ? "" : NETNS_DIR, text);
		inode = netns_at(path);
		if (!inode)
			return -EINVAL;
	}
	if (f->n_netns == SW_FILTER_MAX)
		return -E2BIG;
	f->netns[f->n_netns++] = (uint32_t)inode;
	return 0;
}

int value_cgroup(const char *text, cgroup_find_fn *find, struct sw_filter *f)
{
	uint64_t id;

	if (!*text || (find(text, &id) && value_number(text, 1, UINT64_MAX, &id)))
		return -EINVAL;
	if (f->n_cgroups == SW_FILTER_MAX)
		return -E2BIG;
	f->cgroups[f->n_cgroups++] = id;
	return 0;
}

int value_comm(const char *text, struct sw_filter *f)
{
	size_t len = strlen(text);
	struct sw_comm_pattern p = { 0 };
	int prefix = len && text[len - 1] == '*';

	if (!len)
		return -EINVAL;
	if (f->n_comms == SW_FILTER_MAX)
		return -E2BIG;
	if (prefix)
		len--;
	if (len >= SW_COMM_LEN)
		len = SW_COMM_LEN - 1;
	memcpy(p.name, text, len);
	p.len = (uint32_t)len + (prefix ? 0 : 1); /* the NUL behind an exact name must match too */
	f->comms[f->n_comms++] = p;
	return 0;
}

int value_state(const char *text, struct sw_filter *f)
{
	uint8_t state = state_from_name(text);

	if (!state)
		return -EINVAL;
	f->states |= 1u << state;
	if (state == SW_TCP_SYN_RECV) /* netstat's word for both */
		f->states |= 1u << SW_TCP_NEW_SYN_RECV;
	return 0;
}

int value_duration(const char *text, uint64_t *ret_ms)
{
	double v, unit = 1000;
	char *end;

	if (!isdigit((unsigned char)*text) && *text != '.')
		return -EINVAL;
	if (strspn(text, "0123456789.") + 1 < strlen(text)) /* no 1e9, 0x10, nan */
		return -EINVAL;
	v = strtod(text, &end);
	if (*end == 'm')
		unit *= 60;
	else if (*end == 'h')
		unit *= 3600;
	else if (*end == 'd')
		unit *= 86400;
	if (*end && !strchr("smhd", *end))
		return -EINVAL;
	v *= unit;
	if (!(v >= 1) || v > 1e12) /* some thirty years: nanoseconds must fit 64 bits */
		return -EINVAL;
	*ret_ms = (uint64_t)v;
	return 0;
}

int value_size(const char *text, uint64_t least, uint64_t most, uint64_t *ret)
{
	static const char units[] = "KMGT";
	size_t len = strlen(text);
	const char *unit = len ? strchr(units, toupper((unsigned char)text[len - 1])) : NULL;
	unsigned int shift = unit && *unit ? 10 * (unsigned int)(unit - units + 1) : 0;
	char digits[24];
	uint64_t v;

	if (len >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, text, len + 1);
	if (shift)
		digits[len - 1] = '\0';
	if (value_number(digits, 0, most >> shift, &v) || v << shift < least)
		return -EINVAL;
	*ret = v << shift;
	return 0;
}

int value_percent(const char *text, uint32_t most, uint32_t *ret)
{
	size_t len = strlen(text);
	char digits[8];
	uint64_t v;

	if (!len || len >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, text, len + 1);
	if (text[len - 1] == '%')
		digits[len - 1] = '\0';
	if (value_number(digits, 0, most, &v))
		return -EINVAL;
	*ret = (uint32_t)v;
	return 0;
}

int value_buffer_size(const char *text, size_t *ret)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	uint64_t v;

	if (value_size(text, 1, BUFFER_MAX, &v))
		return -EINVAL;
	while (size < v)
		size *= 2;
	*ret = size;
	return 0;
}
