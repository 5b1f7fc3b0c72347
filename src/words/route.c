// SPDX-License-Identifier: GPL-2.0-only
/* The routes, and every change to them. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/rtnetlink.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/signals.h"
#include "cli/options.h"
#include "core/link.h"
#include "core/route.h"
#include "core/route_set.h"
#include "core/route_rule.h"
#include "netlink/link.h"
#include "netlink/route.h"
#include "netlink/rtnl.h"
#include "netlink/rule.h"
#include "render/route.h"
#include "render/rule.h"
#include "sink/print.h"
#include "words/page.h"
#include "words/words.h"

/*
 * The kernel tells that an interface goes down before it drops its routes (__dev_notify_flags()):
 * so soon it is looked what is left, and once more for the case that this took longer.
 */
#define CHECKS 2
static const uint64_t check_after_ns[CHECKS] = { 20000000, 1000000000 };

struct routing {
	const struct options *options; /* borrowed */
	struct rtnl *rtnl;	       /* owned, as all below */
	struct link_list links;
	struct route_list routes; /* of the page */
	struct route_set known;	  /* while changes are followed */
	struct route_rule_list rules;
	struct render_routes render;
	struct output *out;		  /* borrowed; of the page, and then of the changes */
	uint64_t told;			  /* changes */
	struct loop *loop;		  /* borrowed; while changes are followed */
	struct loop_timer checks[CHECKS]; /* for what was not told */
};

static bool wants_family(const struct options *o, uint8_t family)
{
	uint32_t other = family == AF_INET ? SW_F_IPV6 : SW_F_IPV4;

	return !(o->select.filter.on & other);
}

/* What the kernel keeps for itself is told only if all is asked for. */
static bool is_wanted(const struct options *o, const struct route *r)
{
	return wants_family(o, r->family) && (o->all || r->table != RT_TABLE_LOCAL);
}

/* Of use to who looks at several tables; CSV has columns for routes only. */
static bool wants_rules(const struct options *o)
{
	return o->all && o->print.format != OUTPUT_CSV;
}

/* A kernel without IPv6, or without rules, has nothing to tell of them. */
static int unless_missing(int err)
{
	return err == -EOPNOTSUPP || err == -EAFNOSUPPORT ? 0 : err;
}

static int read_rules(struct routing *r, struct route_rule_list *l)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	int err = 0;

	for (size_t i = 0; i < sizeof(families) && !err && wants_rules(r->options); i++) {
		if (wants_family(r->options, families[i]))
			err = unless_missing(rules_read(r->rtnl, families[i], l));
	}
	if (err)
		log_error("cannot read the rules: %s", strerror(-err));
	return err;
}

static int read_routes(struct routing *r)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	int err = 0;

	for (size_t i = 0; i < sizeof(families) && !err; i++) {
		if (wants_family(r->options, families[i]))
			err = unless_missing(route_read(r->rtnl, families[i], &r->routes));
	}
	if (err)
		log_error("cannot read the routes: %s", strerror(-err));
	return err;
}

static int read_all(struct routing *r)
{
	int err;

	link_list_free(&r->links);
	route_list_cut(&r->routes, 0);
	err = links_read(r->rtnl, false, &r->links);
	if (err)
		log_error("cannot read the interfaces: %s", strerror(-err));
	else
		err = read_routes(r);
	route_list_sort(&r->routes);
	route_rule_list_free(&r->rules);
	return err ? err : read_rules(r, &r->rules);
}

static void put_route(struct routing *r, const struct route *route, const char *change)
{
	struct buf *b = &r->out->buf;

	if (b->len >= OUTPUT_CHUNK)
		output_flush(r->out);
	if (r->options->print.format == OUTPUT_JSON)
		render_route_json(&r->render, b, route, change, clock_wall_now());
	else if (r->options->print.format == OUTPUT_CSV)
		render_route_csv(&r->render, b, route, change, clock_wall_now());
	else
		render_route_text(&r->render, b, route, change, clock_wall_now());
}

static void put_header(struct routing *r, uint8_t family, bool changes)
{
	struct buf *b = &r->out->buf;

	if (r->options->print.no_header)
		return;
	if (!changes)
		buf_puts(b, family == AF_INET ? "Kernel IP routing table\n"
					      : "Kernel IPv6 routing table\n");
	render_route_header(&r->render, b, changes);
}

/* Another table than the main one is worth a column. */
static void fit_family(struct routing *r, uint8_t family)
{
	for (size_t i = 0; i < r->routes.n; i++) {
		const struct route *route = &r->routes.all[i];

		if (route->family != family || !is_wanted(r->options, route))
			continue;
		render_route_fit(&r->render, route);
		if (route->table != RT_TABLE_MAIN)
			r->render.tables = true;
	}
}

static void put_rule(struct routing *r, const struct route_rule *rule, const char *change)
{
	struct buf *b = &r->out->buf;

	if (r->options->print.format == OUTPUT_JSON) {
		render_rule_json(b, rule, change, clock_wall_now());
		return;
	}
	if (change) {
		render_change_text(&r->render, b, change, clock_wall_now());
		buf_puts(b, "rule ");
	}
	render_rule_text(b, rule);
	buf_putc(b, '\n');
}

static void put_rules(struct routing *r, uint8_t family)
{
	bool text = r->options->print.format == OUTPUT_TEXT;

	if (!wants_family(r->options, family) || !wants_rules(r->options))
		return;
	if (text)
		buf_putc(&r->out->buf, '\n');
	if (text && !r->options->print.no_header) {
		buf_puts(&r->out->buf, family == AF_INET ? "Kernel IP routing rules\n"
							 : "Kernel IPv6 routing rules\n");
		render_rule_header(&r->out->buf);
	}
	for (size_t i = 0; i < r->rules.n; i++)
		if (r->rules.all[i].family == family)
			put_rule(r, &r->rules.all[i], NULL);
}

static void put_family(struct routing *r, uint8_t family)
{
	bool text = r->options->print.format == OUTPUT_TEXT;

	if (!wants_family(r->options, family))
		return;
	r->render.width = 0;
	fit_family(r, family);
	if (text && r->out->buf.len)
		buf_putc(&r->out->buf, '\n');
	if (text)
		put_header(r, family, false);
	for (size_t i = 0; i < r->routes.n; i++)
		if (r->routes.all[i].family == family && is_wanted(r->options, &r->routes.all[i]))
			put_route(r, &r->routes.all[i], NULL);
	put_rules(r, family);
}

static int put_page(void *arg, struct output *out, uint64_t n)
{
	struct routing *r = arg;
	int err = read_all(r);

	if (err)
		return err;
	r->out = out;
	if (n && r->options->print.format == OUTPUT_TEXT)
		buf_putc(&out->buf, '\n');
	if (!n && r->options->print.format == OUTPUT_CSV && !r->options->print.no_header)
		render_route_csv_header(&out->buf);
	put_family(r, AF_INET);
	put_family(r, AF_INET6);
	return 0;
}

/* --- changes -----------------------------------------------------------------------------------
 */

static bool is_over(const struct routing *r)
{
	return signals_stops() || r->out->err ||
	       (r->options->page.count && r->told >= r->options->page.count);
}

/* As route_tell_fn. */
static void tell_change(void *arg, const struct route *route, enum route_change change)
{
	static const char *const names[] = {
		[ROUTE_ADDED] = "added", [ROUTE_REPLACED] = "replaced", [ROUTE_DELETED] = "deleted"
	};
	struct routing *r = arg;

	if (!is_wanted(r->options, route) || is_over(r))
		return;
	put_route(r, route, names[change]);
	r->told++;
}

/* An interface that is new, or has a new name; that of one that is gone is still needed. */
static int take_link(struct routing *r, const struct nlmsghdr *message)
{
	struct link link;

	return link_parse(message, &link) ? 0 : link_list_put(&r->links, &link);
}

static void tell_rule(struct routing *r, const struct route_rule *rule, const char *change)
{
	if (is_over(r))
		return;
	put_rule(r, rule, change);
	r->told++;
}

static int take_rule(struct routing *r, const struct nlmsghdr *message)
{
	struct route_rule rule;
	bool deleted, is_known;
	int err = 0;

	if (!wants_rules(r->options) || rule_parse(message, &rule, &deleted))
		return 0;
	is_known = route_rule_list_remove(&r->rules, &rule);
	if (!deleted)
		err = route_rule_list_add(&r->rules, &rule);
	if (deleted || !is_known)
		tell_rule(r, &rule, deleted ? "deleted" : "added");
	return err;
}

/* After messages were lost. */
static int tell_rule_differences(struct routing *r)
{
	struct route_rule_list before = r->rules;
	int err;

	r->rules = (struct route_rule_list){ 0 };
	err = read_rules(r, &r->rules);
	for (size_t i = 0; i < r->rules.n && !err; i++)
		if (!route_rule_list_remove(&before, &r->rules.all[i]))
			tell_rule(r, &r->rules.all[i], "added");
	for (size_t i = 0; i < before.n && !err; i++)
		tell_rule(r, &before.all[i], "deleted");
	route_rule_list_free(&before);
	return err;
}

static void plan_checks(struct routing *r)
{
	for (size_t i = 0; i < CHECKS; i++)
		loop_set_timer(r->loop, &r->checks[i], clock_now() + check_after_ns[i]);
}

static int take_news(void *arg, const struct nlmsghdr *message)
{
	struct routing *r = arg;
	enum route_change change;
	struct route route;
	bool is_news;
	int err = take_link(r, message);

	if (!err)
		err = take_rule(r, message);
	if (route_is_silenced(message))
		plan_checks(r);
	if (err || is_over(r))
		return err;
	err = route_parse(message, &route, &change);
	if (err)
		return err == -ENOMEM ? err : 0;
	err = route_set_take(&r->known, &route, change, &is_news);
	if (!err && is_news)
		tell_change(r, &route, change);
	route_free(&route);
	return err;
}

/* What the kernel did not tell, or what was lost, is seen by what is there now. */
static int tell_differences(struct routing *r)
{
	int err;

	route_list_cut(&r->routes, 0);
	err = read_routes(r);
	return err ? err : route_set_sync(&r->known, &r->routes, tell_change, r);
}

/* After each call by the loop. */
static int write_changes(struct routing *r, int err)
{
	output_flush(r->out);
	if (is_over(r))
		loop_stop(r->loop);
	return err;
}

/* As loop_fn: it is time to look what changed without a word. */
static int on_check(void *arg)
{
	struct routing *r = arg;

	return write_changes(r, tell_differences(r));
}

static int tell_what_was_lost(struct routing *r)
{
	int err;

	log_note("changes of routes were lost, because they came faster than they were taken; what "
		 "is different now is told");
	plan_checks(r);
	err = is_over(r) ? 0 : tell_differences(r);
	return err || is_over(r) ? err : tell_rule_differences(r);
}

/* As loop_fn. */
static int on_news(void *arg)
{
	struct routing *r = arg;
	int err = rtnl_news(r->rtnl, take_news, r);

	if (err && err != -ENOBUFS) {
		log_error("cannot read the changes of routes: %s", strerror(-err));
		return err;
	}
	return write_changes(r, err ? tell_what_was_lost(r) : 0);
}

/* The groups were joined before the routes were read, so no change is between the two. */
static int put_first_page(void *arg, struct output *out, uint64_t n)
{
	struct routing *r = arg;
	int err = put_page(r, out, n);

	if (!err)
		err = route_set_sync(&r->known, &r->routes, NULL, NULL);
	r->render.tables = true; /* a change may be in any */
	if (!err && r->options->print.format == OUTPUT_TEXT && !r->options->print.no_header) {
		buf_putc(&out->buf, '\n');
		put_header(r, AF_INET, true);
	}
	return err;
}

/* As follow_fn. */
static int follow(void *arg, struct loop *loop)
{
	struct routing *r = arg;
	int err = loop_add_fd(loop, rtnl_fd(r->rtnl), LOOP_READ, on_news, r);

	if (err)
		log_error("cannot wait for changes of routes: %s", strerror(-err));
	r->loop = loop;
	for (size_t i = 0; i < CHECKS; i++)
		r->checks[i] = (struct loop_timer){ .fn = on_check, .arg = r };
	return err;
}

static enum exit_status run(const struct options *o)
{
	struct routing r = { .options = o,
			     .render = { .numeric = o->print.numeric,
					 .tables = o->all,
					 .extended = o->print.extended,
					 .time = print_stamp(&o->print) } };
	struct page_opts page = page_in_place(&o->page, &o->print, true);
	enum exit_status status = EXIT_FAULT;
	uint32_t groups = 0;
	int err;

	r.render.links = &r.links;
	if (o->follow)
		groups = route_groups(wants_family(o, AF_INET), wants_family(o, AF_INET6));
	if (o->follow && wants_rules(o))
		groups |= rule_groups(wants_family(o, AF_INET), wants_family(o, AF_INET6));
	err = rtnl_open(groups, &r.rtnl);
	if (err)
		log_error("cannot ask the kernel for routes: %s",
			  err == -ENOSYS ? "this program was built without libmnl"
					 : strerror(-err));
	else if (o->follow)
		status = page_follow(put_first_page, follow, &r);
	else
		status = page_run(&page, put_page, &r);
	rtnl_free(r.rtnl);
	link_list_free(&r.links);
	route_list_free(&r.routes);
	route_set_free(&r.known);
	route_rule_list_free(&r.rules);
	return status;
}

const struct word word_route = {
	.id = WORD_ROUTE,
	.name = "route",
	.summary = "the routes (netstat -r)",
	.examples = "  sockwatch route                 IPv4 and IPv6, of every table but local\n"
		    "  sockwatch route -f              and every change to them\n",
	.run = run,
};
