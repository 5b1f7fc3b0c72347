/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Questions to a fleet's table, as statements. What they ask for is never less than the options do,
 * and may be more: record_asked() decides of each row that comes.
 */
#ifndef SOCKWATCH_RENDER_FLEET_ASK_H
#define SOCKWATCH_RENDER_FLEET_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct ends;
struct select_opts;
struct where_values;
struct who_target;

/* All borrowed. */
struct fleet_question {
	const char *db; /* needs no quotes */
	const struct select_opts *select;
	const struct who_target *targets; /* ports and addresses, one of which it has */
	size_t n_targets;		  /* 0: any */
	const struct where_values *hosts; /* patterns, one of which it is; none: all of them */
	uint64_t since_ns;		  /* as those of struct store_question */
	uint64_t until_ns;
	bool newest_first;
};

/* Appends a statement: rows as fleet_read_row() takes them, in the order of their time. */
void fleet_put_question(struct buf *b, const struct fleet_question *q);

/* Likewise: what recorders ran in that time, as fleet_read_run() takes them, host by host. */
void fleet_put_runs(struct buf *b, const struct fleet_question *q);

/* Likewise, in no order and a row maybe twice: connections that are the other ends of those asked
 * for from `first` to `end`. Of q the table and the time. */
void fleet_put_ends(struct buf *b, const struct fleet_question *q, const struct ends *ends,
		    size_t first, size_t end);

#endif
