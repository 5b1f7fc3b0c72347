/* SPDX-License-Identifier: GPL-2.0-only */
/* The writing side of a segment (store/segment.h has what it looks like). One thread at a time. */
#ifndef SOCKWATCH_STORE_SEGMENT_FILE_H
#define SOCKWATCH_STORE_SEGMENT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "store/stored.h"

#define SEGMENT_VERSION 1

struct sqlite3;
struct sqlite3_stmt;
struct text_table;

struct segment_file {
	struct sqlite3 *db;
	struct sqlite3_stmt *put_block, *put_text;
	char *path;
	struct buf packed; /* scratch */
	bool open;	   /* a transaction */
};

struct segment_facts {
	const char *host; /* borrowed; NULL: not known */
	const char *boot; /* likewise: the boot id */
	uint64_t begun_ns;
	gid_t group; /* of the file */
};

/* Makes an empty one, which readers may open from then on. 0 or -errno after a message. */
int segment_file_make(const char *path, const struct segment_facts *facts);

/*
 * Opens one to append to it; *ret_next_text: the first number that no text has. wal_pages: of the
 * log that SQLite keeps beside it, at about which it is folded in. 0 or -errno after a message.
 */
int segment_file_open(const char *path, uint32_t wal_pages, struct segment_file **ret,
		      uint32_t *ret_next_text);

/*
 * Records as one block, and the texts that are new, into the transaction that is open or begins
 * here. 0; or -errno without a message, and the transaction is undone.
 */
int segment_file_append(struct segment_file *f, const struct stored *records, size_t n,
			struct text_table *texts, int level);

/* What was appended is on the disk for good. As above. */
int segment_file_commit(struct segment_file *f);

/* What is not committed is lost. NULL is fine. */
void segment_file_close(struct segment_file *f);

#endif
