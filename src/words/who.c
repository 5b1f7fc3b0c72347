// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sockets on some ports by their role, then the processes that hold them; with --follow the
 * stream of those who want the ports. All of it is a sink: rows are kept until the last has come
 * and told as a page, the events behind them as they come.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/options.h"
#include "cli/target.h"
#include "core/merge.h"
#include "core/record.h"
#include "core/row.h"
#include "flow/annotate.h"
#include "flow/collect.h"
#include "flow/rows.h"
#include "flow/watch.h"
#include "live/loader.h"
#include "names/labels.h"
#include "names/resolver.h"
#include "proc/dir.h"
#include "words/names.h"
#include "words/page.h"
#include "words/stream.h"
#include "words/who.h"
#include "words/words.h"

/* The header of the events, with columns that fit the rows as well. */
static int begin_stream(struct who *w)
{
	struct row_teller t = { .snap = &w->kept,
				.annotate = w->annotate,
				.sink = &w->stream.sink };

	if (w->rows && w->stream_opts.format == OUTPUT_TEXT)
		buf_putc(&w->out->buf, '\n');
	if (w->rows && w->stream_opts.format == OUTPUT_CSV)
		return 0;
	return rows_begin(&t);
}

/* All rows have come. */
static int settle(struct who *w)
{
	int err;

	if (w->settled)
		return 0;
	w->settled = true;
	for (size_t i = 0; i < w->kept.n_rows; i++)
		blocked_note(&w->blocked, &w->kept.rows[i].sock);
	err = who_tell_page(w);
	if (!err && w->options->follow)
		err = begin_stream(w);
	snapshot_free(&w->kept);
	return err;
}

/* --- the sink --------------------------------------------------------------------------------- */

static struct who *who_of(struct sink *s)
{
	return (struct who *)(void *)s;
}

static bool is_asked_for(const struct who *w, const struct sw_sock *s)
{
	for (int i = 0; i < w->options->n_args; i++)
		if (who_role_of(&w->targets[i], s) != WHO_NOTHING)
			return true;
	return false;
}

static bool is_wanted(const struct who *w, const struct sw_event *e)
{
	for (int i = 0; i < w->options->n_args; i++)
		if (who_wants(&w->targets[i], e))
			return true;
	return false;
}

static int keep_row(struct who *w, const struct record *rec)
{
	if (!is_asked_for(w, &rec->row->sock))
		return 1;
	return snapshot_add_held(&w->kept, rec->row, rec->holders, rec->n_holders);
}

static bool is_blocked(const struct sw_event *e)
{
	return e->kind == SW_EV_BIND && e->error == EADDRINUSE;
}

/* A bind that found the address taken is told with who has it. */
static void add_blockers(struct who *w, struct record *rec)
{
	const struct who_blockers *b;

	if (!is_blocked(rec->ev))
		return;
	b = blocked_get(&w->blocked, rec->ev);
	if (!b)
		return;
	rec->held_by = b->holders;
	rec->n_held_by = b->n_holders;
	rec->blocked_ms = b->wait_ms;
}

static int who_record(struct sink *s, const struct record *rec)
{
	struct record complete = *rec;
	struct who *w = who_of(s);
	int err;

	if (rec->row)
		return keep_row(w, rec);
	err = settle(w);
	if (err)
		return err;
	if (!is_blocked(rec->ev)) /* whoever had the port may have it no more */
		blocked_forget(&w->blocked, rec->ev->sock.tuple.local_port);
	if (!is_wanted(w, rec->ev))
		return 1;
	if (rec->ev->kind == SW_EV_BIND && !rec->ev->error)
		blocked_note(&w->blocked, &rec->ev->sock);
	add_blockers(w, &complete);
	return sink_record(&w->stream.sink, &complete);
}

static int who_flush(struct sink *s)
{
	struct who *w = who_of(s);
	int err = settle(w);

	return err ? err : sink_flush(&w->stream.sink);
}

static int who_open(struct sink *s)
{
	struct who *w = who_of(s);
	int err;

	print_init(&w->page, &w->page_opts, w->out);
	print_init(&w->stream, &w->stream_opts, w->out);
	err = sink_open(&w->page.sink);
	return err ? err : sink_open(&w->stream.sink);
}

static void who_close(struct sink *s)
{
	(void)s; /* what it owns outlives the stream */
}

/* --- the word --------------------------------------------------------------------------------- */

static int put_page(void *arg, struct output *out, uint64_t n)
{
	struct who *w = arg;
	struct gathered gathered = { 0 };
	struct collect_opts opts = { .select = &w->select,
				     .rows = w->rows_opts,
				     .loader = w->loader,
				     .proc_fd = w->proc_fd,
				     .devices = annotate_devices(w->annotate),
				     .gathered = &gathered };
	struct row_teller t = { .sink = &w->sink };
	struct snapshot snap = { 0 };
	uint64_t told = 0;
	int err;

	(void)n;
	w->out = out;
	err = sink_open(&w->sink);
	if (!err)
		err = collect_snapshot(&opts, &snap);
	if (!err && !who_all_held(w, &snap)) /* before it is said that nobody has it */
		err = collect_bound(&opts, &snap);
	gathered_free(&gathered);
	if (!err)
		err = merge_snapshot(&snap, NULL, 0);
	if (!err) {
		rows_settle(&snap, &w->select.filter);
		t.snap = &snap;
		err = rows_tell(&t, &told);
	}
	if (!err)
		err = who_find_forwards(w);
	if (!err)
		err = who_flush(&w->sink);
	snapshot_free(&snap);
	snapshot_free(&w->behind);
	forwards_clear(&w->forwards);
	return err == out->err ? 0 : err;
}

static enum exit_status follow(struct who *w)
{
	struct output out = out_stdout();
	struct watch_job job = { .select = &w->select,
				 .opts = &w->options->watch,
				 .rows = { .source = w->rows_opts.source, .timers = true },
				 .details = true,
				 .processes = w->page_opts.extended,
				 .names = w->page_opts.names,
				 .numbers = w->page_opts.numbers,
				 .looks_up = true,
				 .resolver = w->page_opts.names ? w->resolver : NULL,
				 .labels = w->labels,
				 .sink = &w->sink };
	enum exit_status status;
	struct watch_sum sum;
	bool told;

	w->out = &out;
	status = stream_run(&job, &out, &sum, &told);
	w->labels = NULL; /* they went with the job */
	if (w->page_opts.names)
		w->resolver = NULL;
	if (told)
		out_tell_sum(w->rows, sum.events, sum.lost, out.unwritten);
	return status;
}

/* Whether any target is of a kind, besides TCP and UDP. */
static bool is_of_kind(const struct who *w, uint8_t proto)
{
	for (int i = 0; i < w->options->n_args; i++) {
		const struct who_target *t = &w->targets[i];

		if (who_asks_for(t, proto))
			return true;
	}
	return false;
}

/* Each kind more takes time, in each network namespace. */
static void leave_unasked(struct who *w)
{
	w->select.udplite = w->select.udplite && is_of_kind(w, SW_PROTO_UDPLITE);
	w->select.sctp = w->select.sctp && is_of_kind(w, SW_PROTO_SCTP);
	w->select.mptcp = w->select.mptcp && is_of_kind(w, SW_PROTO_META);
	w->select.vsock = w->select.vsock && is_of_kind(w, SW_PROTO_VSOCK);
}

/* None of a protocol that was not asked for. 0 or -ENOMEM. */
static int take_targets(struct who *w)
{
	const struct options *o = w->options;

	w->targets = calloc((size_t)o->n_args, sizeof(*w->targets));
	if (!w->targets)
		return -ENOMEM;
	for (int i = 0; i < o->n_args; i++) {
		struct who_target *target = &w->targets[i];

		target_parse(o->args[i], target); /* options_parse() has tried it */
		target_narrow(target, &o->select);
	}
	leave_unasked(w);
	who_narrow(w->targets, (size_t)o->n_args, &w->select.filter);
	return 0;
}

/* The process that looks names up comes first, before anything is open that it should not have. */
static int who_prepare(struct who *w)
{
	struct annotate_opts opts = {
		.place = true, .processes = true, .names = w->page_opts.names, .users = true
	};

	if (w->page_opts.names)
		w->resolver = names_start();
	else if (!w->page_opts.numeric && resolver_open(&w->resolver))
		log_verbose("no names of users, but numbers");
	w->labels = labels_start(true);
	w->proc_fd = proc_open();
	if (w->proc_fd < 0)
		return w->proc_fd;
	w->blocked.select = &w->select;
	w->blocked.proc_fd = w->proc_fd;
	opts.proc_fd = w->proc_fd;
	opts.numbers = w->page_opts.numbers;
	opts.resolver = w->resolver;
	opts.labels = w->labels;
	w->annotate = annotate_new(&opts);
	return w->annotate ? 0 : -ENOMEM;
}

static void who_init(struct who *w, const struct options *o)
{
	static const struct sink_ops ops = {
		.open = who_open, .record = who_record, .flush = who_flush, .close = who_close
	};

	*w = (struct who){ .sink.ops = &ops,
			   .options = o,
			   .select = o->select,
			   .rows_opts = { .source = o->rows.source,
					  .timers = o->print.details,
					  .waits = true },
			   .page_opts = o->print,
			   .proc_fd = -1 };
	w->page_opts.extended = o->print.details;
	w->page_opts.names = o->print.resolve;
	w->stream_opts = w->page_opts;
	w->page_opts.rows_only = true;
}

static enum exit_status run(const struct options *o)
{
	enum exit_status status = EXIT_FAULT;
	struct who w;
	int err;

	who_init(&w, o);
	err = take_targets(&w);
	if (!err)
		err = who_prepare(&w);
	if (err == -ENOMEM)
		log_error("out of memory");
	else if (!err && o->follow)
		status = follow(&w);
	else if (!err &&
		 !collect_open(&w.select, w.rows_opts, w.page_opts.details, w.proc_fd, &w.loader))
		status = page_run(&o->page, put_page, &w);
	if (status == EXIT_DONE && !o->follow && !w.held)
		status = collect_missed_tables() ? EXIT_LOST : EXIT_NOTHING;
	annotate_free(w.annotate);
	loader_free(w.loader);
	resolver_free(w.resolver);
	labels_free(w.labels);
	snapshot_free(&w.kept);
	blocked_free(&w.blocked);
	free(w.told);
	free(w.targets);
	if (w.proc_fd >= 0)
		close(w.proc_fd);
	return status;
}

const struct word word_who = {
	.id = WORD_WHO,
	.name = "who",
	.arg = "PORT...",
	.summary = "which process has a port",
	.examples =
		"  sockwatch who 8080              who has port 8080\n"
		"  sockwatch who https 53/udp      by a service's name, and one protocol only\n"
		"  sockwatch who 10.0.0.9          who talks to an address; [::1]:80 is both\n"
		"  sockwatch who -t 8000-8099      their PIDs only, for kill $(...)\n"
		"  sockwatch who -f 8080           and who tries to have or use it from now on\n"
		"  sockwatch who 8080 --since 1h   who had it, came, was refused: of the past\n",
	.run = run,
};
