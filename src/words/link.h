/* SPDX-License-Identifier: GPL-2.0-only */
/* sockwatch link: the interfaces and their counters; repeated, their rates. */
#ifndef SOCKWATCH_LINK_H
#define SOCKWATCH_LINK_H

struct options;

/* 0, or -errno after a message. */
int link_run(const struct options *options);

#endif
