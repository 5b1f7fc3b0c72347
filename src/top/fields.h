/* SPDX-License-Identifier: GPL-2.0-only */
/* The live table as JSON: a frame, an object a line. */
#ifndef SOCKWATCH_TOP_FIELDS_H
#define SOCKWATCH_TOP_FIELDS_H

#include <stdint.h>

#include "top/list.h"

struct board;
struct buf;
struct schema;

#define FIELDS_SUFFIX ".jsonl" /* of a file that has them */

extern const struct schema frame_schema; /* the sums, first of each frame */
extern const struct schema row_schema;	 /* each row of it */

/* Appends a frame: its sums, then the rows of the list. */
void fields_put_frame(struct buf *b, const struct board *board, const struct top_list *list,
		      enum top_kind kind, uint64_t now_ns);

#endif
