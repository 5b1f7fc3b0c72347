// SPDX-License-Identifier: GPL-2.0-only
/* Ports that nobody needs to have here, as they are sent on: to a container, or elsewhere. */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/output.h"
#include "cli/options.h"
#include "core/merge.h"
#include "flow/annotate.h"
#include "flow/collect.h"
#include "flow/rows.h"
#include "live/loader.h"
#include "netlink/conntrack.h"
#include "proc/netns.h"
#include "proc/tracking.h"
#include "render/who.h"
#include "words/who.h"

/* --- looking ---------------------------------------------------------------------------------- */

/* As those of struct conntrack_reader. */
static int take(void *arg, const struct conntrack *c)
{
	struct who *w = arg;

	return forwards_add(&w->forwards, w->targets, (size_t)w->options->n_args, c->proto,
			    &c->asked, &c->got);
}

static void again(void *arg)
{
	forwards_clear(&((struct who *)arg)->forwards);
}

/* A message is for who wants to know why there is none. */
static int read_forwards(struct who *w)
{
	struct conntrack_reader reader = { .take = take, .again = again, .arg = w };
	int err = tracking_is_there() ? conntrack_read(&reader) : 0;

	if (err == -ENOMEM)
		return err;
	if (err)
		log_verbose("where ports are sent on to (DNAT) is not known: conntrack: %s",
			    strerror(-err));
	return 0;
}

static bool is_behind(const struct who *w, const struct sw_row *row)
{
	for (size_t i = 0; i < w->forwards.n; i++)
		if (forward_has(&w->forwards.list[i], row))
			return true;
	return false;
}

static int keep_behind(struct who *w, const struct snapshot *s)
{
	int err = 0;

	for (size_t i = 0; i < s->n_rows && !err; i++) {
		const struct sw_row *row = &s->rows[i];

		if (is_behind(w, row))
			err = snapshot_add_held(&w->behind, row,
						row->n_holders ? &s->holders[row->first_holder]
							       : NULL,
						row->n_holders);
	}
	return err;
}

/* All that have those ports, in whatever namespace. */
static int collect(struct who *w, struct select_opts *select, struct snapshot *s)
{
	struct gathered gathered = { 0 };
	struct collect_opts opts = { .select = select,
				     .rows = w->rows_opts,
				     .proc_fd = w->proc_fd,
				     .quiet = true,
				     .devices = annotate_devices(w->annotate),
				     .gathered = &gathered };
	int err = collect_open(select, w->rows_opts, w->page_opts.details, w->proc_fd,
			       &opts.loader);

	if (!err)
		err = collect_snapshot(&opts, s);
	loader_free(opts.loader);
	gathered_free(&gathered);
	if (!err)
		err = merge_snapshot(s, NULL, 0);
	return err;
}

#define KEPT (SW_F_NETNS | SW_F_IPV4 | SW_F_IPV6)

/*
 * Whether that of our own namespace is meant: conntrack is asked there. Not with other filters: who
 * has it is found by all of its connections.
 */
static bool is_asked(const struct who *w)
{
	const struct sw_filter *f = &w->options->select.filter;
	uint32_t own;

	if (w->options->pids_only || w->options->count.n_keys || f->on & ~(__u32)KEPT ||
	    netns_own(&own))
		return false;
	return !(f->on & SW_F_NETNS) || sw_u32_in(f->netns, f->n_netns, own);
}

int who_find_forwards(struct who *w)
{
	static struct select_opts select; /* a filter is large */
	struct snapshot s = { 0 };
	int err = is_asked(w) ? read_forwards(w) : 0;

	if (!err && w->forwards.n) {
		select = w->options->select;
		forwards_narrow(&w->forwards, &select.filter);
		err = collect(w, &select, &s);
		if (!err) {
			rows_settle(&s, &select.filter);
			forwards_find(&w->forwards, &s);
			err = keep_behind(w, &s);
		}
	}
	snapshot_free(&s);
	if (err == -ENOMEM)
		log_error("out of memory");
	return err;
}

static size_t rows_of(const struct who *w, const struct forward *f)
{
	size_t n = 0;

	for (size_t i = 0; i < w->behind.n_rows; i++)
		n += forward_has(f, &w->behind.rows[i]);
	return n;
}

bool who_is_forwarded(const struct who *w, size_t target, bool had)
{
	for (size_t i = 0; i < w->forwards.n; i++) {
		const struct forward *f = &w->forwards.list[i];

		if (f->target == target && (!had || rows_of(w, f)))
			return true;
	}
	return false;
}

/* --- telling ---------------------------------------------------------------------------------- */

static int tell(struct who *w, const struct row_teller *t, struct forward *f)
{
	bool found = rows_of(w, f);
	int err = 0;

	f->wall_ns = t->wall_ns;
	if (w->page_opts.format == OUTPUT_TEXT)
		render_forward_text(&w->out->buf, f, found);
	else if (w->page_opts.format == OUTPUT_JSON)
		render_forward_json(&w->out->buf, f);
	for (size_t i = 0; i < w->behind.n_rows && !err; i++)
		if (forward_has(f, &w->behind.rows[i]))
			err = who_tell_row(w, t, &w->behind.rows[i]);
	return err;
}

int who_tell_forwards(struct who *w, const struct row_teller *t, size_t target)
{
	struct row_teller behind = *t;
	int err = 0;

	behind.snap = &w->behind;
	for (size_t i = 0; i < w->forwards.n && !err; i++)
		if (w->forwards.list[i].target == target)
			err = tell(w, &behind, &w->forwards.list[i]);
	return err;
}
