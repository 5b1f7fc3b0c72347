// SPDX-License-Identifier: GPL-2.0-only
#include "sink/process_inner.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/child.h"
#include "base/clock.h"
#include "base/log.h"
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

static int tell_record(struct process_inner *p, const struct record *rec, uint64_t *count)
{
	int err = sink_record(p->sink, rec);

	if (err < 0)
		return err;
	__atomic_fetch_add(count, record_worth(rec), __ATOMIC_RELAXED);
	if (err && !p->sink->ops->lost)
		__atomic_fetch_add(&p->progress->left_out, record_worth(rec), __ATOMIC_RELAXED);
	return 0;
}

static void note_lost(struct process_inner *p)
{
	if (p->sink->ops->lost)
		__atomic_store_n(&p->progress->left_out, p->sink->ops->lost(p->sink),
				 __ATOMIC_RELAXED);
}

static int tell(struct process_inner *p, const struct wire_frame *f)
{
	switch (f->kind) {
	case WIRE_RECORD:
		return tell_record(p, &f->rec, &p->progress->taken);
	case WIRE_LOST:
		return tell_record(p, &f->rec, &p->progress->told_lost);
	case WIRE_FIT:
		sink_fit(p->sink, &f->rec);
		return 0;
	case WIRE_BEGIN:
		return sink_begin(p->sink);
	case WIRE_KEEP:
		return sink_keep(p->sink, &f->keep);
	case WIRE_END:
		break;
	}
	return sink_end(p->sink);
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

static int flush(struct process_inner *p)
{
	int err;

	if (p->tick_ms)
		p->tick_ns = clock_now();
	err = sink_flush(p->sink);
	note_lost(p);
	return err;
}

/* As receive(), but waits; flushes meanwhile, as often as it is to. */
static ssize_t await(struct process_inner *p, int fd, struct buf *b)
{
	struct pollfd in = { .fd = fd, .events = POLLIN };
	int err = flush(p);

	while (!err && p->tick_ms && !poll(&in, 1, (int)p->tick_ms))
		err = flush(p);
	return err ? err : receive(fd, b, 0);
}

static bool is_due(const struct process_inner *p)
{
	return p->tick_ms && clock_now() - p->tick_ns >= p->tick_ms * 1000000ull;
}

/* Until the end of file: then what is left of a frame was never sent. */
static int serve(struct process_inner *p, int fd, struct buf *b)
{
	ssize_t n;
	int err = 0;

	while (!err) {
		n = receive(fd, b, MSG_DONTWAIT);
		if (p->turn && (n > 0 || n == -EAGAIN)) {
			err = n > 0 ? tell_all(p, b) : 0;
			err = err ? err : p->turn(p->turn_arg, fd, n < 0);
			continue;
		}
		if (n == -EAGAIN)
			n = await(p, fd, b);
		if (n == 0)
			return flush(p);
		err = n < 0 ? (int)n : tell_all(p, b);
		if (!err && is_due(p)) /* there is no end of what comes */
			err = flush(p);
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

/* --- as a program of its own ------------------------------------------------------------------ */

struct server {
	const struct process_served *served;
	struct process_inner inner;
	char rights[256];
};

static int server_prepare(void *arg, int fd)
{
	struct server *s = arg;
	int err = s->served->prepare ? s->served->prepare(s->served->arg) : 0;

	if (err)
		report(fd, err);
	return err;
}

static int server_run(void *arg, int fd)
{
	struct server *s = arg;
	int err;

	log_verbose("privileges of %s: %s", s->served->name, s->rights);
	err = process_inner_open(&s->inner, fd);
	return err ? err : process_inner_run(&s->inner, fd);
}

int process_serve(const struct process_served *served)
{
	struct server s = { .served = served,
			    .inner = { .sink = served->sink,
				       .tick_ms = served->tick_ms,
				       .turn = served->turn,
				       .turn_arg = served->arg } };
	struct child_opts opts = { .name = served->name,
				   .finishes = true,
				   .open = server_prepare,
				   .run = server_run,
				   .arg = &s,
				   .rights = served->rights,
				   .rights_text = s.rights,
				   .rights_size = sizeof(s.rights) };
	void *shared = mmap(NULL, sizeof(*s.inner.progress), PROT_READ | PROT_WRITE, MAP_SHARED,
			    CHILD_GIVEN, 0);
	int err;

	if (shared == MAP_FAILED)
		return -ENOTSOCK;
	s.inner.progress = shared;
	err = child_serve(&opts);
	munmap(shared, sizeof(*s.inner.progress));
	return err;
}
