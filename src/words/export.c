// SPDX-License-Identifier: GPL-2.0-only
/*
 * What `conns` tells, added up for others: the tracer is here, and knows no network and no file.
 * What it tells is added up and given away by another program, sockwatch-export
 * (words/export_serve.c), which has no other rights.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/loop.h"
#include "cli/options.h"
#include "core/sink.h"
#include "flow/watch.h"
#include "proc/program.h"
#include "sink/process.h"
#include "words/out.h"
#include "words/words.h"

#define PROGRAM "sockwatch-export"
#define ALIVE_MS 60000
#define WAITING ((size_t)32 << 20) /* bytes, while a file is written */

static enum exit_status tell_end(const struct options *o, const struct watch_sum *sum,
				 uint64_t missing, int err)
{
	if (sum->began)
		log_info("%" PRIu64 " connections and other events, %" PRIu64 " lost, %" PRIu64
			 " not counted",
			 sum->events - sum->so_far, sum->lost, missing);
	if (err)
		return EXIT_FAULT;
	return o->strict && (sum->lost || missing) ? EXIT_LOST : EXIT_DONE;
}

/* Connections so far as often as the rows: sums grow while something is moved. */
static struct watch_opts watch_opts_of(const struct options *o)
{
	struct watch_opts w = o->watch;

	w.conns = true;
	w.listeners = true;   /* and binds */
	w.events_only = true; /* rows come by looks */
	w.rows_ms = o->out.interval_ms;
	w.interim_ms = (uint32_t)o->out.interval_ms;
	w.alive_ms = ALIVE_MS;
	return w;
}

static enum exit_status export_into(const struct options *o, struct sink *sink, struct loop *loop)
{
	struct watch_opts watch_opts = watch_opts_of(o);
	struct watch_job job = { .select = &o->select,
				 .opts = &watch_opts,
				 .rows = o->rows,
				 .details = true,
				 .processes = true,
				 .loop = loop,
				 .sink = sink,
				 .sink_stays = true };
	struct watch_sum sum;
	int err = watch_run(&job, &sum), end_err;

	end_err = process_sink_end(sink);
	err = err ? err : sum.sink_err;
	return tell_end(o, &sum, process_sink_lost(sink), err ? err : end_err);
}

static enum exit_status export_by(const struct options *o, char *path, char **args)
{
	struct process_sink_opts opts = { .name = PROGRAM,
					  .buffer_size = WAITING,
					  .leaves = true, /* it has a file to remove */
					  .program = path,
					  .argv = args };
	enum exit_status status = EXIT_FAULT;
	struct sink *sink;

	if (out_loop(&opts.loop))
		return EXIT_FAULT;
	sink = process_sink_new(NULL, &opts);
	if (sink)
		status = export_into(o, sink, opts.loop);
	else
		log_error("out of memory");
	if (sink)
		sink_close(sink);
	loop_free(opts.loop);
	return status;
}

static enum exit_status run(const struct options *o)
{
	enum exit_status status = EXIT_FAULT;
	char path[PATH_MAX];
	char **args;

	if (o->fleet.to) {
		program_become("sockwatch-fleet", o->argv);
		return EXIT_FAULT;
	}
	if (program_need(PROGRAM, path, sizeof(path)))
		return EXIT_FAULT;
	args = program_args(path, o->argv);
	if (args)
		status = export_by(o, path, args);
	free(args);
	return status;
}

const struct word word_export = {
	.id = WORD_EXPORT,
	.name = "export",
	.summary = "for Prometheus; or for ClickHouse (--to)",
	.examples =
		"  sockwatch export --metrics /run/x/sockwatch.prom   for node_exporter's files\n"
		"  sockwatch export --metrics 127.0.0.1:9435          to be scraped: GET /metrics\n"
		"  sockwatch export --metrics unix:/run/x/s.sock -t   likewise, of TCP alone\n"
		"  sockwatch export --to clickhouse://host/fleet      what is recorded, likewise\n",
	.run = run,
};
