/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A sink whose work is done by another one in a process of its own, so that whatever blocks, hangs
 * or crashes there holds up nobody here:
 *
 *   record() -> packed (core/wire.h) -> kept while the socket is full ~~> unpacked -> inner's
 * record()
 *
 * The process is a fork of ours, or another program, which calls process_serve().
 *
 * No call but open and the end waits. What does not fit is kept, up to a limit; what is more is
 * counted, and told by a record of SW_EV_LOST behind what was kept, once there is room again.
 */
#ifndef SOCKWATCH_SINK_PROCESS_H
#define SOCKWATCH_SINK_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;
struct sink;

struct process_sink_opts {
	const char *name;    /* of the process, 15 bytes at most, and in messages; borrowed */
	size_t buffer_size;  /* bytes that may wait here; 0: 8 MiB */
	unsigned int end_ms; /* that the end may take; 0: a second */
	unsigned int keep;   /* enum child_keeps: what it has besides stderr, for messages */
	const char *program; /* the path of the program that it is; NULL: ours. Borrowed, ... */
	char *const *argv;   /* ... as its arguments */
	int also;	   /* borrowed: a descriptor that the program gets (CHILD_ALSO); 0: none */
	int further;	   /* likewise (CHILD_FURTHER) */
	bool leaves;	   /* one that is not done in time is left to finish, not killed */
	struct loop *loop; /* borrowed, must outlive the sink; NULL: what waits goes on its way by
			      later calls only, and the process's end is noticed by them */
};

/*
 * inner (NULL where there is a program, which has its own): is the new sink's from now on, also
 * when there is no memory (NULL). It is opened, told and closed in the process only; it must not
 * have anything open by now.
 *
 * open() starts the process (base/child.h says when that is to be), which opens inner while rights
 * are still there, and gives them up. 0, or what inner's open() returned.
 *
 * record() and flush() return 0, what inner's returned, or -EIO after a message when the process
 * has ended without a word. Inner is flushed whenever nothing more waits for it.
 *
 * close() ends it, if process_sink_end() did not, and frees the sink.
 */
struct sink *process_sink_new(struct sink *inner, const struct process_sink_opts *opts);

/*
 * After the last record: passes on what waits, lets inner flush and close, and waits for the end of
 * the process; for end_ms, or until we were asked twice to end, and then kills it. 0, or the first
 * error of all, after a message: -ETIMEDOUT: it was killed, or left, and what it was not told by
 * then is lost.
 */
int process_sink_end(struct sink *s);

/*
 * How many events and rows inner was not told or could not take, as far as known: told as lost,
 * left out, or left at the end.
 */
uint64_t process_sink_lost(const struct sink *s);

#endif
