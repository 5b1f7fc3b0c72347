// SPDX-License-Identifier: GPL-2.0-only
#include "flow/again.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "live/loader.h"

#define MS 1000000ull
#define LOOK_PAUSE_NS (100 * MS) /* at least, between two looks at the holders */
#define LOOK_FAILED_NS (60000 * MS)

/* As loop_fn: an owner has ended, and what it owned is still held, by whom is looked at. */
static int look(void *arg)
{
	struct again *a = arg;
	uint64_t begun_ns = clock_now(), pause_ns;
	int err = loader_seed_owners(a->loader);

	if (err)
		log_verbose("holders cannot be looked at again: %s", strerror(-err));
	else
		log_verbose("holders were looked at again, as an owner had ended");
	a->look_ns = clock_now();
	pause_ns = (a->look_ns - begun_ns) * 20; /* a twentieth of the time at most */
	a->look_ns += err ? LOOK_FAILED_NS : pause_ns > LOOK_PAUSE_NS ? pause_ns : LOOK_PAUSE_NS;
	return 0;
}

void again_look(struct again *a)
{
	a->look.fn = look;
	a->look.arg = a;
	if (loader_owners_wanted(a->loader))
		loop_set_timer(a->loop, &a->look, a->look_ns);
}

static void note_refused(int err)
{
	if (err == -EPERM || err == -EOPNOTSUPP)
		log_note("connections are told at their end only, and not so far: --interim needs "
			 "Linux 5.19");
	else
		log_note("connections are told at their end only, and not so far: %s",
			 strerror(-err));
}

/* As loop_fn: connections are due. */
static int tell_so_far(void *arg)
{
	struct again *a = arg;
	uint64_t begun_ns = clock_now(), next_ns;
	uint32_t wait_ms;
	int err = loader_tell_so_far(a->loader, &wait_ms);

	if (err) {
		note_refused(err);
		return 0;
	}
	err = a->take(a->arg);
	next_ns = clock_now();
	if (wait_ms && next_ns < begun_ns + wait_ms * MS)
		next_ns = begun_ns + wait_ms * MS;
	loop_set_timer(a->loop, &a->so_far, next_ns);
	return err;
}

void again_tell_so_far(struct again *a)
{
	a->so_far.fn = tell_so_far;
	a->so_far.arg = a;
	loop_set_timer(a->loop, &a->so_far, 0);
}

void again_end(struct again *a)
{
	loop_cancel_timer(a->loop, &a->look);
	loop_cancel_timer(a->loop, &a->so_far);
}
