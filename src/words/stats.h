/* SPDX-License-Identifier: GPL-2.0-only */
/* sockwatch stats: the protocols' counters, once or what changes in them. */
#ifndef SOCKWATCH_STATS_H
#define SOCKWATCH_STATS_H

struct options;

/* 0, or -errno after a message. A reader that has seen enough (EPIPE) is no fault. */
int stats_run(const struct options *options);

#endif
