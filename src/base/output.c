// SPDX-License-Identifier: GPL-2.0-only
#include "base/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include "base/clock.h"

static int stops(const struct output *o)
{
	return o->stops ? o->stops() : 0;
}

/*
 * We are to end: waits for room as long as we may, and takes what there is even later: on a busy
 * machine the end itself may take longer. A pipe or terminal that has room takes a piece of
 * PIPE_BUF bytes without blocking. 0 or -EINTR.
 */
static int wait_for_room(struct output *o)
{
	struct pollfd fd = { .fd = o->fd, .events = POLLOUT };

	if (!o->end_ns)
		o->end_ns = clock_now() + OUTPUT_END_MS * 1000000ull;
	while (stops(o) == 1) {
		if (poll(&fd, 1, clock_ms_until(o->end_ns)) > 0)
			return 0;
		if (clock_now() >= o->end_ns)
			break;
	}
	return -EINTR;
}

/* 0 to go on after a failed write, or the -errno that ends the output. */
static int after_failure(const struct output *o)
{
	struct pollfd fd = { .fd = o->fd, .events = POLLOUT };

	if (errno == EINTR)
		return 0;
	if (errno != EAGAIN)
		return -errno;
	/* somebody made our terminal or pipe non-blocking */
	poll(&fd, 1, 100); /* ms; a signal that comes just before it must not be missed for long */
	return 0;
}

static void write_some(struct output *o, size_t *at)
{
	size_t len = o->buf.len - *at;
	ssize_t n;

	if (stops(o)) {
		o->err = wait_for_room(o);
		if (len > PIPE_BUF)
			len = PIPE_BUF;
	}
	if (o->err)
		return;
	n = write(o->fd, o->buf.data + *at, len);
	if (n < 0)
		o->err = after_failure(o);
	else
		*at += (size_t)n;
}

static uint64_t count_lines(const char *text, size_t len)
{
	uint64_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += text[i] == '\n';
	return n;
}

int output_flush(struct output *o)
{
	size_t at = 0;

	if (buf_failed(&o->buf) && !o->err)
		o->err = -ENOMEM;
	if (o->held)
		return o->err;
	if (o->buf.len && !o->err && o->before)
		o->before();
	while (!o->err && at < o->buf.len)
		write_some(o, &at);
	if (at < o->buf.len)
		o->unwritten += count_lines(o->buf.data + at, o->buf.len - at);
	o->buf.len = 0;
	return o->err;
}

void output_free(struct output *o)
{
	buf_free(&o->buf);
}

void output_guard_standard(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		/* the lowest free number is this one */
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_RDWR) != fd)
			return;
	}
}
