/* SPDX-License-Identifier: GPL-2.0-only */
/* What packing and unpacking a block share: one column at a time, and what foretells it. */
#ifndef SOCKWATCH_STORE_SCRATCH_H
#define SOCKWATCH_STORE_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "store/columns.h"
#include "store/layout.h"
#include "store/stored.h"

/* A byte of numbers may be noise, the next nearly always 0: each is worth codes of its own. */
#define CUTS_MAX 256
#define CUT_FROM 1024 /* bytes between two cuts, at least */

#define SEEN_SLOTS (COLUMNS_MAX * 2) /* a power of two */

/* Which record had a key last. */
struct seen {
	uint64_t key[SEEN_SLOTS];
	int32_t at[SEEN_SLOTS]; /* -1: free */
};

struct scratch {
	size_t n;
	int32_t from[FROMS][COLUMNS_MAX]; /* by enum from: the record that foretells; -1: none */
	uint64_t values[COLUMNS_MAX];	  /* of the column at hand */
	uint64_t codes[COLUMNS_MAX];
	struct seen seen;
	struct stored any;     /* packing: the bits that a record has, whichever */
	size_t cuts[CUTS_MAX]; /* packing: where bytes begin that look otherwise than those before
				*/
	size_t n_cuts;
	const uint16_t *wanted; /* unpacking: the only records that get their values; NULL: all */
	size_t n_wanted;
};

/* For n records; the second: in memory of its own, freed by free(); NULL without. */
void scratch_begin(struct scratch *s, size_t n);
struct scratch *scratch_new(size_t n);

/* To be called before columns are packed. */
void scratch_look(struct scratch *s, const struct stored *records);

/* The entry of key: *ret_at is -1 when it is new. */
int32_t *seen_find(struct seen *s, uint64_t key);
void seen_clear(struct seen *s);

/* To be called before column i of the table: what others are foretold by is known by and by. */
void scratch_foretell(struct scratch *s, size_t i, const struct stored *records);

static inline uint64_t column_load(const struct column *c, const struct stored *r, uint16_t offset)
{
	const char *at = (const char *)r + offset;
	uint64_t v = 0;

	switch (c->size) {
	case 8:
		memcpy(&v, at, 8);
		return v;
	case 4: {
		uint32_t v4;

		memcpy(&v4, at, 4);
		return v4;
	}
	case 2: {
		uint16_t v2;

		memcpy(&v2, at, 2);
		return v2;
	}
	default:
		return (uint8_t)*at;
	}
}

static inline void column_store(const struct column *c, struct stored *r, uint64_t v)
{
	char *at = (char *)r + c->offset;
	uint32_t v4 = (uint32_t)v;
	uint16_t v2 = (uint16_t)v;

	switch (c->size) {
	case 8:
		memcpy(at, &v, 8);
		return;
	case 4:
		memcpy(at, &v4, 4);
		return;
	case 2:
		memcpy(at, &v2, 2);
		return;
	default:
		*at = (char)v;
	}
}

/* The column of all records into s->values, and back. */
void column_load_all(struct scratch *s, const struct column *c, const struct stored *records);
void column_store_all(const struct scratch *s, const struct column *c, struct stored *records);

static inline uint64_t column_base(const struct column *c, const struct stored *r)
{
	switch (c->base) {
	case BASE_TIME:
		return r->conn.e.time_ns;
	case BASE_BEGIN:
		return r->conn.e.time_ns - r->conn.e.age_ns;
	case BASE_START:
		return r->conn.e.sock.start_ns;
	default:
		return 0;
	}
}

/* What the column's value of record i should be. */
static inline uint64_t column_foretold(const struct scratch *s, const struct column *c, size_t i)
{
	int32_t from = s->from[c->from][i];

	return from < 0 ? 0 : s->values[from];
}

/* Small in both directions, as a small number; in the column's width, so that it wraps as that. */
static inline uint64_t fold(uint64_t difference, unsigned int size)
{
	unsigned int unused = 64 - size * 8;
	int64_t d = (int64_t)(difference << unused) >> unused;

	return ((uint64_t)d << 1) ^ (uint64_t)(d >> 63);
}

static inline uint64_t unfold(uint64_t folded)
{
	return (folded >> 1) ^ (0 - (folded & 1));
}

/* Of a CHOICE: which. */
enum choice {
	CHOICE_FORETOLD,
	CHOICE_ZERO,
	CHOICE_TWIN,
	CHOICE_OTHER, /* it follows, as a difference */
	CHOICES,
};

/* The first byte of a NUMBER. */
enum number_form {
	NUMBER_EQUAL, /* all codes are the one that follows */
	NUMBER_FIRST, /* the first code is the one that follows, the others are 0 */
	NUMBER_EACH,  /* follows: which bytes of the codes are not all 0, and those */
};

/* The first byte of a CHOICE. */
enum choice_form {
	CHOICE_ALL_FORETOLD,
	CHOICE_FIRST, /* only the first record differs from what is foretold */
	CHOICE_EACH,
};

/* The first byte of a FEW. */
enum few_form {
	FEW_NUMBER, /* they are not few: as a NUMBER */
	FEW_BYTE,   /* a list, and for each record its place in it */
	FEW_TWO,    /* likewise, in two bytes */
};

/* Bytes of a number that has seven bits in each, the lowest first. */
#define VARINT_MAX 10

/* column_pack.c: appends the column, and cuts, to b, which remembers when memory runs out. */
struct buf;
void column_pack(struct scratch *s, const struct column *c, const struct stored *records,
		 struct buf *b);

/* column_unpack.c: takes it off *at, which ends before end. False: it is damaged. */
bool column_unpack(struct scratch *s, const struct column *c, struct stored *records,
		   const unsigned char **at, const unsigned char *end);

#endif
