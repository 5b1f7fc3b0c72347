// SPDX-License-Identifier: GPL-2.0-only
#include "words/stream.h"

#include <errno.h>
#include <stdbool.h>

#include "base/loop.h"
#include "flow/watch.h"
#include "names/resolver.h"

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
