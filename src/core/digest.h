/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a stream says in short to who watches it: how many sockets there are of which state, whether
 * more comes than people read, and at the end what there was. Its memory is bounded.
 */
#ifndef SOCKWATCH_CORE_DIGEST_H
#define SOCKWATCH_CORE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"

struct buf;
struct record;

#define DIGEST_COMMS 256
#define DIGEST_RATE 50	 /* lines a second are more than people read ... */
#define DIGEST_SECONDS 4 /* ... when it goes on for so long */

/* Starts as all zero. */
struct digest {
	uint64_t rows;
	uint64_t by_state[SW_TCP_STATES]; /* of TCP */
	uint64_t udp, others;
	uint64_t opened, accepted, failed;
	uint64_t by_reason[SW_REASONS];
	struct {
		char comm[SW_COMM_LEN];
		uint64_t n;
	} comms[DIGEST_COMMS];
	size_t n_comms;
	bool least; /* there were more names: what is told of each is the least it can be */
	int64_t second;
	uint32_t lines;	  /* in that second */
	uint32_t seconds; /* before it, that were busy, one behind the other */
};

/* Counts a row; what happened. */
void digest_add_row(struct digest *d, const struct record *rec);
void digest_add(struct digest *d, const struct record *rec);

/* Whether more comes than people read, up to the record that was counted last. */
bool digest_is_busy(const struct digest *d);

/* Appends "56,376 sockets: 13 listen, 51,002 established, 40 udp". */
void digest_put_rows(const struct digest *d, struct buf *b);

/*
 * Appends "12 connections opened, 8 accepted, 3 failed or cut off (2 refused, 1 timed_out); most by
 * curl (12), nginx (8)"; nothing where there were none.
 */
void digest_put_sum(const struct digest *d, struct buf *b);

#endif
