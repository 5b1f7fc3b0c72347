/* SPDX-License-Identifier: GPL-2.0-only */
/* The names that ip-netns(8) gave to network namespaces. */
#ifndef SOCKWATCH_PROC_NETNS_NAMES_H
#define SOCKWATCH_PROC_NETNS_NAMES_H

#include <stdint.h>

#define NETNS_NAMES_DIR "/run/netns"
#define DOCKER_NETNS_DIR "/run/docker/netns"

struct netns_names; /* opaque */

/*
 * dir: the directory where a file stands for each (NETNS_NAMES_DIR), borrowed; need not exist. NULL
 * when there is no memory.
 */
struct netns_names *netns_names_new(const char *dir);

/*
 * The name of the namespace with this inode, borrowed until the next call; NULL: it has none. A
 * name is held against its file (after a millisecond), as numbers are used again at once. All are
 * read again when one is not true any more, and for a namespace that has no name: once a second,
 * and when the directory changed or something was mounted. now_ns: of any clock that only goes
 * forward, the same for all calls.
 */
const char *netns_names_get(struct netns_names *names, uint32_t inode, uint64_t now_ns);

/* NULL is fine. */
void netns_names_free(struct netns_names *names);

#endif
