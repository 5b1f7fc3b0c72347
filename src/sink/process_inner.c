// SPDX-License-Identifier: GPL-2.0-only
#include "sink/process_inner.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "core/record.h"
#include "core/sink.h"
#include "core/wire.h"

#define RECEIVED 262144 /* bytes at a time, at most */

static void report(int fd, int err)
{
	struct process_report r = { .err = err };

	/* nobody may be there to hear it */
	(void)!send(fd, &r, sizeof(r), MSG_NOSIGNAL);
}

static int tell_record(struct sink *inner, const struct record *rec, uint64_t *count)
{
	int err = sink_record(inner, rec);

	if (!err)
		__atomic_fetch_add(count, record_worth(rec), __ATOMIC_RELAXED);
	return err;
}

static int tell(struct process_inner *p, const struct wire_frame *f)
{
	switch (f->kind) {
	case WIRE_RECORD:
		return tell_record(p->sink, &f->rec, &p->progress->taken);
	case WIRE_LOST:
		return tell_record(p->sink, &f->rec, &p->progress->told_lost);
	case WIRE_FIT:
		sink_fit(p->sink, &f->rec);
		return 0;
	case WIRE_BEGIN:
		break;
	}
	return sink_begin(p->sink);
}

/* Tells what is complete; the rest goes to the front. */
static int tell_all(struct process_inner *p, struct buf *b)
{
	struct wire_frame f;
	size_t at = 0;
	ssize_t n;
	int err = 0;

	while (!err && (n = wire_unpack(b->data + at, b->len - at, &f)) != 0) {
		err = n < 0 ? (int)n : tell(p, &f);
		at += n > 0 ? (size_t)n : 0;
	}
	b->len -= at;
	memmove(b->data, b->data + at, b->len);
	return err;
}

/* Appends what has come. 0 at the end of file; -EAGAIN: nothing is there, and it was not to wait.
 */
static ssize_t receive(int fd, struct buf *b, int flags)
{
	char *room = buf_room(b, RECEIVED);
	ssize_t n;

	if (!room)
		return -ENOMEM;
	do {
		n = recv(fd, room, RECEIVED, flags);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	b->len += (size_t)n;
	return n;
}

/* Until the end of file: then what is left of a frame was never sent. */
static int serve(struct process_inner *p, int fd, struct buf *b)
{
	ssize_t n;
	int err = 0;

	while (!err) {
		n = receive(fd, b, MSG_DONTWAIT);
		if (n == -EAGAIN) {
			err = sink_flush(p->sink);
			n = err ? err : receive(fd, b, 0);
		}
		if (n == 0)
			return sink_flush(p->sink);
		err = n < 0 ? (int)n : tell_all(p, b);
	}
	return err;
}

int process_inner_open(void *arg, int fd)
{
	struct process_inner *p = arg;
	int err = sink_open(p->sink);

	if (err)
		report(fd, err);
	return err;
}

int process_inner_run(void *arg, int fd)
{
	struct process_inner *p = arg;
	struct buf b = { 0 };
	int err;

	report(fd, 0);
	err = serve(p, fd, &b);
	sink_close(p->sink);
	buf_free(&b);
	report(fd, err);
	return err;
}
