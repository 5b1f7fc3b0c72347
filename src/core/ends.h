/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Both ends of a connection: finds for records that are told the record of the other end, which
 * another process has, and maybe another machine. Pure: whoever asks hands on the records.
 *
 * The other end has the same addresses and ports the other way around, the same protocol, and was
 * there at the same time (on another machine within a second: its clock is another). It is not
 * taken where both began the connection, or both took it; where one received more than the other
 * sent; where the addresses are good on one machine or link only (127.0.0.0/8, ::1, fe80::/10) and
 * the record is of another machine, or for loopback of another network namespace. One of the same
 * machine outweighs those of others. Where two connections remain, nobody knows which it is.
 */
#ifndef SOCKWATCH_CORE_ENDS_H
#define SOCKWATCH_CORE_ENDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/hash.h"

struct ends_side;
struct ends_found;
struct record;
struct record_peer;
struct sw_tuple;

/* Starts as all zero. */
struct ends {
	struct ends_side *wanted; /* owned, as all below: in the order they were asked for */
	size_t n_wanted;
	size_t cap_wanted;
	struct ends_found *found;
	size_t n_found;
	size_t cap_found;
	struct hash by_tuple; /* the last of `wanted` whose other end has this one */
	struct buf texts;
	struct hash by_text; /* where a text is in them */
};

/* Asks for the other end of a record, whatever it is. 0 or -ENOMEM. */
int ends_want(struct ends *e, const struct record *rec);

/*
 * What to look through for those from `first` to `end`: the time; wall ns. False: there is nothing
 * to look for.
 */
bool ends_span(const struct ends *e, size_t first, size_t end, uint64_t *ret_since_ns,
	       uint64_t *ret_until_ns);

/* The tuple of this side; NULL: it is no connection. */
const struct sw_tuple *ends_tuple(const struct ends *e, size_t i);

/* A record that may be the other end of some. 0 or -ENOMEM. */
int ends_take(struct ends *e, const struct record *rec);

/* Who is there; *ret borrows from e until the next call of another function. False: not known. */
bool ends_peer(const struct ends *e, size_t i, struct record_peer *ret);

/* Nothing is asked for any more; the memory stays. */
void ends_clear(struct ends *e);
void ends_free(struct ends *e);

#endif
