// SPDX-License-Identifier: GPL-2.0-only
#include "words/store_sql.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/output.h"
#include "base/signals.h"
#include "cli/options.h"
#include "core/record.h"
#include "filter.h"
#include "render/grid.h"
#include "render/stamp.h"
#include "render/views.h"
#include "store/ask.h"
#include "store/sql.h"
#include "words/answer.h"

#define LIMIT_MS 60000
#define NSEC_OF_MS 1000000u
#define NOBODY 0xffffffffu /* a process that no record has: blocks of losses are left then */

_Static_assert(SQL_SCRATCH == VIEW_SCRATCH, "the cells of both");

/* A view as the store wants it. */
struct made_view {
	struct view_columns columns;
	struct sql_column sql[VIEW_COLUMNS_MAX];
};

struct sql_job {
	struct answer *answer; /* borrowed, as the next */
	struct output *out;
	struct made_view *views; /* owned */
	struct sql_view *sql;	 /* owned */
	struct grid grid;
	uint64_t rows;
};

/* --- the views -------------------------------------------------------------------------------- */

static void get(void *arg, const struct record *rec, size_t row, size_t column, struct value *ret,
		char *scratch)
{
	view_value(arg, rec, row, column, ret, scratch);
}

static void make_view(struct made_view *made, const struct record_view *view, struct sql_view *ret)
{
	static const enum sql_source sources[] = { [VIEW_OF_SOCKETS] = SQL_SOCKETS,
						   [VIEW_OF_RECORDS] = SQL_RECORDS,
						   [VIEW_OF_LOSSES] = SQL_LOSSES };

	view_columns_find(view, &made->columns);
	for (size_t i = 0; i < made->columns.n; i++)
		made->sql[i] =
			(struct sql_column){ .name = view_column_name(&made->columns, i),
					     .is_number = view_column_is_number(&made->columns, i),
					     .is_time = view_column_is_time(&made->columns, i) };
	*ret = (struct sql_view){ .name = view->name,
				  .source = sources[view->of],
				  .columns = made->sql,
				  .n_columns = made->columns.n,
				  .rows = view->rows,
				  .get = get,
				  .arg = &made->columns };
}

static int make_views(struct sql_job *job)
{
	job->views = calloc(n_record_views, sizeof(*job->views));
	job->sql = calloc(n_record_views, sizeof(*job->sql));
	if (!job->views || !job->sql)
		return -ENOMEM;
	for (size_t i = 0; i < n_record_views; i++)
		make_view(&job->views[i], &record_views[i], &job->sql[i]);
	return 0;
}

static bool is_wanted(void *arg, const struct record *rec)
{
	const struct answer *a = arg;

	return record_asked(&a->asked, rec);
}

/* --- the answer ------------------------------------------------------------------------------- */

static int take_columns(void *arg, const char *const *names, size_t n)
{
	struct sql_job *job = arg;

	return grid_begin(&job->grid, &job->out->buf, names, n);
}

static int take_row(void *arg, const struct value *cells, size_t n)
{
	struct sql_job *job = arg;

	(void)n;
	job->rows++;
	grid_row(&job->grid, &job->out->buf, cells);
	return job->out->buf.len < OUTPUT_CHUNK ? 0 : output_flush(job->out);
}

/* As store_fn. */
static int note(void *arg, const struct record *rec)
{
	if (signals_stops())
		return -EINTR;
	answer_note(arg, rec);
	return 0;
}

/* What was lost or not recorded in the time of which the answer tells. */
static int note_losses(struct sql_job *job, const struct sql_result *r)
{
	struct sw_filter *nobody = calloc(1, sizeof(*nobody));
	struct store_question q = answer_question(job->answer);
	int err;

	if (!nobody)
		return -ENOMEM;
	nobody->on = SW_F_PID;
	nobody->n_pids = 1;
	nobody->pids[0] = NOBODY;
	q.filter = nobody;
	q.since_ns = r->since_ns;
	q.until_ns = r->until_ns;
	job->answer->notes = true; /* a table of them would be another answer */
	err = store_ask(&q, note, job->answer);
	free(nobody);
	return err;
}

static void list_views(void)
{
	for (size_t i = 0; i < n_record_views; i++)
		log_info("  %-12s %s", record_views[i].name, record_views[i].about);
	log_info(
		"their columns are in the manual (SQL), and in: SELECT * FROM connections LIMIT 1");
}

static void explain(const struct sql_job *job, int err, const struct sql_result *r)
{
	uint64_t ms = job->answer->options->past.timeout_ms;
	struct buf b = { 0 };

	switch (err) {
	case -EINVAL:
		log_error("--sql: %s", r->why);
		list_views();
		break;
	case -ETIME:
		span_put(&b, (ms ? ms : LIMIT_MS) * NSEC_OF_MS);
		buf_putc(&b, '\0');
		log_error("--sql: stopped after %s, the answer is not whole: ask for less "
			  "(--since, WHERE time > '1h'), or give more with --timeout",
			  buf_failed(&b) ? "that time" : b.data);
		buf_free(&b);
		break;
	case -E2BIG:
		log_error("--sql: it needs more memory than it may have, the answer is not whole: "
			  "ask for less");
		break;
	case -ENOMEM:
		log_error("out of memory");
		break;
	default:
		answer_explain(answer_dir(job->answer->options), err);
	}
}

static int ask(struct sql_job *job, struct sql_result *r)
{
	const struct options *o = job->answer->options;
	struct store_question store = answer_question(job->answer);
	uint64_t ms = o->past.timeout_ms ? o->past.timeout_ms : LIMIT_MS;
	struct sql_question q = { .store = &store,
				  .n_views = n_record_views,
				  .wanted = is_wanted,
				  .wanted_arg = job->answer,
				  .limit_ns = ms * NSEC_OF_MS,
				  .taker = { take_columns, take_row, job } };
	uint64_t first_ns, last_ns;
	int err = make_views(job);

	q.views = job->sql;
	if (!err) /* is there a store? */
		err = store_span(store.dir, &first_ns, &last_ns);
	if (!err)
		err = store_sql(&q, o->past.sql, r);
	grid_end(&job->grid, &job->out->buf);
	output_flush(job->out);
	return err;
}

int store_sql_tell(struct answer *a, struct output *out, uint64_t *ret_found)
{
	struct sql_job job = { .answer = a,
			       .out = out,
			       .grid = { .format = a->options->print.format,
					 .no_header = a->options->print.no_header } };
	struct sql_result r = { .told = false };
	int err = ask(&job, &r);

	if (!err && r.told)
		err = note_losses(&job, &r);
	if (err && err != -EINTR && !out->err)
		explain(&job, err, &r);
	*ret_found = job.rows;
	grid_free(&job.grid);
	free(job.views);
	free(job.sql);
	return err == -EINTR && !out->err ? 0 : err;
}
