/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Strings from outside (process names, command lines, paths) may hold any byte. Every one of them
 * passes one of these before it is printed.
 */
#ifndef SOCKWATCH_RENDER_ESCAPE_H
#define SOCKWATCH_RENDER_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/*
 * For a terminal or a line of a file: control characters (C0, DEL, C1), the marks that change the
 * direction of writing, line separators and bytes that are not UTF-8 become \xNN, byte by byte; a
 * backslash is doubled. The result is one line of valid UTF-8.
 */
void escape_text(struct buf *b, const char *s, size_t len);

/*
 * As escape_text(), for a name among others: in double quotes where it has a blank (of any script)
 * or one of `marks`, with those inside as \". So it reads as one name only. `marks` holds the
 * quote.
 */
void escape_name(struct buf *b, const char *s, size_t len, const char *marks);

/* The same quotes, without any other escape: for a list that is escaped as a whole. */
void quote_name(struct buf *b, const char *s, size_t len, const char *marks);

/*
 * The same as escape_text(), for a page of HTML: between tags, or in an attribute in quotes. At
 * most `most` characters are left of it, with an ellipsis behind them; 0: all.
 */
void escape_html(struct buf *b, const char *s, size_t len, size_t most);

/* The inside of a JSON string (RFC 8259); a byte that is not UTF-8 becomes U+FFFD. */
void escape_json(struct buf *b, const char *s, size_t len);

/*
 * A CSV field (RFC 4180), in quotes where it needs them. Control characters are escaped as in text,
 * so that a record is always one line and a name cannot forge another.
 */
void escape_csv(struct buf *b, const char *s, size_t len);

/*
 * From now on escape_csv() puts an apostrophe before what a spreadsheet would take for a formula
 * (=, +, -, @ at the beginning, also of full width), and quotes what has another's separator.
 */
void escape_csv_guard(bool on);

#endif
