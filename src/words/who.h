/* SPDX-License-Identifier: GPL-2.0-only */
/* What the two files of the word `who` share: its job, and the page that it begins with. */
#ifndef SOCKWATCH_WORDS_WHO_H
#define SOCKWATCH_WORDS_WHO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/forward.h"
#include "core/opts.h"
#include "core/row.h"
#include "core/sink.h"
#include "core/who.h"
#include "sink/print.h"
#include "words/blocked.h"

struct annotate;
struct loader;
struct options;
struct output;
struct labels;
struct resolver;
struct row_teller;

struct who {
	struct sink sink;	       /* what flow sees of it */
	const struct options *options; /* borrowed */
	struct who_target *targets;    /* owned: what is asked about, o->n_args of them */
	struct select_opts select;
	struct rows_opts rows_opts;
	struct print_opts page_opts;
	struct print_opts stream_opts;
	struct print page;
	struct print stream;
	struct output *out;	   /* borrowed */
	struct resolver *resolver; /* owned, as all below; NULL: numbers */
	struct labels *labels;
	struct annotate *annotate;
	struct loader *loader;	  /* of the page; NULL: /proc tells */
	struct snapshot kept;	  /* rows that were told to us */
	struct forwards forwards; /* of the page: where ports are sent on to ... */
	struct snapshot behind;	  /* ... and the sockets that have them there */
	struct holder *told;	  /* the processes of the page, each once */
	size_t n_told, told_cap;
	struct blocked blocked; /* who has the addresses of binds that failed */
	bool settled;		/* the page was told */
	bool held;		/* somebody has one of the targets */
	uint64_t rows;		/* told */
	int proc_fd;
};

/* What the rows that were kept are to the target. */
enum who_role who_role_of(const struct who_target *target, const struct sw_sock *s);

/* Whether somebody has each of the targets, as far as these rows tell. */
bool who_all_held(const struct who *w, const struct snapshot *s);

/*
 * Looks where the ports are sent on to, and who has them there: w->forwards, w->behind. Nothing
 * where that cannot be known. 0 or -errno, after a message.
 */
int who_find_forwards(struct who *w);

/* Tells those of a target, each with its rows. 0, or a sink's -errno. */
int who_tell_forwards(struct who *w, const struct row_teller *t, size_t target);

/* Whether the target is sent on; had: and sockets were found that have it there. */
bool who_is_forwarded(const struct who *w, size_t target, bool had);

/* Tells a row, and notes its holders. 0, a sink's -errno, or -ENOMEM. */
int who_tell_row(struct who *w, const struct row_teller *t, const struct sw_row *row);

/*
 * Tells the rows that were kept, target by target, then the processes that have them, and of which
 * target nobody has; sets w->held. 0, or a sink's -errno.
 */
int who_tell_page(struct who *w);

#endif
