/* SPDX-License-Identifier: GPL-2.0-only */
/* From the rows of a snapshot to records in a sink. */
#ifndef SOCKWATCH_FLOW_ROWS_H
#define SOCKWATCH_FLOW_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/record.h"

struct annotate;
struct sink;
struct snapshot;
struct sw_filter;
struct sw_row;
struct where;

struct row_teller {
	const struct snapshot *snap; /* borrowed, as all below */
	struct annotate *annotate;   /* NULL: nobody is shown what it knows */
	struct sink *sink;
	const struct where *where; /* NULL: all are told */
	bool starts;		   /* with when owners began: it takes a look at each */
	uint64_t time_ns;	   /* as of when they are told, CLOCK_MONOTONIC */
	uint64_t wall_ns;	   /* the same since 1970, UTC */
};

/*
 * What has come from a source of rows, or from the merge with events, in the order that people see:
 * what nobody has accepted gets its listener's owner, and only what passes the filter stays.
 */
void rows_settle(struct snapshot *snap, const struct sw_filter *filter);

/* Tells the sink what will come, so that it can make room, and begins it. 0, or its -errno. */
int rows_begin(const struct row_teller *t);

/*
 * Makes the record of a row, complete; *ev and *ret are the caller's, and what the record points to
 * is borrowed until the next one is made.
 */
void row_record(const struct row_teller *t, const struct sw_row *row, struct sw_event *ev,
		struct record *ret);

/* Tells those that are asked for; adds to *told how many the sink did not leave out. 0, or its
 * -errno. */
int rows_tell(const struct row_teller *t, uint64_t *told);

/*
 * Asks for the names of all rows and waits for them, until deadline_ns (CLOCK_MONOTONIC) at most;
 * those that are not there by then are numbers. Nothing where names are not asked for.
 */
void rows_wait_names(struct annotate *annotate, const struct snapshot *snap, uint64_t deadline_ns);

#endif
