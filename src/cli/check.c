// SPDX-License-Identifier: GPL-2.0-only
/* What a command line means as a whole, and what does not go together. */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "cli/columns.h"
#include "cli/counts.h"
#include "cli/export.h"
#include "cli/habits.h"
#include "cli/keep.h"
#include "cli/options.h"
#include "cli/parsing.h"
#include "cli/schemas.h"
#include "cli/table.h"
#include "cli/target.h"
#include "cli/times.h"
#include "cli/top.h"
#include "cli/words.h"
#include "core/kinds.h"

/* Whose options are good: --features takes those of the stream. */
enum word_id parsing_job(const struct options *o)
{
	return o->word == WORD_FEATURES ? WORD_WATCH : o->word;
}

/* Names the words that an option is for. */
static int explain_foreign(struct parsing *p, const struct option_def *d, enum word_id id)
{
	const char *name = word_of(p->words, id)->name, *also = habit_meant(d->name, NULL, id);
	char list[64];

	words_format(p->words, d->words, list, sizeof(list));
	return parsing_fail(p, "--%s is not for %s (but for: %s): leave it out%s%s", d->name,
			    name ? name : "the stream", list, also ? "; " : "", also ? also : "");
}

/* What is shown when nothing was selected. As in netstat -plant, all means those that do not
 * listen, too. */
static void select_default(struct options *o, enum word_id id)
{
	if (o->all)
		o->select.filter.on &= ~(__u32)SW_F_LISTEN;
	if (id == WORD_LIST && o->families && !kinds_any_row(&o->select)) {
		kinds_ask_inet(&o->select); /* and Unix sockets where they are named, too */
		return;
	}
	o->select.kinds_named = kinds_any(&o->select);
	if (o->select.kinds_named)
		return;
	o->every_protocol = id == WORD_STATS;
	o->select.tcp = true;
	o->select.udp = id == WORD_TOP || id == WORD_WHO || id == WORD_STATS || id == WORD_LOG ||
			id == WORD_RECORD || id == WORD_EXPORT;
	o->select.raw = id == WORD_STATS;
	if (id == WORD_WHO) /* who has a port has it by any protocol */
		o->select.udplite = o->select.mptcp = o->select.sctp = o->select.vsock = true;
	if (id != WORD_LIST)
		return;
	kinds_ask_usual(&o->select, o->all);
	if ((o->print.format == OUTPUT_CSV && !o->summary) || o->print.n_fields ||
	    o->count.n_keys || o->print.schema != JSON_OURS || where_any(&o->select.where) ||
	    o->comm_patterns)
		o->select.unix_sockets = false;
}

/* Any: so that an event waits until the socket has one, and the expression can be asked. */
static void want_local_port(struct sw_filter *f)
{
	if (f->on & SW_F_LOCAL_PORT)
		return;
	f->on |= SW_F_LOCAL_PORT;
	memset(&f->local_port, 0xff, sizeof(f->local_port));
	f->local_port.bits[0] &= ~(uint64_t)1; /* 0 is none */
}

/* Names are for the filter, unless a pattern is among them that the kernel side cannot tell. */
static int check_comms(struct parsing *p, enum word_id id)
{
	struct select_opts *s = &p->o->select;

	if (!p->o->comm_patterns) {
		s->where.comms.n = 0;
		return 0;
	}
	if (id == WORD_WHO || id == WORD_TOP || s->unix_sockets)
		return parsing_fail(p,
				    "--comm: %s take a name or its beginning (post*), no other "
				    "pattern",
				    id == WORD_WHO   ? "the rows of who"
				    : id == WORD_TOP ? "those of top"
						     : "Unix sockets");
	if (s->filter.on & SW_F_PID)
		return parsing_fail(p, "--comm: a pattern that is no beginning (post*) does not go "
				       "with --pid: leave one out");
	s->filter.on &= ~(uint32_t)SW_F_COMM;
	s->filter.n_comms = 0;
	return 0;
}

/* Unix sockets, named beside a family of IP: a table of their own, which that does not choose from.
 */
static bool is_other_family(const struct options *o, const struct sock_kind *kind)
{
	struct sw_filter rest = o->select.filter;

	rest.on &= ~(uint32_t)(SW_F_IPV4 | SW_F_IPV6);
	return !kind->proto && o->families && !kinds_need_addrs(&rest) && !o->select.where.expr.n;
}

/* What `list` shows of sockets without addresses. */
static int check_local(struct parsing *p)
{
	struct options *o = p->o;
	bool need_addrs = kinds_need_addrs(&o->select.filter) || o->select.where.expr.n;

	for (size_t i = 0; need_addrs && i < n_sock_kinds; i++)
		if (!sock_kinds[i].has_addrs && !is_other_family(o, &sock_kinds[i]) &&
		    kind_is_asked(&o->select, &sock_kinds[i]))
			return parsing_fail(
				p,
				"--%s: these sockets have no ports and no addresses of IP: "
				"leave the filter out, or select others (-t, -u)",
				sock_kinds[i].name);
	if (o->select.unix_sockets && where_any(&o->select.where))
		return parsing_fail(p,
				    "--unix: where their processes run is not told: leave --unit, "
				    "--container, --pod and --exe out, or select others (-t, -u)");
	if (o->select.unix_sockets && (o->families || kinds_any_row(&o->select)) &&
	    !o->count.n_keys && !o->summary && o->print.format == OUTPUT_CSV)
		return parsing_fail(p, "--unix has columns of its own: list -x --csv");
	return 0;
}

/* What excludes one another, and what needs something else. */
static int check_exclusions(struct parsing *p, enum word_id id)
{
	struct options *o = p->o;

	if (schemas_check(o, p->why, p->size) || tags_check(o, p->why, p->size))
		return -EINVAL;
	if (o->lsof && p->terse)
		return parsing_fail(p,
				    "-t with -i is lsof's list of PIDs, which is who -t PORT; TCP "
				    "alone is --tcp, or -i TCP");
	if (p->json && p->csv)
		return parsing_fail(p, "--json and --csv exclude one another: leave one out");
	if ((o->select.filter.on & SW_F_IPV4) && (o->select.filter.on & SW_F_IPV6))
		return parsing_fail(p,
				    "-4 and -6 exclude one another: without both, both are shown");
	if (o->print.numeric && o->print.resolve)
		return parsing_fail(p, "--numeric and --resolve exclude one another");
	if (o->rows.source == ROWS_WALK && ((id != WORD_LIST && id != WORD_WHO) || o->follow))
		return parsing_fail(p,
				    "--snapshot=walk is for list, and for who without -f: use bpf");
	if (id == WORD_WHO && !o->follow && (o->page.count || o->watch.duration_ms))
		return parsing_fail(p, "--count and --duration end what goes on: they need -f");
	if (FOR(id) & FOR_PAGES && o->page.count && !o->page.repeat_ms && !o->follow)
		return parsing_fail(p, "--count says how many pages: it needs -c%s",
				    id == WORD_ROUTE ? ", or how many changes: -f" : "");
	if (id == WORD_ROUTE && o->follow && o->page.repeat_ms)
		return parsing_fail(
			p, "-f tells every change, -c the routes again and again: leave one out");
	if (o->summary && (o->count.n_keys || o->n_sorts))
		return parsing_fail(p, "-s is a summary in an order of its own: leave --%s out",
				    o->count.n_keys ? "by" : "sort");
	return 0;
}

/* A picture has no lines. */
static int check_picture(struct parsing *p)
{
	const struct options *o = p->o;
	const char *other = o->count.n_keys	? "by"
			    : o->print.n_fields ? "fields"
			    : o->past.sql	? "sql"
			    : o->past.verify	? "verify"
			    : o->past.at	? "at"
			    : o->follow		? "follow"
			    : o->page.count	? "count"
			    : p->json		? "json"
			    : p->csv		? "csv"
						: NULL;

	if (o->past.report && o->print.plot)
		other = "plot";
	else if (o->past.report && o->past.newest_first)
		other = "reverse";
	else if (o->past.report && o->out_path)
		other = "output";
	else if (o->past.report && o->print.resolve)
		other = "resolve";
	if (!other)
		return 0;
	return parsing_fail(p,
			    o->past.report ? "--report makes one page of all: leave --%s out"
					   : "--plot draws all in the end: leave --%s out",
			    other);
}

/* What lines have, and what they need not say. */
static void settle_print(struct options *o)
{
	struct print_opts *p = &o->print;

	p->only_tcp = o->select.tcp && !o->select.udp && !kinds_any_other(&o->select);
	p->one_netns = (o->select.filter.on & SW_F_NETNS) && o->select.filter.n_netns == 1;
	p->details = p->details || p->extended || p->format != OUTPUT_TEXT ||
		     where_any(&o->select.where);
	p->processes = p->processes || p->extended || o->select.where.exes.n;
	if ((o->count.n_keys || o->summary) && !where_any(&o->select.where))
		p->details = counts_want_details(&o->count);
}

int parsing_check(struct parsing *p)
{
	struct options *o = p->o;
	enum word_id id = parsing_job(o);

	for (size_t i = 0; i < n_defs; i++)
		if (o->given[i] && !(defs[i].words & FOR(id)))
			return explain_foreign(p, &defs[i], id);
	if (check_exclusions(p, id))
		return -EINVAL;
	if (id == WORD_LIST && check_local(p))
		return -EINVAL;
	if (FOR(id) & (FOR_LIST | FOR_LOG | FOR_WHO) && counts_check(o, p->why, p->size))
		return -EINVAL;
	if (id == WORD_WHO && p->terse) { /* as lsof has it, not as netstat */
		o->pids_only = true;
		o->select.tcp = p->tcp;
	}
	for (int i = 0; i < o->n_sorts; i++) /* they are read then */
		o->rows.timers = o->rows.timers || o->sorts[i] == SORT_TIMER;
	select_default(o, id);
	if (check_comms(p, id))
		return -EINVAL;
	o->watch.retransmits_only = o->watch.retransmits && !o->watch.events_only && !o->all;
	o->watch.events_only = o->watch.events_only || o->watch.retransmits_only;
	if (id == WORD_WATCH && expr_wants_local_port(&o->select.where.expr))
		want_local_port(&o->select.filter);
	if ((o->print.plot || o->past.report) && check_picture(p))
		return -EINVAL;
	tags_settle(o);
	if (columns_check(p, id))
		return -EINVAL;
	if ((o->rows.memory || o->rows.info) && !rows_by_programs(o->rows.source))
		return parsing_fail(p, "--%s is not told by %s out",
				    o->rows.memory ? "memory" : "info",
				    o->rows.source == ROWS_PROC
					    ? "/proc: leave --snapshot=proc"
					    : "netlink so far: leave --snapshot=netlink");
	settle_print(o);
	if ((id == WORD_LOG || (id == WORD_TOP && o->past.at)) && times_check(o, p->why, p->size))
		return -EINVAL;
	if (id == WORD_WHO && times_ask_past(o)) {
		if (times_check_who(o, p->why, p->size))
			return -EINVAL;
		o->word = WORD_WHO_PAST;
	}
	if (id != WORD_TOP && o->top.sort_only)
		return parsing_fail(p, "--sort %s: that is a column of top", o->top.sort);
	if (id == WORD_TOP && top_check(o, p->why, p->size))
		return -EINVAL;
	if (id == WORD_RECORD && keep_check(&o->keep, p->why, p->size))
		return -EINVAL;
	if (id == WORD_EXPORT && export_check(o, p->why, p->size))
		return -EINVAL;
	return id == WORD_WHO || id == WORD_LOG ? targets_check(o, p->why, p->size) : 0;
}
