/* SPDX-License-Identifier: GPL-2.0-only */
/* One network namespace after the other: what asks the kernel about the one it is in goes there. */
#ifndef SOCKWATCH_FLOW_VISIT_H
#define SOCKWATCH_FLOW_VISIT_H

struct netns;
struct netns_set;

/*
 * entered: 0 when the thread is in this namespace, else the -errno why it cannot be entered. 0, or
 * -errno, which ends the visit.
 */
typedef int visit_fn(void *arg, const struct netns *netns, int entered);

/*
 * Calls fn() for each of the set; the thread is in its own namespace afterwards. 0; what fn()
 * returned; -ENOTRECOVERABLE when there was no way back.
 */
int visit_namespaces(int proc_fd, const struct netns_set *set, visit_fn *fn, void *arg);

#endif
