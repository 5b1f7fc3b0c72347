/* SPDX-License-Identifier: GPL-2.0-only */
/* The fields of a struct stored as columns, and by what each is foretold (store/columns.c). */
#ifndef SOCKWATCH_STORE_LAYOUT_H
#define SOCKWATCH_STORE_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

enum coding {
	NUMBER, /* differs from record to record: how much, a byte of all of them beside the other
		 */
	CHOICE, /* mostly the one foretold, or 0, or its twin's: which of them */
	FEW,	/* few values come again and again: which, by order of appearance */
};

/* By which record a value is foretold; where there is none, by the record before. */
enum from {
	FROM_NONE,
	FROM_LAST, /* the record before */
	FROM_PID,  /* the last with the same owner */
	FROM_ROLE, /* the last with the same owner that got it in the same way */
	FROMS,
};

/* What is taken off a NUMBER: a time then says how far from another it is. */
enum base {
	BASE_NONE,
	BASE_TIME,  /* of the event */
	BASE_BEGIN, /* of the connection: its age before the event */
	BASE_START, /* of the owner's process */
};

struct column {
	uint16_t offset; /* in struct stored */
	uint16_t twin;	 /* CHOICE: offset of a field that often has the same; its own: none */
	uint8_t size;	 /* bytes: 1, 2, 4 or 8 */
	uint8_t coding;	 /* enum coding */
	uint8_t from;	 /* enum from */
	uint8_t base;	 /* enum base */
};

/*
 * What a segment looks like has one number, in its meta table and in each of its blocks. A reader
 * takes no other: it names the segment and says what to do, and a writer leaves it alone and begins
 * the next. So it goes up with every change of what is written: of this table or of struct stored
 * (a new member, another order, another way to foretell), of how a block, a chunk of texts or keys
 * are packed, of a table of SQLite or what a column of it means. tests/unit/test_store_layout.c
 * knows what each number looks like, and fails where that differs.
 *
 *   1  blocks in one piece, their keys beside them
 *   2  blocks in two parts; heads and keys in tables of their own
 *   3  two more texts: all containers around the owner, and its unit in a user's manager
 *   4  the cgroup of the owner, and that of the socket where it is another
 *   5  the container's name and image, and the pod's name and namespace
 */
#define STORE_LAYOUT 5

/*
 * In the order in which they are packed: by what another is foretold comes before it. Every byte of
 * a struct stored is in exactly one. The first COLUMNS_ASKED are what a question is decided by, and
 * what others are foretold by; these and the rest are packed each by themselves.
 */
#define COLUMNS_OF_PID 1  /* the first of the table tell the owner, */
#define COLUMNS_OF_ROLE 3 /* these its role */
#define COLUMNS_ASKED 30
extern const struct column stored_columns[];
extern const size_t n_stored_columns;

#endif
