/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of hosts and users, as far as a word is to show them. */
#ifndef SOCKWATCH_WORDS_NAMES_H
#define SOCKWATCH_WORDS_NAMES_H

#include <stdbool.h>
#include <stdint.h>

struct labels;
struct nats;
struct resolver;

/* All names of a page are waited for so long (ns); those that are not there by then are numbers. */
#define NAMES_WAIT_NS 1500000000u

/*
 * Starts the process that looks names up: first of all, before anything is open that it should not
 * have. NULL, after a message, when none can be started; numbers are shown then.
 */
struct resolver *names_start(void);

/*
 * Likewise the process that looks up what engines call containers. wanted: false: nobody asks. NULL
 * where none is to be had, which is said with -v: there are no names then.
 */
struct labels *labels_start(bool wanted);

/* Likewise the process that asks conntrack (--nat), for a page or for the stream; where none is to
 * be had, a note says so. */
struct nats *nats_start(bool wanted, bool of_page);

#endif
