// SPDX-License-Identifier: GPL-2.0-only
#include "core/row.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Makes room for one more element; returns the array, which may have moved, or NULL. */
static void *grown(void *array, size_t n, size_t *cap, size_t size)
{
	size_t want = *cap ? *cap * 2 : 256;

	if (n < *cap)
		return array;
	array = reallocarray(array, want, size);
	if (array)
		*cap = want;
	return array;
}

int snapshot_add_row(struct snapshot *s, const struct sw_row *row)
{
	struct sw_row *rows = grown(s->rows, s->n_rows, &s->cap_rows, sizeof(*rows));

	if (!rows)
		return -ENOMEM;
	s->rows = rows;
	s->rows[s->n_rows++] = *row;
	return 0;
}

int snapshot_add_holder(struct snapshot *s, const struct holder *holder)
{
	struct holder *holders = grown(s->holders, s->n_holders, &s->cap_holders, sizeof(*holders));

	if (!holders)
		return -ENOMEM;
	s->holders = holders;
	s->holders[s->n_holders++] = *holder;
	return 0;
}

void row_set_owner(struct sw_row *row, const struct holder *holder, uint8_t source)
{
	row->sock.pid = holder->pid;
	row->sock.start_ns = 0; /* not that of who was its owner before */
	memcpy(row->sock.comm, holder->comm, SW_COMM_LEN);
	row->sock.owner_source = source;
}

void row_copy_owner(struct sw_row *row, const struct sw_sock *from, uint8_t source)
{
	row->sock.pid = from->pid;
	row->sock.start_ns = from->start_ns;
	memcpy(row->sock.comm, from->comm, SW_COMM_LEN);
	row->sock.have |= from->have & SW_HAVE_CGROUP;
	row->sock.owner_source = source;
}

void snapshot_free(struct snapshot *s)
{
	free(s->rows);
	free(s->holders);
	*s = (struct snapshot){ 0 };
}
