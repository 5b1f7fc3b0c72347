// SPDX-License-Identifier: GPL-2.0-only
/*
 * top --at: the live table over the store. The viewer is told one moment after the other, each as
 * a page: RECORDER_ALIVE of that time, what happened in the minute before it, and what was there
 * then. It asks for the next one by a struct screen_moment.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/loop.h"
#include "base/signals.h"
#include "cli/options.h"
#include "conn.h"
#include "core/record.h"
#include "core/sink.h"
#include "flow/watch.h"
#include "screen/screen.h"
#include "store/ask.h"
#include "words/answer.h"
#include "words/store_at.h"
#include "words/top_session.h"
#include "words/words.h"

#define MINUTE_NS 60000000000ull

struct past_job {
	struct options asked; /* texts are for the viewer */
	struct answer answer;
	struct sink *sink; /* borrowed, as the next */
	struct loop *loop;
	int fd;	    /* owned: our end, from which moments come */
	int theirs; /* owned, until the viewer has it: then only it has, and its end is seen */
	uint64_t at_ns;
	int sink_err;
};

/* Times of a board are of one clock; here they are those of the wall. As store_fn, these two. */
static int tell_event(void *arg, const struct record *rec)
{
	struct past_job *job = arg;
	struct record told = *rec;
	struct sw_event ev = *rec->ev;
	struct sw_conn conn;

	if (signals_stops())
		return -EINTR;
	if (ev.kind == SW_EV_RECORDER && rec->recorder != RECORDER_GAP)
		return 0;
	if (record_is_socket(rec) && !record_asked(&job->answer.asked, rec))
		return 0;
	ev.time_ns = rec->wall_ns;
	told.ev = &ev;
	if (rec->conn) {
		conn = *rec->conn;
		conn.e.time_ns = rec->wall_ns;
		told.conn = &conn;
		told.ev = &conn.e;
	}
	job->sink_err = sink_record(job->sink, &told);
	return job->sink_err;
}

static int tell_row(void *arg, const struct record *rec)
{
	struct past_job *job = arg;
	struct record told = *rec;
	struct sw_event ev = *rec->ev;
	struct sw_row row = { .sock = ev.sock };

	ev.time_ns = job->at_ns;
	told.ev = &ev;
	told.row = &row;
	told.conn = NULL;
	told.holders = NULL;
	told.n_holders = 0;
	job->sink_err = sink_record(job->sink, &told);
	return job->sink_err;
}

static int tell_begin(struct past_job *job)
{
	struct sw_event ev = { .kind = SW_EV_RECORDER, .time_ns = job->at_ns };
	struct record rec = { .ev = &ev, .wall_ns = job->at_ns, .recorder = RECORDER_ALIVE };

	job->sink_err = sink_record(job->sink, &rec);
	return job->sink_err;
}

static int tell_minute(struct past_job *job)
{
	struct store_question q = answer_question(&job->answer);

	q.filter = NULL;
	q.newest_first = false;
	q.since_ns = job->at_ns > MINUTE_NS ? job->at_ns - MINUTE_NS : 0;
	q.until_ns = job->at_ns + 1;
	return store_ask(&q, tell_event, job);
}

static int tell_moment(struct past_job *job)
{
	int err = tell_begin(job);

	err = err ? err : tell_minute(job);
	if (!err)
		err = job->sink_err = sink_begin(job->sink);
	err = err ? err : store_at_rows(&job->answer, job->at_ns, true, tell_row, job);
	if (!err)
		err = job->sink_err = sink_end(job->sink);
	return err ? err : (job->sink_err = sink_flush(job->sink));
}

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
	if (!at_ns)
		return 0;
	job->at_ns = at_ns;
	return tell_moment(job);
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
	job->sink = sink;
	job->loop = loop;
	job->at_ns = o->past.at_ns;
	err = tell_moment(job);
	if (!err)
		err = loop_add_fd(loop, job->fd, LOOP_READ, on_moment, job);
	if (!err)
		err = loop_run(loop);
	loop_remove_fd(loop, job->fd);
	sum->sink_err = job->sink_err;
	if (err && err == job->sink_err)
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

	job.asked = *o;
	job.asked.n_args = 0;
	if (answer_init(&job.answer, &job.asked))
		return EXIT_FAULT;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds)) {
		log_error("cannot make a socket: %s", strerror(errno));
		answer_free(&job.answer);
		return EXIT_FAULT;
	}
	job.fd = fds[0];
	source.also = job.theirs = fds[1];
	status = top_session(o, &source);
	close(fds[0]);
	if (job.theirs >= 0)
		close(job.theirs);
	answer_free(&job.answer);
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
