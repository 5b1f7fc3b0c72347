/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What goes to stdout: collected, written in large pieces, and complete unless `err` says
 * otherwise. Starts as all zero but for `fd`, `stops` and `before`.
 */
#ifndef SOCKWATCH_BASE_OUTPUT_H
#define SOCKWATCH_BASE_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

#define OUTPUT_CHUNK 65536 /* write once this much is collected */

struct output {
	int fd;		    /* borrowed */
	bool held;	    /* nothing is written while it is set: the buffer grows */
	int err;	    /* 0, or the -errno that ended it; nothing is written after it */
	uint64_t unwritten; /* lines that were collected and not written, because of that */
	struct buf buf;	    /* owned: what is not written yet */
	uint64_t
		end_ns; /* CLOCK_MONOTONIC: what nobody takes by then is given up; 0: not yet set */
	/* How often we were asked to end; NULL: never. Borrowed, as the next. */
	int (*stops)(void);
	/* Before something is written: may make fd another file. NULL: nothing to do. */
	void (*before)(void);
};

#define OUTPUT_END_MS 500

/*
 * Writes everything collected. 0, or the -errno that ended the output, now or earlier: -EPIPE when
 * the reader is gone, -ENOSPC when the disk is full, -ENOMEM when collecting failed. Once we were
 * asked to end a reader who takes nothing holds us up for OUTPUT_END_MS in all (-EINTR), and not at
 * all when we were asked twice.
 */
int output_flush(struct output *o);

/* Frees the buffer; closes nothing. */
void output_free(struct output *o);

/*
 * Gives those of stdin, stdout and stderr that were closed when we were started a place, so that no
 * file of ours gets their number and messages or records do not end in it. What is written to such
 * a stdout fails with EBADF, as it should.
 */
void output_guard_standard(void);

#endif
