// SPDX-License-Identifier: GPL-2.0-only
/* Who had a port: asks the store, where `who` is asked about the past (words/who.c). */
#include <errno.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/log.h"
#include "base/signals.h"
#include "cli/options.h"
#include "core/moment.h"
#include "core/record.h"
#include "core/who.h"
#include "core/who_past.h"
#include "render/schema.h"
#include "render/who_past.h"
#include "store/ask.h"
#include "words/answer.h"
#include "words/out.h"
#include "words/words.h"

#define ENOUGH 1 /* of a callback */

/* A process whose paragraph was told. */
struct told {
	uint64_t start_ns;
	uint32_t pid;
	uint32_t pad;
};

struct who_job {
	struct answer answer;
	struct who_past past;
	struct moment moment; /* when the time begins */
	struct output out;
	struct stamp_cache stamp;
	struct told *told; /* owned */
	size_t n_told, told_cap;
};

/* --- what was recorded ------------------------------------------------------------------------ */

static int add(struct who_job *job, const struct record *rec)
{
	return record_asked(&job->answer.asked, rec) ? who_past_add(&job->past, rec) : 0;
}

/* As store_fn, these four. */
static int take(void *arg, const struct record *rec)
{
	struct who_job *job = arg;

	if (signals_stops())
		return -EINTR;
	if (record_is_socket(rec))
		return add(job, rec);
	answer_note(&job->answer, rec);
	return 0;
}

/* Behind the time: what ended, and had begun in it. */
static int take_later(void *arg, const struct record *rec)
{
	struct who_job *job = arg;

	if (signals_stops())
		return -EINTR;
	if (answer_hides_end(rec, job->past.until_ns))
		answer_note(&job->answer, rec);
	return record_is_socket(rec) ? add(job, rec) : 0;
}

/* Before it: what was there when it began, and is there still. */
static int take_before(void *arg, const struct record *rec)
{
	struct who_job *job = arg;

	if (signals_stops())
		return -EINTR;
	if (answer_hides_begin(rec, job->past.since_ns))
		answer_note(&job->answer, rec);
	switch (moment_before(&job->moment, rec)) {
	case MOMENT_THERE:
		return add(job, rec);
	case MOMENT_ENOUGH:
		return ENOUGH;
	case MOMENT_NO_MEMORY:
		return -ENOMEM;
	default:
		return 0;
	}
}

static int collect(struct who_job *job)
{
	struct store_question q = answer_question(&job->answer);
	uint64_t since_ns = job->past.since_ns, until_ns = job->past.until_ns;
	int err;

	q.since_ns = since_ns;
	q.until_ns = until_ns;
	err = store_ask(&q, take, job);
	q.no_gaps = q.holes = true;
	if (!err && until_ns != UINT64_MAX) {
		q.since_ns = until_ns;
		q.until_ns = UINT64_MAX;
		err = store_ask(&q, take_later, job);
	}
	if (err || !since_ns)
		return err;
	q.since_ns = 0;
	q.until_ns = since_ns;
	q.newest_first = true;
	err = store_ask(&q, take_before, job);
	return err == ENOUGH ? 0 : err;
}

/* --- telling ---------------------------------------------------------------------------------- */

static void put_title(struct who_job *job, size_t i)
{
	const struct who_past *p = &job->past;
	const struct options *o = job->answer.options;

	if (o->n_args < 2 || (i && p->entries[i].key.target == p->entries[i - 1].key.target))
		return;
	buf_puts(&job->out.buf, o->args[p->entries[i].key.target]);
	buf_puts(&job->out.buf, ":\n");
}

static int put_entry(struct who_job *job, size_t i)
{
	const struct field_times times = { STAMP_ISO, &job->stamp, &job->stamp };
	struct told_entry t = { .entry = &job->past.entries[i] };
	struct wire_frame frame;

	if (!who_past_record(&job->past, t.entry, &frame))
		return 0;
	t.rec = &frame.rec;
	switch (job->answer.options->print.format) {
	case OUTPUT_JSON:
		schema_put_json(&who_past_schema, &job->out.buf, &t, &times);
		break;
	case OUTPUT_CSV:
		schema_put_csv(&who_past_schema, &job->out.buf, &t, &times);
		break;
	case OUTPUT_TEXT:
		put_title(job, i);
		who_past_put_text(&job->out.buf, &t);
	}
	return job->out.buf.len < OUTPUT_CHUNK ? 0 : output_flush(&job->out);
}

/* As it is called now; NULL: not known, or it has no name. */
static const char *user_of(const struct record *rec)
{
	const struct sw_sock *s = &rec->ev->sock;
	const struct passwd *user = s->have & SW_HAVE_UID ? getpwuid(s->uid) : NULL;

	return user ? user->pw_name : NULL;
}

static int put_process(struct who_job *job, const struct who_past_entry *e)
{
	struct told told = { .start_ns = e->key.start_ns, .pid = e->key.pid };
	struct wire_frame frame;

	for (size_t i = 0; i < job->n_told; i++)
		if (job->told[i].pid == told.pid && job->told[i].start_ns == told.start_ns)
			return 0;
	if (!told.pid || !who_past_record(&job->past, e, &frame))
		return 0;
	buf_putc(&job->out.buf, '\n');
	who_past_put_process(&job->out.buf, &frame.rec, user_of(&frame.rec));
	return ARRAY_ADD(job->told, job->n_told, job->told_cap, &told);
}

static int put(struct who_job *job)
{
	const struct print_opts *opts = &job->answer.options->print;
	int err = 0;

	who_past_sort(&job->past);
	if (opts->format == OUTPUT_CSV && !opts->no_header)
		schema_put_csv_header(&who_past_schema, &job->out.buf);
	if (opts->format == OUTPUT_TEXT && !opts->no_header && job->past.n)
		who_past_put_header(&job->out.buf);
	for (size_t i = 0; i < job->past.n && !err; i++)
		err = put_entry(job, i);
	for (size_t i = 0; i < job->past.n && !err && opts->format == OUTPUT_TEXT; i++)
		err = put_process(job, &job->past.entries[i]);
	return err ? err : output_flush(&job->out);
}

/* --- what is not known ------------------------------------------------------------------------ */

static bool was_had(const struct who_job *job, size_t target)
{
	for (size_t i = 0; i < job->past.n; i++)
		if (job->past.entries[i].key.target == target)
			return true;
	return false;
}

/* Of each target that nobody had; and of what only `who` of now can tell. */
static void note_nobody(struct who_job *job)
{
	const struct options *o = job->answer.options;
	bool known = !job->answer.noted;

	for (int i = 0; i < o->n_args; i++) {
		const char *what = job->past.targets[i].has_addr ? "" : "port ";

		if (was_had(job, (size_t)i))
			continue;
		if (known)
			log_note("nobody had, used or was refused %s%s in that time", what,
				 o->args[i]);
		else
			log_note("whether somebody had %s%s is not known: not all of that time "
				 "was recorded, or is there",
				 what, o->args[i]);
	}
	if (o->past.until_ns >= o->past.now_ns && !job->moment.so_far && !job->past.n)
		log_note("a connection that has not ended is not in the store yet, but in: "
			 "sockwatch who %s",
			 o->args[0]);
}

static enum exit_status status_of(const struct who_job *job)
{
	if (job->past.n || signals_stops())
		return EXIT_DONE;
	return job->answer.noted ? EXIT_LOST : EXIT_NOTHING;
}

/* --- the word --------------------------------------------------------------------------------- */

static int answer(struct who_job *job)
{
	const char *dir = answer_dir(job->answer.options);
	int err = collect(job);

	if (err == -EINTR) {
		log_note("interrupted: not all was looked at");
		return 0;
	}
	if (err == -ENOMEM)
		log_error("out of memory");
	else if (err)
		answer_explain(dir, err);
	if (err)
		return err;
	note_nobody(job);
	return put(job);
}

static enum exit_status run(const struct options *o)
{
	static struct who_job job; /* a filter is large */
	enum exit_status status;
	int err;

	job = (struct who_job){ .out = out_stdout() };
	err = answer_init(&job.answer, o);
	job.answer.notes = true;
	job.moment.at_ns = o->past.since_ns;
	job.past.targets = job.answer.targets;
	job.past.n_targets = job.answer.asked.n_targets;
	job.past.since_ns = o->past.since_ns;
	job.past.until_ns = o->past.until_ns;
	if (o->past.at) {
		job.moment.at_ns = job.past.since_ns = o->past.at_ns;
		job.past.until_ns = o->past.at_ns + 1;
	}
	if (!err)
		err = answer(&job);
	status = out_end(&job.out, err);
	if (status == EXIT_DONE)
		status = status_of(&job);
	who_past_free(&job.past);
	moment_free(&job.moment);
	answer_free(&job.answer);
	free(job.told);
	return status;
}

const struct word word_store_who = {
	.id = WORD_WHO,
	.name = "who",
	.arg = "PORT...",
	.summary = "which process had a port",
	.examples = "",
	.run = run,
};

const struct word word_store_who_past = { .id = WORD_WHO_PAST, .run = run };
