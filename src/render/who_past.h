/* SPDX-License-Identifier: GPL-2.0-only */
/* Who had a port in a time of the past (core/who_past.h). */
#ifndef SOCKWATCH_RENDER_WHO_PAST_H
#define SOCKWATCH_RENDER_WHO_PAST_H

#include <stdint.h>

#include "render/stamp.h"

struct buf;
struct record;
struct schema;
struct who_past_entry;

/* What the getters see: both borrowed. The record comes first: fields follow it. */
struct told_entry {
	const struct record *rec;
	const struct who_past_entry *entry;
};

/* Of a struct told_entry. */
extern const struct schema who_past_schema;

/* Appends the header of the table; a line of it. */
void who_past_put_header(struct buf *b);
void who_past_put_text(struct buf *b, const struct told_entry *t);

/* Appends a paragraph on the process: as render_who_text(), and what started it. user: the name;
 * NULL: none. */
void who_past_put_process(struct buf *b, const struct record *rec, const char *user);

#endif
