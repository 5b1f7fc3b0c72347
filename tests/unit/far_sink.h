/* SPDX-License-Identifier: GPL-2.0-only */
/* A sink for tests in a process of its own: what it does, and what it saw. */
#ifndef SOCKWATCH_TESTS_FAR_SINK_H
#define SOCKWATCH_TESTS_FAR_SINK_H

#include "unit.h"

#include <stdbool.h>
#include <sys/types.h>

#include "core/record.h"
#include "core/row.h"
#include "core/sink.h"
#include "sink/process.h"

#define LONG_MS 60000

/* Both processes see this. */
struct seen {
	pid_t pid;
	uid_t prepare_uid; /* of a program */
	int prepare_err;
	uid_t open_uid;
	uid_t record_uid;
	int open_err;
	int record_err;	    /* from record number... */
	uint64_t record_at; /* ...this one on */
	bool holds;	    /* takes nothing until this is false */
	uint64_t fits;
	uint64_t fits_before_begin;
	uint64_t kept;	   /* the records that were told before it had other limits, ... */
	uint64_t max_size; /* ... and one of those */
	int begun;
	int ended;	      /* pages */
	uint64_t lost_at_end; /* told by then */
	uint64_t records;
	uint64_t lost; /* told */
	uint64_t next; /* the number of the next one */
	uint64_t wrong;
	int flushed; /* after the last record */
	int closed;
};

/* Record number n, all over. */
struct made {
	struct record rec;
	struct sw_event event;
	struct sw_row row;
	struct holder holders[4];
	struct record_names names;
	char text[32];
};

const struct record *make(struct made *m, uint64_t n);

volatile struct seen *start_seen(void);
void stop_seen(volatile struct seen *seen);

/* A process_sink_new() of a sink that goes by *seen; opened() opens it, too. */
struct sink *made_sink(volatile struct seen *seen, const struct process_sink_opts *opts);
struct sink *opened(volatile struct seen *seen, const struct process_sink_opts *opts);

/* The sink alone. */
struct sink *far_sink(volatile struct seen *seen);

/* Which wait for the end as long as it takes. */
extern const struct process_sink_opts patient;

/* Records from..to, as a stream would; the first error. */
int send_records(struct sink *s, uint64_t from, uint64_t to);

void wait_a_moment(void);

#endif
