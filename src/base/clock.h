/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel side counts CLOCK_MONOTONIC; people want the time of day. */
#ifndef SOCKWATCH_BASE_CLOCK_H
#define SOCKWATCH_BASE_CLOCK_H

#include <stdint.h>

/* Nanoseconds of CLOCK_MONOTONIC. */
uint64_t clock_now(void);

/* Nanoseconds of CLOCK_BOOTTIME, which counts suspended time too; starts of processes are in it. */
uint64_t clock_boot_now(void);

/* What to add to a CLOCK_MONOTONIC time to get nanoseconds since 1970 (UTC), as of now. */
int64_t clock_wall_offset(void);

/* The same for a CLOCK_BOOTTIME time. */
int64_t clock_boot_wall_offset(void);

/* Nanoseconds since 1970 (UTC). */
uint64_t clock_wall_now(void);

/* What this thread has taken of a processor so far. */
uint64_t clock_cpu(void);

/*
 * Milliseconds until a time of CLOCK_MONOTONIC (in nanoseconds), for poll(): rounded up, an hour at
 * most, 0 when the time has come, -1 (no limit) for a time of 0.
 */
int clock_ms_until(uint64_t deadline_ns);

/*
 * How far the clocks of our time namespace are ahead of the kernel's own (proc/time_ns.h), which
 * its events have: taken off from then on.
 */
void clock_set_namespace(int64_t monotonic_ns, int64_t boot_ns);

/* A time of /proc, which are those of our namespace, by the kernel's own clock; 0: not known. */
uint64_t clock_boot_of_namespace(uint64_t boot_ns);

#endif
