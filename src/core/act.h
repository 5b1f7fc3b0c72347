/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a record means to who knows connections only, and not TCP's states: the words that schemas
 * of others have for it. Pure.
 */
#ifndef SOCKWATCH_CORE_ACT_H
#define SOCKWATCH_CORE_ACT_H

#include <stdbool.h>

struct record;

enum act {
	ACT_SOCKET,  /* a row: it is there */
	ACT_ATTEMPT, /* it is being opened */
	ACT_OPEN,    /* ... and is open: once a connection */
	ACT_CHANGE,  /* another state of it, or of what is left of it */
	ACT_CLOSE,   /* the end for this side, once a connection: in order, ... */
	ACT_RESET,   /* ... cut off, ... */
	ACT_FAIL,    /* ... failed, most never opened, ... */
	ACT_REFUSE,  /* ... or refused */
	ACT_TRAFFIC, /* it goes on: so far */
	ACT_ACCEPT,  /* a process got it from its listener */
	ACT_BIND,
	ACT_LISTEN, /* a listener begins, and ends */
	ACT_LISTEN_END,
	ACT_RETRANSMIT,
	ACT_LOST, /* what is missing */
	ACT_GAP,
	ACT_START, /* of the recorder */
	ACT_ALIVE,
	ACT_STOP,
	ACTS,
};

enum act record_act(const struct record *r);

/* "open", "listen-end", ...; static. */
const char *act_name(enum act act);

/* It tells of the end of a connection, so its counters are those of all of it. */
static inline bool act_is_end(enum act act)
{
	return act == ACT_CLOSE || act == ACT_RESET || act == ACT_FAIL || act == ACT_REFUSE;
}

/* What this side is in it: who began, or who was there for others. */
enum role { ROLE_UNKNOWN, ROLE_CLIENT, ROLE_SERVER };

enum role record_role(const struct record *r);

enum outcome { OUTCOME_NONE, OUTCOME_SUCCESS, OUTCOME_FAILURE };

/* Of an attempt, an end, a call; OUTCOME_NONE: nothing was decided. */
enum outcome record_outcome(const struct record *r);

#endif
