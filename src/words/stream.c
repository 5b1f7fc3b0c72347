// SPDX-License-Identifier: GPL-2.0-only
#include "words/stream.h"

#include <errno.h>
#include <stdbool.h>

#include "base/loop.h"
#include "cli/options.h"
#include "flow/watch.h"
#include "names/resolver.h"
#include "sink/print.h"
#include "words/names.h"

enum exit_status stream_run(struct watch_job *job, struct output *out, struct watch_sum *ret,
			    bool *ret_told)
{
	struct loop *loop = NULL;
	int err = out_loop(&loop);

	*ret = (struct watch_sum){ 0 };
	job->loop = loop;
	if (!err)
		err = watch_run(job, ret);
	resolver_free(job->resolver);
	job->resolver = NULL;
	loop_free(loop);
	*ret_told = ret->began && out->err != -EPIPE; /* head has seen enough */
	return out_end(out, err);
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
				 .names = o->print.resolve };
	struct watch_sum sum;
	enum exit_status status;
	struct print print;
	bool told;

	printed.names = job.names;
	if (job.names)
		job.resolver = names_start();
	print_init(&print, &printed, &out);
	job.sink = &print.sink;
	status = stream_run(&job, &out, &sum, &told);
	if (told)
		tell_sum(&sum, out.unwritten);
	return told && status == EXIT_DONE && sum.lost && o->strict ? EXIT_LOST : status;
}
