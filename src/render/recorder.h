/* SPDX-License-Identifier: GPL-2.0-only */
/* Text: what is told of the recorder among what it recorded, and of days. */
#ifndef SOCKWATCH_RENDER_RECORDER_H
#define SOCKWATCH_RENDER_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct record;
struct render;

/*
 * Appends what such a record says, without its time and the end of the line: "recorder started",
 * "from 12:00:01 to 12:00:03 41 events were lost". False, and nothing is appended, where it has
 * nothing of that (it is of a socket, or does not know since when events were lost).
 */
bool recorder_put_text(const struct render *r, struct buf *b, const struct record *rec);

/*
 * The same, as a sentence for people who do not see the line: with dates. Of what was lost or not
 * recorded only.
 */
void recorder_put_note(struct buf *b, const struct record *rec);

/* Appends a line "-- Tue 2026-11-24" where the day, local time, is another than before. */
void day_put(struct render *r, struct buf *b, uint64_t wall_ns);

#endif
