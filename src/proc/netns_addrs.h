/* SPDX-License-Identifier: GPL-2.0-only */
/* Which network namespaces have an address, by what /proc tells of each. */
#ifndef SOCKWATCH_PROC_NETNS_ADDRS_H
#define SOCKWATCH_PROC_NETNS_ADDRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"

struct netns_set;

struct netns_addr {
	union sw_addr addr; /* that is looked for */
	uint32_t netns;	    /* the last that has it; 0: none */
	uint32_t n;	    /* how many have it */
	bool seen;	    /* the lines at hand had it: for netns_addr_line() */
};

/*
 * Looks through all of a set for who has each of n addresses. False: some could not be looked at,
 * and may have them too.
 */
bool netns_find_addrs(int proc_fd, const struct netns_set *set, struct netns_addr *addrs, size_t n);

/*
 * Marks the address as seen where the line of net/fib_trie (v4: `before` is the line before it) or
 * net/if_inet6 says that it is one of the namespace's own.
 */
void netns_addr_line4(struct netns_addr *a, const char *before, const char *line);
void netns_addr_line6(struct netns_addr *a, const char *line);

#endif
