/* SPDX-License-Identifier: GPL-2.0-only */
/* Who reads the store for a live table, that it may step into the past. */
#ifndef SOCKWATCH_WORDS_TOP_READER_H
#define SOCKWATCH_WORDS_TOP_READER_H

struct child;
struct options;

/*
 * Starts sockwatch-store beside the table (words/store_top_read.h), while there are rights: it
 * keeps those to read. 0, and *ret is untouched where there is no store, or no such program; or
 * -errno after a message.
 */
int top_reader_start(const struct options *o, struct child *ret);

/* Ends it, in whatever it does. One that was not started is fine. */
void top_reader_end(struct child *reader);

#endif
