/* SPDX-License-Identifier: GPL-2.0-only */
/* What of a statement's WHERE the reader of segments can use, to pass over blocks. */
#ifndef SOCKWATCH_STORE_SQL_PLAN_H
#define SOCKWATCH_STORE_SQL_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "filter.h"

struct sqlite3_index_info;
struct sqlite3_value;
struct sql_table;

/* As xBestIndex of a virtual table: an SQLite code. */
int sql_plan_make(const struct sql_table *t, struct sqlite3_index_info *info);

/* What is to be read. */
struct sql_plan {
	uint64_t since_ns, until_ns;
	bool none; /* no row can be */
	struct sw_filter filter;
};

/*
 * The other half: idx is what sql_plan_make() left for it, with the values that it asked for.
 * False: one is no time where a time is wanted (t->run has it).
 */
bool sql_plan_read(const struct sql_table *t, const char *idx, struct sqlite3_value **values, int n,
		   struct sql_plan *ret);

#endif
