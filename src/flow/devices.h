/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of the interfaces that sockets are bound to, each of its socket's own network namespace. */
#ifndef SOCKWATCH_FLOW_DEVICES_H
#define SOCKWATCH_FLOW_DEVICES_H

#include <stdbool.h>
#include <stdint.h>

#define DEVICE_NAME_MAX 16 /* IFNAMSIZ, and more than an index has digits */

struct devices; /* opaque */
struct netns_set;
struct snapshot;

/*
 * proc_fd: borrowed, must outlive it. While it lives, our own namespace can be asked, without any
 * rights. NULL when there is no memory.
 */
struct devices *devices_new(int proc_fd);

/*
 * Asks the other namespaces, while we may enter them, for the names that these rows need; what was
 * learned for earlier rows is forgotten. set: the namespaces that are known; of what is not among
 * them the names stay unknown. The thread is in its own namespace afterwards. 0; -ENOMEM; -errno
 * when it cannot go back there.
 */
int devices_learn(struct devices *d, const struct snapshot *s, const struct netns_set *set);

/*
 * What to call the interface: its name, or its index where that is not known. Of another namespace
 * than ours only what was learned for the rows counts (`learned`), as it may have another name by
 * the time of an event. Borrowed until the next call, of devices_learn() too.
 */
const char *devices_name(struct devices *d, uint32_t netns, uint32_t index, bool learned);

/* Whether it is not the namespace that we are in; false where that is not known. */
bool devices_elsewhere(const struct devices *d, uint32_t netns);

/* NULL is fine. */
void devices_free(struct devices *d);

#endif
