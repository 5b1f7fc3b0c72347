// SPDX-License-Identifier: GPL-2.0-only
#include "proc/netns_addrs.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/addr.h"
#include "proc/lines.h"
#include "proc/netns.h"

#define LINE_SIZE 128 /* both tables have short lines */

struct looking {
	struct netns_addr *addrs;
	size_t n;
	bool v4;
	char before[LINE_SIZE];
};

/* "     |-- 172.17.0.2", and in the next line "        /32 host LOCAL" */
void netns_addr_line4(struct netns_addr *a, const char *before, const char *line)
{
	const char *leaf = strstr(before, "|-- ");
	uint8_t bytes[4];
	union sw_addr addr;

	if (!leaf || !strstr(line, "/32 host LOCAL") || inet_pton(AF_INET, leaf + 4, bytes) != 1)
		return;
	addr = addr_of_bytes(bytes, true);
	a->seen = a->seen || !memcmp(&addr, &a->addr, sizeof(addr));
}

/* "fd00000000000000000000000000000a 02 40 00 80     eth0" */
void netns_addr_line6(struct netns_addr *a, const char *line)
{
	uint8_t bytes[16];

	for (size_t i = 0; i < sizeof(bytes); i++) {
		unsigned int byte;

		if (sscanf(line + 2 * i, "%2x", &byte) != 1)
			return;
		bytes[i] = (uint8_t)byte;
	}
	a->seen = a->seen || !memcmp(bytes, &a->addr, sizeof(bytes));
}

static int take_line(void *arg, const char *line, size_t len)
{
	struct looking *l = arg;
	char text[LINE_SIZE];

	snprintf(text, sizeof(text), "%.*s", (int)(len < LINE_SIZE ? len : LINE_SIZE - 1), line);
	for (size_t i = 0; i < l->n; i++)
		if (l->v4)
			netns_addr_line4(&l->addrs[i], l->before, text);
		else if (strlen(text) >= 32)
			netns_addr_line6(&l->addrs[i], text);
	memcpy(l->before, text, sizeof(text));
	return 0;
}

/* One that has ended has no address; IPv6 may be switched off. */
static bool look(int proc_fd, const struct netns *netns, struct looking *l, const char *table)
{
	int fd = netns_open_table(proc_fd, netns, table);

	if (fd < 0)
		return fd == -ENOENT;
	l->before[0] = '\0';
	return !lines_read(fd, take_line, l);
}

/* Not init: that may be out of reach, and is in no container of this machine. */
static bool hides_some(const struct netns_set *set)
{
	return set->hidden > 1 || (set->hidden && set->hidden_pid != 1);
}

bool netns_find_addrs(int proc_fd, const struct netns_set *set, struct netns_addr *addrs, size_t n)
{
	struct looking l = { .addrs = addrs, .n = n };
	bool all = !hides_some(set);

	for (size_t i = 0; i < set->n; i++) {
		for (size_t k = 0; k < n; k++)
			addrs[k].seen = false;
		l.v4 = true;
		all = look(proc_fd, &set->all[i], &l, "net/fib_trie") && all;
		l.v4 = false;
		all = look(proc_fd, &set->all[i], &l, "net/if_inet6") && all;
		for (size_t k = 0; k < n; k++) {
			addrs[k].n += addrs[k].seen;
			addrs[k].netns = addrs[k].seen ? set->all[i].inode : addrs[k].netns;
		}
	}
	return all;
}
