// SPDX-License-Identifier: GPL-2.0-only
#include "base/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

/* 0 to go on after a failed write, or the -errno that ends the output. */
static int after_failure(const struct output *o)
{
	struct pollfd fd = { .fd = o->fd, .events = POLLOUT };

	switch (errno) {
	case EINTR:
		return o->give_up && o->give_up() ? -EINTR : 0;
	case EAGAIN: /* somebody made our terminal or pipe non-blocking: wait for room */
		if (poll(&fd, 1, -1) < 0 && o->give_up && o->give_up())
			return -EINTR;
		return 0;
	default:
		return -errno;
	}
}

int output_flush(struct output *o)
{
	size_t at = 0;

	if (buf_failed(&o->buf) && !o->err)
		o->err = -ENOMEM;
	while (!o->err && at < o->buf.len) {
		ssize_t n = write(o->fd, o->buf.data + at, o->buf.len - at);

		if (n < 0)
			o->err = after_failure(o);
		else
			at += (size_t)n;
	}
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
