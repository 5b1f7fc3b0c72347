/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes records into the newest segment of a directory, seals the full ones beside it (packs them
 * anew in large blocks, in a thread), and removes the oldest, whole, to stay within the limits.
 * What was taken is durable a second later: SIGKILL or power loss cost that second at most.
 */
#ifndef SOCKWATCH_STORE_WRITER_H
#define SOCKWATCH_STORE_WRITER_H

#include <stdint.h>

struct record;
struct writer; /* opaque */

struct writer_opts {
	const char *dir;       /* borrowed, as all; made (0750) when it is not there */
	uint64_t max_size;     /* bytes of all segments together; at least four segments */
	uint64_t max_age_ns;   /* a segment whose last record is older goes */
	uint32_t keep_free;    /* per cent of the file system that stay free */
	uint64_t segment_size; /* bytes, at which a segment is sealed */
};

/*
 * Locks the directory, goes on with or seals what an earlier writer left. 0, or -errno after a
 * message: -EBUSY: another writer has it (its PID is told).
 */
int writer_open(const struct writer_opts *opts, struct writer **ret);

/*
 * Takes a record. 0; or -ENOSPC: there is no room on the disk (or it cannot be written), the record
 * is counted as lost, and a record of SW_EV_LOST tells so once there is room again. Other -errno:
 * nothing more is taken, after a message.
 */
int writer_record(struct writer *w, const struct record *rec);

/* To be called at least once a second: commits what is a second old or older. As writer_record. */
int writer_tick(struct writer *w);

/* How many records were lost for want of room, since it was opened. */
uint64_t writer_lost(const struct writer *w);

/* Commits what is left, and waits for a seal that is under way, for a moment. NULL is fine. */
void writer_close(struct writer *w);

#endif
