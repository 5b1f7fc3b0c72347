/* SPDX-License-Identifier: GPL-2.0-only */
/* Parts of the screen (top/view.h), each as lines of a page: at most `most` of them. */
#ifndef SOCKWATCH_TOP_PARTS_H
#define SOCKWATCH_TOP_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "top/view.h"

struct board;
struct buf;
struct sw_sock;

struct part {
	const struct view *v; /* borrowed, as all below */
	const struct board *b;
	struct view_page *page;
	int width; /* 0: any */
	uint64_t now_ns;
	uint64_t wall_ns;
};

/* What was put since `start` is a line of the page, as wide as the screen. */
void part_end_line(const struct part *p, size_t start, enum view_style style);

/* "LOCAL:PORT", and " - REMOTE:PORT" where there is a peer. */
void part_put_ends(struct buf *b, const struct sw_sock *s);

/* What there is, what it moves, and what is missing; in two to four lines. */
void part_totals(const struct part *p);

/* Which view it is, what is asked for, and how. */
void part_status(const struct part *p);

/* What happened last, the newest at the bottom. */
void part_events(const struct part *p, size_t most);

/* All that is known of the row under the cursor. */
void part_details(const struct part *p, size_t most);

/* What is to be done, before it is (top/ask.h). */
void part_ask(const struct part *p, size_t most);

void part_help(const struct part *p, size_t most);

/* The keys, or a message. */
void part_bar(const struct part *p);

/* Bars of the last samples, by `value` of each; the largest is as high as can be. */
void part_spark(const struct part *p, size_t columns, uint64_t (*value)(const void *sample));

#endif
