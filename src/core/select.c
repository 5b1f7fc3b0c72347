// SPDX-License-Identifier: GPL-2.0-only
#include "core/select.h"

#include <stdlib.h>
#include <string.h>

#include "core/row.h"
#include "filter.h"

static void set_owner(struct sw_event *e, const struct holder *h)
{
	e->pid = h->pid;
	memcpy(e->comm, h->comm, SW_COMM_LEN);
	e->owner_source = SW_OWNER_SNAPSHOT;
}

void row_to_event(const struct snapshot *s, const struct row *row, uint64_t time_ns,
		  struct sw_event *ret)
{
	*ret = (struct sw_event){ .time_ns = time_ns,
				  .inode = row->inode,
				  .tuple = row->tuple,
				  .uid = row->uid,
				  .have = SW_HAVE_UID,
				  .kind = SW_EV_SOCKET,
				  .proto = SW_PROTO_TCP,
				  .state = row->state };
	if (row->n_holders)
		set_owner(ret, &s->holders[row->first_holder]);
}

bool row_selected(const struct sw_filter *f, const struct snapshot *s, const struct row *row)
{
	struct sw_event e;

	row_to_event(s, row, 0, &e);
	if (sw_filter_socket(f, &row->tuple, row->uid) != SW_PASS)
		return false;
	if (!row->n_holders)
		return sw_filter_change(f, &e) == SW_PASS;
	for (uint32_t i = 0; i < row->n_holders; i++) {
		set_owner(&e, &s->holders[row->first_holder + i]);
		if (sw_filter_change(f, &e) == SW_PASS)
			return true;
	}
	return false;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare_rows(const void *left, const void *right)
{
	const struct row *a = left, *b = right;
	int order = compare_numbers(a->state != SW_TCP_LISTEN, b->state != SW_TCP_LISTEN);

	if (!order)
		order = compare_numbers(a->tuple.netns, b->tuple.netns);
	if (!order)
		order = compare_numbers(a->tuple.local_port, b->tuple.local_port);
	if (!order)
		order = compare_numbers(a->tuple.remote_port, b->tuple.remote_port);
	if (!order)
		order = memcmp(&a->tuple, &b->tuple, sizeof(a->tuple));
	return order ? order : compare_numbers(a->inode, b->inode);
}

void rows_sort(struct snapshot *s)
{
	if (s->n_rows)
		qsort(s->rows, s->n_rows, sizeof(*s->rows), compare_rows);
}
