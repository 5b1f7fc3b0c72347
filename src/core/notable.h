/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What somebody may want to hear of at once, among what is recorded: a program listens on a port
 * where it never did, or uses one that it never used; a program's connects to one place fail in a
 * row. A program is its executable, by path; where that is not known, its name. Pure: times are
 * those of the records.
 */
#ifndef SOCKWATCH_CORE_NOTABLE_H
#define SOCKWATCH_CORE_NOTABLE_H

#include <stdbool.h>
#include <stdint.h>

struct known;
struct notables; /* opaque */
struct record;

enum notable_kind {
	NOTABLE_LISTENER, /* TCP; UDP that was bound to a port which the kernel does not choose */
	NOTABLE_PORT,	  /* of the other side, as a client */
	NOTABLE_FAILURES, /* connects to one address and port: 5 in a row, 50, 500, ... */
	NOTABLE_LEFT_OUT, /* what was not told before, as there was too much or nobody took it */
	NOTABLE_KINDS,
};

struct notable_opts {
	/* Ports that the kernel chooses: a program's use of them is one, whichever it is. */
	uint16_t chosen_first, chosen_last;
	uint64_t learn_ns; /* so long nothing new is told, from known.begun_ns on */
	/*
	 * Tells of a record (NULL: NOTABLE_LEFT_OUT). count: how many failed, or were left out; 0.
	 * False: nobody took it.
	 */
	bool (*tell)(void *arg, enum notable_kind kind, const struct record *rec, uint64_t count);
	void *arg;
};

/* known: borrowed. NULL: no memory. */
struct notables *notables_new(const struct notable_opts *opts, struct known *known);

/* After each record. At most 20 are told at once, and then one in 3 seconds. */
void notables_take(struct notables *n, const struct record *rec);

/* Now and then: tells what was left out, once there is time for it. now_ns: since 1970. */
void notables_tick(struct notables *n, uint64_t now_ns);

/* How many were left out and are not told as that so far. */
uint64_t notables_left_out(const struct notables *n);

/* NULL is fine. */
void notables_free(struct notables *n);

#endif
