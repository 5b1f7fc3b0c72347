/* SPDX-License-Identifier: GPL-2.0-only */
/* What failed, and what happened last, of the board (top/board.h). */
#ifndef SOCKWATCH_TOP_FAILURES_H
#define SOCKWATCH_TOP_FAILURES_H

#include "core/connection.h"

struct board;
struct board_event;
struct record;

/*
 * Counts a failure with those of the same program, peer and reason. Where there are too many kinds,
 * the one that was seen last the longest ago goes.
 */
void failures_add(struct board *b, const struct record *rec, enum conn_direction direction);

/* A line more for the event pane. */
void happened_add(struct board *b, const struct board_event *what);

#endif
