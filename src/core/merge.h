/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attach first, read second, merge third: which rows of a snapshot are told, and in which state,
 * given every event that happened since before it was read.
 *
 * A table of /proc has no time, so a row may be older or newer than an event of its socket. The
 * events decide: each carries the state its socket was in when tracing began (first_state), or none
 * if it was born later. A row of a socket with events is told in that state, and its events lead on
 * from there; a socket that was born later is told by its events alone; a socket that ended before
 * its table was read is told by a row made from its first event. So the rows are what existed at
 * the attach, each once, and the events are everything after. A row that a busy table lists twice
 * is told once.
 */
#ifndef SOCKWATCH_CORE_MERGE_H
#define SOCKWATCH_CORE_MERGE_H

#include <stddef.h>
#include <stdint.h>

struct snapshot;
struct sw_event;

/*
 * Changes *s so that its rows are what is told (rows dropped, states set, rows added at the end),
 * and gives events whose owner is unknown the first holder of their socket's row. The events are
 * in the order of the ring. 0, or -ENOMEM: *s can then only be freed.
 */
int merge_snapshot(struct snapshot *s, struct sw_event *events, size_t n_events);

#endif
