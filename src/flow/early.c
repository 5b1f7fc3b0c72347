// SPDX-License-Identifier: GPL-2.0-only
#include "flow/early.h"

#include <errno.h>

int early_put(struct early *e, const struct sw_event *event)
{
	buf_put(&e->events, event, sizeof(*event));
	return buf_failed(&e->events) ? -ENOMEM : 0;
}

int early_put_conn(struct early *e, const struct sw_conn *conn)
{
	struct early_conn c = { .conn = *conn };

	early_events(e, &c.after);
	buf_put(&e->conns, &c, sizeof(c));
	return buf_failed(&e->conns) ? -ENOMEM : 0;
}

struct sw_event *early_events(const struct early *e, size_t *ret_n)
{
	*ret_n = e->events.len / sizeof(struct sw_event);
	return (struct sw_event *)(void *)e->events.data;
}

struct early_conn *early_conns(const struct early *e, size_t *ret_n)
{
	*ret_n = e->conns.len / sizeof(struct early_conn);
	return (struct early_conn *)(void *)e->conns.data;
}

void early_free(struct early *e)
{
	buf_free(&e->events);
	buf_free(&e->conns);
}
