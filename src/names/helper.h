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

#include <sys/types.h>

/*
 * Starts it: to be done before anything is open that it should not have, and while this process has
 * one thread. It gives up its rights, keeps none of our descriptors, lives through the signals that
 * ask us to end and ends when the other end of *ret_fd is closed or this process ends.
 *
 * 0, with our end of a SOCK_SEQPACKET socket: for struct lookup_question, LOOKUP_OPEN_MAX of them
 * at a time, each answered by one struct lookup_answer. Or -errno.
 */
int helper_start(int *ret_fd, pid_t *ret_pid);

/* Ends it, closes fd and waits, though not for a process that the kernel does not let end. */
void helper_stop(int fd, pid_t pid);

#endif
