/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the stream does again and again beside its events, at times of its own, when it has no
 * rights any more: it looks at who holds what an owner left, and has long connections told so far.
 */
#ifndef SOCKWATCH_FLOW_AGAIN_H
#define SOCKWATCH_FLOW_AGAIN_H

#include <stdint.h>

#include "base/loop.h"

struct loader;

/* Starts as all zero, but for the borrowed. The loop's timers point into it: it stays in place. */
struct again {
	struct loop *loop; /* borrowed, as all of these */
	struct loader *loader;
	int (*take)(void *arg); /* reads the ring to its end and tells; 0 or -errno */
	void *arg;
	struct loop_timer look;	  /* at the holders */
	uint64_t look_ns;	  /* not before */
	struct loop_timer so_far; /* told of long connections */
};

/* After each reading of the ring: has holders looked at soon, where an owner has ended. */
void again_look(struct again *a);

/*
 * From now on long connections are told so far; where the kernel cannot do that, the user is told
 * so. After the rights are given up: whether it can shows then.
 */
void again_tell_so_far(struct again *a);

/* Ends both. One that began neither is fine. */
void again_end(struct again *a);

#endif
