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
#include "proc/netns_addrs.h"
#include "proc/netns_names.h"
#include "proc/proxy.h"
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

/* What passes a port on by itself: of our own namespace, as conntrack's. */
static void add_proxy(struct who *w, const struct sw_row *row, const struct holder *holder,
		      uint32_t own)
{
	const struct sw_sock *s = &row->sock;
	struct proxy proxy;

	if (strncmp(holder->comm, PROXY_DOCKER, SW_COMM_LEN) != 0 || s->tuple.netns != own ||
	    !proxy_read(w->proc_fd, holder->pid, &proxy) || proxy.proto != s->proto ||
	    proxy.port != s->tuple.local_port)
		return;
	for (size_t i = 0; i < (size_t)w->options->n_args; i++)
		if (who_role_of(&w->targets[i], s) == WHO_LISTENS)
			forwards_add_proxy(&w->forwards, i, proxy.proto, proxy.port, &proxy.to,
					   proxy.to_port, holder);
}

static void find_proxies(struct who *w)
{
	uint32_t own;

	if (netns_own(&own))
		return;
	for (size_t i = 0; i < w->kept.n_rows; i++)
		for (uint32_t k = 0; k < w->kept.rows[i].n_holders; k++)
			add_proxy(w, &w->kept.rows[i],
				  &w->kept.holders[w->kept.rows[i].first_holder + k], own);
}

/* Each once. Our own namespace is none to be sent on to. */
static size_t list_addrs(const struct forwards *f, struct netns_addr *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++) {
		size_t k = 0;

		if (!f->list[i].via_pid || f->list[i].netns)
			continue;
		while (k < n && memcmp(&ret[k].addr, &f->list[i].to, sizeof(ret[k].addr)) != 0)
			k++;
		if (k == n)
			ret[n++] = (struct netns_addr){ .addr = f->list[i].to };
	}
	return n;
}

/* Of proxies without connections: the one namespace that has the address. */
static int place_proxies(struct who *w)
{
	struct netns_addr addrs[FORWARDS_MAX];
	size_t n = list_addrs(&w->forwards, addrs);
	struct netns_set set = { 0 };
	int err = n ? netns_set_scan(&set, w->proc_fd, NETNS_NAMES_DIR) : 0;

	if (n && !err && netns_find_addrs(w->proc_fd, &set, addrs, n))
		for (size_t i = 0; i < n; i++)
			forwards_place(&w->forwards, &addrs[i].addr, addrs[i].netns, addrs[i].n);
	netns_set_free(&set);
	return err == -ENOMEM ? err : 0;
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
	bool asked = is_asked(w);
	int err = asked ? read_forwards(w) : 0;

	if (asked && !err)
		find_proxies(w);
	if (!err && w->forwards.n) {
		select = w->options->select;
		forwards_narrow(&w->forwards, &select.filter);
		err = collect(w, &select, &s);
		if (!err) {
			rows_settle(&s, &select.filter);
			forwards_find(&w->forwards, &s);
			err = place_proxies(w);
			err = err ? err : keep_behind(w, &s);
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
	w->page.render.one_netns = false; /* these are of another than was asked for */
	for (size_t i = 0; i < w->forwards.n && !err; i++)
		if (w->forwards.list[i].target == target)
			err = tell(w, &behind, &w->forwards.list[i]);
	w->page.render.one_netns = w->page_opts.one_netns;
	return err;
}
