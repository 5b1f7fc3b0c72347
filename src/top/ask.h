/* SPDX-License-Identifier: GPL-2.0-only */
/* Before something is done to a process or a socket: what, to whom, and whether it is meant. */
#ifndef SOCKWATCH_TOP_ASK_H
#define SOCKWATCH_TOP_ASK_H

#include <stddef.h>

#include "core/control.h"

struct buf;
struct view;

/* What is asked. As it was when the key was pressed: rows go on meanwhile. */
struct view_ask {
	struct control_request request; /* what: 0: nothing is asked */
	struct sw_sock sock; /* of the row, with the process as its owner; proto 0: a process alone
			      */
	uint32_t more;	     /* others that hold it, too */
	size_t signal;	     /* index of control_signal() */
};

/*
 * Asks about the row under the cursor: whether its owner is to get a signal, or its socket is to be
 * closed; the pane is PANE_ASK then. 0; or -EINVAL, with why there is nothing to ask in `why`.
 */
int ask_begin(struct view *v, enum control_what what, char *why, size_t size);

/* Another signal: the next one, or the one before. */
void ask_step(struct view *v, int by);

/* No more: the rows are shown again. */
void ask_end(struct view *v);

/* The keys, as the last line has them. */
void ask_put_bar(struct buf *b, const struct view_ask *ask);

/* What became of it, as a line. */
void ask_put_answer(struct buf *b, const struct view_ask *ask, int err);

#endif
