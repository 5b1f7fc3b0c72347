// SPDX-License-Identifier: GPL-2.0-only
/* The sockets that exist, once or again and again. Nothing is attached. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/options.h"
#include "core/kinds.h"
#include "core/merge.h"
#include "core/recall.h"
#include "core/row.h"
#include "core/unix_socket.h"
#include "flow/annotate.h"
#include "flow/collect.h"
#include "flow/rows.h"
#include "flow/unix.h"
#include "live/loader.h"
#include "names/labels.h"
#include "netlink/nat.h"
#include "names/resolver.h"
#include "proc/dir.h"
#include "proc/sockstat.h"
#include "sink/count.h"
#include "sink/print.h"
#include "sink/print_unix.h"
#include "sink/summing.h"
#include "words/list_sort.h"
#include "words/names.h"
#include "words/page.h"
#include "words/words.h"

/* Pages of one list. */
struct listing {
	const struct options *options; /* borrowed */
	struct print_opts print_opts;
	struct print print;
	struct counting counting;  /* with --by, in its place */
	struct summing summing;	   /* with -s, likewise */
	struct resolver *resolver; /* owned, as all below; NULL: numbers */
	struct labels *labels;
	struct nats *nats;
	struct annotate *annotate;
	struct loader *loader;	  /* NULL: /proc tells */
	struct recall recall;	  /* of the page before */
	struct gathered gathered; /* of this page */
	int proc_fd;
};

static int take_rows(struct listing *l, bool again, struct snapshot *snap)
{
	const struct options *o = l->options;
	struct collect_opts opts = { .select = &o->select,
				     .rows = o->rows,
				     .loader = l->loader,
				     .proc_fd = l->proc_fd,
				     .quiet = again,
				     .gathered = &l->gathered,
				     .devices = annotate_devices(l->annotate) };
	int err;

	opts.rows.every = true;
	err = collect_snapshot(&opts, snap);
	if (err)
		return err;
	err = merge_snapshot(snap, NULL, 0); /* a row that a busy table lists twice is told once */
	if (!err && o->page.repeat_ms)
		err = recall_owners(&l->recall, snap);
	if (err) {
		log_error("out of memory");
		return err;
	}
	rows_settle(snap, &o->select.filter);
	if (o->n_sorts && !o->count.n_keys)
		rows_sort_by(snap, o->sorts, o->n_sorts);
	return 0;
}

/* Sockets are counted, and not told one by one. */
static bool counts(const struct listing *l)
{
	return l->options->count.n_keys || l->options->summary;
}

static struct sink *sink_of(struct listing *l)
{
	if (l->options->summary)
		return &l->summing.sink;
	return l->options->count.n_keys ? &l->counting.sink : &l->print.sink;
}

static bool sorts_by_field(const struct options *o)
{
	for (int i = 0; i < o->n_sorts; i++)
		if (o->sorts[i] == SORT_FIELD)
			return true;
	return false;
}

/* What fails in a sink is the output's, whose page says so; but for counting, for want of memory.
 */
static int put_rows(struct listing *l, struct snapshot *snap)
{
	int err;

	uint64_t now_ns = clock_now(), told = 0;
	struct row_teller t = { .snap = snap,
				.annotate = l->annotate,
				.sink = sink_of(l),
				.where = &l->options->select.where,
				.time_ns = now_ns,
				.wall_ns = now_ns + (uint64_t)clock_wall_offset() };

	if (l->print_opts.names)
		rows_wait_names(l->annotate, snap, now_ns + NAMES_WAIT_NS);
	if (sorts_by_field(l->options) && list_sort(snap, &t, l->options)) {
		log_error("out of memory");
		return -ENOMEM;
	}
	err = rows_begin(&t);
	if (!err)
		err = rows_tell(&t, &told);
	return counts(l) ? err : 0;
}

static int put_unix(struct listing *l, uint64_t n)
{
	const struct options *o = l->options;
	struct collect_unix_opts opts = { .proc_fd = l->proc_fd,
					  .gathered = &l->gathered,
					  .quiet = n > 0 };
	struct unix_list list = { 0 };
	struct snapshot holders = { 0 };
	int err = collect_unix(&opts, &list, &holders);

	if (!err && o->summary)
		err = summing_add_unix(&l->summing, &list, holders.holders, &o->select.filter);
	else if (!err && counts(l))
		err = counting_add_unix(&l->counting, &list, holders.holders, &o->select.filter);
	else if (!err && sorts_by_field(o))
		err = list_sort_unix(&list, holders.holders, o);
	else if (!err)
		err = unix_list_sort(&list, holders.holders, o->sorts, o->n_sorts);
	if (!err && !counts(l))
		print_unix(&l->print,
			   &(struct print_unix_job){ .list = &list,
						     .holders = holders.holders,
						     .filter = &o->select.filter,
						     .apart = n || kinds_any_row(&o->select),
						     .again = n > 0 });
	snapshot_free(&holders);
	unix_list_free(&list);
	return err;
}

static void open_sink(struct listing *l, struct output *out)
{
	const struct options *o = l->options;

	print_init(&l->print, &l->print_opts, out);
	sink_open(&l->print.sink);
	summing_init(&l->summing, &l->print_opts, out, o->page.repeat_ms);
	if (o->count.n_keys)
		counting_init(&l->counting, &o->count, &l->print_opts, out, o->page.repeat_ms);
}

/* What the kernel counts is of no use to who asks for some of the sockets. */
static int put_counts(struct listing *l)
{
	uint64_t wall_ns = clock_wall_now();
	int err = 0;

	if (!l->options->summary) {
		counting_put(&l->counting, wall_ns);
		return 0;
	}
	if (!l->options->select.filter.on)
		err = sockstat_read(l->proc_fd, &l->summing.summary);
	if (err == -ENOENT && l->summing.summary.pages == 1)
		log_note("cannot read /proc/net/sockstat: what the kernel counts is left out");
	summing_put(&l->summing, wall_ns);
	return err == -ENOENT ? 0 : err;
}

static int put_page(void *arg, struct output *out, uint64_t n)
{
	struct listing *l = arg;
	const struct select_opts *select = &l->options->select;
	bool has_rows = kinds_any_row(select);
	struct snapshot snap = { 0 };
	int err = 0;

	if (!n)
		open_sink(l, out);
	if (l->options->summary)
		summary_begin(&l->summing.summary);
	else if (counts(l))
		err = counting_begin(&l->counting, clock_now());
	if (!err)
		err = take_rows(l, n > 0, &snap);
	if (n && l->print_opts.format == OUTPUT_TEXT && (has_rows || counts(l)))
		buf_putc(&out->buf, '\n');
	if (!err && has_rows)
		err = put_rows(l, &snap);
	snapshot_free(&snap);
	if (!err && select->unix_sockets)
		err = put_unix(l, n);
	if (!err && counts(l))
		err = put_counts(l);
	gathered_free(&l->gathered);
	return err;
}

/* At a terminal, list is netstat. */
static bool wants_names(const struct print_opts *o)
{
	return o->resolve || (o->format == OUTPUT_TEXT && !o->numeric && isatty(STDOUT_FILENO));
}

static int open_annotate(struct listing *l)
{
	const struct print_opts *o = &l->print_opts;
	struct annotate_opts opts = { .proc_fd = l->proc_fd,
				      .place = o->details,
				      .processes = o->processes,
				      .names = o->names,
				      .users = o->details,
				      .numbers = o->numbers,
				      .resolver = l->resolver,
				      .labels = l->labels,
				      .nats = l->nats };

	l->annotate = annotate_new(&opts);
	if (!l->annotate)
		log_error("out of memory");
	return l->annotate ? 0 : -ENOMEM;
}

static int open_sources(struct listing *l)
{
	const struct options *o = l->options;
	int err;

	l->proc_fd = proc_open();
	if (l->proc_fd < 0)
		return l->proc_fd;
	err = collect_open(&o->select, o->rows, o->print.details, l->proc_fd, &l->loader);
	return err ? err : open_annotate(l);
}

static enum exit_status run(const struct options *o)
{
	struct listing l = { .options = o, .print_opts = o->print, .proc_fd = -1 };
	/* of counts each marks itself what grew, and timers are new each time */
	struct page_opts page = page_in_place(&o->page, &o->print, !counts(&l) && !o->rows.timers);
	enum exit_status status;

	l.print_opts.rows_only = true;
	l.print_opts.in_place = page.in_place;
	l.print_opts.timers = o->rows.timers;
	l.print_opts.names = wants_names(&o->print) && !counts(&l);
	if (l.print_opts.names)
		l.resolver = names_start();
	/* Unix sockets have no names of containers, and would be told of the helper's */
	l.labels = labels_start(o->print.details && kinds_any_row(&o->select));
	l.nats = nats_start(o->nat && kinds_any_row(&o->select), true);
	status = open_sources(&l) ? EXIT_FAULT : page_run(&page, put_page, &l);
	annotate_free(l.annotate);
	resolver_free(l.resolver);
	labels_free(l.labels);
	nats_free(l.nats);
	recall_free(&l.recall);
	counting_free(&l.counting);
	summary_free(&l.summing.summary);
	loader_free(l.loader);
	if (l.proc_fd >= 0)
		close(l.proc_fd);
	return status;
}

const struct word word_list = {
	.id = WORD_LIST,
	.name = "list",
	.summary = "the sockets that exist, once",
	.examples = "  sockwatch list -tulpn           who listens, by TCP and UDP\n"
		    "  sockwatch list --by state,comm   how many of each; -c: what grows\n"
		    "  sockwatch list -tiom            TCP: round trips, windows, timers, memory\n",
	.run = run,
};
