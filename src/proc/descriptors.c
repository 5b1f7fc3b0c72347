// SPDX-License-Identifier: GPL-2.0-only
#include "proc/descriptors.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/holders.h"
#include "core/row.h"
#include "proc/dir.h"
#include "proc/process.h"
#include "proc/snapshot.h"

#define STEP_DESCRIPTORS 1024 /* descriptors of one process between two calls of step() */

/* The process whose descriptors are being read. */
struct scanned {
	int dir_fd; /* borrowed */
	uint64_t start_ns;
	uint32_t pid;
	bool is_known; /* the start and the name are */
	char comm[SW_COMM_LEN];
};

/* A name may hold newlines of its own; only the one that ends the file is not part of it. */
static void scanned_read(struct scanned *p)
{
	char text[SW_COMM_LEN + 1]; /* 15 bytes and a newline at most */
	size_t n = file_read(p->dir_fd, "comm", text, sizeof(text));

	if (n && (text[n - 1] == '\n' || n == SW_COMM_LEN))
		n--;
	memcpy(p->comm, text, n);
	p->start_ns = process_start(p->dir_fd);
	p->is_known = true;
}

static int add(struct holders *h, struct scanned *p, int fd, uint64_t inode)
{
	struct holder holder = { .pid = p->pid, .fd = fd };

	if (!p->is_known)
		scanned_read(p);
	holder.start_ns = p->start_ns;
	memcpy(holder.comm, p->comm, SW_COMM_LEN);
	return holders_add(h, inode, &holder);
}

/* The number that a descriptor's name is, or -1: "." and ".." are none. */
static int fd_of_name(const char *name)
{
	unsigned long fd;
	char *end;

	if (!isdigit((unsigned char)*name))
		return -1;
	fd = strtoul(name, &end, 10);
	return *end || fd > INT_MAX ? -1 : (int)fd;
}

static int add_descriptor(struct holders *h, struct scanned *p, int dir_fd, const char *name,
			  int *ret_fault)
{
	int err, fd = fd_of_name(name);
	uint64_t inode;

	if (fd < 0)
		return 0;
	err = link_read(dir_fd, name, "socket:[", &inode);
	if (err == -EACCES || err == -EPERM) /* some may list the descriptors but not follow them */
		*ret_fault = err;
	return err ? 0 : add(h, p, fd, inode); /* closed meanwhile, or no socket */
}

int descriptors_add(struct holders *h, const struct proc_snapshot_opts *opts, int process_fd,
		    uint32_t pid, int *ret_fault)
{
	struct scanned p = { .dir_fd = process_fd, .pid = pid };
	const struct dirent *entry;
	uint32_t n = 0;
	int err = 0;
	DIR *dir;

	*ret_fault = dir_open(process_fd, "fd", &dir);
	if (*ret_fault)
		return 0;
	while (!err && !*ret_fault && (entry = readdir(dir))) {
		err = add_descriptor(h, &p, dirfd(dir), entry->d_name, ret_fault);
		if (!err && opts->step && ++n % STEP_DESCRIPTORS == 0)
			err = opts->step(opts->arg);
	}
	closedir(dir);
	return err;
}
