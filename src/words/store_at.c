// SPDX-License-Identifier: GPL-2.0-only
/* The table of a moment of the past. */
#include "words/store_at.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/signals.h"
#include "cli/options.h"
#include "conn.h"
#include "core/moment.h"
#include "core/wire.h"
#include "sink/print.h"
#include "store/ask.h"
#include "words/answer.h"

#define ENOUGH 1 /* of a callback */

/* A row, and what it is sorted by. */
struct told {
	size_t at; /* in the frames */
	uint16_t port;
	bool listens;
};

struct at_job {
	struct answer *answer;
	struct moment moment;
	struct buf frames; /* owned: by wire_pack() */
	struct told *rows; /* owned */
	size_t n, cap;
	uint8_t unknown; /* enum recorder_act: why nothing is known of then; 0: it is */
	bool in_part;	 /* something of before or behind it is not there */
	bool with_conns; /* rows have what is known of their connection, too */
};

static int keep(struct at_job *job, const struct record *rec)
{
	struct told row = { .at = job->frames.len,
			    .port = rec->ev->sock.tuple.local_port,
			    .listens = rec->ev->sock.state == SW_TCP_LISTEN };
	int err = wire_pack(&job->frames, WIRE_RECORD, rec);

	return err ? err : ARRAY_ADD(job->rows, job->n, job->cap, &row);
}

static int take(struct at_job *job, const struct record *rec, enum moment_verdict verdict)
{
	struct sw_conn conn;
	struct record row;

	if (signals_stops())
		return -EINTR;
	if (verdict == MOMENT_NO_MEMORY)
		return -ENOMEM;
	if (verdict != MOMENT_THERE)
		return verdict == MOMENT_ENOUGH ? ENOUGH : 0;
	if (rec->conn)
		conn = *rec->conn;
	moment_row(&job->moment, rec, &conn.e, &row);
	row.conn = job->with_conns && rec->conn ? &conn : NULL;
	return record_asked(&job->answer->asked, &row) ? keep(job, &row) : 0;
}

/* As store_fn, these three. */
static int take_before(void *arg, const struct record *rec)
{
	struct at_job *job = arg;

	job->in_part |= answer_hides_begin(rec, job->moment.at_ns);
	return take(job, rec, moment_before(&job->moment, rec));
}

static int take_after(void *arg, const struct record *rec)
{
	struct at_job *job = arg;

	job->in_part |= answer_hides_end(rec, job->moment.at_ns);
	return take(job, rec, moment_after(&job->moment, rec));
}

static int look_for_gap(void *arg, const struct record *rec)
{
	struct at_job *job = arg;

	if (rec->ev->kind != SW_EV_RECORDER || !recorder_is_gap(rec->recorder))
		return 0;
	job->unknown = rec->recorder;
	return ENOUGH;
}

static int collect(struct at_job *job)
{
	struct store_question q = answer_question(job->answer);
	int err;

	q.filter = NULL; /* what a socket was then is not what its record says */
	q.since_ns = job->moment.at_ns;
	q.until_ns = job->moment.at_ns + 1;
	err = store_ask(&q, look_for_gap, job);
	if (err || job->unknown)
		return err;
	q.no_gaps = q.holes = true;
	q.newest_first = true;
	q.since_ns = 0;
	err = store_ask(&q, take_before, job);
	if (err && err != ENOUGH)
		return err;
	q.newest_first = false;
	q.since_ns = q.until_ns;
	q.until_ns = UINT64_MAX;
	return store_ask(&q, take_after, job);
}

static int compare(const void *left, const void *right)
{
	const struct told *a = left, *b = right;

	if (a->listens != b->listens)
		return b->listens - a->listens;
	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

/* Collects the rows, in their order. 0 or -errno; a message was told where memory ran out. */
static int gather(struct at_job *job)
{
	int err = collect(job);

	if (err == -ENOMEM)
		log_error("out of memory");
	if (job->n)
		qsort(job->rows, job->n, sizeof(*job->rows), compare);
	return err == ENOUGH ? 0 : err;
}

static int hand_on(struct at_job *job, store_fn fn, void *arg)
{
	struct wire_frame frame;
	int err = 0;

	for (size_t i = 0; i < job->n && !err; i++) {
		size_t at = job->rows[i].at;

		if (wire_unpack(job->frames.data + at, job->frames.len - at, &frame) > 0)
			err = fn(arg, &frame.rec);
	}
	return err;
}

static void end(struct at_job *job)
{
	moment_free(&job->moment);
	buf_free(&job->frames);
	free(job->rows);
}

int store_at_rows(struct answer *answer, uint64_t at_ns, bool ages, store_fn fn, void *arg)
{
	struct at_job job = { .answer = answer,
			      .moment = { .at_ns = at_ns, .ages = ages },
			      .with_conns = !ages };
	int err = gather(&job);

	if (!err)
		err = hand_on(&job, fn, arg);
	end(&job);
	return err;
}

/* As store_fn. */
static int print_row(void *arg, const struct record *rec)
{
	return sink_record(arg, rec);
}

static int put(struct at_job *job, struct print *print)
{
	int err = 0;

	if (job->n || print->opts->format == OUTPUT_CSV)
		err = sink_begin(&print->sink);
	if (!err)
		err = hand_on(job, print_row, &print->sink);
	return err ? err : sink_flush(&print->sink);
}

static void note(const struct at_job *job)
{
	static const char *const whys[RECORDER_ACTS] = {
		[RECORDER_GAP] = "nothing was recorded then",
		[RECORDER_REMOVED] = "what was recorded then was removed",
		[RECORDER_MISSING] = "what was recorded then is missing",
		[RECORDER_UNREADABLE] = "what was recorded then cannot be read"
	};

	job->answer->not_there += job->unknown > RECORDER_GAP || job->in_part;
	if (job->in_part && !job->unknown)
		log_note("not all that was recorded around then is there, or can be read: the "
			 "table may not be whole");
	if (job->unknown)
		log_note("%s: what was there is not known", whys[job->unknown]);
	else if (!job->moment.so_far)
		log_note("what began after the recorder and has not ended yet is not in the store, "
			 "but in: sockwatch list");
}

int store_at(struct answer *answer, struct output *out, uint64_t *ret_found)
{
	struct print_opts opts = answer->options->print;
	struct at_job job = { .answer = answer, .moment.at_ns = answer->options->past.at_ns };
	struct print print;
	int err;

	opts.rows_only = true;
	print_init(&print, &opts, out);
	err = sink_open(&print.sink);
	if (!err)
		err = gather(&job);
	if (!err) {
		note(&job);
		err = put(&job, &print);
	}
	*ret_found = job.n;
	end(&job);
	return err;
}
