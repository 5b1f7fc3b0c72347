/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was seen before, as 64-bit keys with the time when each was seen last; it goes into a file
 * and comes back. At most KNOWN_MAX of them: beyond that those that were seen longest ago are
 * forgotten. Times are nanoseconds since 1970. Pure.
 */
#ifndef SOCKWATCH_CORE_KNOWN_H
#define SOCKWATCH_CORE_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"

#define KNOWN_MAX 65536

struct buf;

struct known_one {
	uint64_t key;
	uint64_t seen_ns;
};

struct known {
	uint64_t salt;	   /* keys are made with it, so that nobody can choose one that is there */
	uint64_t begun_ns; /* when the first was to be kept */
	bool changed;	   /* since known_save() */
	bool grown;	   /* likewise: there are more */
	struct known_one *all; /* owned, as the next */
	size_t n, cap;
	struct hash by_key; /* indexes into `all` */
};

/* Nothing is known yet. */
void known_init(struct known *k, uint64_t salt, uint64_t now_ns);

/* Sees one, now. 1: it was known; 0: it is from now on; -ENOMEM: it is not, nor was it. */
int known_see(struct known *k, uint64_t key, uint64_t now_ns);

/* Forgets what was seen last before that. 0, or -ENOMEM: all is forgotten. */
int known_expire(struct known *k, uint64_t before_ns);

/*
 * Appends all to b, in this machine's byte order; and the other way round: 0; -EINVAL: it is no
 * such thing, -ENOMEM; *k is untouched then.
 */
void known_save(struct known *k, struct buf *b);
int known_load(struct known *k, const void *data, size_t len);

void known_free(struct known *k);

#endif
