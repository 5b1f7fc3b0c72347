/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Holds the sealed segments of a store against its chain (store/chain.h). That all is right proves
 * that nobody changed a file without making all digests behind it anew; who can write the directory
 * can do that, too, unless a later digest is known from elsewhere: each goes to syslog. Segments
 * that were removed are told as such: whether by the limits, the chain cannot tell.
 */
#ifndef SOCKWATCH_STORE_VERIFY_H
#define SOCKWATCH_STORE_VERIFY_H

#include <stddef.h>

#include "store/chain.h"
#include "store/dir.h"

enum verify_state {
	VERIFY_GOOD,
	VERIFY_REMOVED,	 /* as the chain says */
	VERIFY_LIVE,	 /* not sealed yet: nothing vouches for it */
	VERIFY_CHANGED,	 /* this and what follows is wrong */
	VERIFY_CUT,	 /* shorter than it was */
	VERIFY_MISSING,	 /* gone, and the chain does not say so */
	VERIFY_STRANGER, /* sealed, and the chain does not know it */
	VERIFY_LINE,	 /* the line of the chain that says it was removed was changed */
	VERIFY_STATES,
};

#define VERIFY_WRONG VERIFY_CHANGED /* from here on */

/* In a few words that follow a name: "was changed". */
const char *verify_words(enum verify_state state);

struct verify_result {
	size_t count[VERIFY_STATES];
	enum verify_state first;   /* of the first that is wrong; VERIFY_GOOD: none is */
	char name[STORE_NAME_MAX]; /* its segment */
	char head[CHAIN_HEX];	   /* the last digest; "": the chain is empty */
};

/* Each segment in the order of the chain, then the others; name: borrowed for the call. */
typedef void (*verify_fn)(void *arg, const char *name, enum verify_state state);

/* fn: NULL: only the result. 0, whatever is found; or -errno after a message. */
int store_verify(const char *dir, verify_fn fn, void *arg, struct verify_result *ret);

#endif
