/* SPDX-License-Identifier: GPL-2.0-only */
/* A page: what is there, printed once, or again and again (-c, --count). */
#ifndef SOCKWATCH_WORDS_PAGE_H
#define SOCKWATCH_WORDS_PAGE_H

#include <stdint.h>

#include "core/opts.h"
#include "words/out.h"

struct loop;

/*
 * Appends page number n (from 0) to out->buf. 0, or -errno after a message: that ends it.
 */
typedef int (*page_fn)(void *arg, struct output *out, uint64_t n);

/*
 * Calls fn() and writes what it appended to stdout: once, or each repeat_ms (counted from the
 * first, so pages do not drift) until `count` pages, a signal, or a reader that has seen enough.
 */
enum exit_status page_run(const struct page_opts *opts, page_fn fn, void *arg);

struct print_opts;

/*
 * The same for pages that take the place of one another, where they are text, repeated, and at a
 * terminal that can do that. mark: what is new on a page is marked, unless colours are refused; not
 * for pages that mark it themselves, or whose lines are new each time.
 */
struct page_opts page_in_place(const struct page_opts *opts, const struct print_opts *print,
			       bool mark);

/*
 * Adds to the loop what tells of changes: what these append to the page's output, and write, comes
 * behind it. They stop the loop when enough was told or it cannot be written. 0, or -errno after a
 * message.
 */
typedef int (*follow_fn)(void *arg, struct loop *loop);

/* Writes one page, then follows what changes, until that stops the loop or a signal comes. */
enum exit_status page_follow(page_fn fn, follow_fn follow, void *arg);

#endif
