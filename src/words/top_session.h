/* SPDX-License-Identifier: GPL-2.0-only */
/* The live table at a terminal: the program that draws it, and what is done beside it. */
#ifndef SOCKWATCH_WORDS_TOP_SESSION_H
#define SOCKWATCH_WORDS_TOP_SESSION_H

#include "cli/options.h"
#include "top/list.h"
#include "top/wants.h"

struct loop;
struct sink;
struct watch_sum;

/* The view that it begins with. */
static inline enum top_kind top_kind_of(const struct options *o)
{
	if (o->top.view)
		return (enum top_kind)o->top.view;
	if (o->select.filter.on & SW_F_LISTEN)
		return TOP_LISTENERS;
	return o->select.filter.on & SW_F_FAILED ? TOP_FAILURES : TOP_CONNS;
}

/* What is asked for there; borrows from *o. */
static inline struct wants top_wants_of(const struct options *o)
{
	return (struct wants){ .select = &o->select,
			       .texts = o->args,
			       .n_texts = (size_t)o->n_args };
}

/* What the viewer shows, and who does what it asks for. */
struct top_source {
	/* Tells the sink, which is the caller's, until the loop ends. 0, or -errno after a message.
	 */
	int (*run)(const struct options *o, struct sink *sink, struct loop *loop,
		   struct watch_sum *sum, void *arg);
	void *arg; /* borrowed, as the next */
	int also;  /* what the viewer gets as CHILD_ALSO; 0: nothing */
	bool live; /* somebody reads the store beside it, for the viewer (CHILD_FURTHER) */
};

/* From the start of the viewer to its end. */
enum exit_status top_session(const struct options *o, const struct top_source *source);

#endif
