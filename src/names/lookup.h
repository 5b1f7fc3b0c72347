/* SPDX-License-Identifier: GPL-2.0-only */
/* A number and the name of it, as the C library knows it. What runs here may block for long. */
#ifndef SOCKWATCH_NAMES_LOOKUP_H
#define SOCKWATCH_NAMES_LOOKUP_H

#include <stddef.h>
#include <stdint.h>

#include "event.h"

#define LOOKUP_NAME_MAX 256   /* with its NUL: a name of the DNS has 253 characters at most */
#define LOOKUP_OPEN_MAX 128   /* questions without an answer yet; their answers fit the socket */
#define LOOKUP_LIMIT_MS 3000u /* for one name; then it has none for now */

enum lookup_kind { LOOKUP_HOST, LOOKUP_USER };

/* Starts as all zero: it is compared and hashed as bytes. */
struct lookup_key {
	union sw_addr addr; /* of LOOKUP_USER: the uid, in q[0] */
	uint64_t kind;
};

/* What goes to the helper process, one a message. */
struct lookup_question {
	struct lookup_key key;
	uint64_t asked_ns; /* CLOCK_MONOTONIC */
};

/* What comes back: cut behind the name's NUL. An empty name is none. */
struct lookup_answer {
	struct lookup_key key;
	char name[LOOKUP_NAME_MAX];
};

/* How many bytes of an answer are sent. */
size_t lookup_answer_size(const struct lookup_answer *answer);

/*
 * Asks the C library (nsswitch.conf(5)), and waits. answer->name is empty when there is no name,
 * when it is too long, or when it reads as an address and would pass for one.
 */
void lookup_name(const struct lookup_key *key, struct lookup_answer *answer);

/*
 * Tells the C library to ask each name server once and for a second only. To be called before its
 * first look-up, while no other thread runs.
 */
void lookup_be_brief(void);

#endif
