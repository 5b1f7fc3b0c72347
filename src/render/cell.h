/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Columns of a text table: as wide as they are, and a blank; what is longer is not cut. Behind them
 * stands what has a label.
 */
#ifndef SOCKWATCH_RENDER_CELL_H
#define SOCKWATCH_RENDER_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/* Ends a column whose text begins at `start` of the buffer: fills its width, and a blank. */
void cell_end(struct buf *b, size_t start, int width);

/* A column with this text; with this number, on its left or on its right side. */
void cell_put(struct buf *b, const char *text, int width);
void cell_put_number(struct buf *b, uint64_t number, int width);
void cell_put_number_right(struct buf *b, uint64_t number, int width);

/* Appends label and number; nothing when it has none. */
void label_put_number(struct buf *b, const char *label, bool has, uint64_t number);

/* NULL for "". */
static inline const char *filled(const char *text)
{
	return text[0] ? text : NULL;
}

/* Appends label and text, which is escaped; nothing for NULL. */
void label_put_text(struct buf *b, const char *label, const char *text);

/* The same for a command line: of more than 200 bytes the first, and "...". */
void label_put_cut(struct buf *b, const char *label, const char *text);

/* As label_put_text(), for a name that must not read as the next label: in quotes where it has a
 * blank. */
void label_put_name(struct buf *b, const char *label, const char *name);

/* Likewise the id of a container: a hash is cut to 12 digits, as docker does; a name is not. */
void label_put_container(struct buf *b, const char *label, const char *id);

#endif
