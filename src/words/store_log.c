// SPDX-License-Identifier: GPL-2.0-only
/* Asks the store. */
#include <errno.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/signals.h"
#include "cli/options.h"
#include "store/ask.h"
#include "words/answer.h"
#include "words/log_job.h"
#include "words/store_at.h"
#include "words/store_report.h"
#include "words/store_sql.h"
#include "words/store_verify.h"
#include "words/words.h"

#define FOLLOW_NS 250000000u
#define ENDS_AT_A_TIME 50000 /* the store is looked through once for so many */

struct store_log {
	struct log_job job;	     /* first: it is asked by it */
	struct store_follow *follow; /* owned; NULL: it ends with what there is */
	struct loop_timer timer;
};

static struct store_log *log_of(struct log_job *job)
{
	return (struct store_log *)(void *)job;
}

static int ask(struct log_job *job, bool newest_first, log_fn fn, void *arg)
{
	struct store_question q = answer_question(&job->answer);

	q.newest_first = newest_first;
	q.up_to = log_of(job)->follow;
	return store_ask(&q, fn, arg);
}

/* The ports of the other ends: blocks without them are passed over. */
static void narrow_ends(struct sw_filter *f, const struct log_ends_question *q)
{
	f->on = SW_F_LOCAL_PORT | SW_F_REMOTE_PORT;
	for (size_t i = q->first; i < q->end; i++) {
		const struct sw_tuple *t = ends_tuple(q->ends, i);

		if (!t)
			continue;
		sw_port_add(&f->local_port, t->remote_port);
		sw_port_add(&f->remote_port, t->local_port);
	}
}

/* As log_ask_ends. */
static int ask_ends(struct log_job *job, const struct log_ends_question *q, log_fn fn, void *arg)
{
	static struct sw_filter filter; /* it is large */
	struct store_question question = answer_question(&job->answer);

	filter = (struct sw_filter){ 0 };
	narrow_ends(&filter, q);
	question.since_ns = q->since_ns;
	question.until_ns = q->until_ns;
	question.filter = &filter;
	question.no_gaps = true;
	return store_ask(&question, fn, arg);
}

static int tell_more(void *arg)
{
	struct store_log *l = arg;
	int err = store_follow_more(l->follow, log_job_take, &l->job);

	if (!err)
		err = sink_flush(&l->job.print.sink);
	loop_set_timer(l->job.loop, &l->timer, clock_now() + FOLLOW_NS);
	return err;
}

static int go_on(struct store_log *l)
{
	struct log_job *job = &l->job;
	int err = log_job_begin(job);

	if (!err)
		err = sink_flush(&job->print.sink);
	l->timer = (struct loop_timer){ .fn = tell_more, .arg = l };
	loop_set_timer(job->loop, &l->timer, clock_now() + FOLLOW_NS);
	return err ? err : loop_run(job->loop);
}

static int verify(struct log_job *job, const char *dir)
{
	uint64_t first_ns, last_ns;
	int err = store_span(dir, &first_ns, &last_ns);

	job->found = 1; /* what was asked for is said in any case */
	if (err == -ENOENT || err == -EACCES) {
		answer_explain(dir, err);
		return err;
	}
	return store_verify_tell(dir, &job->out);
}

static int tell_moment(struct log_job *job, const char *dir)
{
	int err = store_at(&job->answer, &job->out, &job->found);

	if (err < 0 && !job->out.err)
		answer_explain(dir, err);
	return err == -EINTR && !job->out.err ? 0 : err;
}

static int answer(struct store_log *l)
{
	struct log_job *job = &l->job;
	const struct options *o = job->answer.options;
	const char *dir = answer_dir(o);
	int err;

	if (o->past.verify)
		return verify(job, dir);
	if (o->past.report)
		return store_report_tell(&job->answer, &job->found);
	if (o->past.sql)
		return store_sql_tell(&job->answer, &job->out, &job->found);
	if (o->past.at)
		return tell_moment(job, dir);
	err = o->follow ? store_follow_new(dir, o->print.machines, &l->follow) : 0;
	if (!err)
		err = log_job_tell(job, l->follow);
	if (!err && o->follow)
		err = go_on(l);
	if (!err || err == -EINTR)
		sink_flush(&job->print.sink);
	if (err == -EINTR && !job->out.err)
		return 0;
	if (err && !job->begun)
		answer_explain(dir, err);
	if (!err && !o->follow && !job->found)
		answer_nothing(&job->answer);
	return err;
}

static enum exit_status run(const struct options *o)
{
	static struct store_log l; /* a filter is large */
	enum exit_status status;
	static const struct log_ends ends = { ask_ends, ENDS_AT_A_TIME };
	int err = log_job_open(&l.job, o, ask, &ends);

	if (!err)
		err = answer(&l);
	status = log_job_close(&l.job, err, o->follow);
	if (o->past.sql && err == -EINVAL) /* what was asked is no SQL */
		status = EXIT_USAGE;
	store_follow_free(l.follow);
	return status;
}

const struct word word_store_log = {
	.id = WORD_LOG,
	.name = "log",
	.arg = "[PORT...]",
	.summary = "what was recorded",
	.examples = "",
	.run = run,
};
