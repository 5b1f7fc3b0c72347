/* SPDX-License-Identifier: GPL-2.0-only */
/* A table from 64-bit keys (any value) to 32-bit values. Starts as all zero; it only grows. */
#ifndef SOCKWATCH_BASE_HASH_H
#define SOCKWATCH_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hash_slot;

struct hash {
	struct hash_slot *slots; /* owned; a power of two of them, at most three quarters in use */
	size_t cap;
	size_t used;
};

/* Inserts, or replaces the value that key had. 0, or -ENOMEM with the table unchanged. */
int hash_put(struct hash *h, uint64_t key, uint32_t value);

/* True, and *ret set, when key is there. */
bool hash_get(const struct hash *h, uint64_t key, uint32_t *ret);

/*
 * The next entry in no order; *at is 0 at first. False, and nothing set, when there is no more.
 */
bool hash_next(const struct hash *h, size_t *at, uint64_t *ret_key, uint32_t *ret_value);

/*
 * FNV-1a, of bytes that follow those which `before` is of; HASH_EMPTY: of none. For keys and for
 * telling things apart, never against somebody who chooses them.
 */
#define HASH_EMPTY 0xcbf29ce484222325ull
uint64_t hash_bytes(uint64_t before, const void *data, size_t len);

/* Frees the memory; the table is empty and usable again. */
void hash_free(struct hash *h);

#endif
