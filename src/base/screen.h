/* SPDX-License-Identifier: GPL-2.0-only */
/* A header that stays in sight at a terminal: told again before the line that pushes it out. */
#ifndef SOCKWATCH_BASE_SCREEN_H
#define SOCKWATCH_BASE_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/* Starts as all zero: no terminal, no header to keep. */
struct screen {
	int columns; /* 0: not known, lines are as long as they are */
	int lines;   /* 0: no header has to stay */
	int used;    /* lines, by the header and the lines that follow it */
};

/*
 * Begins anew with the terminal that fd is, as large as it is by now, and nothing of it used. Not a
 * terminal: as all zero.
 */
void screen_measure(struct screen *s, int fd);

/*
 * The columns of what was appended to b from `start` on, up to the end of its line. Each character
 * counts as one, though a few are two wide; what changes colours as none.
 */
int screen_columns(const struct buf *b, size_t start);

/*
 * Counts a line that was appended to b from `start` on among those used. False, and it is not
 * counted: no room is left for it beside the header and the line of the cursor.
 */
bool screen_take(struct screen *s, const struct buf *b, size_t start);

/*
 * Puts the header, one line or nothing, before the line that was appended to b from `start` on, and
 * begins anew with both of them used.
 */
void screen_put_header(struct screen *s, struct buf *b, size_t start, const struct buf *header);

#endif
