// SPDX-License-Identifier: GPL-2.0-only
#include "words/service.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"

static void tell(const struct service *s, const char *lines)
{
	int err = notify_tell(&s->notify, lines);

	if (err && log_is_news("notify"))
		log_note("NOTIFY_SOCKET: nobody can be told: %s", strerror(-err));
}

/* Where it stays away this process hangs, and systemd starts another. */
static int on_time(void *arg)
{
	struct service *s = arg;

	tell(s, "WATCHDOG=1");
	loop_set_timer(s->loop, &s->timer, clock_now() + s->every_ns);
	return 0;
}

static int on_hangup(void *arg)
{
	struct service *s = arg;
	char text[64];
	uint64_t n;

	if (read(signals_hangup_fd(), &n, sizeof(n)) != sizeof(n))
		return 0;
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, clock_now() / 1000);
	tell(s, text);
	s->reload(s->arg);
	tell(s, "READY=1");
	return 0;
}

static int begin(struct service *s)
{
	int err = notify_open(getenv("NOTIFY_SOCKET"), &s->notify);

	if (err == -EINVAL)
		log_error("NOTIFY_SOCKET: '%s' is no path and no @name", getenv("NOTIFY_SOCKET"));
	else if (err)
		log_error("NOTIFY_SOCKET: there is no socket for it: %s", strerror(-err));
	if (err || !s->reload)
		return err;
	err = loop_add_fd(s->loop, signals_hangup_fd(), LOOP_READ, on_hangup, s);
	s->reloads = !err;
	signals_hangup_ends(err);
	if (err)
		log_error("cannot wait for SIGHUP: %s", strerror(-err));
	return err;
}

int service_begin(struct service *s, struct loop *loop, void (*reload)(void *arg), void *arg)
{
	int err;

	*s = (struct service){ .loop = loop,
			       .timer = { .fn = on_time, .arg = s },
			       .every_ns = notify_watchdog_ns(getenv("WATCHDOG_USEC"),
							      getenv("WATCHDOG_PID"), getpid()),
			       .reload = reload,
			       .arg = arg };
	err = begin(s);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	/* until the kernel has checked the programs there is no loop; TimeoutStartSec counts so
	 * long */
	if (!err && s->every_ns)
		tell(s, "WATCHDOG_USEC=0");
	return err;
}

void service_ready(struct service *s)
{
	char text[64];

	tell(s, "READY=1");
	if (!s->every_ns)
		return;
	snprintf(text, sizeof(text), "WATCHDOG_USEC=%" PRIu64, 2 * s->every_ns / 1000);
	tell(s, text);
	on_time(s);
}

void service_stopping(struct service *s)
{
	tell(s, "STOPPING=1");
}

void service_end(struct service *s)
{
	if (s->reloads) {
		loop_remove_fd(s->loop, signals_hangup_fd());
		signals_hangup_ends(true);
	}
	loop_cancel_timer(s->loop, &s->timer);
	notify_close(&s->notify);
}
