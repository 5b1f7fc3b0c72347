// SPDX-License-Identifier: GPL-2.0-only
#include "base/signals.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* The signal flag, and what wakes a sleeping poll() then. */
static volatile sig_atomic_t stop_requests;
static int stop_fd = -1;
static volatile sig_atomic_t hangups;
static int hangup_fd = -1;
static volatile sig_atomic_t hangup_is_no_end;

static void on_stop_signal(int signal)
{
	bool hangup = signal == SIGHUP && hangup_is_no_end;
	uint64_t one = 1;
	int saved = errno;

	if (hangup)
		hangups = hangups + 1;
	else
		stop_requests = stop_requests + 1;
	if (write(hangup ? hangup_fd : stop_fd, &one, sizeof(one)) < 0) {
		/* nothing to do: the flag is set */
	}
	errno = saved;
}

int signals_open(void)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction stop = { .sa_handler = on_stop_signal };
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction before;

	stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (stop_fd < 0)
		return -errno;
	hangup_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (hangup_fd < 0) {
		int err = -errno;

		signals_close();
		return err;
	}
	stop_requests = 0;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		/*
		 * nohup means what it set. A shell that starts us in the background ignores SIGINT
		 * for us: a script ends us by it all the same.
		 */
		if (ends[i] == SIGHUP && sigaction(SIGHUP, NULL, &before) == 0 &&
		    before.sa_handler == SIG_IGN)
			continue;
		sigaction(ends[i], &stop, NULL);
	}
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGXFSZ, &ignore, NULL);
	return 0;
}

void signals_hangup_ends(bool ends)
{
	hangup_is_no_end = !ends;
}

int signals_hangups(void)
{
	return hangups;
}

int signals_hangup_fd(void)
{
	return hangup_fd;
}

int signals_stops(void)
{
	return stop_requests;
}

int signals_fd(void)
{
	return stop_fd;
}

void signals_close(void)
{
	if (stop_fd >= 0)
		close(stop_fd);
	if (hangup_fd >= 0)
		close(hangup_fd);
	stop_fd = hangup_fd = -1;
}
