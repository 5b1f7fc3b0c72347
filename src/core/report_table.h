/* SPDX-License-Identifier: GPL-2.0-only */
/* A table of a report: connections by what they have in common. Pure. */
#ifndef SOCKWATCH_CORE_REPORT_TABLE_H
#define SOCKWATCH_CORE_REPORT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "event.h"

#define REPORT_GROUPS 65536 /* of a table */

/* All zero but for what a table tells things apart by: its bytes are compared. */
struct report_key {
	union sw_addr addr; /* the peer's; of a listener its own */
	char comm[SW_COMM_LEN];
	uint16_t port; /* that was served: the other side's, of who connected */
	uint8_t proto;
	uint8_t direction; /* enum conn_direction */
	uint8_t reason;	   /* enum sw_reason */
	uint8_t kernel;	   /* 1: no process, the kernel's own */
	uint8_t pad[2];
};

/* Times in ns since 1970. */
struct report_group {
	struct report_key key;
	uint32_t next;	 /* of those with this hash: its index + 1; 0: the last */
	bool before;	 /* a listener: it began before first_ns */
	uint64_t n;	 /* connections; a listener: how many began */
	uint64_t failed; /* of them; a listener: how many ended */
	uint64_t going;	 /* of them: their end was not told; a listener: connections to it */
	uint64_t sent;	 /* bytes */
	uint64_t received;
	uint64_t first_ns;
	uint64_t last_ns; /* a listener: when the last ended */
};

/* Starts as all zero. */
struct report_table {
	struct report_group *groups; /* owned */
	size_t n, cap;
	struct hash by_key;
	struct report_group rest; /* of what found no room: its key says nothing */
};

/* The group of a key, made if need be; `rest` where there is no room; NULL: no memory. */
struct report_group *report_table_get(struct report_table *t, const struct report_key *key);

/* The same, of one that is there; NULL: it is not. */
struct report_group *report_table_find(const struct report_table *t, const struct report_key *key);

/* The largest first; nothing is asked for by its key behind it. */
void report_table_sort(struct report_table *t);

/* Adds up what stands behind the first `shown`, and what found no room; returns how many. */
size_t report_table_rest(const struct report_table *t, size_t shown, struct report_group *ret);

void report_table_free(struct report_table *t);

#endif
