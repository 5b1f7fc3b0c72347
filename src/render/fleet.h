/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records as rows of a table that many machines write to, in ClickHouse: what makes the table, and
 * what goes into it (its format JSONEachRow). The columns are the keys of our JSON; times are
 * nanoseconds since 1970.
 */
#ifndef SOCKWATCH_RENDER_FLEET_H
#define SOCKWATCH_RENDER_FLEET_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct field;
struct record;

#define FLEET_TABLE "sockwatch_records"
#define FLEET_TABLE_LOCAL "sockwatch_records_local" /* of each shard, where there are some */

/* Which row it is, of all of all machines: the same record has the same, however often it comes. */
struct fleet_key {
	const char *host, *boot; /* borrowed; "": not known */
	uint64_t recorder;	 /* when the recorder began the segment that has it */
	uint64_t seq;		 /* its number there */
};

/* What was not sent, as it was gone by then. */
struct fleet_gap {
	uint64_t from_ns, to_ns;
	uint64_t lost;
	bool counted; /* else it is not known how many */
};

#define FLEET_COLUMNS_MAX 96

/* The columns, looked up once. */
struct fleet_columns {
	const struct field *fields[FLEET_COLUMNS_MAX]; /* static */
};

void fleet_columns_find(struct fleet_columns *ret);

/* Each appends a line. */
void fleet_put_row(struct buf *b, const struct fleet_columns *c, const struct fleet_key *key,
		   const struct record *rec);
void fleet_put_gap(struct buf *b, const struct fleet_key *key, const struct fleet_gap *gap);

struct fleet_table {
	const char *db;	     /* borrowed; needs no quotes */
	const char *cluster; /* likewise; NULL: one server alone */
	uint32_t keep_days;  /* 0: for ever */
};

/* Appends the statement that makes a table where there is none: the one that has the rows. */
void fleet_put_create(struct buf *b, const struct fleet_table *t);

/* With a cluster, the one above it, by which all are written and read. */
void fleet_put_distributed(struct buf *b, const struct fleet_table *t);

/* How its rows are inserted: the statement without them. */
void fleet_put_insert(struct buf *b, const char *db);

#endif
