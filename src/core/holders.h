/* SPDX-License-Identifier: GPL-2.0-only */
/* Which process holds which socket: collected by socket inode, in any order, then given to rows. */
#ifndef SOCKWATCH_CORE_HOLDERS_H
#define SOCKWATCH_CORE_HOLDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"

struct held;
struct holder;
struct sw_row;
struct snapshot;

struct holders {
	struct held *held; /* owned; in the order they were found */
	size_t n;
	size_t cap;
	struct hash by_inode; /* index of the last one found; the others follow in a list */
};

/* Adds a copy: this process holds the socket with this inode. 0 or -ENOMEM. */
int holders_add(struct holders *h, uint64_t inode, const struct holder *holder);

/*
 * Appends the holders of a row's socket to *s, by PID and descriptor, and notes in *row which they
 * are. 0 or -ENOMEM.
 */
int holders_attach(const struct holders *h, struct sw_row *row, struct snapshot *s);

/*
 * Appends the rows of `found` with their holders to *s; timers: what is known of theirs stays. 0 or
 * -ENOMEM.
 */
int holders_add_rows(const struct holders *h, const struct snapshot *found, bool timers,
		     struct snapshot *s);

/* Calls fn() for each socket with one of its holders, until it returns other than 0: that. */
typedef int holders_fn(void *arg, uint64_t inode, const struct holder *holder);
int holders_each(const struct holders *h, holders_fn *fn, void *arg);

/* Sets holder.in_cgroups of all, by their PID; asks once for those that follow one another. */
void holders_mark(struct holders *h, bool (*in_cgroups)(void *arg, uint32_t pid), void *arg);

/* Frees what *h owns; it is empty and usable again. */
void holders_free(struct holders *h);

#endif
