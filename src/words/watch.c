// SPDX-License-Identifier: GPL-2.0-only
/* The stream: what flow/watch.c makes of the kernel's events, printed. */
#include <errno.h>

#include "cli/options.h"
#include "flow/watch.h"
#include "names/resolver.h"
#include "sink/print.h"
#include "words/names.h"
#include "words/out.h"
#include "words/words.h"

static enum exit_status end(const struct options *o, struct output *out,
			    const struct watch_sum *sum, int err)
{
	bool unread = out->err == -EPIPE; /* head has seen enough, and wants no summary */
	enum exit_status status = out_end(out, err);

	if (!sum->began || unread)
		return status;
	out_tell_sum(sum->rows, sum->events, sum->lost);
	return status == EXIT_DONE && sum->lost && o->strict ? EXIT_LOST : status;
}

static enum exit_status run(const struct options *o)
{
	struct print_opts print_opts = o->print;
	struct output out = out_stdout();
	struct watch_job job = { .select = &o->select,
				 .opts = &o->watch,
				 .rows = o->rows,
				 .details = o->print.details,
				 .processes = o->print.extended,
				 .names = o->print.resolve };
	struct watch_sum sum;
	struct print print;
	int err;

	print_opts.names = job.names;
	if (job.names)
		job.resolver = names_start();
	print_init(&print, &print_opts, &out);
	job.sink = &print.sink;
	err = watch_run(&job, &sum);
	resolver_free(job.resolver);
	return end(o, &out, &sum, err);
}

const struct word word_watch = {
	.id = WORD_WATCH,
	.summary = "the sockets that exist, then every change to them",
	.examples = "  sockwatch -P 443                who talks https, from now on\n"
		    "  sockwatch --failed              connects refused, reset, timed out\n"
		    "  sockwatch -jE --comm sshd       one JSON object for each event of sshd\n",
	.run = run,
};
