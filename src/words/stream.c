// SPDX-License-Identifier: GPL-2.0-only
#include "words/stream.h"

#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/log.h"
#include "base/loop.h"
#include "cli/options.h"
#include "flow/watch.h"
#include "names/labels.h"
#include "names/resolver.h"
#include "netlink/nat.h"
#include "sink/plotting.h"
#include "sink/print.h"
#include "sink/seated.h"
#include "words/names.h"

/* plotting: NULL, or what is drawn in the end. */
static enum exit_status run_and_plot(struct watch_job *job, struct output *out,
				     struct plotting *plotting, const struct print_opts *print,
				     struct watch_sum *ret, bool *ret_told)
{
	struct loop *loop = NULL;
	int err = out_loop(&loop);

	*ret = (struct watch_sum){ 0 };
	job->loop = loop;
	if (!err)
		err = watch_run(job, ret);
	if (plotting && !err) {
		plotting_put(plotting, print, out);
		output_flush(out);
	}
	if (plotting)
		plotting_free(plotting);
	resolver_free(job->resolver);
	labels_free(job->labels);
	nats_free(job->nats);
	job->resolver = NULL;
	job->labels = NULL;
	job->nats = NULL;
	loop_free(loop);
	*ret_told = ret->began && out->err != -EPIPE; /* head has seen enough */
	return out_end(out, err);
}

enum exit_status stream_run(struct watch_job *job, struct output *out, struct watch_sum *ret,
			    bool *ret_told)
{
	return run_and_plot(job, out, NULL, NULL, ret, ret_told);
}

#define TOO_MUCH                                                                                \
	"more comes than can be read: `sockwatch conns` has one line a connection, `sockwatch " \
	"top` a table of what goes on"
#define TOO_MUCH_CONNS "more comes than can be read: `sockwatch top` has a table of what goes on"

/* Who reads the lines as they come, and the messages beside them. */
static bool somebody_sits(const struct options *o)
{
	return o->print.format == OUTPUT_TEXT && isatty(STDOUT_FILENO) && isatty(STDERR_FILENO);
}

static void tell_digest(const struct digest *d)
{
	struct buf b = { 0 };

	digest_put_sum(d, &b);
	buf_putc(&b, '\0');
	if (!buf_failed(&b) && b.len > 1)
		log_info("%s", b.data);
	buf_free(&b);
}

enum exit_status stream_print(const struct options *o, const struct watch_opts *watch_opts,
			      const struct print_opts *print_opts,
			      void (*tell_sum)(const struct watch_sum *sum, uint64_t unwritten))
{
	struct print_opts printed = *print_opts;
	struct output out = out_stdout();
	struct watch_job job = { .select = &o->select,
				 .opts = watch_opts,
				 .rows = o->rows,
				 .details = o->print.details,
				 .processes = o->print.processes,
				 .names = o->print.resolve,
				 .numbers = o->print.numbers };
	struct watch_sum sum;
	enum exit_status status;
	struct print print;
	struct seated seated;
	struct plotting plotting;
	bool told, sits = somebody_sits(o);

	printed.names = job.names;
	if (job.names)
		job.resolver = names_start();
	job.labels = labels_start(o->print.details);
	job.nats = nats_start(o->nat, false);
	print_init(&print, &printed, &out);
	job.sink = &print.sink;
	seated_init(&seated, &print.sink, &out, o->word == WORD_WATCH && !o->all,
		    o->word == WORD_WATCH ? TOO_MUCH : TOO_MUCH_CONNS);
	if (sits)
		job.sink = &seated.sink;
	plotting_init(&plotting);
	if (o->print.plot)
		job.sink = &plotting.sink;
	status = run_and_plot(&job, &out, o->print.plot ? &plotting : NULL, &printed, &sum, &told);
	if (told)
		tell_sum(&sum, out.unwritten);
	if (told && sits && !o->print.plot)
		tell_digest(&seated.digest);
	return told && status == EXIT_DONE && sum.lost && o->strict ? EXIT_LOST : status;
}
