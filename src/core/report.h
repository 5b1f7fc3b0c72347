/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a report tells of a span of the past, added up record by record: who listened, who talked to
 * whom, what failed, when, and what is not known. Its memory is bounded. Pure.
 */
#ifndef SOCKWATCH_CORE_REPORT_H
#define SOCKWATCH_CORE_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "core/connection.h"
#include "core/histogram.h"
#include "core/report_table.h"
#include "event.h"

struct record;

#define REPORT_COLUMNS 120 /* of the timeline, at most */
#define REPORT_HOLES 4096  /* that are kept one by one */
#define REPORT_GOING 65536 /* likewise */

struct report_column {
	uint64_t ended;	 /* connections, in an orderly way */
	uint64_t failed; /* what failed or was cut off */
	uint64_t lost;	 /* events, told here */
};

/* From when to when events were lost, or (lost is 0) nothing was recorded. */
struct report_hole {
	uint64_t from_ns; /* 0: not known */
	uint64_t to_ns;
	uint64_t lost;
};

/* A connection that was told before its end. */
struct report_going {
	struct report_key key;
	struct report_key own; /* with its own address and port */
	uint64_t sent, received, last_ns;
	bool over;
};

/* report_begin() makes it. Times in ns since 1970. */
struct report {
	uint64_t since_ns, until_ns; /* what is told of */
	uint64_t first_ns, step_ns;  /* of the columns */
	struct report_column columns[REPORT_COLUMNS];
	size_t n_columns;
	struct report_column outside; /* what is in none of them */
	uint64_t connections;	      /* that ended, or failed before there was one */
	uint64_t going;		      /* that did not */
	uint64_t failed;	      /* what failed or was cut off, calls of bind() too */
	uint64_t sent, received;      /* bytes, of both */
	uint64_t by_reason[SW_REASONS];
	struct spans durations, connects;
	struct report_table listeners; /* by process, protocol, port, address */
	struct report_table services;  /* by process, direction, protocol, port */
	struct report_table peers;     /* likewise, and address */
	struct report_table failures;  /* likewise, and reason */
	struct report_table arrivals;  /* that came in: by process, protocol, port, own address */
	struct report_hole *holes;     /* owned */
	size_t n_holes, holes_cap, holes_more;
	uint64_t lost;			/* events */
	uint64_t unknown_ns;		/* nothing was recorded */
	uint64_t starts;		/* of the recorder */
	struct report_going *all_going; /* owned */
	size_t n_going, going_cap, going_more;
	struct hash going_by_id;
	uint64_t listened[2][65536 / 64]; /* ports of TCP, and of others, that had a listener */
};

/*
 * Begins one of [since_ns, until_ns). zone_s: seconds that local time is ahead of UTC, so that
 * columns of hours and days begin as clocks have it.
 */
void report_begin(struct report *r, uint64_t since_ns, uint64_t until_ns, int64_t zone_s);

/*
 * Adds what was there at one moment: rows, listeners first; then what was recorded, in the order of
 * time, with what was not (store/ask.h). Both 0 or -ENOMEM.
 */
int report_there(struct report *r, const struct record *row);
int report_add(struct report *r, const struct record *rec);

/* When all is added: what goes on joins the others, tables are sorted. 0 or -ENOMEM. */
int report_end(struct report *r);

void report_free(struct report *r);

#endif
