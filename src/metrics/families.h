/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is measured of connections: the table of families, from which the text, the manual's test
 * and the room that each takes come. A name ends with its unit, and has no "_total".
 */
#ifndef SOCKWATCH_METRICS_FAMILIES_H
#define SOCKWATCH_METRICS_FAMILIES_H

#include <stddef.h>
#include <stdint.h>

enum family_type { FAMILY_GAUGE, FAMILY_COUNTER, FAMILY_HISTOGRAM };

enum family_label {
	LABEL_EXE = 1 << 0,
	LABEL_UNIT = 1 << 1,
	LABEL_PORT = 1 << 2, /* on which it was accepted, or is listened */
};

enum family_id {
	/* of the rows of the last look: gauges */
	METRIC_SOCKETS,
	METRIC_CONNECTIONS,
	METRIC_LISTENERS,
	METRIC_BACKLOG,
	METRIC_BACKLOG_LIMIT,
	/* added up since the start */
	METRIC_CONNECTS,
	METRIC_ACCEPTS,
	METRIC_ENDED,
	METRIC_BIND_FAILURES,
	METRIC_SENT,
	METRIC_RECEIVED,
	METRIC_RETRANSMITS,
	METRIC_CONNECT_TIME,
	METRIC_DURATION,
	METRICS,
};

#define METRIC_FIRST_SUM METRIC_CONNECTS
#define BOUNDS_MAX 9 /* of a histogram, besides +Inf */

struct family {
	const char *name;
	const char *help;
	const char *unit; /* NULL: none */
	enum family_type type;
	unsigned int labels;			      /* enum family_label */
	const char *variant;			      /* one more label; NULL: none */
	const char *(*variant_name)(uint8_t variant); /* its value, static; NULL: no label */
	const char *const *bounds;		      /* of a histogram, in seconds, up to NULL */
	const uint64_t *bounds_ns;		      /* the same */
};

extern const struct family families[METRICS];

/* How many series one of that family counts for. */
size_t family_cost(enum family_id id);

/* How many bounds a histogram has; 0: it is none. */
size_t family_bounds(enum family_id id);

#endif
