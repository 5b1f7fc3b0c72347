/* SPDX-License-Identifier: GPL-2.0-only */
/* sockwatch who: which processes have a port. */
#ifndef SOCKWATCH_WHO_H
#define SOCKWATCH_WHO_H

struct options;

/*
 * Returns the exit status of the program: EXIT_DONE when somebody holds one of the ports, 1 when
 * nobody does, and as session_run() has it with --follow.
 */
int who_run(const struct options *options);

#endif
