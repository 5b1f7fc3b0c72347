/* SPDX-License-Identifier: GPL-2.0-only */
/* What the record of a connection says: who owned it, which way it went, through which states. */
#ifndef SOCKWATCH_CORE_CONNECTION_H
#define SOCKWATCH_CORE_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conn.h"

struct sw_filter;

#define CONN_OWNERS_MAX (SW_CONN_OWNERS + 1)
#define CONN_STATES_MAX 16

enum conn_direction { CONN_UNKNOWN, CONN_OUT, CONN_IN };

/* Whether it is asked for: a filter on processes is one on all who owned it. */
bool conn_selected(const struct sw_filter *f, const struct sw_conn *c);

/* Its owners, each process once, in order: fills ret, and returns how many. */
size_t conn_owners(const struct sw_conn *c, struct sw_conn_owner ret[CONN_OWNERS_MAX]);

/* Whether this side called connect, or was made by a listener; by what was seen of it. */
enum conn_direction conn_direction(const struct sw_conn *c);

/* Whether a socket in that state of TCP is on the way to a connection. */
bool state_is_opening(uint8_t state);

/*
 * Whether there was a connection, by its states: of one that was there before we were, or was
 * missed, there is one that is open.
 */
bool conn_was_open(const struct sw_conn *c);

/* "out" or "in"; NULL: not known. */
const char *direction_name(enum conn_direction direction);

/* It was there before the programs: when it began is not known. */
bool conn_started_before(const struct sw_conn *c);

/* A letter for each state, NUL-terminated; '?' where some were not seen. Returns the length. */
size_t conn_history(const struct sw_conn *c, char ret[CONN_STATES_MAX + 1]);

/* The history of struct sw_conn that has these letters; others are states that were not seen. */
uint64_t conn_history_of(const char *letters);

#endif
