/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Segments that were there and are not: by the chain (store/chain.h), which names each one that was
 * sealed or removed, with its times; and by the numbers, of which none is left out.
 */
#ifndef SOCKWATCH_STORE_HOLES_H
#define SOCKWATCH_STORE_HOLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/dir.h"

/* Neighbours of which the same is to be said are one. */
struct store_hole {
	uint64_t first, last;	 /* numbers of its segments */
	uint64_t from_ns, to_ns; /* up to their neighbours; from_ns 1: nobody knows since when */
	uint8_t act;		 /* enum recorder_act: RECORDER_REMOVED or RECORDER_MISSING */
};

struct store_holes {
	struct store_hole *holes; /* owned; by their numbers */
	size_t n, cap;
};

/* Those of a directory that has these segments. 0 or -ENOMEM: a chain of no sense is as none. */
int store_holes_find(const char *dir, const struct store_files *files, struct store_holes *ret);
void store_holes_free(struct store_holes *h);

/* What of a segment that is there cannot be read; a message has said so. */
struct store_bad {
	uint64_t from_ns, to_ns;
	uint8_t act; /* enum recorder_act; 0: nothing */
	bool whole;
};

/* All of a segment: of its time up to its neighbours, or to now_ns. */
void store_bad_whole(const struct store_files *files, size_t i, uint64_t now_ns,
		     struct store_bad *ret);

#endif
