/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What runs as a service tells systemd that it is ready, reads its options again, ends and lives
 * (NOTIFY_SOCKET and WATCHDOG_USEC of the environment); where nobody asks for that, nothing.
 */
#ifndef SOCKWATCH_WORDS_SERVICE_H
#define SOCKWATCH_WORDS_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"
#include "base/notify.h"

struct service {
	struct notify notify;
	struct loop *loop;	 /* borrowed */
	struct loop_timer timer; /* of signs of life */
	uint64_t every_ns;	 /* between two; 0: none */
	void (*reload)(void *arg);
	void *arg; /* borrowed */
	bool reloads;
};

/*
 * Takes what it needs from the environment, where processes that are started from now on do not
 * find it any more. While rights are there. reload: called with arg at each SIGHUP, which is then
 * no reason to end; NULL: it is one. 0, or -errno after a message; in any case for service_end().
 */
int service_begin(struct service *s, struct loop *loop, void (*reload)(void *arg), void *arg);

/* It does its work from now on, and gives signs of life; before, however long that took, none are
 * asked for. */
void service_ready(struct service *s);

void service_stopping(struct service *s);

void service_end(struct service *s);

#endif
