/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a recorder tells of itself: from when on it takes all, again and again that it still does,
 * and that it ends. Who reads it later knows by that what is missing.
 */
#ifndef SOCKWATCH_FLOW_LIFE_H
#define SOCKWATCH_FLOW_LIFE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"

struct record;
struct sw_event;

struct life {
	char comm[16];	   /* ours */
	struct loop *loop; /* borrowed */
	uint64_t every_ns; /* 0: nothing is told */
	bool due;	   /* it is time to say that it lives */
	struct loop_timer timer;
};

/* every_ns: between two signs of life; 0: never. */
void life_begin(struct life *l, struct loop *loop, uint64_t every_ns);

/*
 * The time of a sign of life that is due now: what came until then is to be told before it. 0: none
 * is.
 */
uint64_t life_take_due(struct life *l);

/* Makes the record of an act (enum recorder_act) at time_ns (CLOCK_MONOTONIC) in *ret and *ev. */
void life_record(const struct life *l, uint8_t act, uint64_t time_ns, struct sw_event *ev,
		 struct record *ret);

void life_end(struct life *l);

#endif
