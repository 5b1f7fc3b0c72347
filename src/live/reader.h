/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading events from the ring buffer: at once on a quiet machine, in batches on a busy one. */
#ifndef SOCKWATCH_LIVE_READER_H
#define SOCKWATCH_LIVE_READER_H

#include <stdint.h>

struct loader;
struct reader; /* opaque */
struct sw_event;

/* Takes one event, borrowed for the call. Non-zero ends the drain; the event counts as taken. */
typedef int (*reader_take)(void *arg, const struct sw_event *event);

/* loader: borrowed, must outlive the reader. 0, or -errno with *ret untouched. */
int reader_open(struct loader *loader, reader_take take, void *arg, struct reader **ret);

/*
 * Takes everything that is in the ring. The number of events taken; a negative value that take()
 * returned; -EBADMSG for a record that is no event (kernel side and user side do not belong
 * together).
 */
int reader_drain(struct reader *r);

/*
 * Sleeps until events are likely to be there, `fd` is readable (a signal; -1: none) or timeout_ms
 * has passed (-1: never). May return early; drain after every return.
 */
void reader_wait(struct reader *r, int fd, int timeout_ms);

/*
 * Events that were lost since the programs were loaded, on all CPUs: the ring was full, or the
 * kernel skipped the programs. Never falls.
 */
uint64_t reader_lost(const struct reader *r);

/* NULL is fine. */
void reader_free(struct reader *r);

#endif
