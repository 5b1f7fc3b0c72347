// SPDX-License-Identifier: GPL-2.0-only
#include "sink/process.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/child.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/signals.h"
#include "core/record.h"
#include "core/sink.h"
#include "core/wire.h"
#include "sink/process_inner.h"

#define CHUNK 65536	    /* collected, then sent */
#define BUFFER_SIZE 8388608 /* unless another is asked for */
#define BUFFER_KEPT 262144  /* of memory, when nothing waits */
#define OPEN_MS 10000
#define END_MS 1000
#define TRY_AFTER 256 /* records that were lost: is there room again? */

struct process_sink {
	struct sink sink;
	struct process_inner inner; /* owned */
	const char *name;	    /* borrowed */
	size_t limit;
	unsigned int end_ms;
	unsigned int keep;
	const char *program; /* borrowed, as the next; NULL: none */
	char *const *argv;
	int shared_fd; /* owned: the progress, for a program; -1: none */
	int also;      /* borrowed; 0: none; as the next */
	int further;
	bool leaves;
	struct loop *loop; /* borrowed; NULL: none */
	bool waits;	   /* the loop tells when there is room */
	struct child child;
	struct buf buf; /* owned: frames; what is before `sent` is gone */
	size_t sent;
	size_t send_at;		 /* so many bytes wait: time to send */
	uint64_t offered;	 /* events and rows */
	uint64_t lost;		 /* of them; not told yet */
	uint64_t lost_before;	 /* told */
	struct sw_event lost_at; /* the last one */
	uint64_t lost_wall_ns;
	uint64_t lost_since_ns; /* of the first one, as wall_ns */
	unsigned int tries;	/* to pass on anything since there was no room */
	int err;		/* nothing more is taken */
};

static struct process_sink *of(struct sink *s)
{
	return (struct process_sink *)s;
}

/* --- what waits ------------------------------------------------------------------------------- */

static size_t waiting(const struct process_sink *p)
{
	return p->buf.len - p->sent;
}

/* Gives back the room of what is sent, once that is as much as what is not. */
static void compact(struct process_sink *p)
{
	size_t left = waiting(p);

	if (!p->sent || p->sent < left)
		return;
	memmove(p->buf.data, p->buf.data + p->sent, left);
	p->buf.len = left;
	p->sent = 0;
	if (!left && p->buf.cap > BUFFER_KEPT)
		buf_free(&p->buf);
}

static int fail(struct process_sink *p, int err)
{
	if (p->loop && p->child.pid)
		loop_remove_fd(p->loop, p->child.fd);
	p->err = err;
	return err;
}

/* True: it waits now. False: there is no room for it, or no memory (p->err). */
static bool keep(struct process_sink *p, enum wire_kind kind, const struct record *rec)
{
	size_t before = p->buf.len;
	int err = wire_pack(&p->buf, kind, rec);

	if (!err && waiting(p) <= p->limit)
		return true;
	p->buf.len = before;
	if (err == -ENOMEM)
		fail(p, err);
	return false;
}

static void lose(struct process_sink *p, const struct record *rec)
{
	if (!p->lost)
		p->lost_since_ns = rec->wall_ns;
	p->lost += record_worth(rec);
	p->lost_at.time_ns = rec->ev->time_ns;
	p->lost_wall_ns = rec->wall_ns;
}

/* It takes no more than one record, so it needs no limit. */
static int tell_lost(struct process_sink *p)
{
	struct record rec = { .ev = &p->lost_at,
			      .wall_ns = p->lost_wall_ns,
			      .lost = p->lost,
			      .lost_since_ns = p->lost_since_ns };
	int err;

	p->lost_at.kind = SW_EV_LOST;
	err = wire_pack(&p->buf, WIRE_LOST, &rec);
	if (err)
		return fail(p, err);
	p->lost_before += p->lost;
	p->lost = 0;
	p->tries = 0;
	return 0;
}

/* --- sending ---------------------------------------------------------------------------------- */

/* The process has ended, and says why, if it can. */
static int take_end(struct process_sink *p)
{
	struct process_report r = { 0 };

	if (recv(p->child.fd, &r, sizeof(r), MSG_DONTWAIT) == sizeof(r) && r.err)
		return fail(p, r.err);
	log_error("%s: the process of that name has ended, and takes nothing more", p->name);
	return fail(p, -EIO);
}

/* 0: all is sent, or no more fits. */
static int send_waiting(struct process_sink *p)
{
	while (waiting(p)) {
		ssize_t n = send(p->child.fd, p->buf.data + p->sent, waiting(p),
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n >= 0)
			p->sent += (size_t)n;
		else if (errno == EAGAIN || errno == ENOBUFS)
			break;
		else if (errno != EINTR)
			return take_end(p);
	}
	compact(p);
	p->send_at = waiting(p) + CHUNK;
	return 0;
}

/* The loop tells when there is room for what waits. */
static int watch_room(struct process_sink *p)
{
	bool waits = waiting(p);
	int err = 0;

	if (!p->loop || p->waits == waits)
		return 0;
	err = loop_set_fd(p->loop, p->child.fd, waits ? LOOP_WRITE : 0);
	p->waits = waits;
	return err ? fail(p, err) : 0;
}

/* Sends what fits. A loss is told when half of the room is free again, so not for each record. */
static int push(struct process_sink *p)
{
	int err = p->err ? p->err : send_waiting(p);

	if (!err && p->lost && waiting(p) <= p->limit / 2) {
		err = tell_lost(p);
		err = err ? err : send_waiting(p);
	}
	return err ? err : watch_room(p);
}

/* As loop_fn: there is room, or the process has ended; who calls next is told of that. */
static int on_ready(void *arg)
{
	struct process_sink *p = arg;
	struct pollfd end = { .fd = p->child.fd };

	if (poll(&end, 1, 0) == 1)
		take_end(p);
	else
		push(p);
	return 0;
}

/* --- as a sink -------------------------------------------------------------------------------- */

static int process_record(struct sink *s, const struct record *rec)
{
	struct process_sink *p = of(s);

	if (p->err)
		return p->err;
	p->offered += record_worth(rec);
	if (p->lost || !keep(p, WIRE_RECORD, rec)) {
		lose(p, rec);
		return p->tries++ % TRY_AFTER == 0 ? push(p) : p->err;
	}
	return waiting(p) >= p->send_at ? push(p) : 0;
}

/* One for which there is no room is worth no more than the width of a column. */
static void process_fit(struct sink *s, const struct record *rec)
{
	struct process_sink *p = of(s);

	if (p->err || !p->inner.sink || !p->inner.sink->ops->fit)
		return;
	keep(p, WIRE_FIT, rec);
	if (waiting(p) >= p->send_at)
		push(p);
}

/* There is one, so it needs no limit. */
static int process_begin(struct sink *s)
{
	struct process_sink *p = of(s);
	int err = p->err ? p->err : wire_pack(&p->buf, WIRE_BEGIN, NULL);

	return err ? fail(p, err) : 0;
}

/* A page that lost rows is told so before it ends; both are few bytes, and need no limit. */
static int process_end(struct sink *s)
{
	struct process_sink *p = of(s);
	int err = p->err;

	if (!err && p->lost)
		err = tell_lost(p);
	err = err ? err : wire_pack(&p->buf, WIRE_END, NULL);
	return err ? fail(p, err) : push(p);
}

/* It is few bytes, and needs no limit. */
static int process_keep(struct sink *s, const struct keep_opts *keep)
{
	struct process_sink *p = of(s);
	int err = p->err ? p->err : wire_pack_keep(&p->buf, keep);

	return err ? fail(p, err) : push(p);
}

static int process_flush(struct sink *s)
{
	return push(of(s));
}

/* --- the beginning and the end ---------------------------------------------------------------- */

/*
 * What it says next: 1. 0: it has ended without a word; -ETIMEDOUT; -EINTR: we were asked to end,
 * at the end of all twice.
 */
static int hear(struct process_sink *p, uint64_t deadline_ns, int signal_fd,
		struct process_report *ret)
{
	struct pollfd fds[2] = { { .fd = p->child.fd, .events = POLLIN },
				 { .fd = signal_fd, .events = POLLIN } };
	int n;

	do {
		n = poll(fds, 2, clock_ms_until(deadline_ns));
	} while (n < 0 && errno == EINTR && signals_stops() < 2);
	if (!n)
		return -ETIMEDOUT;
	if (n < 0 || !fds[0].revents)
		return -EINTR;
	return recv(p->child.fd, ret, sizeof(*ret), MSG_DONTWAIT) == sizeof(*ret);
}

static int await_open(struct process_sink *p)
{
	struct process_report r = { 0 };
	int n = hear(p, clock_now() + OPEN_MS * 1000000ull, signals_fd(), &r);

	if (n == 1)
		return r.err;
	if (n != -EINTR)
		log_error("%s: the process of that name %s", p->name,
			  n ? "does not begin" : "has ended before it began");
	return n ? n : -EIO;
}

static int process_open(struct sink *s)
{
	struct process_sink *p = of(s);
	struct child_opts opts = { .name = p->name,
				   .type = SOCK_STREAM,
				   .keep = p->keep | CHILD_STDERR,
				   .finishes = true,
				   .open = process_inner_open,
				   .run = process_inner_run,
				   .arg = &p->inner,
				   .program = p->program,
				   .argv = p->argv,
				   .given = p->shared_fd,
				   .also = p->also,
				   .further = p->further };
	int err = child_start(&opts, &p->child);

	if (err)
		log_error("%s: cannot start a process: %s", p->name, strerror(-err));
	else
		err = await_open(p);
	if (!err && p->loop)
		err = loop_add_fd(p->loop, p->child.fd, 0, on_ready, p);
	if (err)
		child_stop(&p->child, 0);
	p->err = err;
	return err;
}

/* Sends all, and what was lost of late. */
static void drain(struct process_sink *p, uint64_t deadline_ns)
{
	struct pollfd fd = { .fd = p->child.fd, .events = POLLOUT };

	while (!push(p) && waiting(p) && clock_now() < deadline_ns && signals_stops() < 2)
		poll(&fd, 1, clock_ms_until(deadline_ns));
}

static int end_process(struct process_sink *p, uint64_t deadline_ns)
{
	struct process_report r = { 0 };
	int err = p->err, fate;

	if (p->loop)
		loop_remove_fd(p->loop, p->child.fd);
	shutdown(p->child.fd, SHUT_WR);
	if (!err && hear(p, deadline_ns, -1, &r) == 1)
		err = r.err;
	fate = p->leaves ? child_leave(&p->child, clock_ms_until(deadline_ns))
			 : child_stop(&p->child, clock_ms_until(deadline_ns));
	if (fate == -ETIMEDOUT && p->leaves)
		log_error("%s: the process of that name is not done yet, and goes on for %d "
			  "seconds at most",
			  p->name, CHILD_GRACE_S);
	else if (fate == -ETIMEDOUT)
		log_error("%s: the process of that name did not end, and was killed", p->name);
	else if (fate && !err)
		log_error("%s: the process of that name failed", p->name);
	return err ? err : fate;
}

int process_sink_end(struct sink *s)
{
	struct process_sink *p = of(s);
	uint64_t deadline_ns = clock_now() + p->end_ms * 1000000ull, missing;

	if (!p->child.pid)
		return p->err;
	drain(p, deadline_ns);
	p->err = end_process(p, deadline_ns);
	missing = p->offered - p->inner.progress->taken - p->inner.progress->told_lost;
	if (p->err == -EPIPE || (p->leaves && p->err == -ETIMEDOUT))
		missing = 0; /* nobody reads it any more; or it may still be taken */
	if (missing)
		log_error("%s: %" PRIu64 " events and rows were given to it, but not taken: they "
			  "are lost",
			  p->name, missing);
	return p->err;
}

uint64_t process_sink_lost(const struct sink *s)
{
	const struct process_sink *p = (const struct process_sink *)s;

	uint64_t left_out = __atomic_load_n(&p->inner.progress->left_out, __ATOMIC_RELAXED);

	if (!p->child.pid)
		return p->offered - p->inner.progress->taken + left_out;
	return p->lost_before + p->lost + left_out;
}

static void process_close(struct sink *s)
{
	struct process_sink *p = of(s);

	process_sink_end(s);
	if (p->inner.sink)
		sink_close(p->inner.sink);
	buf_free(&p->buf);
	munmap(p->inner.progress, sizeof(*p->inner.progress));
	if (p->shared_fd >= 0)
		close(p->shared_fd);
	free(p);
}

static const struct sink_ops process_ops = { .open = process_open,
					     .fit = process_fit,
					     .begin = process_begin,
					     .end = process_end,
					     .record = process_record,
					     .flush = process_flush,
					     .keep = process_keep,
					     .close = process_close };

/* Memory for another program has a descriptor; -1: it is for a fork. MAP_FAILED: there is none. */
static struct process_progress *share_progress(bool program, int *ret_fd)
{
	size_t size = sizeof(struct process_progress);
	void *shared = MAP_FAILED;

	*ret_fd = program ? memfd_create("sockwatch-progress", MFD_CLOEXEC) : -1;
	if (!program)
		return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (*ret_fd >= 0 && !ftruncate(*ret_fd, (off_t)size))
		shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, *ret_fd, 0);
	if (shared == MAP_FAILED && *ret_fd >= 0)
		close(*ret_fd);
	return shared;
}

struct sink *process_sink_new(struct sink *inner, const struct process_sink_opts *opts)
{
	struct process_sink *p = calloc(1, sizeof(*p));
	int fd = -1;
	struct process_progress *shared = p ? share_progress(opts->program, &fd) : MAP_FAILED;

	if (shared == MAP_FAILED) {
		free(p);
		if (inner)
			sink_close(inner);
		return NULL;
	}
	p->sink.ops = &process_ops;
	p->inner.sink = inner;
	p->inner.progress = shared;
	p->name = opts->name;
	p->limit = opts->buffer_size ? opts->buffer_size : BUFFER_SIZE;
	p->end_ms = opts->end_ms ? opts->end_ms : END_MS;
	p->keep = opts->keep;
	p->program = opts->program;
	p->argv = opts->argv;
	p->shared_fd = fd;
	p->also = opts->also;
	p->further = opts->further;
	p->leaves = opts->leaves;
	p->loop = opts->loop;
	p->send_at = CHUNK;
	p->child.fd = -1;
	return &p->sink;
}
