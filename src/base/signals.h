/* SPDX-License-Identifier: GPL-2.0-only */
/* Being asked to end: SIGINT, SIGTERM, SIGHUP. One of a kind, as signals are. */
#ifndef SOCKWATCH_BASE_SIGNALS_H
#define SOCKWATCH_BASE_SIGNALS_H

/*
 * From now on these signals only count, from 0. SIGHUP stays ignored where it was (nohup); a closed
 * pipe is an error of write() and no signal. 0 or -errno.
 */
int signals_open(void);

/* How often we were asked to end. */
int signals_stops(void);

/* Readable once we were asked to end; -1 before signals_open(). */
int signals_fd(void);

/* Closes signals_fd(). The signals go on to only count. */
void signals_close(void);

#endif
