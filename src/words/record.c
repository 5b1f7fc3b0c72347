// SPDX-License-Identifier: GPL-2.0-only
/*
 * What `conns` tells, kept: the tracer is here, and has no disk; the store is written by another
 * program, sockwatch-store (words/store_record.c), which has no other rights.
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

static enum exit_status record_into(const struct options *o, struct sink *sink, struct loop *loop)
{
	struct watch_opts watch_opts = o->watch;
	struct watch_job job = { .select = &o->select,
				 .opts = &watch_opts,
				 .rows = o->rows,
				 .details = true,
				 .processes = true,
				 .loop = loop,
				 .sink = sink,
				 .sink_stays = true };
	struct watch_sum sum;
	int err, end_err;

	watch_opts.conns = true;
	watch_opts.listeners = true;
	watch_opts.alive_ms = ALIVE_MS;
	if (!watch_opts.interim_ms)
		watch_opts.interim_ms = INTERIM_MS;
	err = watch_run(&job, &sum);
	end_err = process_sink_end(sink);
	err = err ? err : sum.sink_err;
	return tell_end(o, &sum, process_sink_lost(sink), err ? err : end_err);
}

static enum exit_status record_by(const struct options *o, char *path, char **args)
{
	struct process_sink_opts opts = { .name = PROGRAM,
					  .buffer_size = WAITING,
					  .end_ms = END_MS,
					  .leaves = true,
					  .program = path,
					  .argv = args };
	enum exit_status status = EXIT_FAULT;
	struct sink *sink;

	if (out_loop(&opts.loop))
		return EXIT_FAULT;
	sink = process_sink_new(NULL, &opts);
	if (sink)
		status = record_into(o, sink, opts.loop);
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

	if (o->check_only) {
		program_become(PROGRAM, o->argv);
		return EXIT_FAULT;
	}
	if (program_need(PROGRAM, path, sizeof(path)))
		return EXIT_FAULT;
	args = program_args(path, o->argv);
	if (args)
		status = record_by(o, path, args);
	free(args);
	return status;
}

const struct word word_record = {
	.id = WORD_RECORD,
	.name = "record",
	.summary = "keeps connections, for log",
	.examples = "  sockwatch record                         until Ctrl-C, or as a service\n"
		    "  sockwatch record --max-size 10G          more of the past, on a large disk\n"
		    "  sockwatch record --check                 whether it could be done\n",
	.run = run,
};
