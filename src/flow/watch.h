/* SPDX-License-Identifier: GPL-2.0-only */
/* The main job: the sockets that exist, then every change to them. */
#ifndef SOCKWATCH_SESSION_H
#define SOCKWATCH_SESSION_H

#include <stdbool.h>
#include <stdint.h>

struct options;
struct record;
struct snapshot;
struct sw_event;
struct teller;

enum exit_status {
	EXIT_DONE = 0,
	EXIT_FAULT = 1,
	EXIT_USAGE = 2,
	EXIT_LOST = 3, /* --strict */
};

/* What a word does in its own way. */
struct session_hooks {
	void *arg;
	/* Tells the rows that exist, in place of the table. Returns how many. */
	uint64_t (*rows)(void *arg, struct teller *t, const struct snapshot *snap);
	/* Whether an event that passed the filter is told. */
	bool (*wants)(void *arg, const struct sw_event *e);
	/* Adds what it knows to a record; borrowed until the next call. It may look below /proc. */
	void (*complete)(void *arg, struct record *rec);
};

/*
 * Runs until a signal, --count or --duration ends it. hooks: NULL for the stream. Returns the exit
 * status of the program.
 */
enum exit_status session_run(const struct options *options, const struct session_hooks *hooks);

#endif
