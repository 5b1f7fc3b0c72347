/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Many records as few bytes: each field is a column, a column of numbers the differences from one
 * to the next in as few bytes as they take, and zlib the rest. What no record of a block has takes
 * a byte. Pure: no files.
 */
#ifndef SOCKWATCH_STORE_COLUMNS_H
#define SOCKWATCH_STORE_COLUMNS_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct stored;

#define COLUMNS_MAX 4096 /* records of a block, at most */

/* level: of zlib, 1 (fast) to 9. 0, or -ENOMEM with b unchanged. */
int columns_pack(struct buf *b, const struct stored *records, size_t n, int level);

/*
 * The records of a block into ret, which has room for `room`. How many there are; -EBADMSG: it is
 * no block, or of another version (then ret holds nothing to be used); -ENOMEM.
 */
int columns_unpack(const void *data, size_t size, struct stored *ret, size_t room);

#endif
