/* SPDX-License-Identifier: GPL-2.0-only */
/* Text in columns of a screen, by what each character takes there: none, one or two. */
#ifndef SOCKWATCH_TOP_GLYPHS_H
#define SOCKWATCH_TOP_GLYPHS_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/* Columns of text, which is UTF-8 of this locale; what is none counts as one each. */
int glyphs_width(const char *text, size_t len);

/*
 * Appends text in exactly `width` columns: filled with blanks (on the left where it is `right`), or
 * cut, with a mark at its end. ascii: what is not ASCII becomes '?', and the mark is '>'.
 */
void glyphs_put(struct buf *b, const char *text, size_t len, int width, bool right, bool ascii);

#endif
