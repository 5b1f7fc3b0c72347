/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What goes to stdout: collected, written in large pieces, and complete unless `err` says
 * otherwise. Starts as all zero but for `fd` and `give_up`.
 */
#ifndef SOCKWATCH_BASE_OUTPUT_H
#define SOCKWATCH_BASE_OUTPUT_H

#include <stdbool.h>

#include "base/buf.h"

#define OUTPUT_CHUNK 65536 /* write once this much is collected */

struct output {
	int fd;		/* borrowed */
	int err;	/* 0, or the -errno that ended it; nothing is written after it */
	struct buf buf; /* owned: what is not written yet */
	/* Asked when a signal interrupts a write; true gives up (-EINTR). NULL: never. */
	bool (*give_up)(void);
};

/*
 * Writes everything collected. 0, or the -errno that ended the output, now or earlier: -EPIPE when
 * the reader is gone, -ENOSPC when the disk is full, -ENOMEM when collecting failed.
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
