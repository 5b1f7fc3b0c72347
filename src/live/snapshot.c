// SPDX-License-Identifier: GPL-2.0-only
#include "live/snapshot.h"

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
};

/* Takes one record of an iterator. */
typedef int take_fn(struct taking *t, const void *record);

/* Reads an iterator to its end: whole records of `size` bytes. Closes it. */
static int drain(struct taking *t, int fd, size_t size, take_fn *take)
{
	int err = fd < 0 ? fd : 0;
	size_t len = 0;

	while (!err) {
		ssize_t n = read(fd, t->chunk + len, CHUNK - len);
		size_t at = 0;

		/* EAGAIN: it stopped after a million objects to let others run */
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			n = 0;
		else if (n < 0)
			err = -errno;
		else if (!n)
			break;
		for (len += (size_t)(n < 0 ? 0 : n); !err && len - at >= size; at += size)
			err = take(t, t->chunk + at);
		len -= at;
		memmove(t->chunk, t->chunk + at, len);
		if (!err && t->opts->step)
			err = t->opts->step(t->opts->arg);
	}
	if (fd >= 0)
		close(fd);
	return err;
}

static int take_descriptor(struct taking *t, const void *record)
{
	const struct sw_descriptor *d = record;
	struct holder holder = { .pid = d->pid, .fd = d->fd };

	memcpy(holder.comm, d->comm, SW_COMM_LEN);
	return holders_add(t->opts->holders, d->inode, &holder);
}

/* Of a socket that nobody holds, the kernel side may know whose it is, or was. */
static int take_row(struct taking *t, const void *record)
{
	struct sw_row row = *(const struct sw_row *)record;
	int err = holders_attach(t->opts->holders, &row, t->s);

	if (!row.sock.pid && row.sock.owner_source != SW_OWNER_KERNEL)
		row.sock.owner_source = SW_OWNER_UNKNOWN;
	return err ? err : snapshot_add_row(t->s, &row);
}

static int take_sockets(struct taking *t, struct loader *l)
{
	int err = 0;

	if (t->opts->tcp)
		err = drain(t, loader_iterate(l, LOADER_ITER_TCP), sizeof(struct sw_row), take_row);
	if (!err && t->opts->udp)
		err = drain(t, loader_iterate(l, LOADER_ITER_UDP), sizeof(struct sw_row), take_row);
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

	if (err || t->opts->n_netns < 2 || !(t->opts->tcp || t->opts->udp))
		return err;
	own = t->opts->open_netns(t->opts->arg, 0);
	if (own < 0)
		return own;
	for (size_t i = 1; i < t->opts->n_netns && !err; i++)
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
		err = drain(&t, loader_iterate(l, LOADER_ITER_DESCRIPTORS),
			    sizeof(struct sw_descriptor), take_descriptor);
	if (!err)
		err = take_namespaces(&t, l);
	free(t.chunk);
	return err;
}
