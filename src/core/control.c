// SPDX-License-Identifier: GPL-2.0-only
#include "core/control.h"

#include <limits.h>
#include <signal.h>
#include <string.h>

static const struct control_signal signals[] = {
	{ SIGTERM, "TERM" }, { SIGKILL, "KILL" }, { SIGINT, "INT" },   { SIGHUP, "HUP" },
	{ SIGQUIT, "QUIT" }, { SIGUSR1, "USR1" }, { SIGUSR2, "USR2" }, { SIGSTOP, "STOP" },
	{ SIGCONT, "CONT" }, { SIGABRT, "ABRT" },
};

const struct control_signal *control_signal(size_t index)
{
	return index < sizeof(signals) / sizeof(signals[0]) ? &signals[index] : NULL;
}

const char *control_signal_name(uint32_t number)
{
	const struct control_signal *s;

	for (size_t i = 0; (s = control_signal(i)); i++)
		if ((uint32_t)s->number == number)
			return s->name;
	return NULL;
}

/* What the other kind of request has is not there. */
static bool signal_is_good(const struct control_request *r)
{
	const struct control_request only = {
		.what = CONTROL_SIGNAL, .pid = r->pid, .start_ns = r->start_ns, .signal = r->signal
	};

	return !memcmp(r, &only, sizeof(only)) && r->pid && r->pid <= INT_MAX && r->start_ns &&
	       control_signal_name(r->signal);
}

static bool close_is_good(const struct control_request *r)
{
	uint16_t family = r->tuple.family;

	return !r->pid && !r->start_ns && !r->signal && r->cookie && r->tuple.netns &&
	       r->tuple.local_port && (family == SW_AF_INET || family == SW_AF_INET6) &&
	       (r->proto == SW_PROTO_TCP || r->proto == SW_PROTO_UDP);
}

bool control_is_good(const struct control_request *r)
{
	switch (r->what) {
	case CONTROL_SIGNAL:
		return signal_is_good(r);
	case CONTROL_CLOSE:
		return close_is_good(r);
	default:
		return false;
	}
}
