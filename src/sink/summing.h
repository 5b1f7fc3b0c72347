/* SPDX-License-Identifier: GPL-2.0-only */
/* The sink for list -s: sockets are counted by protocol and state, and the summary is a page. */
#ifndef SOCKWATCH_SINK_SUMMING_H
#define SOCKWATCH_SINK_SUMMING_H

#include <stdbool.h>
#include <stdint.h>

#include "core/sink.h"
#include "core/summary.h"

struct holder;
struct output;
struct print_opts;
struct sw_filter;
struct unix_list;

struct summing {
	struct sink sink;		/* takes the sockets of a page */
	const struct print_opts *print; /* borrowed, as the next */
	struct output *out;
	bool repeated; /* pages follow one another */
	struct summary summary;
};

/* Makes the sink; what is handed in must outlive it. */
void summing_init(struct summing *s, const struct print_opts *print, struct output *out,
		  bool repeated);

/* Counts the Unix sockets that pass the filter; holders: of all of them. 0 or -ENOMEM. */
int summing_add_unix(struct summing *s, const struct unix_list *l, const struct holder *holders,
		     const struct sw_filter *filter);

/* Ends the page that summary_begin() began, and appends it to the output. */
void summing_put(struct summing *s, uint64_t wall_ns);

#endif
