/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A store read on and on from a place that can be kept, for who sends it elsewhere: each record
 * once, in the order of the store, with a number that stays: the how many-th of its segment, also
 * when that is sealed. What was removed, or is damaged, before it was read is told as a gap.
 */
#ifndef SOCKWATCH_STORE_SPOOL_H
#define SOCKWATCH_STORE_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct record;
struct spool; /* opaque */

#define SPOOL_HOST_MAX 256
#define SPOOL_BOOT_MAX 64

/* Where to go on. All zero: at the beginning of what there is. */
struct spool_place {
	uint64_t number;	   /* of the segment, from its name */
	uint64_t begun_ns;	   /* wall time, which tells it from one of another store */
	uint64_t records;	   /* how many of it are behind */
	uint64_t last_ns;	   /* wall time of the last record behind; 0: none */
	char host[SPOOL_HOST_MAX]; /* of the segment; "": not known */
	char boot[SPOOL_BOOT_MAX];
};

/* How many records a segment has: so that they are counted if they go. */
struct spool_ahead {
	uint64_t number;
	uint64_t records;
};

/* What comes next: a record, or a gap before what comes then. Borrowed until the next call. */
struct spool_item {
	const struct record *rec; /* NULL: a gap */
	const char *host, *boot;  /* "": not known */
	uint64_t begun_ns;	  /* of its segment; of a gap that of the segment where it begins */
	uint64_t number;	  /* of the record in its segment, from 0 */
	/* of a gap */
	uint64_t from_ns, to_ns; /* 0: not known */
	uint64_t lost;
	bool counted; /* lost is all of them; else there were segments that nobody had counted */
};

/*
 * Reads dir (borrowed) from a place on. ahead: what was known of it and those behind it. 0;
 * -ENOENT: there is no store, -EACCES: it may not be read (without a message); or another -errno.
 */
int spool_new(const char *dir, const struct spool_place *from, const struct spool_ahead *ahead,
	      size_t n_ahead, struct spool **ret);

/* 1: *ret is the next; 0: there is nothing more by now; or -errno after a message. */
int spool_next(struct spool *s, struct spool_item *ret);

/* Behind what was told last; and what is known of what comes, n of them, borrowed. */
struct spool_place spool_place(const struct spool *s);
const struct spool_ahead *spool_ahead(const struct spool *s, size_t *ret_n);

/*
 * What is before a segment is where it should be: from then on it needs no counts. Until this is
 * called all do, from the place on where it began.
 */
void spool_forget(struct spool *s, uint64_t number);

/*
 * Counts what has come to its end since the last time: to be called now and then. 0 or -errno.
 */
int spool_look_ahead(struct spool *s);

/* NULL is fine. */
void spool_free(struct spool *s);

#endif
