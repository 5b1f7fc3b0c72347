// SPDX-License-Identifier: GPL-2.0-only
#include "words/page.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/output.h"
#include "base/signals.h"
#include "cli/options.h"

/* A second request ends even a write that nobody takes. */
static bool stop_insisted(void)
{
	return signals_stops() > 1;
}

/* Sleeps until it is time for the next page. False: we were asked to end. */
static bool wait_until(uint64_t due_ns)
{
	struct pollfd fd = { .fd = signals_fd(), .events = POLLIN };

	while (!signals_stops() && clock_now() < due_ns)
		poll(&fd, 1, clock_ms_until(due_ns));
	return !signals_stops();
}

static int put_page(struct output *out, page_fn fn, void *arg, uint64_t n)
{
	int err = fn(arg, out, n);

	if (!err && output_flush(out) && out->err != -EPIPE)
		log_error("cannot write the output: %s", strerror(-out->err));
	return err ? err : out->err;
}

int page_run(const struct options *o, page_fn fn, void *arg)
{
	struct output out = { .fd = STDOUT_FILENO, .give_up = stop_insisted };
	uint64_t due_ns = clock_now(), step_ns = o->repeat_ms * 1000000;
	int err = signals_open();

	if (err)
		log_error("cannot set up signals: %s", strerror(-err));
	for (uint64_t n = 0; !err; n++) {
		err = put_page(&out, fn, arg, n);
		if (err || !step_ns || n + 1 == o->count)
			break;
		due_ns += step_ns;
		if (due_ns < clock_now()) /* a page took longer: no burst to make up for it */
			due_ns = clock_now();
		if (!wait_until(due_ns))
			break;
	}
	output_free(&out);
	signals_close();
	return err == -EPIPE ? 0 : err;
}
