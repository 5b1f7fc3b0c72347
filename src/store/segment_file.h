/* SPDX-License-Identifier: GPL-2.0-only */
/* The writing side of a segment (store/segment.h has what it looks like). One thread at a time. */
#ifndef SOCKWATCH_STORE_SEGMENT_FILE_H
#define SOCKWATCH_STORE_SEGMENT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "store/stored.h"

struct sqlite3;
struct sqlite3_stmt;
struct text_table;

struct segment_file {
	struct sqlite3 *db;
	struct sqlite3_stmt *put_head, *put_keys, *put_block, *put_text;
	struct buf packed; /* scratch */
	struct buf keys;   /* of blocks of a packed one that have no row yet */
	size_t *key_sizes; /* owned; of each of them */
	size_t n_keys, cap_keys;
	int64_t first_key; /* the block of the first of them */
	bool open;	   /* a transaction */
	bool is_packed;
};

struct segment_facts {
	const char *host; /* borrowed; NULL: not known */
	const char *boot; /* likewise: the boot id */
	uint64_t begun_ns;
};

/*
 * Makes an empty one in dir, which readers may open from then on; path is in dir. 0 or -errno,
 * without a message.
 */
int segment_file_make(const char *dir, const char *path, const struct segment_facts *facts);

/*
 * Opens one to append to it; *ret_next_text: the first number that no text has. wal_pages: of the
 * log that SQLite keeps beside it, at about which it is folded in. 0 or -errno, without a message.
 */
int segment_file_open(const char *path, uint32_t wal_pages, struct segment_file **ret,
		      uint32_t *ret_next_text);

/*
 * Makes a new one that nobody reads until it is whole: without a log, nothing is on the disk for
 * good before it was synced. 0 or -errno, without a message.
 */
int segment_file_make_packed(const char *dir, const char *path, struct segment_file **ret);

/* What it is made of; before the last commit of a packed one. */
struct segment_sum {
	uint64_t first_ns, last_ns, records;
};
int segment_file_end(struct segment_file *f, const struct segment_facts *facts,
		     const struct segment_sum *sum);

/*
 * Records as one block, and the texts that are new, into the transaction that is open or begins
 * here. 0; or -errno without a message, and the transaction is undone.
 */
int segment_file_append(struct segment_file *f, const struct stored *records, size_t n,
			struct text_table *texts, int level);

/* Those texts only, where many have come together. As above. */
int segment_file_append_texts(struct segment_file *f, struct text_table *texts, int level);

/* What was appended is on the disk for good. As above. */
int segment_file_commit(struct segment_file *f);

/* What is not committed is lost. NULL is fine. */
void segment_file_close(struct segment_file *f);

#endif
