/* SPDX-License-Identifier: GPL-2.0-only */
/* From a record to the output: completed, formatted, collected, written. */
#ifndef SOCKWATCH_TELL_H
#define SOCKWATCH_TELL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/output.h"
#include "base/screen.h"
#include "render/render.h"

struct annotate;
struct options;
struct record;
struct resolver;
struct sw_row;
struct snapshot;

struct teller {
	const struct options *options;	   /* borrowed */
	const struct formatter *formatter; /* static */
	struct render render;
	bool names;		   /* hosts, services and users by name */
	struct resolver *resolver; /* owned; NULL: no names of hosts and users */
	struct annotate *annotate; /* owned; NULL: nobody is shown what it knows */
	struct output *out;	   /* borrowed */
	struct screen screen;	   /* the terminal, where the header stays */
	int titled_width;	   /* address_width when the header was told */
	int64_t wall_offset;	   /* from CLOCK_MONOTONIC to CLOCK_REALTIME */
};

/*
 * Where the options ask for names, and for `list` in text at a terminal that does not refuse them:
 * starts the process that looks them up. First of all, before anything is open that it should not
 * have; without this call there are no names.
 */
void teller_start_names(struct teller *t, const struct options *options);

/* Everything goes to `out`, as the options say; both and proc_fd are borrowed. 0 or -ENOMEM. */
int teller_open(struct teller *t, const struct options *options, struct output *out, int proc_fd);

/* How times are written. */
enum stamp_style tell_stamp(const struct options *options);

/* Whether text is coloured. */
bool tell_in_color(const struct options *options, const struct output *out);

/* Follows a clock that was set; small corrections would only make times jitter. */
void teller_follow_clock(struct teller *t);

/* Adds a record; rec->wall_ns is set here. What is collected is written in large pieces. */
void tell(struct teller *t, struct record *rec);

/* Takes in the names that were found meanwhile; after a message when no more will come. */
void teller_take_names(struct teller *t);

/* Asks for the names of the rows that were asked for, and waits for them; not for long. */
void teller_wait_names(struct teller *t, const struct snapshot *snap);

/*
 * The header, where there is one, with columns that fit the rows (NULL: none are coming), which
 * must be sorted.
 */
void tell_header(struct teller *t, const struct snapshot *snap);

/* The rows that were asked for, as of time_ns (CLOCK_MONOTONIC). Returns how many. */
uint64_t tell_rows(struct teller *t, const struct snapshot *snap, uint64_t time_ns);

/* One row, whether it was asked for or not. */
void tell_row(struct teller *t, const struct snapshot *snap, const struct sw_row *row,
	      uint64_t time_ns);

/* Frees what it owns, and writes nothing; a half-open one is fine. */
void teller_close(struct teller *t);

#endif
