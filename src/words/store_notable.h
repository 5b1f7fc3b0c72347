/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * record --notable: what is notable (core/notable.h), told to systemd's journal in its own protocol
 * (one datagram of NAME=VALUE lines each); and what is known, in a file of the store's directory.
 */
#ifndef SOCKWATCH_WORDS_STORE_NOTABLE_H
#define SOCKWATCH_WORDS_STORE_NOTABLE_H

#include <stdint.h>

struct record;
struct store_notable; /* opaque */

#define NOTABLE_FILE "known" /* in the directory of the store */

/*
 * dir: of the store; socket: of the journal, or of who speaks as it does; both are borrowed. NULL
 * after a message. What cannot be read or told is no reason to stop: it is said, and counted.
 */
struct store_notable *store_notable_new(const char *dir, const char *socket);

/* After each record that was kept. */
void store_notable_take(struct store_notable *n, const struct record *rec);

/*
 * Now and then: tells what was left out, and saves what is known; what was not seen for max_age_ns
 * is forgotten then.
 */
void store_notable_tick(struct store_notable *n, uint64_t max_age_ns);

/* Saves what is known. NULL is fine. */
void store_notable_free(struct store_notable *n);

#endif
