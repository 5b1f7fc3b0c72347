// SPDX-License-Identifier: GPL-2.0-only
#include "live/snapshot.h"

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/hash.h"
#include "core/holders.h"
#include "core/row.h"
#include "event.h"
#include "live/loader.h"

#define CHUNK 65536 /* an iterator gives up to eight pages at a time */

/* One snapshot in the making. */
struct taking {
	const struct live_snapshot_opts *opts; /* borrowed */
	struct snapshot *s;		       /* borrowed */
	char *chunk;			       /* owned; CHUNK bytes */
	uint32_t last_netns;		       /* that was added */
	struct snapshot bound;		       /* owned: rows that the descriptors told */
	struct hash bound_inodes;	       /* index in them */
};

/*
 * Takes the record of an iterator that begins at `at`. How many bytes it had, 0 if not all of it is
 * there yet; or -errno.
 */
typedef ssize_t take_fn(struct taking *t, const char *at, size_t len);

/* The whole records of the chunk; the rest moves to its front. */
static int take_records(struct taking *t, size_t *len, take_fn *take)
{
	size_t at = 0;
	ssize_t n;

	while ((n = take(t, t->chunk + at, *len - at)) > 0)
		at += (size_t)n;
	*len -= at;
	memmove(t->chunk, t->chunk + at, *len);
	return (int)n;
}

/* Reads an iterator to its end, and closes it. */
static int drain(struct taking *t, int fd, take_fn *take)
{
	int err = fd < 0 ? fd : 0;
	size_t len = 0;

	while (!err) {
		ssize_t n = read(fd, t->chunk + len, CHUNK - len);

		/* EAGAIN: it stopped after a million objects to let others run */
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			n = 0;
		else if (n < 0)
			err = -errno;
		else if (!n)
			break;
		len += (size_t)(n < 0 ? 0 : n);
		if (!err)
			err = take_records(t, &len, take);
		if (!err && t->opts->step)
			err = t->opts->step(t->opts->arg);
	}
	if (fd >= 0)
		close(fd);
	return err;
}

/* Once, however many descriptors it has. 0 or -ENOMEM. */
static int keep_bound(struct taking *t, const char *at)
{
	struct sw_row row;
	uint32_t known;

	memcpy(&row, at, sizeof(row));
	if (hash_get(&t->bound_inodes, row.sock.inode, &known))
		return 0;
	if (hash_put(&t->bound_inodes, row.sock.inode, (uint32_t)t->bound.n_rows))
		return -ENOMEM;
	return snapshot_add_row(&t->bound, &row);
}

static ssize_t take_descriptor(struct taking *t, const char *at, size_t len)
{
	struct sw_descriptor d;
	struct holder holder;
	size_t size;
	int err = 0;

	if (len < sizeof(d))
		return 0;
	memcpy(&d, at, sizeof(d));
	size = sizeof(d) + (d.has_row ? sizeof(struct sw_row) : 0);
	if (len < size)
		return 0;
	holder = (struct holder){ .pid = d.pid, .fd = d.fd };
	memcpy(holder.comm, d.comm, SW_COMM_LEN);
	if (d.has_row)
		err = keep_bound(t, at + sizeof(d));
	if (!err && d.netns != t->last_netns)
		err = t->opts->add_netns(t->opts->arg, d.netns, d.pid, d.fd);
	t->last_netns = d.netns;
	if (!err)
		err = holders_add(t->opts->holders, d.inode, &holder);
	return err ? err : (ssize_t)size;
}

/* Of a socket that nobody holds, the kernel side may know whose it is, or was. */
static int add_row(struct taking *t, struct sw_row *row)
{
	int err = holders_attach(t->opts->holders, row, t->s);

	if (!row->sock.pid && row->sock.owner_source != SW_OWNER_KERNEL)
		row->sock.owner_source = SW_OWNER_UNKNOWN;
	return err ? err : snapshot_add_row(t->s, row);
}

static ssize_t take_row(struct taking *t, const char *at, size_t len)
{
	struct sw_row row;
	int err;

	if (len < sizeof(row))
		return 0;
	memcpy(&row, at, sizeof(row));
	err = add_row(t, &row);
	return err ? err : (ssize_t)sizeof(row);
}

/* But for those that a table has by now, as they listen or connect since. 0 or -ENOMEM. */
static int add_bound(struct taking *t)
{
	uint32_t index;
	int err = 0;

	for (size_t i = 0; t->bound.n_rows && i < t->s->n_rows; i++)
		if (hash_get(&t->bound_inodes, t->s->rows[i].sock.inode, &index))
			t->bound.rows[index].sock.inode = 0;
	for (size_t i = 0; i < t->bound.n_rows && !err; i++)
		if (t->bound.rows[i].sock.inode)
			err = add_row(t, &t->bound.rows[i]);
	return err;
}

static int take_sockets(struct taking *t, struct loader *l)
{
	int err = 0;

	if (t->opts->tcp)
		err = drain(t, loader_iterate(l, LOADER_ITER_TCP), take_row);
	if (!err && t->opts->udp)
		err = drain(t, loader_iterate(l, LOADER_ITER_UDP), take_row);
	return err;
}

/* The sockets of one more namespace. */
static int take_netns(struct taking *t, struct loader *l, size_t index)
{
	int err, fd = t->opts->open_netns(t->opts->arg, index);

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	err = setns(fd, CLONE_NEWNET) ? -errno : 0;
	close(fd);
	return err ? err : take_sockets(t, l);
}

static int take_namespaces(struct taking *t, struct loader *l)
{
	int own = -1, err = take_sockets(t, l);

	if (err || *t->opts->n_netns < 2 || !(t->opts->tcp || t->opts->udp))
		return err;
	own = t->opts->open_netns(t->opts->arg, 0);
	if (own < 0)
		return own;
	for (size_t i = 1; i < *t->opts->n_netns && !err; i++)
		err = take_netns(t, l, i);
	if (setns(own, CLONE_NEWNET) && !err)
		err = -errno;
	close(own);
	return err;
}

int live_snapshot(struct loader *l, const struct live_snapshot_opts *opts, struct snapshot *s)
{
	struct taking t = { .opts = opts, .s = s, .chunk = malloc(CHUNK) };
	int err = t.chunk ? 0 : -ENOMEM;

	if (!err)
		err = drain(&t, loader_iterate(l, LOADER_ITER_DESCRIPTORS), take_descriptor);
	if (!err)
		err = take_namespaces(&t, l);
	if (!err)
		err = add_bound(&t);
	snapshot_free(&t.bound);
	hash_free(&t.bound_inodes);
	free(t.chunk);
	return err;
}
