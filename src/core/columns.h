/* SPDX-License-Identifier: GPL-2.0-only */
/* Columns that a user may choose by name: --fields, --sort. */
#ifndef SOCKWATCH_CORE_COLUMNS_H
#define SOCKWATCH_CORE_COLUMNS_H

#include <stdint.h>

#define FIELDS_MAX 192 /* more than there are */

/* What is to be looked up so that there is something in it. */
enum column_need {
	NEED_PLACE = 1 << 0,	 /* cgroup, container, unit */
	NEED_PROCESSES = 1 << 1, /* what the owner runs */
	NEED_NAMES = 1 << 2,	 /* of hosts, services and users */
	NEED_TIMERS = 1 << 3,	 /* of TCP, in rows */
	NEED_MEMORY = 1 << 4,	 /* that a row's socket takes */
	NEED_INFO = 1 << 5,	 /* what TCP knows of the way, likewise */
	NEED_PEERS = 1 << 6,	 /* who is at the other end, of what was recorded */
	NEED_NAT = 1 << 7,	 /* what NAT made of connections */
};

/* All static. */
struct named_column {
	const char *name;
	const char *about;
	uint32_t needs; /* enum column_need */
};

#endif
