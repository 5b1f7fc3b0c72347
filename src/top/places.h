/* SPDX-License-Identifier: GPL-2.0-only */
/* Where and what owners run: texts that many sockets share, each kept once, as long as it is used.
 */
#ifndef SOCKWATCH_TOP_PLACES_H
#define SOCKWATCH_TOP_PLACES_H

#include <stddef.h>
#include <stdint.h>

struct record;

enum place_text {
	PLACE_UNIT,
	PLACE_CONTAINER,
	PLACE_POD,
	PLACE_CGROUP,
	PLACE_EXE,
	PLACE_CMDLINE,
	PLACE_PARENT,
	PLACE_NETNS,
	PLACE_DEVICE,
	PLACE_USER,
	PLACE_LOCAL_HOST,
	PLACE_LOCAL_SERVICE,
	PLACE_REMOTE_HOST,
	PLACE_REMOTE_SERVICE,
	PLACE_TEXTS,
};

struct place {
	char *data; /* owned: all texts, each with its NUL; NULL: a free place */
	size_t len;
	uint64_t hash;
	uint16_t at[PLACE_TEXTS]; /* of each text in data, + 1; 0: there is none */
	uint32_t ppid;
	uint32_t uses;
	uint32_t next; /* of its bucket, or of the free ones */
};

/* Starts as all zero. */
struct places {
	struct place *all; /* owned, as all below */
	size_t n, cap;
	uint32_t *buckets;
	size_t n_buckets;
	uint32_t free_list;
};

/*
 * The place of a record, which is used once more: to be left by places_leave(). UINT32_MAX: it has
 * none, or there is no memory.
 */
uint32_t places_of(struct places *p, const struct record *rec);

/* Uses one once more; UINT32_MAX is fine. Returns it. */
uint32_t places_share(struct places *p, uint32_t place);

void places_leave(struct places *p, uint32_t place);

/* One of its texts, borrowed; NULL: it has none. UINT32_MAX is fine. */
const char *places_text(const struct places *p, uint32_t place, enum place_text which);

uint32_t places_ppid(const struct places *p, uint32_t place);

void places_free(struct places *p);

#endif
