/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which slots of a table of fixed size hold which keys, and which was used least recently. The
 * table itself is its owner's, who clears a slot when lru_add() gives it away.
 */
#ifndef SOCKWATCH_BASE_LRU_H
#define SOCKWATCH_BASE_LRU_H

#include <stdint.h>

#define LRU_NONE UINT32_MAX

struct lru; /* opaque */

/* For `slots` slots, a power of two. NULL when there is no memory. */
struct lru *lru_new(uint32_t slots);

/*
 * The slot that was added last with this key, and the one added before that with the same key;
 * LRU_NONE when there is no more.
 */
uint32_t lru_find(const struct lru *lru, uint64_t key);
uint32_t lru_next(const struct lru *lru, uint32_t slot);

/* Makes a slot that lru_add() gave the one that was used most recently. */
void lru_touch(struct lru *lru, uint32_t slot);

/*
 * A slot for key, besides those that have the same: one that was never given away, or the one that
 * was used least recently, whose key is forgotten.
 */
uint32_t lru_add(struct lru *lru, uint64_t key);

/* NULL is fine. */
void lru_free(struct lru *lru);

#endif
