/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who acts for the live table (--allow-kill): a process that is started before rights are given up.
 * It keeps CAP_KILL and CAP_NET_ADMIN, as far as they are there, few system calls, and does nothing
 * but what a struct control_request (core/control.h) says: one a message on its socket, each
 * answered by a struct control_answer.
 *
 * A process gets a signal through a pidfd, and only if it began when the request says. A socket is
 * closed by its cookie, in the network namespace that we are in.
 */
#ifndef SOCKWATCH_WORDS_TOP_HELPER_H
#define SOCKWATCH_WORDS_TOP_HELPER_H

#include "base/child.h"

/* Starts it; to be ended by child_stop(). 0 or -errno. */
int top_helper_start(struct child *ret);

#endif
