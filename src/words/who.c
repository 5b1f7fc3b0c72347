// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sockets on some ports by their role, then the processes that hold them; with --follow the
 * stream of those who want the ports. All of it is a sink: rows are kept until the last has come
 * and told as a page, the events behind them as they come.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/log.h"
#include "cli/options.h"
#include "cli/values.h"
#include "core/merge.h"
#include "core/record.h"
#include "core/row.h"
#include "core/who.h"
#include "flow/annotate.h"
#include "flow/collect.h"
#include "flow/rows.h"
#include "flow/watch.h"
#include "live/loader.h"
#include "names/resolver.h"
#include "proc/process.h"
#include "render/who.h"
#include "sink/print.h"
#include "words/blocked.h"
#include "words/names.h"
#include "words/page.h"
#include "words/stream.h"
#include "words/words.h"

struct who {
	struct sink sink;	       /* what flow sees of it */
	const struct options *options; /* borrowed */
	struct select_opts select;
	struct rows_opts rows_opts; /* with timers: those of TIME_WAIT */
	struct print_opts page_opts;
	struct print_opts stream_opts;
	struct print page;
	struct print stream;
	struct output *out;	   /* borrowed */
	struct resolver *resolver; /* owned, as all below; NULL: numbers */
	struct annotate *annotate;
	struct loader *loader; /* of the page; NULL: /proc tells */
	struct snapshot kept;  /* rows that were told to us */
	struct holder *told;   /* the processes of the page, each once */
	size_t n_told, told_cap;
	struct blocked blocked; /* who has the addresses of binds that failed */
	bool settled;		/* the page was told */
	bool held;
	uint64_t rows; /* told */
	int proc_fd;
};

/* --- the page --------------------------------------------------------------------------------- */

static enum who_role role_of(const struct who *w, const struct sw_sock *s)
{
	return who_role(&w->options->ports, s->proto, &s->tuple, s->state);
}

/* Notes the holders of a row. 0 or -ENOMEM. */
static int note_holders(struct who *w, const struct sw_row *row)
{
	for (uint32_t i = 0; i < row->n_holders; i++) {
		const struct holder *h = &w->kept.holders[row->first_holder + i];
		size_t known = 0;

		while (known < w->n_told && w->told[known].pid != h->pid)
			known++;
		if (known < w->n_told)
			continue;
		if (ARRAY_ADD(w->told, w->n_told, w->told_cap, h))
			return -ENOMEM;
	}
	return 0;
}

static int tell_row(struct who *w, const struct row_teller *t, const struct sw_row *row)
{
	struct sw_event ev;
	struct record rec;
	int err;

	row_record(t, row, &ev, &rec);
	if (row->sock.state == SW_TCP_TIME_WAIT)
		rec.blocked_ms = row->timer.ms;
	err = sink_record(t->sink, &rec);
	w->rows++;
	return err ? err : note_holders(w, row);
}

static int tell_role(struct who *w, const struct row_teller *t, enum who_role role)
{
	int err = 0;

	for (size_t i = 0; i < w->kept.n_rows && !err; i++) {
		if (role_of(w, &w->kept.rows[i].sock) != role)
			continue;
		err = tell_row(w, t, &w->kept.rows[i]);
		w->held = w->held || who_holds(role);
	}
	return err;
}

/* All users' names are asked for before the first is told. */
static void wait_users(struct who *w)
{
	uint64_t deadline_ns = clock_now() + NAMES_WAIT_NS;
	uint32_t uid;

	if (!w->resolver)
		return;
	for (size_t i = 0; i < w->n_told; i++)
		if (process_user(w->proc_fd, w->told[i].pid, &uid))
			resolver_ask_user(w->resolver, uid, deadline_ns);
	annotate_wait(w->annotate, deadline_ns);
}

static void tell_processes(struct who *w)
{
	uint64_t wall_ns = clock_now() + (uint64_t)clock_wall_offset();
	struct who_process process;

	wait_users(w);
	for (size_t i = 0; i < w->n_told; i++) {
		annotate_process(w->annotate, &w->told[i], &process);
		if (w->page_opts.format == OUTPUT_JSON)
			render_who_json(&w->out->buf, &process);
		if (w->page_opts.format != OUTPUT_TEXT)
			continue;
		buf_putc(&w->out->buf, '\n');
		render_who_text(&w->out->buf, &process, wall_ns);
	}
}

/* A port that was asked about and that nothing was found for. */
static void note_unused(const struct who *w)
{
	bool all_used = true;

	for (int i = 0; i < w->options->n_args; i++) {
		struct who_ports ports = { 0 };
		bool used = false;

		value_port_of(w->options->args[i], &ports.tcp, &ports.udp);
		for (size_t k = 0; k < w->kept.n_rows && !used; k++) {
			const struct sw_sock *s = &w->kept.rows[k].sock;

			used = who_holds(who_role(&ports, s->proto, &s->tuple, s->state));
		}
		if (!used)
			log_note("nobody holds port %s", w->options->args[i]);
		all_used = all_used && used;
	}
	if (!all_used && collect_unseen())
		log_note("%s", collect_unseen());
}

static int tell_page(struct who *w)
{
	uint64_t now_ns = clock_now();
	struct row_teller t = { .snap = &w->kept,
				.annotate = w->annotate,
				.sink = &w->page.sink,
				.time_ns = now_ns,
				.wall_ns = now_ns + (uint64_t)clock_wall_offset() };
	int err = 0;

	if (w->page_opts.names)
		rows_wait_names(w->annotate, &w->kept, now_ns + NAMES_WAIT_NS);
	if (w->kept.n_rows)
		err = rows_begin(&t);
	for (enum who_role role = 0; role < WHO_NOTHING && !err; role++)
		err = tell_role(w, &t, role);
	if (err)
		return err;
	tell_processes(w);
	note_unused(w);
	return 0;
}

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
	err = tell_page(w);
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

static int keep_row(struct who *w, const struct record *rec)
{
	struct sw_row row = *rec->row;
	int err = 0;

	if (role_of(w, &row.sock) == WHO_NOTHING)
		return 1;
	row.first_holder = (uint32_t)w->kept.n_holders;
	for (size_t i = 0; i < rec->n_holders && !err; i++)
		err = snapshot_add_holder(&w->kept, &rec->holders[i]);
	return err ? err : snapshot_add_row(&w->kept, &row);
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
	if (!who_wants(&w->options->ports, rec->ev))
		return 1;
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
	struct collect_opts opts = { .select = &w->select,
				     .rows = w->rows_opts,
				     .loader = w->loader,
				     .proc_fd = w->proc_fd };
	struct row_teller t = { .sink = &w->sink };
	struct snapshot snap = { 0 };
	uint64_t told = 0;
	int err;

	(void)n;
	w->out = out;
	err = sink_open(&w->sink);
	if (!err)
		err = collect_snapshot(&opts, &snap);
	if (!err)
		err = merge_snapshot(&snap, NULL, 0);
	if (!err) {
		rows_settle(&snap, &w->select.filter);
		t.snap = &snap;
		err = rows_tell(&t, &told);
	}
	if (!err)
		err = who_flush(&w->sink);
	snapshot_free(&snap);
	return err == out->err ? 0 : err;
}

static enum exit_status follow(struct who *w)
{
	struct output out = out_stdout();
	struct watch_job job = { .select = &w->select,
				 .opts = &w->options->watch,
				 .rows = w->rows_opts,
				 .details = true,
				 .processes = w->page_opts.extended,
				 .names = w->page_opts.names,
				 .looks_up = true,
				 .resolver = w->page_opts.names ? w->resolver : NULL,
				 .sink = &w->sink };
	enum exit_status status;
	struct watch_sum sum;
	bool told;

	w->out = &out;
	status = stream_run(&job, &out, &sum, &told);
	if (w->page_opts.names) /* it went with the job */
		w->resolver = NULL;
	if (told)
		out_tell_sum(w->rows, sum.events, sum.lost, out.unwritten);
	return status;
}

/* The kernel side knows one set of ports; the protocol of each is checked when it is told. */
static void filter_ports(struct who *w)
{
	const struct who_ports *ports = &w->options->ports;
	struct sw_filter *f = &w->select.filter;

	for (size_t i = 0; i < sizeof(f->any_port.bits) / sizeof(f->any_port.bits[0]); i++)
		f->any_port.bits[i] = ports->tcp.bits[i] | ports->udp.bits[i];
	f->on |= SW_F_PORT;
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
	w->proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (w->proc_fd < 0)
		return -errno;
	w->blocked.select = &w->select;
	w->blocked.proc_fd = w->proc_fd;
	opts.proc_fd = w->proc_fd;
	opts.resolver = w->resolver;
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
			   .rows_opts = { .source = o->rows.source, .timers = true },
			   .page_opts = o->print,
			   .proc_fd = -1 };
	w->page_opts.extended = o->print.details;
	w->page_opts.names = o->print.resolve;
	w->stream_opts = w->page_opts;
	w->page_opts.rows_only = true;
	filter_ports(w);
}

static enum exit_status run(const struct options *o)
{
	enum exit_status status = EXIT_FAULT;
	struct who w;
	int err;

	who_init(&w, o);
	err = who_prepare(&w);
	if (err)
		log_error("cannot open /proc: %s", strerror(-err));
	else if (o->follow)
		status = follow(&w);
	else if (!collect_open(&w.select, w.rows_opts, w.page_opts.details, w.proc_fd, &w.loader))
		status = page_run(&o->page, put_page, &w);
	if (status == EXIT_DONE && !o->follow && !w.held)
		status = EXIT_NOTHING;
	annotate_free(w.annotate);
	loader_free(w.loader);
	resolver_free(w.resolver);
	snapshot_free(&w.kept);
	blocked_free(&w.blocked);
	free(w.told);
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
		"  sockwatch who -f 8080           and who tries to have or use it from now on\n",
	.run = run,
};
