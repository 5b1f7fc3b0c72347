/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What NAT made of a record's connection, where somebody asked for that.
 */
#ifndef SOCKWATCH_FLOW_NATTED_H
#define SOCKWATCH_FLOW_NATTED_H

#include <stdbool.h>
#include <stdint.h>

struct nats;
struct record;

struct natted {
	struct nats *nats;   /* borrowed; NULL: not asked for, or refused */
	bool tracked;	     /* the kernel tracks connections */
	uint64_t tracked_ns; /* until when it is taken that it does not */
};

/*
 * Sets rec->nat, valid until the next call, where conntrack is known to have changed the
 * connection. rec->elsewhere must be there. That it may not be asked is said once.
 */
void natted_set(struct natted *n, struct record *rec);

#endif
