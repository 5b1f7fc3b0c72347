// SPDX-License-Identifier: GPL-2.0-only
/* The stream: what flow/watch.c makes of the kernel's events, printed. */
#include "cli/options.h"
#include "flow/watch.h"
#include "sink/print.h"
#include "words/names.h"
#include "words/stream.h"
#include "words/words.h"

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
	enum exit_status status;
	struct print print;
	bool told;

	print_opts.names = job.names;
	if (job.names)
		job.resolver = names_start();
	print_init(&print, &print_opts, &out);
	job.sink = &print.sink;
	status = stream_run(&job, &out, &sum, &told);
	if (told)
		out_tell_sum(sum.rows, sum.events, sum.lost, out.unwritten);
	return told && status == EXIT_DONE && sum.lost && o->strict ? EXIT_LOST : status;
}

const struct word word_watch = {
	.id = WORD_WATCH,
	.summary = "the sockets that exist, then every change to them",
	.examples = "  sockwatch -P 443                who talks https, from now on\n"
		    "  sockwatch --failed              connects refused, reset, timed out\n"
		    "  sockwatch -jE --comm sshd       one JSON object for each event of sshd\n",
	.run = run,
};
