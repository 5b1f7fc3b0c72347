/* SPDX-License-Identifier: GPL-2.0-only */
/* The oldest segments go, whole, so that a store stays within its limits. */
#ifndef SOCKWATCH_STORE_LIMITS_H
#define SOCKWATCH_STORE_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

struct writer_opts;

/*
 * Removes what is too much, too old, or keeps too little of the file system free; the newest
 * segment, which is written, never. Each that was sealed has its line in the chain first. begun: a
 * new one was just begun, for which where too little is free an old one of the same size goes: the
 * store then grows no more, and what others write does not eat it up. 0 or -errno after a message.
 */
int limits_keep(const struct writer_opts *opts, uint64_t now_wall_ns, bool begun);

#endif
