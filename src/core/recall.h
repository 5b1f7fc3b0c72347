/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who had a connection when it was listed last: once it is closed nobody holds it, but it is there
 * for a while, in FIN_WAIT1 to TIME_WAIT. For lists that are repeated.
 */
#ifndef SOCKWATCH_CORE_RECALL_H
#define SOCKWATCH_CORE_RECALL_H

#include <stddef.h>

#include "base/hash.h"

struct snapshot;
struct sw_sock;

/* Starts as all zero. */
struct recall {
	struct sw_sock *all; /* owned; connections of the list before */
	size_t n;
	struct hash by_tuple; /* index in all */
};

/*
 * Gives connections that nobody holds any more the owner that they had in the list before, and
 * remembers the owners of this one. Rows in any order. 0, or -ENOMEM with some not remembered.
 */
int recall_owners(struct recall *r, struct snapshot *s);

/* Frees what it owns; it is empty and usable again. */
void recall_free(struct recall *r);

#endif
