/* SPDX-License-Identifier: GPL-2.0-only */
/* The time namespace that we are in (time_namespaces(7)), whose clocks are not those of events. */
#ifndef SOCKWATCH_PROC_TIME_NS_H
#define SOCKWATCH_PROC_TIME_NS_H

#include <stdint.h>

/* Of the text of /proc/self/timens_offsets: nanoseconds, 0 for a clock that it does not name. */
void time_ns_parse(const char *text, int64_t *ret_monotonic_ns, int64_t *ret_boot_ns);

/* Tells base/clock.h; where there are no such namespaces the clocks are what they are. */
void time_ns_learn(void);

#endif
