// SPDX-License-Identifier: GPL-2.0-only
#include "core/row.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

int snapshot_add_row(struct snapshot *s, const struct sw_row *row)
{
	return ARRAY_ADD(s->rows, s->n_rows, s->cap_rows, row);
}

int snapshot_add_holder(struct snapshot *s, const struct holder *holder)
{
	return ARRAY_ADD(s->holders, s->n_holders, s->cap_holders, holder);
}

int snapshot_add_held(struct snapshot *s, const struct sw_row *row, const struct holder *holders,
		      size_t n)
{
	struct sw_row copy = *row;
	int err = 0;

	copy.first_holder = (uint32_t)s->n_holders;
	copy.n_holders = (uint32_t)n;
	for (size_t i = 0; i < n && !err; i++)
		err = snapshot_add_holder(s, &holders[i]);
	return err ? err : snapshot_add_row(s, &copy);
}

int snapshot_add_info(struct snapshot *s, struct sw_row *row, const struct sw_info *info)
{
	if (ARRAY_ADD(s->infos, s->n_infos, s->cap_infos, info))
		return -ENOMEM;
	row->info = (uint32_t)s->n_infos;
	return 0;
}

void row_set_owner(struct sw_row *row, const struct holder *holder, uint8_t source)
{
	row->sock.pid = holder->pid;
	row->sock.start_ns = 0; /* not that of who was its owner before, as the next */
	row->sock.owner_cgroup = 0;
	row->sock.in_cgroups = holder->in_cgroups;
	memcpy(row->sock.comm, holder->comm, SW_COMM_LEN);
	row->sock.owner_source = source;
}

void row_copy_owner(struct sw_row *row, const struct sw_sock *from, uint8_t source)
{
	row->sock.pid = from->pid;
	row->sock.start_ns = from->start_ns;
	memcpy(row->sock.comm, from->comm, SW_COMM_LEN);
	row->sock.owner_cgroup = from->owner_cgroup;
	row->sock.in_cgroups = from->in_cgroups;
	row->sock.owner_source = source;
}

bool row_is_listener(const struct sw_row *row)
{
	return row->sock.proto == SW_PROTO_TCP && row->sock.state == SW_TCP_LISTEN;
}

bool row_has_send_q(const struct sw_row *row)
{
	return (row->sock.have & SW_HAVE_QUEUES) &&
	       (!row_is_listener(row) || (row->sock.have & SW_HAVE_BACKLOG));
}

bool row_is_full(const struct sw_row *row)
{
	return row_is_listener(row) && row_has_send_q(row) && row->recv_q > row->send_q;
}

void snapshot_free(struct snapshot *s)
{
	free(s->rows);
	free(s->holders);
	free(s->infos);
	*s = (struct snapshot){ 0 };
}
