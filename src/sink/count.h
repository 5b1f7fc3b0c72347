/* SPDX-License-Identifier: GPL-2.0-only */
/* The sink for --by: sockets are counted, and the counts are a page. */
#ifndef SOCKWATCH_SINK_COUNT_H
#define SOCKWATCH_SINK_COUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/sink.h"
#include "core/tally.h"
#include "render/counts.h"

struct output;
struct count_opts;
struct print_opts;
struct holder;
struct sw_filter;
struct unix_list;

struct counting {
	struct sink sink;		/* takes the sockets of a page */
	const struct count_opts *count; /* borrowed, as the next two */
	const struct print_opts *print;
	struct output *out;
	bool repeated; /* pages follow one another */
	struct tally tally;
	struct count_fields fields;	 /* of records */
	struct count_fields unix_fields; /* of Unix sockets */
};

/* Makes the sink; what is handed in must outlive it. */
void counting_init(struct counting *c, const struct count_opts *count,
		   const struct print_opts *print, struct output *out, bool repeated);

/*
 * Of each page: begins it; counts the Unix sockets that pass the filter (holders: of all of them),
 * beside the records that the sink takes; and appends the page to the output. now_ns:
 * CLOCK_MONOTONIC. 0 or -ENOMEM.
 */
int counting_begin(struct counting *c, uint64_t now_ns);
int counting_add_unix(struct counting *c, const struct unix_list *l, const struct holder *holders,
		      const struct sw_filter *filter);
void counting_put(struct counting *c, uint64_t wall_ns);

/* Frees what it owns. */
void counting_free(struct counting *c);

#endif
