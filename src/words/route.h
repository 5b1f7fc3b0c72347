/* SPDX-License-Identifier: GPL-2.0-only */
/* sockwatch route: the routes, and with --follow every change to them. */
#ifndef SOCKWATCH_ROUTE_H
#define SOCKWATCH_ROUTE_H

struct options;

/* 0, or -errno after a message. */
int route_run(const struct options *options);

#endif
