/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Being asked to end: SIGINT, SIGTERM, and SIGHUP where the terminal that we write to is what hangs
 * up. One of a kind, as signals are.
 */
#ifndef SOCKWATCH_BASE_SIGNALS_H
#define SOCKWATCH_BASE_SIGNALS_H

#include <stdbool.h>

/*
 * From now on these signals only count, from 0. SIGHUP stays ignored where it was (nohup); a closed
 * pipe and a file that may not grow are errors of write() and no signals. 0 or -errno.
 */
int signals_open(void);

/* Whether SIGHUP asks us to end, as it does unless told otherwise; else it is only counted. */
void signals_hangup_ends(bool ends);

/* How often SIGHUP came without that. */
int signals_hangups(void);

/* Readable, as eventfd(2) has it, once one came since it was read last; -1 before signals_open().
 */
int signals_hangup_fd(void);

/* How often we were asked to end. */
int signals_stops(void);

/* Readable once we were asked to end; -1 before signals_open(). */
int signals_fd(void);

/* Closes the descriptors. The signals go on to only count. */
void signals_close(void);

#endif
