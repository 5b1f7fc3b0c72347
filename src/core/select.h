/* SPDX-License-Identifier: GPL-2.0-only */
/* Rows of the snapshot as events, and whether the user asked for them. */
#ifndef SOCKWATCH_CORE_SELECT_H
#define SOCKWATCH_CORE_SELECT_H

#include <stdbool.h>
#include <stdint.h>

struct sw_row;
struct snapshot;
struct sw_event;
struct sw_filter;

/* Fills *ret with what the row tells, as of time_ns (CLOCK_MONOTONIC). */
void row_to_event(const struct sw_row *row, uint64_t time_ns, struct sw_event *ret);

/* True when the row passes the filter; --pid and --comm match any of its holders. */
bool row_selected(const struct sw_filter *f, const struct snapshot *s, const struct sw_row *row);

/*
 * Gives connections that nobody accepted yet (no inode, and not closing) the owner of their
 * listener, as inherited. Where listeners of several owners share the address it stays unknown. The
 * rows must be sorted by rows_sort().
 */
void rows_inherit(struct snapshot *s);

/* Listeners first, then by namespace, local port and peer. */
void rows_sort(struct snapshot *s);

/*
 * What rows can be sorted by: ports, addresses and PIDs (the first holder's) rise, states are in
 * the order of a connection's life with listeners first, and the longest queues come first.
 */
enum sort_key {
	SORT_NONE,
	SORT_PORT,
	SORT_ADDR,
	SORT_PID,
	SORT_STATE,
	SORT_RECV_Q,
	SORT_SEND_Q,
	SORT_PROTO,
	SORT_REMOTE,
	SORT_REMOTE_PORT,
	SORT_COMM, /* of the owner; what nobody holds is last */
	SORT_UID,
	SORT_TIMER,  /* what ends next is first; what has none is last */
	SORT_COUNT,  /* of counts: the largest first */
	SORT_GROWTH, /* likewise: what grew most */
	SORT_SENT,   /* of counts of the past: the largest first */
	SORT_RECEIVED,
	SORT_FAILED,
	SORT_FIRST, /* the oldest first */
	SORT_LAST,  /* the newest first */
	SORT_FIELD, /* another column, by its name */
};

/* Below 0: a comes before b by this key alone; above: behind; 0: either. */
int rows_compare_by(enum sort_key key, const struct sw_row *a, const struct sw_row *b);

/* Likewise as rows_sort() has it. */
int rows_compare(const struct sw_row *a, const struct sw_row *b);

/* By these keys, the first of which counts most; what is equal in all is as rows_sort() has it. */
void rows_sort_by(struct snapshot *s, const enum sort_key *keys, int n_keys);

#endif
