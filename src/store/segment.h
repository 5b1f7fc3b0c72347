/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A segment: a file of SQLite with the records of a stretch of time, in blocks (store/columns.h),
 * and the texts that they name. One writer, any number of readers at the same time.
 *
 *   meta  (key, value)                     version (STORE_LAYOUT), host, boot, begun_ns, sealed,
 * ... text  (id, n, data)                    n texts, numbered from id on, packed (store/texts.h)
 *   head  (id, first_ns, last_ns, n)       a block: of what time, and how many records
 *   keys  (id, data)                       a filter of what is in it (ports, addresses, processes,
 *                                          names: store/keys.h): the others are not unpacked
 *   block (id, data, rest)                 its two parts (store/columns.h)
 */
#ifndef SOCKWATCH_STORE_SEGMENT_H
#define SOCKWATCH_STORE_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/stored.h"

struct segment; /* opaque */
struct sw_filter;

/* What a reader asks for; blocks that cannot have it are passed over. */
struct segment_query {
	uint64_t since_ns; /* wall_ns in [since_ns, until_ns) */
	uint64_t until_ns;
	const struct sw_filter *filter; /* borrowed; NULL: all. Whoever reads decides exactly, what
					 * keys_pass() denies is left out */
	bool newest_first;		/* by block and within it */
	int64_t after_block; /* only blocks with a higher id (to follow a live one); 0: all */
	int64_t until_block; /* none with a higher id; 0: all */
};

/*
 * As they are read, in the order of the blocks. s and its texts: borrowed for the call. 0 to go on,
 * else what segment_read() returns.
 */
typedef int (*segment_fn)(void *arg, const struct stored *s, struct stored_texts *texts);

/*
 * Opens a segment to read it, also while it is written; a live one that is sealed meanwhile is
 * opened sealed. 0; -ENOENT without a message: it was removed, to stay within the limits; or -errno
 * after a message that names the file and what is wrong (-EBADMSG: damaged, or none; -EPROTO: of
 * another version).
 */
int segment_open(const char *path, struct segment **ret);

/*
 * 0, or fn's, or -errno after a message; *ret_block (NULL: not asked): the highest id of a block
 * that was read, unchanged when there was none. A damaged block is named and passed over: -EBADMSG
 * then, when all others were read. Of a sealed segment the numbers of blocks are others than when
 * it was live; whoever follows one keeps it open until the next one is there.
 */
int segment_read(struct segment *s, const struct segment_query *q, segment_fn fn, void *arg,
		 int64_t *ret_block);

/* A block: its id, how many records it has, and of what time. */
struct segment_block {
	int64_t id;
	size_t n;
	uint64_t first_ns, last_ns;
};

/*
 * The blocks that the query would read, in their order, as many as there are now: for who reads
 * them one by one. *ret: for free(). 0, or -errno after a message.
 */
int segment_blocks(struct segment *s, const struct segment_query *q, struct segment_block **ret,
		   size_t *ret_n);

/* How many records it has by now. 0 or -errno, without a message. */
int segment_count(struct segment *s, uint64_t *ret);

/*
 * Whether the recorder ran at a time, as far as that can be told without reading a record: a block
 * has records from before and from after, and none of a start, a stop or a loss. 1: it ran; 0: the
 * records must be asked; or -errno without a message.
 */
int segment_ran_at(struct segment *s, uint64_t ns);

/* What these give of one that cannot be read: it is passed over, a message has named it. */
bool segment_is_passed_over(int err);

struct stored_texts *segment_texts(struct segment *s);

/* Of the records in it, as far as known: 0, 0 when it is empty. */
void segment_span(const struct segment *s, uint64_t *ret_first_ns, uint64_t *ret_last_ns);

/* Of the machine and its boot (its id), borrowed; NULL: not known. */
const char *segment_host(const struct segment *s);
const char *segment_boot(const struct segment *s);

/* The time of the blocks that could not be read so far; false: all could. */
bool segment_damage(const struct segment *s, uint64_t *ret_first_ns, uint64_t *ret_last_ns);

bool segment_is_sealed(const struct segment *s);

/* Wall time when it was begun, which stays when it is sealed; 0: not known. */
uint64_t segment_begun(const struct segment *s);

/* NULL is fine. */
void segment_close(struct segment *s);

#endif
