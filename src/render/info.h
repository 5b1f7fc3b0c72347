/* SPDX-License-Identifier: GPL-2.0-only */
/* Text: what is told of a row only when it is asked for, in the words of ss. */
#ifndef SOCKWATCH_RENDER_INFO_H
#define SOCKWATCH_RENDER_INFO_H

struct buf;
struct record;

/* Appends what the record has of it; nothing where it has none. */
void info_put_text(struct buf *b, const struct record *rec);

#endif
