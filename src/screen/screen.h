/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The live table at a terminal, by ncurses: the view (top/view.h), drawn at most ten times a second
 * and when something changed, and what keys and the mouse do. One at a time, as ncurses has it.
 */
#ifndef SOCKWATCH_SCREEN_SCREEN_H
#define SOCKWATCH_SCREEN_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/opts.h"
#include "top/list.h"

struct screen_ui;
struct sink;

/*
 * What a text asks for, which somebody types: fills *ret, borrowed until the next call. 0; or
 * -EINVAL with what is wrong with it in `why` (of `size` bytes), and all as it was.
 */
typedef int screen_filter_fn(void *arg, const char *text, struct wants *ret, char *why,
			     size_t size);

/* Of the past: what is asked for. Its records begin with RECORDER_ALIVE, of that time. */
struct screen_moment {
	uint64_t at_ns; /* since 1970 */
};

struct screen_opts {
	enum color_when color;
	enum top_kind kind;
	bool names;	 /* there are some */
	bool time_waits; /* those in TIME_WAIT are shown */
	bool numeric;
	const char *sort;   /* borrowed: a column; NULL: the usual one */
	struct wants wants; /* borrowed: what is asked for at first */
	const char *filter; /* borrowed: the same as text, for who looks; NULL: nothing */
	const char *store;  /* borrowed: the directory in which the past is kept, if it is */
	int past_fd;	    /* borrowed: to who knows the past (struct screen_moment), and, unless
			       past_only, from there, too (core/wire.h); -1: nobody does */
	bool past_only;	    /* records are of the past: there is no now */
	int control_fd;	    /* borrowed: to who acts (core/control.h); -1: nobody does, nor may */
	screen_filter_fn *parse;
	void *arg; /* borrowed: of parse */
};

/* NULL: no memory. */
struct screen_ui *screen_new(const struct screen_opts *opts);

/* What takes the records. Its close() frees all. Borrowed. */
struct sink *screen_sink(struct screen_ui *s);

/* As process_served.turn (sink/process_inner.h): keys are taken, and what changed is drawn. -EPIPE:
 * it is to end. */
int screen_turn(void *arg, int fd, bool empty);

#endif
