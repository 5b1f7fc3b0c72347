/* SPDX-License-Identifier: GPL-2.0-only */
/* TCP sockets that are bound and do nothing, and that no table and no descriptor told. */
#ifndef SOCKWATCH_FLOW_BOUND_H
#define SOCKWATCH_FLOW_BOUND_H

#include <stdbool.h>
#include <stdint.h>

struct collect_opts;
struct gathered;
struct snapshot;
struct sw_filter;

/* Whether a socket that is in state CLOSE, and in no process that is seen, can pass the filter. */
bool bound_can_pass(const struct sw_filter *f);

/*
 * Whether *s, which the walk has filled, may lack some: unless the kernel counts as many sockets of
 * TCP as there are rows of them, before the walk and after it. n_before: sockstat_tcp()'s then; 0:
 * not known.
 */
bool bound_may_lack(int proc_fd, uint64_t n_before, const struct snapshot *s);

/*
 * Appends a row for each that *s does not have, of all namespaces that the filter asks for and
 * that we may enter: those of processes that we do not see, and those on their way between two
 * processes, among them. Needs a kernel that tells them (Linux 6.8); where it does not, or may not,
 * the rest is as good as it was. 0; -ENOMEM; -EINTR from step(); -ENOTRECOVERABLE when this thread
 * could not come back to its namespace.
 */
int bound_add(const struct collect_opts *o, const struct gathered *g, struct snapshot *s);

#endif
