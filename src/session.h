/* SPDX-License-Identifier: GPL-2.0-only */
/* The main job: the sockets that exist, then every change to them. */
#ifndef SOCKWATCH_SESSION_H
#define SOCKWATCH_SESSION_H

struct options;

enum exit_status {
	EXIT_DONE = 0,
	EXIT_FAULT = 1,
	EXIT_USAGE = 2,
	EXIT_LOST = 3, /* --strict */
};

/* Runs until a signal, --count or --duration ends it. Returns the exit status of the program. */
enum exit_status session_run(const struct options *options);

#endif
