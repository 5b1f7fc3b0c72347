/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SHA-1 (FIPS 180-4) of a few bytes, for identifiers that others have defined by it: it protects
 * nothing. Ours, as it is one block's work, and what is told must not differ with the libraries of
 * a build.
 */
#ifndef SOCKWATCH_BASE_SHA1_H
#define SOCKWATCH_BASE_SHA1_H

#include <stddef.h>
#include <stdint.h>

#define SHA1_SIZE 20
#define SHA1_MOST 55 /* bytes that fit into one block with their length */

/* len: at most SHA1_MOST. */
void sha1_short(const void *data, size_t len, uint8_t ret[SHA1_SIZE]);

#endif
