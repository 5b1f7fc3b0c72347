/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Many records as few bytes: each field is a column, a column of numbers the differences from one
 * to the next in as few bytes as they take, and zlib the rest. What no record of a block has takes
 * a byte. A block has two parts: the columns by which a question is decided, and all others, which
 * are unpacked only when there is an answer in it, and only for that. Pure: no files.
 */
#ifndef SOCKWATCH_STORE_COLUMNS_H
#define SOCKWATCH_STORE_COLUMNS_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct columns; /* opaque: a block that is unpacked */
struct stored;

#define COLUMNS_MAX 4096 /* records of a block, at most */

/*
 * level: of zlib, 1 (fast) to 9. *ret_first: bytes of the first part, behind which the second
 * begins; NULL: not asked. 0, or -ENOMEM with b unchanged.
 */
int columns_pack(struct buf *b, const struct stored *records, size_t n, int level,
		 size_t *ret_first);

/* Room to unpack one block after the other; NULL without memory. */
struct columns *columns_new(void);
void columns_free(struct columns *c);

/*
 * The records of a first part into ret, which has room for `room`: time, kind, processes, addresses
 * and ports, and 0 for the rest. How many there are; -EBADMSG: it is no block, or of another
 * layout (then ret holds nothing to be used); -ENOMEM.
 */
int columns_unpack_first(struct columns *c, const void *data, size_t size, struct stored *ret,
			 size_t room);

/*
 * The second part of the same block: completes the records whose numbers are in wanted, of which
 * there are n, rising. 0, or -errno as above.
 */
int columns_unpack_rest(struct columns *c, const void *data, size_t size, struct stored *ret,
			const uint16_t *wanted, size_t n);

/* All of a block that has its parts one behind the other. As columns_unpack_first(). */
int columns_unpack(const void *data, size_t size, struct stored *ret, size_t room);

#endif
