/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Series by their labels, of which there are never more than a limit: what comes beyond is summed
 * up under "other", and counted. So that nobody who makes up names has all of the room, no unit may
 * have more than half of it. Pure.
 */
#ifndef SOCKWATCH_METRICS_SERIES_H
#define SOCKWATCH_METRICS_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "metrics/families.h"

#define SERIES_MAX 30000    /* of a limit: texts have 16 bits */
#define SERIES_TEXT_MAX 255 /* bytes of a label's value */

/* What a series is of. Texts are borrowed; NULL: the label is not there. */
struct series_of {
	enum family_id family;
	uint8_t variant;
	uint16_t port; /* 0: none */
	const char *exe;
	const char *unit;
};

struct series_text {
	char *text;    /* owned */
	uint16_t next; /* the next with the same hash; 0: none */
	uint32_t cost; /* of series whose unit it is */
};

struct series_one {
	uint8_t family; /* enum family_id */
	uint8_t variant;
	uint16_t port;
	uint16_t exe; /* index into texts; 0: none */
	uint16_t unit;
	uint32_t buckets; /* index of the first of its buckets, the last of which is +Inf */
	uint64_t value;	  /* of a histogram: the sum, in ns */
};

/* Starts with series_init(). */
struct series {
	size_t limit;
	size_t cost;		/* of all, but those of "other" */
	uint64_t left_out;	/* how often something went to "other" */
	struct series_one *all; /* owned */
	size_t n, cap;
	uint64_t *buckets; /* owned */
	size_t n_buckets, cap_buckets;
	struct series_text *texts; /* owned; the first is none, the second "other" */
	size_t n_texts, cap_texts;
	struct hash by_key;  /* from all labels to the index */
	struct hash by_text; /* from a hash to the index of the last text with it */
};

/* 0 or -ENOMEM. */
int series_init(struct series *s, size_t limit);

/* Adds to a counter or gauge. 0, or -ENOMEM with nothing added. */
int series_add(struct series *s, const struct series_of *of, uint64_t value);

/* Adds an observation, in nanoseconds, to a histogram. The same. */
int series_observe(struct series *s, const struct series_of *of, uint64_t ns);

/* Whether its labels say "other" in place of its own. */
bool series_is_other(const struct series_one *one);

/* Without any, with the same limit; left_out stays. */
void series_clear(struct series *s);

void series_free(struct series *s);

#endif
