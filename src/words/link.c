// SPDX-License-Identifier: GPL-2.0-only
/* Interfaces and their counters. */
#include <errno.h>
#include <string.h>

#include <linux/if.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/options.h"
#include "core/link.h"
#include "netlink/link.h"
#include "netlink/rtnl.h"
#include "render/link.h"
#include "words/page.h"
#include "words/words.h"

#define NAME_WIDTH 8 /* at least */

struct linking {
	const struct options *options; /* borrowed */
	struct rtnl *rtnl;	       /* owned, as all below */
	struct link_list before;
	uint64_t before_ns;
};

/* netstat's rule: what is down is told only if all is asked for. */
static bool is_wanted(const struct options *o, const struct link *l)
{
	return o->all || l->flags & IFF_UP;
}

static int name_width(const struct options *o, const struct link_list *l)
{
	size_t width = NAME_WIDTH;

	for (size_t i = 0; i < l->n; i++)
		if (is_wanted(o, &l->all[i]) && strlen(l->all[i].name) > width)
			width = strlen(l->all[i].name);
	return (int)width;
}

static void put_row(const struct options *o, struct buf *b, const struct link_row *row)
{
	if (o->print.format == OUTPUT_JSON)
		render_link_json(b, row);
	else if (o->print.format == OUTPUT_CSV)
		render_link_csv(b, row);
	else
		render_link_text(b, row, o->print.extended);
}

static void put_header(const struct options *o, struct buf *b, int width, uint64_t n)
{
	if (n && o->print.format == OUTPUT_TEXT)
		buf_putc(b, '\n');
	if (o->print.no_header)
		return;
	if (o->print.format == OUTPUT_TEXT)
		render_link_header(b, width, n > 0);
	else if (o->print.format == OUTPUT_CSV && !n)
		render_link_csv_header(b);
}

static void put_links(struct linking *l, struct buf *b, const struct link_list *now,
		      uint64_t now_ns, uint64_t n)
{
	struct link_row row = { .list = now,
				.ns = now_ns - l->before_ns,
				.wall_ns = now_ns + (uint64_t)clock_wall_offset(),
				.width = name_width(l->options, now) };

	put_header(l->options, b, row.width, n);
	for (size_t i = 0; i < now->n; i++) {
		const struct link *old = link_list_find(&l->before, now->all[i].index);
		struct link_counters growth;

		if (!is_wanted(l->options, &now->all[i]))
			continue;
		row.link = &now->all[i];
		row.growth = n ? &growth : NULL;
		link_counters_since(old ? &old->counters : NULL, &now->all[i].counters, &growth);
		put_row(l->options, b, &row);
	}
}

static int put_page(void *arg, struct output *out, uint64_t n)
{
	struct linking *l = arg;
	struct link_list now = { 0 };
	int err = links_read(l->rtnl,
			     l->options->print.extended || l->options->print.format == OUTPUT_JSON,
			     &now);
	uint64_t now_ns = clock_now();

	if (err) {
		log_error("cannot read the interfaces: %s", strerror(-err));
		link_list_free(&now);
		return err;
	}
	put_links(l, &out->buf, &now, now_ns, n);
	link_list_free(&l->before);
	l->before = now;
	l->before_ns = now_ns;
	return 0;
}

static enum exit_status run(const struct options *o)
{
	struct page_opts page = page_in_place(&o->page, &o->print, true);
	enum exit_status status = EXIT_FAULT;
	struct linking l = { .options = o };
	int err = rtnl_open(0, &l.rtnl);

	if (err)
		log_error("cannot ask the kernel for interfaces: %s",
			  err == -ENOSYS ? "this program was built without libmnl"
					 : strerror(-err));
	else
		status = page_run(&page, put_page, &l);
	rtnl_free(l.rtnl);
	link_list_free(&l.before);
	return status;
}

const struct word word_link = {
	.id = WORD_LINK,
	.name = "link",
	.summary = "interfaces and their counters (netstat -i)",
	.examples = "  sockwatch link                  what went through each since it is up\n"
		    "  sockwatch link -c               the rates, each second\n",
	.run = run,
};
