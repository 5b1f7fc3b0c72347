/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of addresses and users, without waiting for any: what is known is in a cache of a fixed
 * size (what was asked for least recently goes first), what is not is asked of a helper process
 * (names/helper.h) and known some time later. Names are asked for anew after ten minutes, and shown
 * meanwhile; what had none, after one. Times are CLOCK_MONOTONIC.
 */
#ifndef SOCKWATCH_NAMES_RESOLVER_H
#define SOCKWATCH_NAMES_RESOLVER_H

#include <stdint.h>

#define RESOLVER_SLOTS 4096 /* names, and numbers that have none */

struct resolver; /* opaque */
struct loop;
union sw_addr;

/* Starts the helper: see helper_start() for when. 0, or -errno with *ret untouched. */
int resolver_open(struct resolver **ret);

/* Over a socket of the caller's, who answers at its other end; it is the resolver's from now on,
 * also when there is no memory (NULL). */
struct resolver *resolver_new(int fd);

/*
 * The name of an address (v4-mapped: of the IPv4 address) or of a user, borrowed until
 * resolver_take(); NULL: there is none, or not yet, and the helper has been asked as far as it has
 * room for questions. The unspecified address has no name.
 */
const char *resolver_host(struct resolver *r, const union sw_addr *addr, uint64_t now_ns);
const char *resolver_user(struct resolver *r, uint32_t uid, uint64_t now_ns);

/*
 * For who can wait: asks as these do, but waits for room among the questions; then for the answers.
 * Until deadline_ns at most, or until a signal.
 */
void resolver_ask_host(struct resolver *r, const union sw_addr *addr, uint64_t deadline_ns);
void resolver_ask_user(struct resolver *r, uint32_t uid, uint64_t deadline_ns);
void resolver_wait(struct resolver *r, uint64_t deadline_ns);

/*
 * Takes in the answers that are there. 0; or -EPIPE, once, when the helper has ended: what is known
 * stays, and nothing is asked any more.
 */
int resolver_take(struct resolver *r, uint64_t now_ns);

/*
 * From now on answers are taken in as they arrive, whenever the loop runs: names are borrowed until
 * then, too. resolver_take() only tells of the helper's end, and makes no system call. The loop,
 * borrowed, must outlive the resolver. 0 or -errno.
 */
int resolver_attach(struct resolver *r, struct loop *loop);

/* Ends the helper, too. NULL is fine. */
void resolver_free(struct resolver *r);

#endif
