// SPDX-License-Identifier: GPL-2.0-only
#include "store/sql.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "core/when.h"
#include "store/ask.h"
#include "store/sql_table.h"

#define VIEWS_MAX 16
#define STEPS 10000 /* of SQLite's machine, between two looks at the clock */
#define MEMORY_MAX ((sqlite3_int64)512 << 20)
#define TEXT_MAX (1 << 18)	/* no function takes long over two of these */
#define STATEMENT_MAX (1 << 16) /* bytes */

struct sql {
	struct sql_run run;
	struct sql_table tables[VIEWS_MAX];
	struct sqlite3 *db;
	struct sqlite3_stmt *statement;
	struct value *cells;
};

/* --- what is let through ---------------------------------------------------------------------- */

/* Of the functions that come with SQLite those that touch more than their arguments. */
static bool is_refused(const char *function)
{
	static const char *const names[] = { "load_extension", "fts3_tokenizer", "readfile",
					     "writefile", "edit" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!sqlite3_stricmp(function, names[i]))
			return true;
	return false;
}

static int authorize(void *arg, int action, const char *first, const char *second,
		     const char *database, const char *trigger)
{
	(void)arg;
	(void)first;
	(void)database;
	(void)trigger;
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_RECURSIVE:
	case SQLITE_READ: /* there is nothing but the views */
		return SQLITE_OK;
	case SQLITE_FUNCTION:
		return second && !is_refused(second) ? SQLITE_OK : SQLITE_DENY;
	default:
		return SQLITE_DENY;
	}
}

static int look_at_clock(void *arg)
{
	return sql_run_over(arg);
}

/* --- opening ---------------------------------------------------------------------------------- */

static void set_limits(struct sql *s)
{
	static const struct {
		int id, most;
	} limits[] = { { SQLITE_LIMIT_LENGTH, TEXT_MAX },
		       { SQLITE_LIMIT_SQL_LENGTH, STATEMENT_MAX },
		       { SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 256 },
		       { SQLITE_LIMIT_ATTACHED, 0 },
		       { SQLITE_LIMIT_TRIGGER_DEPTH, 0 },
		       { SQLITE_LIMIT_WORKER_THREADS, 0 } };

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		sqlite3_limit(s->db, limits[i].id, limits[i].most);
	sqlite3_hard_heap_limit64(MEMORY_MAX);
}

/* A database of nothing, in memory, sorting included: the disk is not touched. */
static int open_db(struct sql *s)
{
	static const int off[] = { SQLITE_DBCONFIG_TRUSTED_SCHEMA, SQLITE_DBCONFIG_DQS_DML,
				   SQLITE_DBCONFIG_DQS_DDL };
	int err;

	if (sqlite3_open_v2(":memory:", &s->db,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX,
			    NULL) != SQLITE_OK)
		return -ENOMEM;
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	for (size_t i = 0; i < sizeof(off) / sizeof(off[0]); i++)
		sqlite3_db_config(s->db, off[i], 0, NULL);
	if (sqlite3_exec(s->db, "PRAGMA temp_store=MEMORY", NULL, NULL, NULL) != SQLITE_OK)
		return -ENOMEM;
	err = sql_times_add(s->db, &s->run);
	if (!err)
		err = sql_tables_add(s->db, s->tables, s->run.q->n_views);
	if (err)
		return err;
	set_limits(s);
	sqlite3_set_authorizer(s->db, authorize, NULL);
	sqlite3_progress_handler(s->db, STEPS, look_at_clock, &s->run);
	return 0;
}

static void close_db(struct sql *s)
{
	sqlite3_finalize(s->statement);
	sqlite3_close(s->db);
	sqlite3_hard_heap_limit64(0);
	free(s->cells);
}

/* --- errors ----------------------------------------------------------------------------------- */

/* Of what a time was compared with. */
static int explain_time(const struct sql *s, char *why)
{
	snprintf(why, SQL_WHY_MAX, "'%s' is not " WHEN_WANTS, s->run.bad_time);
	return -EINVAL;
}

/* What the last call failed with. */
static int explain(const struct sql *s)
{
	char *why = s->run.result->why;
	int code = sqlite3_errcode(s->db) & 0xff;

	if (s->run.err)
		return s->run.err == -ENOMEM ? -E2BIG : s->run.err;
	if (s->run.bad)
		return explain_time(s, why);
	if (code == SQLITE_NOMEM)
		return -E2BIG;
	snprintf(why, SQL_WHY_MAX, "%s", sqlite3_errmsg(s->db));
	if (code == SQLITE_AUTH)
		snprintf(why, SQL_WHY_MAX,
			 "%s: only SELECT is, of the views (the store is only read)",
			 sqlite3_errmsg(s->db));
	return -EINVAL;
}

/* --- the answer ------------------------------------------------------------------------------- */

static bool is_blank(const char *text)
{
	return !text[strspn(text, " \t\r\n;")];
}

static int prepare(struct sql *s, const char *sql)
{
	char *why = s->run.result->why;
	const char *rest;

	if (sqlite3_prepare_v2(s->db, sql, -1, &s->statement, &rest) != SQLITE_OK)
		return explain(s);
	if (!s->statement)
		snprintf(why, SQL_WHY_MAX, "there is no statement in it");
	else if (!is_blank(rest))
		snprintf(why, SQL_WHY_MAX, "one statement at a time");
	else if (!sqlite3_stmt_readonly(s->statement) || !sqlite3_column_count(s->statement))
		snprintf(why, SQL_WHY_MAX, "only SELECT is: the store is only read");
	else
		return 0;
	return -EINVAL;
}

static struct value cell_of(struct sqlite3_stmt *statement, int i)
{
	struct value v = { .type = VALUE_NONE };

	switch (sqlite3_column_type(statement, i)) {
	case SQLITE_INTEGER:
		v.type = VALUE_INTEGER;
		v.integer = sqlite3_column_int64(statement, i);
		break;
	case SQLITE_FLOAT:
		v.type = VALUE_REAL;
		v.real = sqlite3_column_double(statement, i);
		break;
	case SQLITE_NULL:
		break;
	default: /* bytes of a blob are as good as those of a text */
		v.type = VALUE_TEXT;
		v.text = sqlite3_column_blob(statement, i);
		v.len = (size_t)sqlite3_column_bytes(statement, i);
	}
	return v;
}

static int tell_columns(struct sql *s, int n)
{
	const struct sql_taker *taker = &s->run.q->taker;
	const char **names = calloc((size_t)n, sizeof(*names));
	int err = -ENOMEM;

	if (!names)
		return err;
	for (int i = 0; i < n; i++)
		names[i] = sqlite3_column_name(s->statement, i);
	if (names[n - 1])
		err = taker->columns(taker->arg, names, (size_t)n);
	free(names);
	return err;
}

static int tell_rows(struct sql *s, int n)
{
	const struct sql_taker *taker = &s->run.q->taker;
	uint64_t began_ns;
	int code, err = 0;

	while (!err && (code = sqlite3_step(s->statement)) == SQLITE_ROW && !s->run.bad) {
		for (int i = 0; i < n; i++)
			s->cells[i] = cell_of(s->statement, i);
		began_ns = clock_now();
		err = taker->row(taker->arg, s->cells, (size_t)n);
		s->run.deadline_ns += clock_now() - began_ns; /* a pager may stand still */
	}
	if (err)
		return err;
	return code == SQLITE_DONE && !s->run.bad ? 0 : explain(s);
}

static int answer(struct sql *s, const char *sql)
{
	int err = prepare(s, sql), n;

	if (err)
		return err;
	n = sqlite3_column_count(s->statement);
	s->cells = calloc((size_t)n, sizeof(*s->cells));
	if (!s->cells)
		return -ENOMEM;
	err = tell_columns(s, n);
	return err ? err : tell_rows(s, n);
}

int store_sql(const struct sql_question *q, const char *sql, struct sql_result *ret)
{
	struct sql s = {
		.run = { .q = q, .result = ret, .deadline_ns = clock_now() + q->limit_ns }
	};
	int err;

	*ret = (struct sql_result){ .told = false };
	if (q->n_views > VIEWS_MAX)
		return -E2BIG;
	for (size_t i = 0; i < q->n_views; i++)
		s.tables[i] = (struct sql_table){ &s.run, &q->views[i] };
	err = open_db(&s);
	if (!err)
		err = answer(&s, sql);
	close_db(&s);
	return err;
}
