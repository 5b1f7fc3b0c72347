// SPDX-License-Identifier: GPL-2.0-only
/*
 * What `conns` tells, kept: the tracer is here, and has no disk; the store is written by another
 * program, sockwatch-store (words/store_record.c), which has no other rights.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>

#include <unistd.h>

#include "base/log.h"
#include "base/loop.h"
#include "cli/options.h"
#include "core/sink.h"
#include "flow/watch.h"
#include "names/labels.h"
#include "proc/program.h"
#include "sink/process.h"
#include "words/names.h"
#include "words/out.h"
#include "words/record_config.h"
#include "words/service.h"
#include "words/words.h"

#define PROGRAM "sockwatch-store"
#define ALIVE_MS 60000
#define INTERIM_MS 300000
#define WAITING ((size_t)32 << 20) /* bytes, while the disk is slow */
#define END_MS 700		   /* then it goes on by itself */

static enum exit_status tell_end(const struct options *o, const struct watch_sum *sum,
				 uint64_t unwritten, int err)
{
	if (sum->began)
		log_info("%" PRIu64 " sockets, %" PRIu64 " connections and other events, %" PRIu64
			 " lost, %" PRIu64 " not written",
			 sum->rows, sum->events - sum->so_far, sum->lost, unwritten);
	if (err)
		return EXIT_FAULT;
	return o->strict && (sum->lost || unwritten) ? EXIT_LOST : EXIT_DONE;
}

struct recording {
	struct record_config *config; /* borrowed, as all */
	struct sink *sink;
	struct loop *loop;
	struct service service;
};

/* As service.reload. What the writer says of new limits, it says itself. */
static void reload(void *arg)
{
	struct recording *r = arg;
	struct keep_opts keep;

	if (record_config_again(r->config, &keep))
		sink_keep(r->sink, &keep); /* an error stays, and the stream ends by it */
}

static void started(void *arg)
{
	struct recording *r = arg;

	service_ready(&r->service);
}

static enum exit_status record_into(struct recording *r)
{
	const struct options *o = &r->config->options;
	struct watch_opts watch_opts = o->watch;
	struct watch_job job = { .select = &o->select,
				 .opts = &watch_opts,
				 .rows = o->rows,
				 .details = true,
				 .processes = true,
				 .started = started,
				 .arg = r,
				 .loop = r->loop,
				 .sink = r->sink,
				 .sink_stays = true };
	struct watch_sum sum;
	int err, end_err;

	job.labels = labels_start(true);
	watch_opts.conns = true;
	watch_opts.listeners = true;
	watch_opts.alive_ms = ALIVE_MS;
	if (!watch_opts.interim_ms)
		watch_opts.interim_ms = INTERIM_MS;
	err = watch_run(&job, &sum);
	labels_free(job.labels);
	service_stopping(&r->service);
	end_err = process_sink_end(r->sink);
	err = err ? err : sum.sink_err;
	return tell_end(o, &sum, process_sink_lost(r->sink), err ? err : end_err);
}

/* A terminal that hangs up ends it; without a file there is nothing to read again. */
static enum exit_status record_as_service(struct recording *r)
{
	bool reloads = r->config->given->config && !isatty(STDERR_FILENO);
	enum exit_status status = EXIT_FAULT;

	if (!service_begin(&r->service, r->loop, reloads ? reload : NULL, r))
		status = record_into(r);
	service_end(&r->service);
	return status;
}

static enum exit_status record_by(struct record_config *config, char *path, char **args)
{
	struct process_sink_opts opts = { .name = PROGRAM,
					  .buffer_size = WAITING,
					  .end_ms = END_MS,
					  .leaves = true,
					  .program = path,
					  .argv = args };
	struct recording r = { .config = config };
	enum exit_status status = EXIT_FAULT;

	if (out_loop(&opts.loop))
		return EXIT_FAULT;
	r.loop = opts.loop;
	r.sink = process_sink_new(NULL, &opts);
	if (r.sink)
		status = record_as_service(&r);
	else
		log_error("out of memory");
	if (r.sink)
		sink_close(r.sink);
	loop_free(opts.loop);
	return status;
}

static enum exit_status run_with(struct record_config *config)
{
	const struct options *o = &config->options;
	enum exit_status status = EXIT_FAULT;
	char path[PATH_MAX];
	char **args;

	if (o->check_only) {
		program_become(PROGRAM, o->argv);
		return EXIT_FAULT;
	}
	if (program_need(PROGRAM, path, sizeof(path)))
		return EXIT_FAULT;
	args = program_args(path, o->argv);
	if (args)
		status = record_by(config, path, args);
	free(args);
	return status;
}

static enum exit_status run(const struct options *o)
{
	struct record_config config;
	enum exit_status status;

	if (record_config_load(o, &config))
		return EXIT_USAGE;
	status = run_with(&config);
	record_config_free(&config);
	return status;
}

const struct word word_record = {
	.id = WORD_RECORD,
	.name = "record",
	.summary = "keeps connections, for log",
	.examples = "  sockwatch record                         until Ctrl-C, or as a service\n"
		    "  sockwatch record --max-size 10G          more of the past, on a large disk\n"
		    "  sockwatch record --check                 whether it could be done\n"
		    "  sockwatch record --config FILE           with the options of a file\n",
	.run = run,
};
