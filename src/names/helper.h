/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The process that looks names up: whatever can block runs there.
 *
 *   resolver --questions--> helper --one each--> workers, which ask the C library
 *            <--answers----        <------------
 *
 * Workers are processes: a look-up that hangs (the C library's over TCP has no time limit) is ended
 * with the worker that it runs in.
 */
#ifndef SOCKWATCH_NAMES_HELPER_H
#define SOCKWATCH_NAMES_HELPER_H

struct child;

/*
 * Starts it: see base/child.h for when, and for what it is and has. It ends when the other end of
 * ret->fd is closed or this process ends.
 *
 * 0, with our end of a SOCK_SEQPACKET socket: for struct lookup_question, LOOKUP_OPEN_MAX of them
 * at a time, each answered by one struct lookup_answer. Or -errno with *ret untouched.
 */
int helper_start(struct child *ret);

/* Ends it and waits, though not for long, nor for a process that the kernel does not let end. */
void helper_stop(struct child *helper);

#endif
