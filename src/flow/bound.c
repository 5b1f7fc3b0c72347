// SPDX-License-Identifier: GPL-2.0-only
#include "flow/bound.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/hash.h"
#include "base/log.h"
#include "core/row.h"
#include "event.h"
#include "filter.h"
#include "flow/collect.h"
#include "flow/visit.h"
#include "netlink/inet_diag.h"
#include "proc/sockstat.h"

struct reading {
	const struct collect_opts *opts; /* borrowed */
	struct snapshot found;
};

bool bound_can_pass(const struct sw_filter *f)
{
	return !(f->on & (SW_F_OF_PROCESS | SW_F_LISTEN | SW_F_FAILED | SW_F_REMOTE_PORT |
			  SW_F_REMOTE_ADDR)) &&
	       (!(f->on & SW_F_STATE) || (f->states & 1U << SW_TCP_CLOSE));
}

/* A request, and what TIME_WAIT has in its place, are none of those that are counted. */
static bool is_counted(const struct sw_sock *s)
{
	return s->proto == SW_PROTO_TCP && (s->have & SW_HAVE_UID) && s->state != SW_TCP_SYN_RECV;
}

bool bound_may_lack(int proc_fd, uint64_t n_before, const struct snapshot *s)
{
	uint64_t n_after, n = 0;

	if (!n_before || !sockstat_tcp(proc_fd, &n_after) || n_after != n_before)
		return true;
	for (size_t i = 0; i < s->n_rows; i++)
		n += is_counted(&s->rows[i].sock);
	return n != n_after;
}

static bool is_ours(int err)
{
	return err == -ENOMEM || err == -ENOTRECOVERABLE || err == -EINTR;
}

static int step(struct reading *r)
{
	if (r->opts->step && r->opts->step(r->opts->arg))
		return -EINTR;
	return 0;
}

static bool is_asked(const struct sw_filter *f, uint32_t netns)
{
	return !(f->on & SW_F_NETNS) || sw_u32_in(f->netns, f->n_netns, netns);
}

/* Where our own namespace is not told, no other is. */
static int read_one(void *arg, const struct netns *netns, int entered)
{
	struct reading *r = arg;
	int err = 0;

	if (!is_asked(&r->opts->select->filter, netns->inode))
		return 0;
	if (!entered)
		err = inet_diag_bound(netns->inode, &r->found);
	if (err && !is_ours(err) && netns_is_own(netns)) {
		log_verbose("sockets that are bound only are not told by sock_diag: %s",
			    strerror(-err));
		return err;
	}
	return is_ours(err) ? err : step(r);
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

int bound_add(const struct collect_opts *o, const struct gathered *g, struct snapshot *s)
{
	const struct netns_set *set = &g->namespaces;
	struct reading r = { .opts = o };
	int err = 0;

	if (bound_can_pass(&o->select->filter) && set->n && netns_is_own(&set->all[0]))
		err = visit_namespaces(o->proc_fd, set, read_one, &r);
	if (!is_ours(err))
		err = leave_out(s, &r.found);
	if (!err)
		err = holders_add_rows(&g->holders, &r.found, o->rows.timers, s);
	snapshot_free(&r.found);
	return err;
}
