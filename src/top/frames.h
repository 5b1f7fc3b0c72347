/* SPDX-License-Identifier: GPL-2.0-only */
/* A sink that prints what the live table shows, frame behind frame, as text or as JSON. */
#ifndef SOCKWATCH_TOP_FRAMES_H
#define SOCKWATCH_TOP_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/sink.h"
#include "top/board.h"
#include "top/view.h"

struct loop;
struct output;

struct frames {
	struct sink sink;
	struct board board; /* owned, as the next two */
	struct view view;
	struct view_page page;
	struct output *out; /* borrowed, as the next */
	struct loop *loop;  /* stopped after the last frame */
	bool objects;	    /* JSON, an object a line */
	int width;	    /* of text; 0: any */
	uint64_t count;	    /* frames; 0: no limit */
	uint64_t told;
};

/* Large: not for a stack. What is 0 in it may be set until it is opened. */
void frames_init(struct frames *f, struct output *out, struct loop *loop);

#endif
