/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The texts of a segment that is written: each has a number, from 1. They are kept in chunks, many
 * packed together: a text with its NUL behind the other.
 */
#ifndef SOCKWATCH_STORE_TEXTS_H
#define SOCKWATCH_STORE_TEXTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/hash.h"
#include "store/stored.h"

struct text_table {
	struct stored_texts api; /* first; text() knows nothing */
	uint32_t next;		 /* the number of the next new one */
	uint32_t first_new;	 /* of those that are in `fresh` */
	struct buf fresh;	 /* not written yet */
	struct buf known;	 /* all that have a number, each behind its number */
	struct hash places;	 /* by what a text hashes to: where it is in `known` */
	uint64_t seed;
};

/* next: the first number that is free. */
void text_table_begin(struct text_table *t, uint32_t next);
void text_table_free(struct text_table *t);

/* Appends those that are new, packed; none: nothing. 0 or -ENOMEM. */
int text_table_pack(const struct text_table *t, struct buf *b, int level);

/* What was packed is written; or it is not and will not be, so that its numbers are not good. */
void text_table_kept(struct text_table *t);
void text_table_lost(struct text_table *t);

/* A chunk of n texts. *ret: owned, they are one behind the other. 0; -EBADMSG; -ENOMEM. */
int texts_unpack(const void *data, size_t size, uint32_t n, char **ret);

#endif
