// SPDX-License-Identifier: GPL-2.0-only
#include "core/holders.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"
#include "core/row.h"

#define NONE UINT32_MAX

struct held {
	struct holder holder;
	uint32_t next; /* index of another holder of the same socket, or NONE */
};

int holders_add(struct holders *h, uint64_t inode, const struct holder *holder)
{
	uint32_t next = NONE;

	hash_get(&h->by_inode, inode, &next);
	if (ARRAY_RESERVE(h->held, h->n, h->cap) || hash_put(&h->by_inode, inode, (uint32_t)h->n))
		return -ENOMEM;
	h->held[h->n++] = (struct held){ .holder = *holder, .next = next };
	return 0;
}

/* Who began first comes first: PIDs begin anew. Who is not known to have begun comes last. */
static int holder_compare(const void *left, const void *right)
{
	const struct holder *a = left, *b = right;

	if (a->start_ns != b->start_ns)
		return a->start_ns - 1 < b->start_ns - 1 ? -1 : 1;
	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	return (a->fd > b->fd) - (a->fd < b->fd);
}

int holders_attach(const struct holders *h, struct sw_row *row, struct snapshot *s)
{
	size_t first = s->n_holders;
	uint32_t at;

	if (!row->sock.inode || !hash_get(&h->by_inode, row->sock.inode, &at))
		return 0;
	for (; at != NONE; at = h->held[at].next)
		if (snapshot_add_holder(s, &h->held[at].holder))
			return -ENOMEM;
	row->first_holder = (uint32_t)first;
	row->n_holders = (uint32_t)(s->n_holders - first);
	if (row->n_holders > 1)
		qsort(s->holders + first, row->n_holders, sizeof(*s->holders), holder_compare);
	row_set_owner(row, &s->holders[first], SW_OWNER_SNAPSHOT);
	return 0;
}

int holders_add_rows(const struct holders *h, const struct snapshot *found, bool timers,
		     struct snapshot *s)
{
	int err = 0;

	for (size_t i = 0; i < found->n_rows && !err; i++) {
		struct sw_row row = found->rows[i];

		if (!timers)
			row.sock.have &= ~(uint32_t)SW_HAVE_TIMER;
		err = holders_attach(h, &row, s);
		if (!err)
			err = snapshot_add_row(s, &row);
	}
	return err;
}

int holders_each(const struct holders *h, holders_fn *fn, void *arg)
{
	uint64_t inode;
	size_t next = 0;
	uint32_t at;
	int err = 0;

	while (!err && hash_next(&h->by_inode, &next, &inode, &at))
		err = fn(arg, inode, &h->held[at].holder);
	return err;
}

void holders_mark(struct holders *h, bool (*in_cgroups)(void *arg, uint32_t pid), void *arg)
{
	for (size_t i = 0; i < h->n; i++) {
		struct holder *holder = &h->held[i].holder;
		const struct holder *before = i ? &h->held[i - 1].holder : NULL;

		holder->in_cgroups = before && before->pid == holder->pid
					     ? before->in_cgroups
					     : in_cgroups(arg, holder->pid);
	}
}

void holders_free(struct holders *h)
{
	free(h->held);
	hash_free(&h->by_inode);
	*h = (struct holders){ 0 };
}
