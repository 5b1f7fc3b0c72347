/* SPDX-License-Identifier: GPL-2.0-only */
/* The texts of a segment that is read: a chunk of them is unpacked when one of it is asked for. */
#ifndef SOCKWATCH_STORE_TEXT_READER_H
#define SOCKWATCH_STORE_TEXT_READER_H

#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "store/stored.h"

struct sqlite3;
struct sqlite3_stmt;

struct text_reader {
	struct stored_texts api; /* first; number() gives none */
	struct sqlite3 *db;	 /* borrowed */
	struct sqlite3_stmt *chunk;
	struct hash places; /* by number: where it is in `texts` */
	const char **texts; /* into `chunks` */
	size_t n_texts, cap_texts;
	char **chunks; /* owned */
	size_t n_chunks, cap_chunks;
};

/* 0 or -errno. */
int text_reader_begin(struct text_reader *t, struct sqlite3 *db);

/* One that is all zero is fine. */
void text_reader_end(struct text_reader *t);

#endif
