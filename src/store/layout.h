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
 * In the order in which they are packed: by what another is foretold comes before it. Every byte of
 * a struct stored is in exactly one. Who changes it changes BLOCK_VERSION (store/columns.c).
 */
#define COLUMNS_OF_PID 1  /* the first of the table tell the owner, */
#define COLUMNS_OF_ROLE 3 /* these its role */
extern const struct column stored_columns[];
extern const size_t n_stored_columns;

#endif
