// SPDX-License-Identifier: GPL-2.0-only
#include "words/page.h"

#include <poll.h>
#include <stdbool.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"

/* Sleeps until it is time for the next page. False: we were asked to end. */
static bool wait_until(uint64_t due_ns)
{
	struct pollfd fd = { .fd = signals_fd(), .events = POLLIN };

	while (!signals_stops() && clock_now() < due_ns)
		poll(&fd, 1, clock_ms_until(due_ns));
	return !signals_stops();
}

enum exit_status page_run(const struct page_opts *o, page_fn fn, void *arg)
{
	uint64_t due_ns = clock_now(), step_ns = o->repeat_ms * 1000000;
	struct output out = out_stdout();
	int err = signals_open();

	if (err)
		log_error("cannot set up signals: %s", strerror(-err));
	for (uint64_t n = 0; !err; n++) {
		err = fn(arg, &out, n);
		if (err || output_flush(&out) || !step_ns || n + 1 == o->count)
			break;
		due_ns += step_ns;
		if (due_ns < clock_now()) /* a page took longer: no burst to make up for it */
			due_ns = clock_now();
		if (!wait_until(due_ns))
			break;
	}
	signals_close();
	return out_end(&out, err);
}
