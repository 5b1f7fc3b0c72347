/* SPDX-License-Identifier: GPL-2.0-only */
/* What the ring brings during the start, before the rows are told: kept, in its order. */
#ifndef SOCKWATCH_FLOW_EARLY_H
#define SOCKWATCH_FLOW_EARLY_H

#include <stddef.h>

#include "base/buf.h"
#include "conn.h"

/* Starts as all zero. */
struct early {
	struct buf events; /* owned: struct sw_event */
	struct buf conns;  /* owned: struct early_conn */
};

struct early_conn {
	size_t after; /* so many of the events came before it */
	struct sw_conn conn;
};

/* 0 or -ENOMEM. */
int early_put(struct early *e, const struct sw_event *event);
int early_put_conn(struct early *e, const struct sw_conn *conn);

/* Borrowed, until the next that is put; the events may be changed. */
struct sw_event *early_events(const struct early *e, size_t *ret_n);
struct early_conn *early_conns(const struct early *e, size_t *ret_n);

void early_free(struct early *e);

#endif
