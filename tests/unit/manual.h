/* SPDX-License-Identifier: GPL-2.0-only */
/* The manual, which tests hold against the program. */
#ifndef SOCKWATCH_TESTS_MANUAL_H
#define SOCKWATCH_TESTS_MANUAL_H

#include "unit.h"

#define MANUAL "docs/sockwatch.8"

/* All of it: for free(). */
char *manual_read(void);

#endif
