/* SPDX-License-Identifier: GPL-2.0-only */
/* A page: what is there, printed once, or again and again (-c, --count). */
#ifndef SOCKWATCH_WORDS_PAGE_H
#define SOCKWATCH_WORDS_PAGE_H

#include <stdint.h>

#include "core/opts.h"
#include "words/out.h"

/*
 * Appends page number n (from 0) to out->buf. 0, or -errno after a message: that ends it.
 */
typedef int (*page_fn)(void *arg, struct output *out, uint64_t n);

/*
 * Calls fn() and writes what it appended to stdout: once, or each repeat_ms (counted from the
 * first, so pages do not drift) until `count` pages, a signal, or a reader that has seen enough.
 */
enum exit_status page_run(const struct page_opts *opts, page_fn fn, void *arg);

#endif
