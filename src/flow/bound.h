/* SPDX-License-Identifier: GPL-2.0-only */
/* TCP sockets that are bound and do nothing, and that no table and no descriptor told. */
#ifndef SOCKWATCH_FLOW_BOUND_H
#define SOCKWATCH_FLOW_BOUND_H

#include <stdbool.h>

struct gathered;
struct snapshot;

/*
 * Appends a row for each that *s does not have, of all namespaces that we may enter: those of
 * processes that we do not see, and those on their way between two processes, among them. Needs a
 * kernel that tells them (Linux 6.8); where it does not, or may not, the rest is as good as it was.
 * timers: rows have theirs, which does not run. 0; -ENOMEM; -ENOTRECOVERABLE when this thread could
 * not come back to its namespace.
 */
int bound_add(int proc_fd, const struct gathered *g, bool timers, struct snapshot *s);

#endif
