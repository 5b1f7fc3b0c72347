/* SPDX-License-Identifier: GPL-2.0-only */
/* Bytes through zlib. Pure. */
#ifndef SOCKWATCH_STORE_SQUEEZE_H
#define SOCKWATCH_STORE_SQUEEZE_H

#include <stddef.h>
#include <stdint.h>

struct buf;

/* The first level that looks for more than runs in columns; those below are all the same. */
#define SQUEEZE_WELL 4

/*
 * Appends data to b, packed by zlib's level. cuts: NULL: it is text; else (n_cuts of them, rising)
 * it is columns, and these are where what follows looks otherwise, so that it gets codes of its
 * own. 0, or -ENOMEM with b unchanged.
 */
int squeeze(struct buf *b, const void *data, size_t size, const size_t *cuts, size_t n_cuts,
	    int level);

/* The inverse, into `room` bytes that it must fill to the last. 0; -EBADMSG; -ENOMEM. */
int unsqueeze(const void *data, size_t size, void *ret, size_t room);

#endif
