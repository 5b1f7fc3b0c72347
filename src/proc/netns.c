// SPDX-License-Identifier: GPL-2.0-only
#include "proc/netns.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int process_dir_open(int proc_fd, uint32_t pid)
{
	char name[16] = "self";
	int fd;

	if (pid != PROCESS_SELF)
		snprintf(name, sizeof(name), "%" PRIu32, pid);
	fd = openat(proc_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int link_read(int dir_fd, const char *name, const char *prefix, uint64_t *ret)
{
	size_t skip = strlen(prefix);
	char text[64], *end;
	uint64_t number;
	ssize_t n;

	n = readlinkat(dir_fd, name, text, sizeof(text) - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	if (strncmp(text, prefix, skip) || !isdigit((unsigned char)text[skip]))
		return -ENODATA;
	errno = 0;
	number = strtoull(text + skip, &end, 10);
	if (errno || strcmp(end, "]"))
		return -ENODATA;
	*ret = number;
	return 0;
}

int netns_of_process(int process_fd, uint32_t *ret)
{
	uint64_t inode;
	int err = link_read(process_fd, "ns/net", "net:[", &inode);

	if (err)
		return err;
	if (inode > UINT32_MAX)
		return -ENODATA;
	*ret = (uint32_t)inode;
	return 0;
}

static int netns_set_grow(struct netns_set *set)
{
	size_t cap = set->cap ? set->cap * 2 : 16;
	struct netns *all;

	if (set->n < set->cap)
		return 0;
	all = reallocarray(set->all, cap, sizeof(*all));
	if (!all)
		return -ENOMEM;
	set->all = all;
	set->cap = cap;
	return 0;
}

int netns_set_add(struct netns_set *set, uint32_t inode, uint32_t pid)
{
	struct netns *netns;
	uint32_t at;

	if (hash_get(&set->by_inode, inode, &at)) {
		netns = &set->all[at];
		if (netns->n_pids < NETNS_PIDS)
			netns->pids[netns->n_pids++] = pid;
		return 0;
	}
	if (netns_set_grow(set) || hash_put(&set->by_inode, inode, (uint32_t)set->n))
		return -ENOMEM;
	set->all[set->n++] = (struct netns){ .inode = inode, .pids = { pid }, .n_pids = 1 };
	return 0;
}

/*
 * The namespace is asked for once the table is open: a process may change it at any time. -ESRCH
 * when it lives in another one now, or the PID belongs to another process.
 */
static int open_through(int proc_fd, uint32_t pid, const struct netns *netns, const char *name)
{
	int err, table, process = process_dir_open(proc_fd, pid);
	uint32_t inode;

	if (process < 0)
		return process;
	table = openat(process, name, O_RDONLY | O_CLOEXEC);
	if (table < 0)
		table = -errno;
	err = netns_of_process(process, &inode);
	if (!err && inode != netns->inode)
		err = -ESRCH;
	close(process);
	if (!err)
		return table;
	if (table >= 0)
		close(table);
	return err;
}

int netns_open_table(int proc_fd, const struct netns *netns, const char *name)
{
	int err = -ENOENT;

	for (uint32_t i = 0; i < netns->n_pids; i++) {
		int fd = open_through(proc_fd, netns->pids[i], netns, name);

		if (fd >= 0)
			return fd;
		if (fd != -ENOENT && fd != -ESRCH)
			err = fd;
	}
	return err;
}

void netns_set_free(struct netns_set *set)
{
	free(set->all);
	hash_free(&set->by_inode);
	*set = (struct netns_set){ 0 };
}
