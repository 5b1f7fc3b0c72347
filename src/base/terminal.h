/* SPDX-License-Identifier: GPL-2.0-only */
/* The terminal that people look at. */
#ifndef SOCKWATCH_BASE_TERMINAL_H
#define SOCKWATCH_BASE_TERMINAL_H

#include <stdbool.h>

struct terminal_size {
	int columns; /* 0: not known */
	int lines;   /* likewise */
};

/*
 * Of the terminal that fd is, as of now; by the environment's COLUMNS and LINES where the terminal
 * does not say. Both 0 when fd is none.
 */
struct terminal_size terminal_size(int fd);

/* Whether fd is a terminal that can do more than print one line after the other (TERM). */
bool terminal_is_able(int fd);

/*
 * Whether what goes to fd may be coloured: it is a terminal that can (TERM), and the user does not
 * refuse it (NO_COLOR is set to something).
 */
bool terminal_has_color(int fd);

#endif
