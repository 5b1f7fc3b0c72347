// SPDX-License-Identifier: GPL-2.0-only
#include "flow/bound.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/hash.h"
#include "base/log.h"
#include "core/row.h"
#include "event.h"
#include "flow/collect.h"
#include "flow/visit.h"
#include "netlink/inet_diag.h"

static bool is_ours(int err)
{
	return err == -ENOMEM || err == -ENOTRECOVERABLE;
}

/* Where our own namespace is not told, no other is. */
static int read_one(void *arg, const struct netns *netns, int entered)
{
	int err = entered ? 0 : inet_diag_bound(netns->inode, arg);

	if (err && !is_ours(err) && netns_is_own(netns)) {
		log_verbose("sockets that are bound only are not told by sock_diag: %s",
			    strerror(-err));
		return err;
	}
	return is_ours(err) ? err : 0;
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
	const struct netns_set *set = &g->namespaces;
	int err = 0;

	if (set->n && netns_is_own(&set->all[0]))
		err = visit_namespaces(proc_fd, set, read_one, &found);
	if (!is_ours(err))
		err = leave_out(s, &found);
	if (!err)
		err = holders_add_rows(&g->holders, &found, timers, s);
	snapshot_free(&found);
	return err;
}
