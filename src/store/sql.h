/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A question to a store in SQL: views of its records as tables of SQLite, which read the packed
 * segments (store/scan.h). Nothing but SELECT is taken; memory, time and the length of texts have
 * limits. What the views and their columns are is told by who asks.
 */
#ifndef SOCKWATCH_STORE_SQL_H
#define SOCKWATCH_STORE_SQL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/value.h"

struct record;
struct store_question;

#define SQL_WHY_MAX 512

struct sql_column {
	const char *name;
	bool is_number;
	bool is_time; /* RFC 3339, UTC; compared with what when_parse() takes */
};

/* What of the store is a view's. */
enum sql_source {
	SQL_SOCKETS, /* records of sockets; blocks are passed over by what is asked of columns */
	SQL_RECORDS, /* all records */
	SQL_LOSSES,  /* those of losses, and gaps: as store_ask() tells them */
};

struct sql_view {
	const char *name;
	enum sql_source source;
	const struct sql_column *columns; /* borrowed */
	size_t n_columns;
	/* How many rows of the view a record is. */
	size_t (*rows)(const struct record *rec);
	/*
	 * A cell of one of them: *ret, all zero before, borrows from rec or is in scratch, which
	 * has room for SQL_SCRATCH bytes.
	 */
	void (*get)(void *arg, const struct record *rec, size_t row, size_t column,
		    struct value *ret, char *scratch);
	void *arg; /* of get(): borrowed */
};

#define SQL_SCRATCH 256

/* Who takes the answer: 0 to go on, else what the question returns. */
struct sql_taker {
	int (*columns)(void *arg, const char *const *names, size_t n); /* once, before all rows */
	int (*row)(void *arg, const struct value *cells, size_t n);    /* borrowed for the call */
	void *arg;
};

struct sql_question {
	const struct store_question *store; /* borrowed: where, when, and what is passed over */
	const struct sql_view *views;	    /* borrowed */
	size_t n_views;
	bool (*wanted)(void *arg, const struct record *rec); /* of a socket; NULL: each */
	void *wanted_arg;
	uint64_t limit_ns; /* for all of the answer, without what the taker takes */
	struct sql_taker taker;
};

struct sql_result {
	char why[SQL_WHY_MAX];	     /* of -EINVAL: what is wrong with the statement */
	bool told;		     /* views of sockets were read, */
	uint64_t since_ns, until_ns; /* and this time of them in all */
};

/*
 * 0, or the taker's; -EINVAL: the statement is wrong, or not to be had (ret->why); -ETIME: the
 * limit was reached; -E2BIG: the limit of memory; -EINTR: we were asked to end; -ENOENT, -EACCES:
 * no store, all of these without a message; or another -errno after one.
 */
int store_sql(const struct sql_question *q, const char *sql, struct sql_result *ret);

#endif
