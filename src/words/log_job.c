// SPDX-License-Identifier: GPL-2.0-only
#include "words/log_job.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/signals.h"
#include "cli/options.h"
#include "conn.h"
#include "core/record.h"
#include "core/wire.h"
#include "flow/annotate.h"
#include "names/resolver.h"
#include "words/names.h"
#include "words/out.h"

#define FOLLOW_LINES 10 /* of the past, unless they are asked for */
#define ENOUGH 1	/* of a callback */

/* --- telling ---------------------------------------------------------------------------------- */

int log_job_begin(struct log_job *job)
{
	if (job->begun)
		return 0;
	job->begun = true;
	return sink_begin(&job->print.sink);
}

/* What is told of connections, or of sockets that have none. Listeners only by themselves. */
static bool counts_as_one(const struct log_job *job, const struct record *rec)
{
	uint8_t kind = rec->ev->kind;

	if (rec->conn && rec->conn->so_far) /* it goes on, and will be told once more */
		return false;
	return kind == SW_EV_CONN || kind == SW_EV_CONNECT ||
	       job->answer.options->select.filter.on & SW_F_LISTEN;
}

/*
 * Where no record is told by itself: 1 for one of a socket that was asked for. 0: it is none, and
 * what it says was noted; or -EINTR.
 */
static int takes_part(struct log_job *job, const struct record *rec)
{
	if (signals_stops())
		return -EINTR;
	if (!record_asked(&job->answer.asked, rec))
		return 0;
	if (record_is_socket(rec))
		return 1;
	answer_note(&job->answer, rec);
	return 0;
}

/* As log_fn: counted, and not told one by one. */
static int count(void *arg, const struct record *rec)
{
	struct log_job *job = arg;
	int n = takes_part(job, rec);

	if (n <= 0 || !counts_as_one(job, rec))
		return n < 0 ? n : 0;
	job->found++;
	return sink_record(&job->counting.sink, rec);
}

static int put(struct log_job *job, const struct record *rec)
{
	struct record named = *rec;
	int err = log_job_begin(job);

	if (!err && job->annotate && record_is_socket(rec)) {
		annotate_ask(job->annotate, &rec->ev->sock, job->names_ns);
		annotate_wait(job->annotate, job->names_ns);
		annotate_names(job->annotate, &named);
		named.device = rec->device; /* as it was called then */
	}
	return err ? err : sink_record(&job->print.sink, &named);
}

static int keep(struct log_job *job, const struct record *rec)
{
	size_t at = job->kept.frames.len;
	int err = wire_pack(&job->kept.frames, WIRE_RECORD, rec);

	if (err == -EMSGSIZE)
		return 0;
	if (!err)
		err = ARRAY_ADD(job->kept.at, job->kept.n, job->kept.cap, &at);
	if (!err && job->finds_ends)
		err = ends_want(&job->ends, rec);
	if (err)
		log_error("out of memory");
	return err;
}

/* As log_fn. */
static int take_end(void *arg, const struct record *rec)
{
	struct log_job *job = arg;
	int err = signals_stops() ? -EINTR : ends_take(&job->ends, rec);

	if (err == -ENOMEM)
		log_error("out of memory");
	return err;
}

/* Asks for the other ends of all that is kept. */
static int find_ends(struct log_job *job)
{
	struct log_ends_question q = { .ends = &job->ends };
	int err = 0;

	for (; q.first < job->ends.n_wanted && !err; q.first = q.end) {
		q.end = q.first + job->ask_ends.at_a_time;
		if (q.end > job->ends.n_wanted)
			q.end = job->ends.n_wanted;
		if (ends_span(&job->ends, q.first, q.end, &q.since_ns, &q.until_ns))
			err = job->ask_ends.ask(job, &q, take_end, job);
	}
	return err;
}

static int put_one(struct log_job *job, size_t i)
{
	size_t at = job->kept.at[i];
	struct record_peer peer;
	struct wire_frame frame;

	if (wire_unpack(job->kept.frames.data + at, job->kept.frames.len - at, &frame) <= 0)
		return 0;
	if (job->finds_ends && ends_peer(&job->ends, i, &peer))
		frame.rec.peer = &peer;
	return put(job, &frame.rec);
}

static int put_kept(struct log_job *job)
{
	size_t n = job->kept.n;
	int err = job->finds_ends ? find_ends(job) : 0;

	for (size_t i = 0; i < n && !err; i++)
		err = put_one(job, job->keeps ? n - 1 - i : i);
	job->kept.n = job->kept.frames.len = 0;
	ends_clear(&job->ends);
	return err;
}

static int keep_some(struct log_job *job, const struct record *rec)
{
	int err = keep(job, rec);

	return err || job->keeps || job->kept.n < job->ask_ends.at_a_time ? err : put_kept(job);
}

int log_job_take(void *arg, const struct record *rec)
{
	struct log_job *job = arg;
	bool is_socket = record_is_socket(rec);
	int err;

	if (signals_stops())
		return -EINTR;
	if (rec->recorder == RECORDER_ALIVE || !record_asked(&job->answer.asked, rec))
		return 0;
	if (is_socket && job->most && job->found == job->most)
		return ENOUGH;
	job->found += is_socket;
	err = job->keeps || job->finds_ends ? keep_some(job, rec) : put(job, rec);
	if (!err && !is_socket)
		answer_note(&job->answer, rec);
	return err;
}

static int tell_past(struct log_job *job, bool follows)
{
	bool newest_first = job->answer.options->past.newest_first;
	int err;

	job->most = job->answer.options->page.count;
	if (follows && !job->most && !job->answer.options->past.since)
		job->most = FOLLOW_LINES;
	job->keeps = job->most && !newest_first;
	err = job->ask(job, newest_first || job->keeps, log_job_take, job);
	if (err == ENOUGH)
		err = 0;
	if (!err && job->kept.n)
		err = put_kept(job);
	job->keeps = false;
	job->most = 0;
	return err;
}

static int tell_counts(struct log_job *job)
{
	int err = counting_begin(&job->counting, clock_now());

	/* below the table where it is seen, else apart from it */
	job->answer.notes = true;
	if (job->print_opts.format == OUTPUT_TEXT && isatty(job->out.fd))
		job->answer.lines = &job->lines;
	if (!err)
		err = job->ask(job, job->answer.options->past.newest_first, count, job);
	if (err == -ENOMEM)
		log_error("out of memory");
	if (!err && (job->found || job->print_opts.format != OUTPUT_TEXT))
		counting_put(&job->counting, job->answer.options->past.now_ns);
	buf_put(&job->out.buf, job->lines.data, job->lines.len);
	return err;
}

/* As log_fn: drawn in the end. */
static int draw(void *arg, const struct record *rec)
{
	struct log_job *job = arg;
	int n = takes_part(job, rec);

	if (n <= 0)
		return n;
	n = sink_record(&job->plotting.sink, rec);
	job->found += !n;
	return n < 0 ? n : 0;
}

static int tell_plots(struct log_job *job)
{
	int err;

	job->answer.notes = true;
	err = job->ask(job, job->answer.options->past.newest_first, draw, job);
	if (err == -ENOMEM)
		log_error("out of memory");
	if (!err && job->found)
		plotting_put(&job->plotting, &job->print_opts, &job->out);
	return err;
}

int log_job_tell(struct log_job *job, bool follows)
{
	const struct options *o = job->answer.options;

	if (o->print.format == OUTPUT_CSV && !o->count.n_keys) {
		int err = log_job_begin(job);

		if (err)
			return err;
	}
	if (o->print.plot)
		return tell_plots(job);
	return o->count.n_keys ? tell_counts(job) : tell_past(job, follows);
}

/* --- opening and closing ---------------------------------------------------------------------- */

static int open_names(struct log_job *job)
{
	struct annotate_opts opts = { .names = true, .users = true };

	job->resolver = names_start();
	job->proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	opts.proc_fd = job->proc_fd;
	opts.numbers = job->print_opts.numbers;
	opts.resolver = job->resolver;
	job->annotate = annotate_new(&opts);
	job->names_ns = clock_now() + NAMES_WAIT_NS;
	if (!job->annotate)
		log_error("out of memory");
	return job->annotate ? 0 : -ENOMEM;
}

int log_job_open(struct log_job *job, const struct options *o, log_ask ask,
		 const struct log_ends *ends)
{
	int err;

	*job = (struct log_job){ .ask = ask, .ask_ends = *ends, .proc_fd = -1 };
	job->finds_ends = o->past.peers;
	err = answer_init(&job->answer, o);
	job->print_opts = o->print;
	job->print_opts.conns = true;
	job->print_opts.names = o->print.resolve;
	job->print_opts.hosts = o->fleet.from;
	job->print_opts.days = !o->print.no_header &&
			       (o->print.time == TIME_DEFAULT || o->print.time == TIME_CLOCK);
	job->out = out_stdout();
	if (!err && o->print.resolve)
		err = open_names(job);
	if (!err)
		err = out_loop(&job->loop);
	print_init(&job->print, &job->print_opts, &job->out);
	plotting_init(&job->plotting);
	counting_init(&job->counting, &o->count, &job->print_opts, &job->out, false);
	return err ? err : sink_open(&job->print.sink);
}

enum exit_status log_job_close(struct log_job *job, int err, bool follows)
{
	enum exit_status status = out_end(&job->out, err);

	/* what was recorded, and is not there, may have had it */
	if (status == EXIT_DONE && !follows && !job->found && !signals_stops())
		status = job->answer.not_there ? EXIT_LOST : EXIT_NOTHING;
	annotate_free(job->annotate);
	resolver_free(job->resolver);
	loop_free(job->loop);
	counting_free(&job->counting);
	plotting_free(&job->plotting);
	answer_free(&job->answer);
	buf_free(&job->lines);
	ends_free(&job->ends);
	buf_free(&job->kept.frames);
	free(job->kept.at);
	if (job->proc_fd >= 0)
		close(job->proc_fd);
	return status;
}
