/* SPDX-License-Identifier: GPL-2.0-only */
/* How many sockets there are of each kind: a table, JSON and CSV. */
#ifndef SOCKWATCH_RENDER_COUNTS_H
#define SOCKWATCH_RENDER_COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/tally.h"
#include "render/stamp.h"

struct buf;
struct field;
struct record;
struct schema;

/* Every key that there can be; a page has those that were asked for. */
extern const struct schema count_schema;

/* Where the values of keys are found among the fields of what is counted. */
struct count_fields {
	const struct field *fields[TALLY_CELLS_MAX]; /* static; NULL: it has no such field */
	size_t n;
};

/* Finds the fields of a schema that the keys stand for; n: TALLY_CELLS_MAX at most. */
struct count_fields count_fields_of(const struct schema *schema, const enum tally_key *keys,
				    size_t n);

/* Counts an object of that schema. id: as tally_add() has it. 0 or -ENOMEM. */
int count_object(const struct count_fields *f, struct tally *t, const void *object, uint64_t id);

/* Adds up a record of what is past. 0 or -ENOMEM. */
int count_sum(const struct count_fields *f, struct tally *t, const struct record *rec);

/* How a page of counts looks. */
struct render_counts {
	const struct tally *tally; /* borrowed, as the next */
	const enum tally_key *keys;
	size_t n_keys;
	bool repeated; /* what grew is told, and for how long the oldest is there */
	bool sums;     /* what was added up is told */
	bool color;
	enum stamp_style time; /* CSV */
	uint64_t wall_ns;      /* since 1970, UTC */
};

/* Appends the title, in text or CSV; and a page of all groups. */
void render_counts_text(const struct render_counts *r, struct buf *b, bool header);
void render_counts_json(const struct render_counts *r, struct buf *b);
void render_counts_csv(const struct render_counts *r, struct buf *b, bool header);

#endif
