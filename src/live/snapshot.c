// SPDX-License-Identifier: GPL-2.0-only
#include "live/snapshot.h"

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "core/row.h"
#include "event.h"
#include "live/loader.h"
#include "live/taking.h"
#include "live/walk.h"

#define CHUNK 65536 /* an iterator gives up to eight pages at a time */

/* Reading iterators. */
struct reading {
	struct taking t;
	char *chunk; /* owned; CHUNK bytes */
};

/*
 * Takes the record of an iterator that begins at `at`. How many bytes it had, 0 if not all of it is
 * there yet; or -errno.
 */
typedef ssize_t take_fn(struct taking *t, const char *at, size_t len);

/* The whole records of the chunk; the rest moves to its front. */
static int take_records(struct reading *r, size_t *len, take_fn *take)
{
	size_t at = 0;
	ssize_t n;

	while ((n = take(&r->t, r->chunk + at, *len - at)) > 0)
		at += (size_t)n;
	*len -= at;
	memmove(r->chunk, r->chunk + at, *len);
	return (int)n;
}

/* Reads an iterator to its end, and closes it. */
static int drain(struct reading *r, int fd, take_fn *take)
{
	int err = fd < 0 ? fd : 0;
	size_t len = 0;

	while (!err) {
		ssize_t n = read(fd, r->chunk + len, CHUNK - len);

		/* EAGAIN: it stopped after a million objects to let others run */
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			n = 0;
		else if (n < 0)
			err = -errno;
		else if (!n)
			break;
		len += (size_t)(n < 0 ? 0 : n);
		if (!err)
			err = take_records(r, &len, take);
		if (!err && r->t.opts->step)
			err = r->t.opts->step(r->t.opts->arg);
	}
	if (fd >= 0)
		close(fd);
	return err;
}

static ssize_t take_descriptor(struct taking *t, const char *at, size_t len)
{
	struct sw_descriptor d;
	struct sw_row row;
	size_t size;
	int err;

	if (len < sizeof(d))
		return 0;
	memcpy(&d, at, sizeof(d));
	size = sizeof(d) + (d.has_row ? sizeof(row) : 0);
	if (len < size)
		return 0;
	if (d.has_row)
		memcpy(&row, at + sizeof(d), sizeof(row));
	err = taking_descriptor(t, &d, d.has_row ? &row : NULL);
	return err ? err : (ssize_t)size;
}

static ssize_t take_row(struct taking *t, const char *at, size_t len)
{
	struct sw_row row;
	struct sw_info info;
	size_t size;
	int err = 0;

	if (len < sizeof(row))
		return 0;
	memcpy(&row, at, sizeof(row));
	size = sizeof(row) + (row.info ? sizeof(info) : 0);
	if (len < size)
		return 0;
	if (row.info) {
		memcpy(&info, at + sizeof(row), sizeof(info));
		err = snapshot_add_info(t->s, &row, &info);
	}
	if (!err)
		err = taking_row(t, &row);
	return err ? err : (ssize_t)size;
}

static int take_sockets(struct reading *r, struct loader *l)
{
	int err = 0;

	if (r->t.opts->tcp)
		err = drain(r, loader_iterate(l, LOADER_ITER_TCP), take_row);
	if (!err && r->t.opts->udp)
		err = drain(r, loader_iterate(l, LOADER_ITER_UDP), take_row);
	return err;
}

/* The sockets of one more namespace. */
static int take_netns(struct reading *r, struct loader *l, size_t index)
{
	int err, fd = r->t.opts->open_netns(r->t.opts->arg, index);

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	err = setns(fd, CLONE_NEWNET) ? -errno : 0;
	close(fd);
	return err ? err : take_sockets(r, l);
}

static int take_namespaces(struct reading *r, struct loader *l)
{
	int own = -1, err = take_sockets(r, l);

	if (err || *r->t.opts->n_netns < 2 || !(r->t.opts->tcp || r->t.opts->udp))
		return err;
	own = r->t.opts->open_netns(r->t.opts->arg, 0);
	if (own < 0)
		return own;
	for (size_t i = 1; i < *r->t.opts->n_netns && !err; i++)
		err = take_netns(r, l, i);
	if (setns(own, CLONE_NEWNET) && !err)
		err = -errno;
	close(own);
	return err;
}

int live_snapshot(struct loader *l, const struct live_snapshot_opts *opts, struct snapshot *s)
{
	struct reading r = { .t = { .opts = opts, .s = s } };
	int err;

	if (loader_walk(l))
		return walk_snapshot(loader_walk(l), opts, s);
	r.chunk = malloc(CHUNK);
	err = r.chunk ? 0 : -ENOMEM;
	if (!err)
		err = drain(&r, loader_iterate(l, LOADER_ITER_DESCRIPTORS), take_descriptor);
	if (!err)
		err = take_namespaces(&r, l);
	if (!err)
		err = taking_end(&r.t);
	taking_free(&r.t);
	free(r.chunk);
	return err;
}
