// SPDX-License-Identifier: GPL-2.0-only
#include "flow/local.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/output.h"
#include "base/screen.h"
#include "cli/options.h"
#include "flow/collect.h"
#include "core/holders.h"
#include "core/row.h"
#include "core/unix_socket.h"
#include "netlink/unix_diag.h"
#include "proc/net_unix.h"
#include "proc/netns.h"
#include "proc/netns_names.h"
#include "render/render.h"
#include "render/unix.h"

/* One page in the making. */
struct locals {
	const struct options *options; /* borrowed, as the next three */
	const struct gathered *gathered;
	struct render *render;
	int proc_fd;
	int own_fd; /* owned: the network namespace that we are in; -1: no other can be entered */
	struct screen screen; /* the terminal, where the header stays */
	struct unix_widths widths;
	struct unix_list list;
	struct snapshot held; /* the holders of all rows, one row's behind the other's */
	uint32_t unread;      /* namespaces of which nothing could be read */
};

/* --- reading ---------------------------------------------------------------------------------- */

/* By diagnosis inside another namespace; the thread is back in ours afterwards. */
static int diagnose_in(struct locals *l, const struct netns *netns)
{
	int err, fd = l->own_fd < 0 ? -EPERM : netns_open(l->proc_fd, NETNS_NAMES_DIR, netns);

	if (fd < 0)
		return fd;
	err = setns(fd, CLONE_NEWNET) ? -errno : 0;
	close(fd);
	if (err)
		return err;
	err = unix_diag_read(netns->inode, &l->list);
	if (setns(l->own_fd, CLONE_NEWNET)) /* what follows would be told of the wrong one */
		return -ENOTRECOVERABLE;
	return err;
}

/*
 * Diagnosis is exact and knows peers; the table knows what it does not, and is there where we may
 * not enter the namespace. Only their joint failure is one.
 */
static int read_namespace(struct locals *l, const struct netns *netns)
{
	int diag, table;

	diag = netns_is_own(netns) ? unix_diag_read(netns->inode, &l->list) : diagnose_in(l, netns);
	if (diag == -ENOMEM || diag == -ENOTRECOVERABLE)
		return diag;
	table = net_unix_read(l->proc_fd, netns, diag, &l->list);
	if (table == -ENOMEM)
		return table;
	if (diag && table && (diag != -ENOENT || netns_is_own(netns))) /* else it is gone */
		l->unread++;
	return 0;
}

static int open_own(const struct locals *l, const struct netns_set *set)
{
	for (size_t i = 0; i < set->n && set->n > 1; i++)
		if (netns_is_own(&set->all[i]))
			return netns_open(l->proc_fd, NETNS_NAMES_DIR, &set->all[i]);
	return -1;
}

static int read_all(struct locals *l, bool quiet)
{
	const struct netns_set *set = &l->gathered->namespaces;
	int err = 0;

	l->own_fd = open_own(l, set);
	for (size_t i = 0; i < set->n && !err; i++)
		err = read_namespace(l, &set->all[i]);
	if (l->own_fd >= 0)
		close(l->own_fd);
	if (l->unread && !quiet)
		log_note("the Unix sockets of %" PRIu32 " network namespace(s) cannot be read: "
			 "they are missing",
			 l->unread);
	return err;
}

static int attach_holders(struct locals *l)
{
	for (size_t i = 0; i < l->list.n; i++) {
		struct unix_socket *s = &l->list.all[i];
		struct sw_row row = { .sock.inode = s->inode };
		int err = holders_attach(&l->gathered->holders, &row, &l->held);

		if (err)
			return err;
		s->first_holder = row.first_holder;
		s->n_holders = row.n_holders;
	}
	return 0;
}

/* --- telling ---------------------------------------------------------------------------------- */

static struct unix_row row_of(const struct locals *l, const struct unix_socket *s, uint64_t wall_ns)
{
	return (struct unix_row){ .socket = s,
				  .peer = unix_list_find(&l->list, s->peer_inode),
				  .holders = l->held.holders,
				  .wall_ns = wall_ns };
}

static bool is_wanted(const struct locals *l, const struct unix_socket *s)
{
	return unix_selected(&l->options->filter, s, l->held.holders);
}

static void begin_text(struct locals *l, struct output *out, uint64_t n)
{
	const struct options *o = l->options;
	size_t start;

	l->widths.color = l->render->color;
	for (size_t i = 0; i < l->list.n; i++) {
		struct unix_row row = row_of(l, &l->list.all[i], 0);

		if (is_wanted(l, row.socket))
			render_unix_fit(&l->widths, &row);
	}
	if (n || o->tcp || o->udp || o->raw) /* behind another table */
		buf_putc(&out->buf, '\n');
	if (o->no_header)
		return;
	screen_measure(&l->screen, out->fd);
	start = out->buf.len;
	render_unix_text_header(&out->buf, &l->widths);
	screen_take(&l->screen, &out->buf, start);
}

static void put_text(struct locals *l, struct buf *b, const struct unix_row *row)
{
	struct buf title = { 0 };
	size_t start = b->len;

	render_unix_text(b, &l->widths, row, l->options->extended);
	if (!l->screen.lines || screen_take(&l->screen, b, start))
		return;
	render_unix_text_header(&title, &l->widths);
	screen_put_header(&l->screen, b, start, &title);
	buf_free(&title);
}

static void put_row(struct locals *l, struct buf *b, const struct unix_row *row)
{
	switch (l->options->format) {
	case OUTPUT_JSON:
		render_unix_json(l->render, b, row);
		break;
	case OUTPUT_CSV:
		render_unix_csv(l->render, b, row);
		break;
	case OUTPUT_TEXT:
		put_text(l, b, row);
		break;
	}
}

static void put_rows(struct locals *l, struct output *out, uint64_t n)
{
	uint64_t wall_ns = clock_now() + (uint64_t)clock_wall_offset();

	if (l->options->format == OUTPUT_TEXT)
		begin_text(l, out, n);
	else if (l->options->format == OUTPUT_CSV && !n && !l->options->no_header)
		render_unix_csv_header(&out->buf);
	for (size_t i = 0; i < l->list.n && !out->err; i++) {
		struct unix_row row = row_of(l, &l->list.all[i], wall_ns);

		if (!is_wanted(l, row.socket))
			continue;
		put_row(l, &out->buf, &row);
		if (out->buf.len >= OUTPUT_CHUNK)
			output_flush(out);
	}
}

int local_list(const struct local_opts *opts, struct output *out, uint64_t n)
{
	const struct options *o = opts->options;
	struct locals l = { .options = o,
			    .gathered = opts->gathered,
			    .render = opts->render,
			    .proc_fd = opts->proc_fd };
	int err = read_all(&l, n > 0);

	if (!err)
		err = attach_holders(&l);
	if (!err)
		err = unix_list_sort(&l.list, l.held.holders, o->sorts, o->n_sorts);
	if (err)
		log_error("cannot read the Unix sockets: %s", strerror(-err));
	else
		put_rows(&l, out, n);
	snapshot_free(&l.held);
	unix_list_free(&l.list);
	return err;
}
