// SPDX-License-Identifier: GPL-2.0-only
#include "store/sql_table.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/hash.h"
#include "conn.h"
#include "core/record.h"
#include "store/ask.h"
#include "store/scan.h"
#include "store/sql_plan.h"

#define NOBODY 0xffffffffu /* a process that no record has: blocks of losses are left then */

/* Both begin with what SQLite wants of them. */
struct table {
	struct sqlite3_vtab base;
	struct sql_table *t; /* borrowed */
};

/* A loss or a gap; their records are no longer there when they are told. */
struct loss {
	struct sw_event event;
	struct record rec;
};

struct cursor {
	struct sqlite3_vtab_cursor base;
	struct sql_table *t; /* borrowed */
	struct sql_plan plan;
	struct store_scan *scan;  /* owned; NULL: losses are told, or nothing */
	const struct record *rec; /* NULL: at the end */
	size_t row, n_rows;	  /* of the record */
	struct loss *losses;	  /* owned */
	size_t n_losses, losses_cap, loss;
};

static struct cursor *cursor_of(struct sqlite3_vtab_cursor *base)
{
	return (struct cursor *)(void *)base;
}

/* --- the table -------------------------------------------------------------------------------- */

/* "CREATE TABLE x("time" TEXT COLLATE MOMENT,"pid" INTEGER,...)"; for free(), NULL: no memory. */
static char *declaration_of(const struct sql_view *view)
{
	struct buf b = { 0 };

	buf_puts(&b, "CREATE TABLE x(");
	for (size_t i = 0; i < view->n_columns; i++) {
		const struct sql_column *c = &view->columns[i];

		buf_puts(&b, i ? ",\"" : "\"");
		buf_puts(&b, c->name);
		buf_puts(&b, c->is_time	    ? "\" TEXT COLLATE " SQL_TIME_COLLATION
			     : c->is_number ? "\" INTEGER"
					    : "\" TEXT");
	}
	buf_put(&b, ")", 2);
	if (!buf_failed(&b))
		return b.data;
	buf_free(&b);
	return NULL;
}

static int connect(struct sqlite3 *db, void *aux, int argc, const char *const *argv,
		   struct sqlite3_vtab **ret, char **why)
{
	struct sql_table *t = aux;
	struct table *table = calloc(1, sizeof(*table));
	char *declaration = declaration_of(t->view);
	int code = table && declaration ? sqlite3_declare_vtab(db, declaration) : SQLITE_NOMEM;

	(void)argc;
	(void)argv;
	free(declaration);
	if (code != SQLITE_OK) {
		*why = sqlite3_mprintf("%s", sqlite3_errmsg(db));
		free(table);
		return code;
	}
	table->t = t;
	*ret = &table->base;
	return SQLITE_OK;
}

static int disconnect(struct sqlite3_vtab *base)
{
	free(base);
	return SQLITE_OK;
}

static int best_index(struct sqlite3_vtab *base, struct sqlite3_index_info *info)
{
	return sql_plan_make(((struct table *)(void *)base)->t, info);
}

static int open_cursor(struct sqlite3_vtab *base, struct sqlite3_vtab_cursor **ret)
{
	struct cursor *c = calloc(1, sizeof(*c));

	if (!c)
		return SQLITE_NOMEM;
	c->t = ((struct table *)(void *)base)->t;
	*ret = &c->base;
	return SQLITE_OK;
}

static void rewind_cursor(struct cursor *c)
{
	store_scan_free(c->scan);
	free(c->losses);
	c->scan = NULL;
	c->losses = NULL;
	c->n_losses = c->losses_cap = c->loss = 0;
	c->rec = NULL;
	c->row = c->n_rows = 0;
}

static int close_cursor(struct sqlite3_vtab_cursor *base)
{
	rewind_cursor(cursor_of(base));
	free(base);
	return SQLITE_OK;
}

/* --- its rows --------------------------------------------------------------------------------- */

/* What reading failed with ends the question. */
static int fail(struct cursor *c, int err)
{
	if (!c->t->run->err)
		c->t->run->err = err;
	return SQLITE_INTERRUPT;
}

/* The next record, whatever it is: 1, 0 or -errno. */
static int take_record(struct cursor *c)
{
	if (c->scan)
		return store_scan_next(c->scan, &c->rec);
	if (c->loss == c->n_losses)
		return 0;
	c->rec = &c->losses[c->loss].rec;
	c->losses[c->loss].rec.ev = &c->losses[c->loss].event; /* the array may have moved */
	c->loss++;
	return 1;
}

static bool is_wanted(const struct cursor *c)
{
	const struct sql_question *q = c->t->run->q;

	return !record_is_socket(c->rec) || !q->wanted || q->wanted(q->wanted_arg, c->rec);
}

static int next(struct sqlite3_vtab_cursor *base)
{
	struct cursor *c = cursor_of(base);
	int err;

	if (++c->row < c->n_rows)
		return SQLITE_OK;
	c->row = c->n_rows = 0;
	while (!c->n_rows) {
		if (sql_run_over(c->t->run))
			return SQLITE_INTERRUPT;
		err = take_record(c);
		if (err < 0)
			return fail(c, err);
		if (!err) {
			c->rec = NULL;
			return SQLITE_OK;
		}
		if (is_wanted(c))
			c->n_rows = c->t->view->rows(c->rec);
	}
	return SQLITE_OK;
}

/* As store_fn. */
static int keep_loss(void *arg, const struct record *rec)
{
	struct cursor *c = arg;
	struct loss loss = { .event = *rec->ev, .rec = *rec };

	if (sql_run_over(c->t->run))
		return c->t->run->err;
	if (!c->t->view->rows(rec))
		return 0;
	return ARRAY_ADD(c->losses, c->n_losses, c->losses_cap, &loss);
}

/* Only blocks that tell of losses or of the recorder's starts are read for them. */
static int collect_losses(struct cursor *c)
{
	struct store_question q = *c->t->run->q->store;

	c->plan.filter.on = SW_F_PID;
	c->plan.filter.n_pids = 1;
	c->plan.filter.pids[0] = NOBODY;
	q.filter = &c->plan.filter;
	q.since_ns = c->plan.since_ns;
	q.until_ns = c->plan.until_ns;
	return store_ask(&q, keep_loss, c);
}

static int begin_scan(struct cursor *c)
{
	struct scan_query q = { .dir = c->t->run->q->store->dir,
				.since_ns = c->plan.since_ns,
				.until_ns = c->plan.until_ns,
				.filter = c->plan.filter.on ? &c->plan.filter : NULL };

	return store_scan_new(&q, &c->scan);
}

static void note_span(struct sql_result *r, const struct sql_plan *plan)
{
	if (!r->told || plan->since_ns < r->since_ns)
		r->since_ns = plan->since_ns;
	if (!r->told || plan->until_ns > r->until_ns)
		r->until_ns = plan->until_ns;
	r->told = true;
}

static int filter(struct sqlite3_vtab_cursor *base, int n, const char *idx, int argc,
		  struct sqlite3_value **values)
{
	struct cursor *c = cursor_of(base);
	enum sql_source source = c->t->view->source;
	int err;

	(void)n;
	rewind_cursor(c);
	if (!sql_plan_read(c->t, idx, values, argc, &c->plan))
		return SQLITE_INTERRUPT;
	if (c->plan.none || c->plan.since_ns >= c->plan.until_ns)
		return SQLITE_OK;
	if (source != SQL_LOSSES)
		note_span(c->t->run->result, &c->plan);
	err = source == SQL_LOSSES ? collect_losses(c) : begin_scan(c);
	return err ? fail(c, err) : next(base);
}

static int at_end(struct sqlite3_vtab_cursor *base)
{
	return !cursor_of(base)->rec;
}

static int column(struct sqlite3_vtab_cursor *base, struct sqlite3_context *context, int n)
{
	struct cursor *c = cursor_of(base);
	struct value v = { .type = VALUE_NONE };
	char scratch[SQL_SCRATCH];

	c->t->view->get(c->t->view->arg, c->rec, c->row, (size_t)n, &v, scratch);
	switch (v.type) {
	case VALUE_NONE:
		sqlite3_result_null(context);
		break;
	case VALUE_INTEGER:
		sqlite3_result_int64(context, v.integer);
		break;
	case VALUE_REAL:
		sqlite3_result_double(context, v.real);
		break;
	case VALUE_TEXT:
		sqlite3_result_text(context, v.text, (int)v.len, SQLITE_TRANSIENT);
		break;
	}
	return SQLITE_OK;
}

/*
 * Of WHERE ... OR ... each side is read by itself, and the rows of both are told apart by their
 * number: it is made of what a row is, for a segment may be packed anew meanwhile.
 */
static int rowid(struct sqlite3_vtab_cursor *base, sqlite3_int64 *ret)
{
	const struct cursor *c = cursor_of(base);
	const struct record *rec = c->rec;
	const uint64_t more[] = { rec->wall_ns, rec->lost, rec->lost_since_ns, rec->recorder,
				  c->row };
	uint64_t hash = hash_bytes(HASH_EMPTY, more, sizeof(more));

	hash = hash_bytes(hash, rec->ev, sizeof(*rec->ev));
	if (rec->conn)
		hash = hash_bytes(hash, rec->conn, sizeof(*rec->conn));
	*ret = (sqlite3_int64)hash;
	return SQLITE_OK;
}

/* Without xCreate a table is there by its name, in every database. */
static const struct sqlite3_module module = { .xConnect = connect,
					      .xBestIndex = best_index,
					      .xDisconnect = disconnect,
					      .xOpen = open_cursor,
					      .xClose = close_cursor,
					      .xFilter = filter,
					      .xNext = next,
					      .xEof = at_end,
					      .xColumn = column,
					      .xRowid = rowid };

/* It is declared now: the authorizer, which comes later, takes that for making a table. */
static int declare(struct sqlite3 *db, const char *name)
{
	struct sqlite3_stmt *statement = NULL;
	char *sql = sqlite3_mprintf("SELECT 1 FROM \"%w\"", name);
	int code = sql ? sqlite3_prepare_v2(db, sql, -1, &statement, NULL) : SQLITE_NOMEM;

	sqlite3_finalize(statement);
	sqlite3_free(sql);
	return code;
}

int sql_tables_add(struct sqlite3 *db, struct sql_table *tables, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *name = tables[i].view->name;

		if (sqlite3_create_module(db, name, &module, &tables[i]) != SQLITE_OK ||
		    declare(db, name) != SQLITE_OK)
			return -ENOMEM;
	}
	return 0;
}
