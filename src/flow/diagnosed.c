// SPDX-License-Identifier: GPL-2.0-only
#include "flow/diagnosed.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include "core/holders.h"
#include "core/row.h"
#include "event.h"
#include "flow/collect.h"
#include "flow/visit.h"
#include "netlink/inet_diag.h"
#include "proc/netns.h"

struct reading {
	const struct collect_opts *opts; /* borrowed, as all */
	struct snapshot *found;
	struct netns_set *left;
};

static int read_table(const struct reading *r, uint8_t proto, uint32_t netns)
{
	struct inet_diag_opts opts = {
		.proto = proto, .netns = netns, .step = r->opts->step, .arg = r->opts->arg
	};

	return inet_diag_table(&opts, r->found);
}

/* For who reads its tables in another way: those who live in it. */
static int leave(struct netns_set *left, const struct netns *netns)
{
	int err = 0;

	if (netns->holder_pid || !netns->n_pids)
		err = netns_set_add_held(left, netns->inode, netns->holder_pid, netns->holder_fd);
	if (netns->path &&
	    !err) /* where nobody lives it is the only way in, which may be refused */
		err = netns_set_add_path(left, netns->inode, netns->path);
	for (uint32_t i = 0; i < netns->n_pids && !err; i++)
		err = netns_set_add(left, netns->inode, netns->pids[i]);
	return err;
}

static int read_namespace(void *arg, const struct netns *netns, int entered)
{
	const struct reading *r = arg;
	int err = 0;

	if (entered == -ENOENT) /* it is gone */
		return 0;
	if (entered)
		return leave(r->left, netns);
	if (r->opts->select->tcp)
		err = read_table(r, SW_PROTO_TCP, netns->inode);
	if (!err && r->opts->select->udp)
		err = read_table(r, SW_PROTO_UDP, netns->inode);
	return err;
}

int diagnosed_add(const struct collect_opts *opts, const struct gathered *g, struct netns_set *left,
		  struct snapshot *s)
{
	const bool timers = opts->rows.timers || opts->rows.waits;
	struct snapshot found = { 0 };
	struct reading r = { .opts = opts, .found = &found, .left = left };
	int err = 0;

	if (!g->namespaces.n || !netns_is_own(&g->namespaces.all[0]))
		err = -ENXIO; /* a /proc of another PID namespace */
	if (!err)
		err = visit_namespaces(opts->proc_fd, &g->namespaces, read_namespace, &r);
	if (!err)
		err = holders_add_rows(&g->holders, &found, timers, s);
	snapshot_free(&found);
	return err;
}
