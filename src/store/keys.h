/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is in a block, in a few bytes a record (a Bloom filter): ports, addresses, processes and
 * their names, of both sides; of the owner, of owners before it, and of who drove the event. It may
 * say that something is there which is not (one time in a hundred), never the other way. Pure.
 */
#ifndef SOCKWATCH_STORE_KEYS_H
#define SOCKWATCH_STORE_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct stored;
struct sw_filter;

/* What the keys vouch for besides: damage to it would hide records. */
struct keys_span {
	uint64_t first_ns, last_ns, n;
};

/* Appends the keys of a block. 0 or -ENOMEM with b unchanged. */
int keys_make(struct buf *b, const struct stored *records, size_t n, const struct keys_span *span);

/* Whether they are as they were made, with this span. */
bool keys_are_good(const void *keys, size_t size, const struct keys_span *span);

/*
 * False: no record of the block passes the filter. Exact ports, processes, whole names, and
 * addresses of which all bits are asked for decide; what else is asked for does not. A socket
 * without a local port has no port that is asked for, one without a known owner no process. A block
 * that tells of losses, or where the recorder began or stopped, may have what is asked for always.
 */
bool keys_may_have(const void *keys, size_t size, const struct sw_filter *filter);

/* The same of one record, where each address block decides that is asked for. */
bool keys_pass(const struct stored *r, const struct sw_filter *filter);

/* False: it tells neither of losses nor of a start or a stop of the recorder. */
bool keys_may_have_acts(const void *keys, size_t size);

#endif
