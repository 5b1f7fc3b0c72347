// SPDX-License-Identifier: GPL-2.0-only
#include "flow/unix.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "core/holders.h"
#include "core/row.h"
#include "core/unix_socket.h"
#include "flow/collect.h"
#include "flow/visit.h"
#include "netlink/unix_diag.h"
#include "proc/net_unix.h"
#include "proc/netns.h"

/* One list in the making. */
struct reading {
	const struct collect_unix_opts *opts; /* borrowed, as the next two */
	struct unix_list *list;
	struct snapshot *holders;
	uint32_t unread; /* namespaces of which nothing could be read */
};

/*
 * Diagnosis is exact and knows peers; the table knows what it does not, and is there where we may
 * not enter the namespace. Only their joint failure is one.
 */
static int read_namespace(void *arg, const struct netns *netns, int entered)
{
	struct reading *r = arg;
	int table, diag = entered ? entered : unix_diag_read(netns->inode, r->list);

	if (diag == -ENOMEM)
		return diag;
	table = net_unix_read(r->opts->proc_fd, netns, diag, r->list);
	if (table == -ENOMEM)
		return table;
	if (diag && table && (diag != -ENOENT || netns_is_own(netns))) /* else it is gone */
		r->unread++;
	return 0;
}

static int read_all(struct reading *r)
{
	int err = visit_namespaces(r->opts->proc_fd, &r->opts->gathered->namespaces, read_namespace,
				   r);

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
	struct reading r = { .opts = opts, .list = list, .holders = holders };
	int err = read_all(&r);

	if (!err)
		err = attach_holders(&r);
	if (err)
		log_error("cannot read the Unix sockets: %s", strerror(-err));
	return err;
}
