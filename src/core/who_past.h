/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who had a port in a time of the past: what was recorded, put together by process and by what it
 * was to the port. Pure.
 */
#ifndef SOCKWATCH_CORE_WHO_PAST_H
#define SOCKWATCH_CORE_WHO_PAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/hash.h"
#include "core/wire.h"
#include "event.h"

struct record;
struct who_target;

/* In the order in which they are told. */
enum who_past_role {
	WHO_PAST_HELD,	  /* listened, or was bound */
	WHO_PAST_SERVED,  /* its own end is it: the peer came to it */
	WHO_PAST_CAME,	  /* its peer's end is it */
	WHO_PAST_REFUSED, /* a bind or a connect that failed */
	WHO_PAST_ROLES,
};

/* All zero but for what is there: compared as bytes. */
struct who_past_key {
	union sw_addr local, remote;
	uint64_t start_ns; /* of the process */
	uint32_t pid;
	uint32_t netns;
	uint16_t local_port, remote_port;
	uint8_t role, proto, reason;
	uint8_t target;
};

struct who_past_entry {
	struct who_past_key key;
	size_t frame;		    /* a record of it, in who_past.frames: by wire_pack() */
	uint64_t count;		    /* sockets */
	uint64_t cut;		    /* of these those that were cut off, and not refused */
	uint64_t open;		    /* of these those of which no end is known */
	uint64_t first_ns, last_ns; /* since 1970; first_ns 0: it was there before */
	uint64_t sent, received;    /* bytes */
};

/* Starts as all zero but for what is asked. */
struct who_past {
	const struct who_target *targets; /* borrowed */
	size_t n_targets;
	uint64_t since_ns, until_ns; /* what was there at some time of [since_ns, until_ns) */
	struct buf frames;	     /* owned, as all below */
	struct who_past_entry *entries;
	size_t n, cap;
	struct hash by_key, sockets;
};

/*
 * A record of a socket that is asked for, in any order, as often as there are some of it; one that
 * was not there in the time changes nothing. 0 or -ENOMEM.
 */
int who_past_add(struct who_past *p, const struct record *rec);

/* By target, role, and the last first. */
void who_past_sort(struct who_past *p);

/* The record of an entry: ret is valid as long as no more is added. False: there is none. */
bool who_past_record(const struct who_past *p, const struct who_past_entry *e,
		     struct wire_frame *ret);

void who_past_free(struct who_past *p);

#endif
