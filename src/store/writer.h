/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes records into the newest segment of a directory, seals the full ones beside it (packs them
 * anew in large blocks, in a thread), and removes the oldest, whole, to stay within the limits.
 * What was taken is durable a second later: SIGKILL or power loss cost that second at most.
 *
 * The newest segment has SQLite's log beside it (WAL), each commit of which is synced: readers
 * never wait for the writer, nor it for them, and after a crash what was committed is there. Who
 * may only read (files are 0640, of the directory's group) reads it, too: the index of the log that
 * processes share (-shm) lies beside it until it is sealed; a reader that may not write there makes
 * its own. A sealed segment is one file that never changes.
 */
#ifndef SOCKWATCH_STORE_WRITER_H
#define SOCKWATCH_STORE_WRITER_H

#include <stdint.h>

struct record;
struct writer; /* opaque */

struct writer_opts {
	const char *dir; /* borrowed, as all; made (0750) when it is not there */
	/* 0: no limit, of all three */
	uint64_t max_size;   /* bytes of all segments together; at least four segments */
	uint64_t max_age_ns; /* a segment whose last record is older goes */
	uint32_t keep_free;  /* per cent of the file system: where less is free, it does not grow */
	uint64_t segment_size; /* bytes, at which a segment is sealed; also when it is a day old */
	const char *boot;      /* boot id, kept with the records; NULL: not known */
};

/*
 * Locks the directory, goes on with or seals what an earlier writer left. 0, or -errno after a
 * message: -EBUSY: another writer has it (its PID is told).
 */
int writer_open(const struct writer_opts *opts, struct writer **ret);

/*
 * Takes a record. 0; or -ENOSPC: there is no room on the disk (or it cannot be written), the record
 * is counted as lost, and a record of SW_EV_LOST tells so once there is room again, which is tried
 * each second. A file that was removed is begun anew, as is the directory. It never waits for room.
 */
int writer_record(struct writer *w, const struct record *rec);

/*
 * To be called each half second: commits what would be older than a second by the next time. As
 * writer_record; or -ENOENT, after a message: the directory was removed, and cannot be made again.
 */
int writer_tick(struct writer *w);

/*
 * From now on these limits, the members of *limits from max_size to segment_size; what is too much
 * by them is removed soon.
 */
void writer_limit(struct writer *w, const struct writer_opts *limits);

/* How many records were lost for want of room, since it was opened. */
uint64_t writer_lost(const struct writer *w);

/* For tests: waits until all that is full is sealed, and what is too much removed. */
void writer_settle(struct writer *w);

/* Commits what is left, and waits for a seal that is under way, for a moment. NULL is fine. */
void writer_close(struct writer *w);

#endif
