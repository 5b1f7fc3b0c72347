// SPDX-License-Identifier: GPL-2.0-only
#include "live/taking.h"

#include <errno.h>
#include <string.h>

#include "core/holders.h"
#include "event.h"
#include "live/snapshot.h"

/* Once, however many descriptors it has. 0 or -ENOMEM. */
static int keep_bound(struct taking *t, const struct sw_row *row)
{
	uint32_t known;

	if (hash_get(&t->bound_inodes, row->sock.inode, &known))
		return 0;
	if (hash_put(&t->bound_inodes, row->sock.inode, (uint32_t)t->bound.n_rows))
		return -ENOMEM;
	return snapshot_add_row(&t->bound, row);
}

int taking_descriptor(struct taking *t, const struct sw_descriptor *d, const struct sw_row *bound)
{
	struct holder holder = { .start_ns = d->start_ns, .pid = d->pid, .fd = d->fd };
	int err = bound ? keep_bound(t, bound) : 0;

	memcpy(holder.comm, d->comm, SW_COMM_LEN);
	if (!err && d->netns != t->last_netns && t->opts->add_netns)
		err = t->opts->add_netns(t->opts->arg, d->netns, d->pid, d->fd);
	t->last_netns = d->netns;
	return err ? err : holders_add(t->opts->holders, d->inode, &holder);
}

/* Of a socket that nobody holds, the kernel side may know whose it is, or was. */
int taking_row(struct taking *t, const struct sw_row *row)
{
	int err = snapshot_add_row(t->s, row);
	struct sw_row *added = err ? NULL : &t->s->rows[t->s->n_rows - 1];

	if (!err)
		err = holders_attach(t->opts->holders, added, t->s);
	if (!err && !added->sock.pid && added->sock.owner_source != SW_OWNER_KERNEL)
		added->sock.owner_source = SW_OWNER_UNKNOWN;
	return err;
}

/* But for those that a table has by now, as they listen or connect since. */
int taking_end(struct taking *t)
{
	uint32_t index;
	int err = 0;

	for (size_t i = 0; t->bound.n_rows && i < t->s->n_rows; i++)
		if (hash_get(&t->bound_inodes, t->s->rows[i].sock.inode, &index))
			t->bound.rows[index].sock.inode = 0;
	for (size_t i = 0; i < t->bound.n_rows && !err; i++)
		if (t->bound.rows[i].sock.inode)
			err = taking_row(t, &t->bound.rows[i]);
	return err;
}

void taking_free(struct taking *t)
{
	snapshot_free(&t->bound);
	hash_free(&t->bound_inodes);
}
