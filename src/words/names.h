/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of hosts and users, as far as a word is to show them. */
#ifndef SOCKWATCH_WORDS_NAMES_H
#define SOCKWATCH_WORDS_NAMES_H

#include <stdint.h>

struct resolver;

/* All names of a page are waited for so long (ns); those that are not there by then are numbers. */
#define NAMES_WAIT_NS 1500000000u

/*
 * Starts the process that looks names up: first of all, before anything is open that it should not
 * have. NULL, after a message, when none can be started; numbers are shown then.
 */
struct resolver *names_start(void);

#endif
