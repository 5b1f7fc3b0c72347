/* SPDX-License-Identifier: GPL-2.0-only */
/* What was sent of a store, in a file: with it the next exporter goes on where one ended. */
#ifndef SOCKWATCH_WORDS_FLEET_CURSOR_H
#define SOCKWATCH_WORDS_FLEET_CURSOR_H

#include <limits.h>

#include "base/replaced.h"
#include "store/spool.h"

#define FLEET_CURSOR "cursor" /* in the directory of the store */

struct fleet_cursor {
	char path[PATH_MAX];
	const char *to; /* borrowed: where it was sent to */
	struct replaced file;
	int lock; /* owned; -1: none */
	struct spool_place place;
	struct spool_ahead *ahead; /* owned: as it was read */
	size_t n_ahead, cap_ahead;
};

/*
 * Opens it and reads it, if it is there; nobody else has it until it is closed. path: NULL: DIR's.
 * 0, or -errno after a message.
 */
int fleet_cursor_open(struct fleet_cursor *c, const char *path, const char *dir, const char *to);

/*
 * On the disk when it returns, with the time of the last record that was sent: how far it is behind
 * the store tells who may not read it. 0, or -errno without a message.
 */
int fleet_cursor_save(struct fleet_cursor *c, const struct spool_place *place,
		      const struct spool_ahead *ahead, size_t n_ahead);

/* One that was not opened is fine, if its lock is -1. */
void fleet_cursor_close(struct fleet_cursor *c);

#endif
