// SPDX-License-Identifier: GPL-2.0-only
#include "flow/life.h"

#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "core/record.h"
#include "event.h"

static int on_time(void *arg)
{
	struct life *l = arg;

	l->due = true;
	return 0;
}

void life_begin(struct life *l, struct loop *loop, uint64_t every_ns)
{
	*l = (struct life){ .loop = loop,
			    .every_ns = every_ns,
			    .timer = { .fn = on_time, .arg = l } };
	prctl(PR_GET_NAME, l->comm); /* while that may be asked */
	if (every_ns)
		loop_set_timer(loop, &l->timer, clock_now() + every_ns);
}

uint64_t life_take_due(struct life *l)
{
	uint64_t now_ns;

	if (!l->due)
		return 0;
	now_ns = clock_now();
	l->due = false;
	loop_set_timer(l->loop, &l->timer, now_ns + l->every_ns);
	return now_ns;
}

void life_record(const struct life *l, uint8_t act, uint64_t time_ns, struct sw_event *ev,
		 struct record *ret)
{
	*ev = (struct sw_event){ .kind = SW_EV_RECORDER,
				 .time_ns = time_ns,
				 .sock.pid = (uint32_t)getpid() };
	memcpy(ev->sock.comm, l->comm, SW_COMM_LEN);
	*ret = (struct record){ .ev = ev, .recorder = act };
}

void life_end(struct life *l)
{
	if (l->loop)
		loop_cancel_timer(l->loop, &l->timer);
}
