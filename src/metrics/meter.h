/* SPDX-License-Identifier: GPL-2.0-only */
/* What records come to: sums since the start, the sockets of the last look, and what of it all is
 * true. Pure. */
#ifndef SOCKWATCH_METRICS_METER_H
#define SOCKWATCH_METRICS_METER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"
#include "metrics/live.h"
#include "metrics/series.h"

struct record;

enum meter_loss {
	LOSS_KERNEL, /* the ring was full, or no program saw it */
	LOSS_PIPE,   /* between the tracer and us: we were too slow */
	LOSSES,
};

#define METER_KINDS (SW_EV_RECORDER + 1)

struct meter_opts {
	size_t max_series;    /* of which a quarter is for rows */
	uint64_t interval_ns; /* between two looks */
	/* The local ports that the kernel chooses: one of them is as good as another. 0: none. */
	uint16_t chosen_first, chosen_last;
};

/* A store that is kept beside; all zero: there is none. */
struct meter_store {
	uint64_t bytes; /* of all files in its directory */
	uint64_t segments;
	uint64_t oldest_ns;  /* since 1970: when the oldest begins */
	uint64_t written_ns; /* likewise: when it was written last; 0: no recorder is there */
	uint64_t sent_ns;    /* likewise: of the newest record that was sent; 0: none is */
};

struct meter {
	struct meter_opts opts;
	struct series sums;
	struct series rows; /* of the last look that is complete */
	struct series next; /* of the one that is told */
	struct live live;
	uint64_t start_wall_ns; /* 0: not yet */
	uint64_t rows_wall_ns;	/* when the last look was; 0: there was none */
	uint64_t next_wall_ns;
	uint64_t events[METER_KINDS]; /* records, by kind; of connections, at their end */
	uint64_t so_far;	      /* and of those that go on */
	uint64_t owners[SW_OWNER_SOURCES];
	uint64_t lost[LOSSES];
	struct meter_store store;
	uint64_t given;	    /* how often what it comes to was given to somebody, or written */
	uint64_t not_given; /* and could not be */
};

/* 0 or -ENOMEM. */
int meter_init(struct meter *m, const struct meter_opts *opts);

/*
 * A page of rows begins, which is of that time if no row says another; it is complete, and takes
 * the place of the one before.
 */
void meter_begin(struct meter *m, uint64_t wall_ns);
void meter_end(struct meter *m);

/* Takes a record. 0 or -ENOMEM. */
int meter_record(struct meter *m, const struct record *rec);

void meter_free(struct meter *m);

#endif
