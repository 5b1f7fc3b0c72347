/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages to the user, on stderr, each one line behind the program's name: without a newline of
 * its own, at most 1023 bytes, control bytes as '?'.
 */
#ifndef SOCKWATCH_BASE_LOG_H
#define SOCKWATCH_BASE_LOG_H

#include <stdbool.h>

/* 0: errors and notes; 1 (-v): what was chosen and why; 2 (-vv): what libraries say, too. */
void log_set_level(int level);
int log_level(void);

/*
 * Whether it is the first time that this is asked of a key: for what is worth a message once, and
 * is met again and again. The last 64 keys are remembered.
 */
bool log_is_news(const char *key);

/* Something went wrong. */
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Something the user should know once. */
void log_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* What was chosen and why: printed from level 1 on. */
void log_verbose(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* No fault and no advice: what is told in any case, such as the last line of a stream. */
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
