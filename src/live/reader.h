/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading events from the ring buffer: at once on a quiet machine, in batches on a busy one. */
#ifndef SOCKWATCH_LIVE_READER_H
#define SOCKWATCH_LIVE_READER_H

#include <stdbool.h>
#include <stdint.h>

#define READER_LATE_NS 50000000 /* how late a loss may be told */

struct loader;
struct reader; /* opaque */
struct sw_cgroup_made;
struct sw_closed;
struct sw_conn;
struct sw_event;
struct sw_exec;
struct sw_fork;

/* Who takes what the ring holds, each borrowed for the call. */
struct reader_takes {
	/* Non-zero ends the drain; the event counts as taken. */
	int (*event)(void *arg, const struct sw_event *event);
	/* The same of loader_opts.conns: a connection that has ended. */
	int (*conn)(void *arg, struct sw_conn *conn);
	/* The same of its UDP: a socket that had peers is closed. */
	int (*closed)(void *arg, const struct sw_closed *closed);
	/* NULL where loader_opts.processes did not ask for them. */
	void (*exec)(void *arg, const struct sw_exec *exec);
	void (*fork)(void *arg, const struct sw_fork *fork);
	/* of loader_opts.details */
	void (*cgroup)(void *arg, const struct sw_cgroup_made *made);
};

/* loader, takes: borrowed, must outlive the reader. 0, or -errno with *ret untouched. */
int reader_open(struct loader *loader, const struct reader_takes *takes, void *arg,
		struct reader **ret);

/*
 * Takes everything that is in the ring. The number of events taken; a negative value that
 * takes->event() returned; -EBADMSG for a record that is no event (kernel side and user side do not
 * belong together).
 */
int reader_drain(struct reader *r);

/*
 * Takes what is in the ring and what is just being written to it: a record that another CPU has
 * begun hides the ones behind it, for microseconds. 0, or as reader_drain().
 */
int reader_drain_settled(struct reader *r);

/*
 * After loader_detach(): takes the last of it. Waits some milliseconds for records that are being
 * written; then come the ends of TIME_WAIT that no timer has followed yet. What does not come is
 * lost, see reader_lost(). As reader_drain().
 */
int reader_finish(struct reader *r);

/*
 * Sleeps until events are likely to be there, `fd` is readable (loop_fd(): all else that is waited
 * for; -1: none) or timeout_ms has passed (-1: never). May return early; drain after every return.
 * True: fd is readable, or may be, as it was not looked at. A busy machine's pause looks at
 * nothing, but a signal ends it.
 */
bool reader_wait(struct reader *r, int fd, int timeout_ms);

/* Records that were taken from the ring: events, and what else reader_takes has. */
uint64_t reader_records(const struct reader *r);

/*
 * Events that were lost since the programs were loaded, on all CPUs: the ring was full, or the
 * kernel skipped the programs (of those it may be late by READER_LATE_NS). Never falls.
 */
uint64_t reader_lost(struct reader *r);

/*
 * How often there was no room to remember a socket. Its transitions are told without its past, so
 * they are no part of reader_lost(). Never falls.
 */
uint64_t reader_no_room(const struct reader *r);

/*
 * How often there was no room for a peer of a UDP socket: it has no record, and is a part of
 * reader_lost(). Never falls.
 */
uint64_t reader_no_peer(const struct reader *r);

/* NULL is fine. */
void reader_free(struct reader *r);

#endif
