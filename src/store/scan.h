/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The records of a store one after the other, for who takes them when he is ready; store/ask.h is
 * for who is called with each. Nothing is said of gaps.
 */
#ifndef SOCKWATCH_STORE_SCAN_H
#define SOCKWATCH_STORE_SCAN_H

#include <stdint.h>

struct record;
struct store_scan; /* opaque */
struct sw_filter;

struct scan_query {
	const char *dir;		/* borrowed, as the filter, until the scan ends */
	uint64_t since_ns, until_ns;	/* wall time in [since_ns, until_ns) */
	const struct sw_filter *filter; /* by which blocks are passed over; NULL: none */
};

/* 0; -ENOENT: there is no store, -EACCES: it may not be read (without a message); or -ENOMEM. */
int store_scan_new(const struct scan_query *q, struct store_scan **ret);

/*
 * The next record, the oldest first, borrowed until the next call: 1; 0: there is none; or -errno
 * after a message. What is damaged is named in a message, and passed over.
 */
int store_scan_next(struct store_scan *s, const struct record **ret);

/* NULL is fine. */
void store_scan_free(struct store_scan *s);

#endif
