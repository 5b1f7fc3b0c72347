// SPDX-License-Identifier: GPL-2.0-only
/*
 * top --at: the live table over the store. The viewer is told one moment after the other
 * (store_past.h), and asks for the next one by a struct screen_moment.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/loop.h"
#include "cli/options.h"
#include "core/sink.h"
#include "flow/watch.h"
#include "screen/screen.h"
#include "words/answer.h"
#include "words/store_past.h"
#include "words/store_top_read.h"
#include "words/top_session.h"
#include "words/words.h"

struct past_job {
	struct past past;
	struct loop *loop; /* borrowed */
	int fd;		   /* owned: our end, from which moments come */
	int theirs; /* owned, until the viewer has it: then only it has, and its end is seen */
};

/* As loop_fn: of those that wait, the last one counts. */
static int on_moment(void *arg)
{
	struct past_job *job = arg;
	struct screen_moment m;
	uint64_t at_ns = 0;
	ssize_t n;

	while ((n = recv(job->fd, &m, sizeof(m), MSG_DONTWAIT)) == sizeof(m))
		at_ns = m.at_ns;
	if (!n || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		loop_stop(job->loop);
		return 0;
	}
	return at_ns ? past_tell(&job->past, at_ns) : 0;
}

/* As top_source.run. */
static int run_past(const struct options *o, struct sink *sink, struct loop *loop,
		    struct watch_sum *sum, void *arg)
{
	struct past_job *job = arg;
	int err = sink_open(sink);

	close(job->theirs);
	job->theirs = -1;
	if (err)
		return err;
	job->past.sink = sink;
	job->loop = loop;
	err = past_tell(&job->past, o->past.at_ns);
	if (!err)
		err = loop_add_fd(loop, job->fd, LOOP_READ, on_moment, job);
	if (!err)
		err = loop_run(loop);
	loop_remove_fd(loop, job->fd);
	sum->sink_err = job->past.sink_err;
	if (err && err == job->past.sink_err)
		return 0;
	if (err < 0 && err != -EINTR)
		answer_explain(answer_dir(o), err);
	return err == -EINTR ? 0 : err;
}

static enum exit_status run(const struct options *o)
{
	static struct past_job job; /* a filter is large */
	struct top_source source = { .run = run_past, .arg = &job };
	enum exit_status status;
	int fds[2];

	if (!o->past.at)
		return store_top_read(o);
	if (past_init(&job.past, o))
		return EXIT_FAULT;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds)) {
		log_error("cannot make a socket: %s", strerror(errno));
		past_free(&job.past);
		return EXIT_FAULT;
	}
	job.fd = fds[0];
	source.also = job.theirs = fds[1];
	status = top_session(o, &source);
	close(fds[0]);
	if (job.theirs >= 0)
		close(job.theirs);
	past_free(&job.past);
	return status;
}

const struct word word_store_top = {
	.id = WORD_TOP,
	.name = "top",
	.arg = "[TEXT...]",
	.summary = "the live table of the past",
	.examples = "",
	.run = run,
};
