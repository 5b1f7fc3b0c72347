/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counts sockets by what they have in common, page by page: how many there are, by how many that is
 * more than on the page before, and for how long the oldest of them has been seen there.
 */
#ifndef SOCKWATCH_CORE_TALLY_H
#define SOCKWATCH_CORE_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"

/* What sockets are counted by. */
enum tally_key {
	TALLY_PROTO,
	TALLY_STATE,
	TALLY_COMM,
	TALLY_PID,
	TALLY_UID,
	TALLY_UNIT,
	TALLY_CONTAINER,
	TALLY_CGROUP,
	TALLY_NETNS,
	TALLY_LOCAL,
	TALLY_PORT,
	TALLY_REMOTE,
	TALLY_REMOTE_PORT,
	TALLY_SERVICE, /* the port that was served: the other side's, of who connected */
	TALLY_EXE,
	TALLY_REASON,
	TALLY_HOUR,
	TALLY_DAY,
	TALLY_HOST, /* of a fleet */
	TALLY_KEYS,
};

#define TALLY_CELLS_MAX 8

/* What a socket has for a key. */
struct tally_cell {
	bool has;
	bool is_number;
	uint64_t num;
	const char *text; /* borrowed */
	size_t len;
};

/* What is added up of a group; times in ns since 1970. */
struct tally_sums {
	uint64_t sent; /* bytes */
	uint64_t received;
	uint64_t failed; /* how many */
	uint64_t first_ns;
	uint64_t last_ns;
};

struct tally_group {
	char *key; /* owned: its cells */
	size_t key_len;
	uint64_t hash;		/* of the key */
	uint32_t next;		/* of those with this hash: its index + 1; 0: the last */
	uint64_t count;		/* on this page */
	uint64_t before;	/* on the page before */
	uint64_t since_ns;	/* when the oldest was first seen here; 0: there is none */
	struct tally_sums sums; /* of tally_sum() */
};

/* When sockets were first seen in a group. */
struct tally_seen {
	struct hash at; /* index in ns */
	uint64_t *ns;	/* owned */
	size_t n;
	size_t cap;
};

/* Starts as all zero. */
struct tally {
	struct tally_group *groups; /* owned */
	size_t n;
	size_t cap;
	struct hash by_key;	     /* the first of those with a hash */
	struct tally_seen seen, was; /* on this page, and on the page before */
	uint64_t now_ns;	     /* of this page */
	uint64_t pages;
};

/* Begins a page. Groups that were empty on the one before are forgotten. 0 or -ENOMEM. */
int tally_begin(struct tally *t, uint64_t now_ns);

/*
 * Counts a socket in the group that has these n cells (TALLY_CELLS_MAX at most). id: the same on
 * every page, and no other socket's; 0: it is not known for how long it is there. 0 or -ENOMEM.
 */
int tally_add(struct tally *t, const struct tally_cell *cells, size_t n, uint64_t id);

/* Likewise, once only, and adds it up: one, with what it has of each. 0 or -ENOMEM. */
int tally_sum(struct tally *t, const struct tally_cell *cells, size_t n,
	      const struct tally_sums *sums);

/* Fills cells[n] with those of a group, borrowed from it. */
void tally_cells(const struct tally_group *g, struct tally_cell *cells, size_t n);

/* How groups are sorted, before all by the largest: by a cell (0 and up), or by these. */
#define TALLY_BY_GROWTH (-1)
#define TALLY_BY_COUNT (-2)
#define TALLY_BY_SENT (-3)
#define TALLY_BY_RECEIVED (-4)
#define TALLY_BY_FAILED (-5)
#define TALLY_BY_FIRST (-6) /* the oldest first */
#define TALLY_BY_LAST (-7)  /* the newest first */

/*
 * By these, the first of which counts most; then the largest first, then by their cells. Nothing is
 * added behind it until the next page begins.
 */
void tally_sort(struct tally *t, const int *by, size_t n_by);

/* By how many it grew since the page before; below 0: it shrank. */
int64_t tally_growth(const struct tally_group *g);

/* Frees what it owns; it is empty and usable again. */
void tally_free(struct tally *t);

#endif
