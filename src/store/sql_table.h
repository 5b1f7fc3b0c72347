/* SPDX-License-Identifier: GPL-2.0-only */
/* The views of store/sql.h as virtual tables of SQLite. */
#ifndef SOCKWATCH_STORE_SQL_TABLE_H
#define SOCKWATCH_STORE_SQL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/sql.h"

struct sqlite3;

#define SQL_TIME_TEXT 64

/* A question on its way. */
struct sql_run {
	const struct sql_question *q; /* borrowed */
	struct sql_result *result;    /* borrowed */
	uint64_t deadline_ns;	      /* CLOCK_MONOTONIC */
	int err;		      /* -ETIME, -EINTR, or what reading failed with */
	bool bad;		      /* a time was compared with what is none: this */
	char bad_time[SQL_TIME_TEXT];
	char last_text[SQL_TIME_TEXT]; /* that was read last: most compare all with one */
	uint64_t last_ns;
};

/* A view, as SQLite hands it to us. */
struct sql_table {
	struct sql_run *run;	     /* borrowed */
	const struct sql_view *view; /* borrowed */
};

/* Makes each of n a table. 0 or -ENOMEM. */
int sql_tables_add(struct sqlite3 *db, struct sql_table *tables, size_t n);

/* Makes times comparable: the collation. 0 or -ENOMEM. */
int sql_times_add(struct sqlite3 *db, struct sql_run *run);

/* Whether to stop, and why: run->err is set. */
bool sql_run_over(struct sql_run *run);

/* The time that a text means; remembers one that is none. False: it is none. */
bool sql_time_read(struct sql_run *run, const char *text, size_t len, uint64_t *ret);

#define SQL_TIME_COLLATION "MOMENT"
#define SQL_TIME_LEN 30 /* 2026-11-24T14:00:05.123456789Z */

#endif
