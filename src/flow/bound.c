// SPDX-License-Identifier: GPL-2.0-only
#include "flow/bound.h"

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/log.h"
#include "core/row.h"
#include "event.h"
#include "flow/collect.h"
#include "netlink/inet_diag.h"

static bool is_ours(int err)
{
	return err == -ENOMEM || err == -ENOTRECOVERABLE;
}

/* Inside another namespace; the thread is back in ours afterwards. */
static int read_inside(int proc_fd, const struct netns *netns, int own_fd, struct snapshot *found)
{
	int err, fd = netns_open(proc_fd, netns);

	if (fd < 0)
		return fd;
	err = setns(fd, CLONE_NEWNET) ? -errno : 0;
	close(fd);
	if (err)
		return err;
	err = inet_diag_bound(netns->inode, found);
	return setns(own_fd, CLONE_NEWNET) ? -ENOTRECOVERABLE : err;
}

static int read_all(int proc_fd, const struct netns_set *set, struct snapshot *found)
{
	int err, own_fd = -1;

	if (!set->n || !netns_is_own(&set->all[0]))
		return 0;
	err = inet_diag_bound(set->all[0].inode, found);
	if (err && !is_ours(err))
		log_verbose("sockets that are bound only are not told by sock_diag: %s",
			    strerror(-err));
	if (err)
		return err;
	if (set->n > 1)
		own_fd = netns_open(proc_fd, &set->all[0]);
	for (size_t i = 1; i < set->n && own_fd >= 0 && !is_ours(err); i++)
		err = read_inside(proc_fd, &set->all[i], own_fd, found);
	if (own_fd >= 0)
		close(own_fd);
	return err;
}

/* Forgets those that are rows already, or have no descriptor. */
static int leave_out(const struct snapshot *s, struct snapshot *found)
{
	struct hash by_inode = { 0 };
	size_t n = 0;
	uint32_t at;
	int err = 0;

	for (size_t i = 0; i < found->n_rows && !err; i++)
		err = hash_put(&by_inode, found->rows[i].sock.inode, (uint32_t)i);
	for (size_t i = 0; i < s->n_rows && found->n_rows && !err; i++)
		if (s->rows[i].sock.inode && hash_get(&by_inode, s->rows[i].sock.inode, &at))
			found->rows[at].sock.inode = 0;
	for (size_t i = 0; i < found->n_rows; i++)
		if (found->rows[i].sock.inode)
			found->rows[n++] = found->rows[i];
	found->n_rows = n;
	hash_free(&by_inode);
	return err;
}

int bound_add(int proc_fd, const struct gathered *g, bool timers, struct snapshot *s)
{
	struct snapshot found = { 0 };
	int err = read_all(proc_fd, &g->namespaces, &found);

	if (!is_ours(err))
		err = leave_out(s, &found);
	if (!err)
		err = holders_add_rows(&g->holders, &found, timers, s);
	snapshot_free(&found);
	return err;
}
