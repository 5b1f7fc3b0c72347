// SPDX-License-Identifier: GPL-2.0-only
#include "flow/unix.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "core/holders.h"
#include "core/row.h"
#include "core/unix_socket.h"
#include "flow/collect.h"
#include "netlink/unix_diag.h"
#include "proc/net_unix.h"
#include "proc/netns.h"
#include "proc/netns_names.h"

/* One list in the making. */
struct reading {
	const struct collect_unix_opts *opts; /* borrowed, as the next two */
	struct unix_list *list;
	struct snapshot *holders;
	int own_fd; /* owned: the network namespace that we are in; -1: no other can be entered */
	uint32_t unread; /* namespaces of which nothing could be read */
};

/* By diagnosis inside another namespace; the thread is back in ours afterwards. */
static int diagnose_in(struct reading *r, const struct netns *netns)
{
	int err, fd = r->own_fd < 0 ? -EPERM : netns_open(r->opts->proc_fd, netns);

	if (fd < 0)
		return fd;
	err = setns(fd, CLONE_NEWNET) ? -errno : 0;
	close(fd);
	if (err)
		return err;
	err = unix_diag_read(netns->inode, r->list);
	if (setns(r->own_fd, CLONE_NEWNET)) /* what follows would be told of the wrong one */
		return -ENOTRECOVERABLE;
	return err;
}

/*
 * Diagnosis is exact and knows peers; the table knows what it does not, and is there where we may
 * not enter the namespace. Only their joint failure is one.
 */
static int read_namespace(struct reading *r, const struct netns *netns)
{
	int diag, table;

	diag = netns_is_own(netns) ? unix_diag_read(netns->inode, r->list) : diagnose_in(r, netns);
	if (diag == -ENOMEM || diag == -ENOTRECOVERABLE)
		return diag;
	table = net_unix_read(r->opts->proc_fd, netns, diag, r->list);
	if (table == -ENOMEM)
		return table;
	if (diag && table && (diag != -ENOENT || netns_is_own(netns))) /* else it is gone */
		r->unread++;
	return 0;
}

static int open_own(const struct reading *r, const struct netns_set *set)
{
	for (size_t i = 0; i < set->n && set->n > 1; i++)
		if (netns_is_own(&set->all[i]))
			return netns_open(r->opts->proc_fd, &set->all[i]);
	return -1;
}

static int read_all(struct reading *r)
{
	const struct netns_set *set = &r->opts->gathered->namespaces;
	int err = 0;

	r->own_fd = open_own(r, set);
	for (size_t i = 0; i < set->n && !err; i++)
		err = read_namespace(r, &set->all[i]);
	if (r->own_fd >= 0)
		close(r->own_fd);
	if (r->unread && !r->opts->quiet)
		log_note("the Unix sockets of %" PRIu32 " network namespace(s) cannot be read: "
			 "they are missing",
			 r->unread);
	return err;
}

static int attach_holders(struct reading *r)
{
	for (size_t i = 0; i < r->list->n; i++) {
		struct unix_socket *s = &r->list->all[i];
		struct sw_row row = { .sock.inode = s->inode };
		int err = holders_attach(&r->opts->gathered->holders, &row, r->holders);

		if (err)
			return err;
		s->first_holder = row.first_holder;
		s->n_holders = row.n_holders;
	}
	return 0;
}

int collect_unix(const struct collect_unix_opts *opts, struct unix_list *list,
		 struct snapshot *holders)
{
	struct reading r = { .opts = opts, .list = list, .holders = holders, .own_fd = -1 };
	int err = read_all(&r);

	if (!err)
		err = attach_holders(&r);
	if (err)
		log_error("cannot read the Unix sockets: %s", strerror(-err));
	return err;
}
