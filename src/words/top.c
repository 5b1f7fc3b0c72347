// SPDX-License-Identifier: GPL-2.0-only
/*
 * The live table: a watch as `conns` has it, and the sockets that exist again and again. The tracer
 * is here; what one looks at is drawn by another program, sockwatch-top (words/top_viewer.c), which
 * has no rights. With --batch frames are printed, and there is no other program.
 */
#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/terminal.h"
#include "cli/options.h"
#include "core/sink.h"
#include "flow/look.h"
#include "flow/watch.h"
#include "live/features.h"
#include "names/labels.h"
#include "names/resolver.h"
#include "proc/program.h"
#include "top/columns.h"
#include "top/frames.h"
#include "words/names.h"
#include "words/out.h"
#include "words/top_helper.h"
#include "words/top_session.h"
#include "words/words.h"

#define ROWS_MS 1000 /* unless told otherwise */
#define HELPER_MS 1000

/* --- what is watched -------------------------------------------------------------------------- */

static struct watch_opts watch_opts_of(const struct options *o)
{
	struct watch_opts w = o->watch;

	w.conns = true;
	w.count = 0;	      /* of frames, not of events */
	w.events_only = true; /* rows come by looks */
	w.listeners = true;
	w.rows_ms = o->page.repeat_ms ? o->page.repeat_ms : ROWS_MS;
	w.alive_ms = 3600000; /* its first sign says that connections are told */
	return w;
}

/* A state is what sockets come to and leave: who looks decides by it. */
static struct select_opts select_of(const struct options *o)
{
	struct select_opts s = o->select;

	s.filter.on &= ~(__u32)SW_F_STATE;
	return s;
}

/* As top_source.run. */
static int watch(const struct options *o, struct sink *sink, struct loop *loop,
		 struct watch_sum *sum, void *arg)
{
	struct watch_opts watch_opts = watch_opts_of(o);
	struct select_opts select = select_of(o);
	struct watch_job job = { .select = &select,
				 .opts = &watch_opts,
				 .rows = o->rows,
				 .details = true,
				 .processes = true,
				 .starts = o->top.allow_kill,
				 .moved = true,
				 .names = o->print.resolve,
				 .loop = loop,
				 .sink = sink,
				 .sink_stays = true };
	char missing[64];
	int err;

	(void)arg;
	if (job.names)
		job.resolver = names_start();
	job.labels = labels_start(true);
	privilege_missing(o->select.udp, missing, sizeof(missing));
	if (missing[0])
		log_note("%s missing: what ends between two looks is not seen, nor why it ended",
			 missing);
	err = missing[0] ? look_run(&job, sum) : watch_run(&job, sum);
	resolver_free(job.resolver);
	labels_free(job.labels);
	return err;
}

/* --- frames that are printed ------------------------------------------------------------------ */

static void set_view(struct view *v, const struct options *o)
{
	v->kind = top_kind_of(o);
	v->names = o->print.resolve;
	v->time_waits = o->all;
	v->opts.wants = top_wants_of(o);
	view_sort_by(v, o->top.sort);
}

static enum exit_status run_batch(const struct options *o)
{
	struct output out = out_stdout();
	struct frames *f = malloc(sizeof(*f));
	struct watch_sum sum = { 0 };
	enum exit_status status;
	struct loop *loop = NULL;
	int err = f ? out_loop(&loop) : -ENOMEM;

	setlocale(LC_CTYPE, "");
	if (!err) {
		frames_init(f, &out, loop);
		f->objects = o->print.format == OUTPUT_JSON;
		f->width = o->print.wide ? 0 : terminal_size(STDOUT_FILENO).columns;
		f->count = o->page.count;
		set_view(&f->view, o);
		err = watch(o, &f->sink, loop, &sum, NULL);
		sink_close(&f->sink);
	}
	free(f);
	loop_free(loop);
	status = out_end(&out, err);
	return status == EXIT_DONE && sum.lost && o->strict ? EXIT_LOST : status;
}

/* --- at a terminal ---------------------------------------------------------------------------- */

/* Who acts is started before anything is open, and rights are gone. */
static enum exit_status run_session(const struct options *o)
{
	struct top_source source = { .run = watch, .live = true };
	struct child helper = { .fd = 0 };
	enum exit_status status;
	int err = o->top.allow_kill ? top_helper_start(&helper) : 0;

	if (err) {
		log_error("--allow-kill: cannot start a process: %s", strerror(-err));
		return EXIT_FAULT;
	}
	source.also = helper.fd;
	status = top_session(o, &source);
	child_stop(&helper, HELPER_MS);
	return status;
}

static enum exit_status run(const struct options *o)
{
	enum top_kind kind = top_kind_of(o);

	if (o->top.sort && columns_find(columns_of(kind), o->top.sort) == SIZE_MAX) {
		log_error("--sort %s: the view %s has no such column", o->top.sort,
			  columns_of(kind)->title);
		return EXIT_USAGE;
	}
	if (o->top.batch)
		return run_batch(o);
	if (!o->past.at)
		return run_session(o);
	program_become("sockwatch-store", o->argv); /* words/store_top.c */
	return EXIT_FAULT;
}

const struct word word_top = {
	.id = WORD_TOP,
	.name = "top",
	.arg = "[TEXT...]",
	.summary = "the live table, to look at",
	.examples = "  sockwatch top                          everything; ? tells the keys\n"
		    "  sockwatch top curl -D https            where \"curl\" stands, and by https\n"
		    "  sockwatch top --at 10m                 the past; [ and ] step through it\n"
		    "  sockwatch top --batch -c 2 --count 3   three frames as text; -j as JSON\n",
	.run = run,
};
