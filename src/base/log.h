/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages to the user, on stderr, each one line behind the program's name. */
#ifndef SOCKWATCH_BASE_LOG_H
#define SOCKWATCH_BASE_LOG_H

#include <stdint.h>

/* 0: errors and notes; 1 (-v): what was chosen and why; 2 (-vv): libbpf's own messages too. */
void log_set_level(int level);
int log_level(void);

/* Something went wrong. */
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Something the user should know once. */
void log_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Printed with -v. */
void log_verbose(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The last line: "sockwatch: 12 sockets, 3456 events, 0 lost". */
void log_summary(uint64_t sockets, uint64_t events, uint64_t lost);

#endif
