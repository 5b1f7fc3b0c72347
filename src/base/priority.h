/* SPDX-License-Identifier: GPL-2.0-only */
/* A priority that can be raised when there are no rights any more. */
#ifndef SOCKWATCH_BASE_PRIORITY_H
#define SOCKWATCH_BASE_PRIORITY_H

#include <stdbool.h>

/*
 * While there are rights (CAP_SYS_RESOURCE): lets this process have up to `nice` later, by
 * RLIMIT_NICE. Where that is refused, priority_set() will be.
 */
void priority_allow(int nice);

/* The nice value of the running thread. */
int priority_get(void);

/* Whether the running thread has that nice value now. */
bool priority_set(int nice);

#endif
