// SPDX-License-Identifier: GPL-2.0-only
#include "proc/netns.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <linux/sockios.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/array.h"
#include "base/fd.h"
#include "proc/dir.h"

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

bool netns_is_own(const struct netns *netns)
{
	return netns->n_pids && netns->pids[0] == PROCESS_SELF;
}

int netns_own(uint32_t *ret)
{
	struct stat st;

	if (stat("/proc/self/ns/net", &st))
		return -errno;
	if (st.st_ino > UINT32_MAX)
		return -ENODATA;
	*ret = (uint32_t)st.st_ino;
	return 0;
}

/* The namespace of a set, which it joins if it is not in it. NULL: no memory. */
static struct netns *join(struct netns_set *set, uint32_t inode)
{
	uint32_t at;

	if (hash_get(&set->by_inode, inode, &at))
		return &set->all[at];
	if (ARRAY_RESERVE(set->all, set->n, set->cap) ||
	    hash_put(&set->by_inode, inode, (uint32_t)set->n))
		return NULL;
	set->all[set->n] = (struct netns){ .inode = inode };
	return &set->all[set->n++];
}

int netns_set_add(struct netns_set *set, uint32_t inode, uint32_t pid)
{
	struct netns *netns = join(set, inode);

	if (!netns)
		return -ENOMEM;
	if (netns->n_pids < NETNS_PIDS)
		netns->pids[netns->n_pids++] = pid;
	return 0;
}

int netns_set_add_held(struct netns_set *set, uint32_t inode, uint32_t pid, int fd)
{
	struct netns *netns;

	if (!inode)
		return 0;
	netns = join(set, inode);
	if (!netns)
		return -ENOMEM;
	if (netns->holder_pid)
		return 0;
	netns->holder_pid = pid;
	netns->holder_fd = fd;
	return 0;
}

int netns_set_add_path(struct netns_set *set, uint32_t inode, const char *path)
{
	struct netns *netns = join(set, inode);

	if (!netns)
		return -ENOMEM;
	if (!netns->path)
		netns->path = strdup(path);
	return netns->path ? 0 : -ENOMEM;
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

/* --- all of them ------------------------------------------------------------------------------ */

/* "123/ns/net", "self/ns/net" */
static void ns_path(uint32_t pid, char *path, size_t size)
{
	if (pid == PROCESS_SELF)
		snprintf(path, size, "self/ns/net");
	else
		snprintf(path, size, "%" PRIu32 "/ns/net", pid);
}

/* A process that is gone, or hides where it lives, is left out. */
static int scan_process(struct netns_set *set, int proc_fd, uint32_t pid)
{
	uint64_t inode;
	char path[32];
	int err;

	ns_path(pid, path, sizeof(path));
	err = link_read(proc_fd, path, "net:[", &inode);
	if (err == -EACCES || err == -EPERM) {
		set->hidden++;
		set->hidden_pid = pid;
	}
	if (err || inode > UINT32_MAX)
		return 0;
	return netns_set_add(set, (uint32_t)inode, pid);
}

/*
 * The inode of the namespace that is mounted on a file, 0 where none is: a mount that did not come
 * along to our mount namespace leaves a plain file behind.
 */
static uint32_t mounted_namespace(int dir_fd, const char *name)
{
	int fd = openat(dir_fd, name, O_PATH | O_CLOEXEC);
	struct statfs fs;
	struct stat st;
	bool is = fd >= 0 && !fstatfs(fd, &fs) && fs.f_type == NSFS_MAGIC && !fstat(fd, &st);

	if (fd >= 0)
		close(fd);
	return is && st.st_ino <= UINT32_MAX ? (uint32_t)st.st_ino : 0;
}

static int scan_name(struct netns_set *set, const char *names_dir, int dir_fd, const char *name)
{
	uint32_t inode = name[0] == '.' ? 0 : mounted_namespace(dir_fd, name);
	char *path;
	int err;

	if (!inode)
		return 0;
	if (asprintf(&path, "%s/%s", names_dir, name) < 0)
		return -ENOMEM;
	err = netns_set_add_path(set, inode, path);
	free(path);
	return err;
}

int netns_set_add_names(struct netns_set *set, const char *names_dir)
{
	const struct dirent *entry;
	DIR *dir;
	int err = 0;

	if (dir_open(AT_FDCWD, names_dir, &dir))
		return 0;
	while (!err && (entry = readdir(dir)))
		err = scan_name(set, names_dir, dirfd(dir), entry->d_name);
	closedir(dir);
	return err;
}

int netns_set_scan(struct netns_set *set, int proc_fd, const char *names_dir)
{
	const struct dirent *entry;
	DIR *dir;
	int err = dir_open(proc_fd, ".", &dir);

	if (err)
		return err;
	err = scan_process(set, proc_fd, PROCESS_SELF);
	while (!err && (entry = readdir(dir))) {
		uint32_t pid = pid_of_name(entry->d_name);

		if (pid)
			err = scan_process(set, proc_fd, pid);
	}
	closedir(dir);
	return err ? err : netns_set_add_names(set, names_dir);
}

/* -ENOENT when it is another namespace by now. */
static int open_checked(int at_fd, const char *path, uint32_t inode)
{
	int fd = openat(at_fd, path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (!fstat(fd, &st) && st.st_ino == inode)
		return fd;
	close(fd);
	return -ENOENT;
}

/* Through a socket of the namespace. The copy of it is there for a moment only. */
static int open_through_socket(const struct netns *netns)
{
	int fd, sock = fd_copy(netns->holder_pid, netns->holder_fd);
	struct stat st;

	if (sock < 0)
		return sock == -EBADF || sock == -ESRCH ? -ENOENT : sock;
	fd = ioctl(sock, SIOCGSKNS);
	if (fd < 0)
		fd = -errno;
	close(sock);
	if (fd >= 0 && (fstat(fd, &st) || st.st_ino != netns->inode)) {
		close(fd);
		return -ENOENT;
	}
	return fd;
}

int netns_open(int proc_fd, const struct netns *netns)
{
	char path[32];
	int fd = -ENOENT;

	for (uint32_t i = 0; i < netns->n_pids && fd < 0; i++) {
		ns_path(netns->pids[i], path, sizeof(path));
		fd = open_checked(proc_fd, path, netns->inode);
	}
	if (fd < 0 && netns->path)
		fd = open_checked(AT_FDCWD, netns->path, netns->inode);
	if (fd < 0 && netns->holder_pid)
		fd = open_through_socket(netns);
	return fd;
}

/* Where nobody lives: /proc shows this thread the tables of the namespace that it is in. */
static int open_inside(int proc_fd, const struct netns *netns, const char *name)
{
	int own, table = -EPERM, fd = netns_open(proc_fd, netns);
	char path[64];

	if (fd < 0)
		return fd;
	snprintf(path, sizeof(path), "thread-self/%s", name);
	own = openat(proc_fd, "thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (own >= 0 && !setns(fd, CLONE_NEWNET)) {
		table = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
		if (table < 0)
			table = -errno;
		if (setns(own, CLONE_NEWNET)) { /* what follows would be told of the wrong one */
			if (table >= 0)
				close(table);
			table = -ENOTRECOVERABLE;
		}
	}
	close(fd);
	if (own >= 0)
		close(own);
	return table;
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
	if (netns->n_pids && (err != -ENOENT || !(netns->holder_pid || netns->path)))
		return err;
	err = open_inside(proc_fd, netns, name);
	return netns->n_pids && err == -EPERM ? -ENOENT : err; /* it may just have no such table */
}

int netns_set_keep(struct netns_set *set, uint32_t inode)
{
	size_t n = 0;

	for (size_t i = 0; i < set->n; i++)
		if (set->all[i].inode == inode)
			set->all[n++] = set->all[i];
		else
			free(set->all[i].path);
	set->n = n;
	hash_free(&set->by_inode);
	return n ? hash_put(&set->by_inode, inode, 0) : 0;
}

void netns_set_free(struct netns_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		free(set->all[i].path);
	free(set->all);
	hash_free(&set->by_inode);
	*set = (struct netns_set){ 0 };
}
