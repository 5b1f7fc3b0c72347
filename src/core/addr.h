/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses, and their text. Pure. */
#ifndef SOCKWATCH_CORE_ADDR_H
#define SOCKWATCH_CORE_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"
#include "filter.h"

#define ADDR_TEXT_MAX 46 /* INET6_ADDRSTRLEN */

/*
 * Writes the address into `text` (at least ADDR_TEXT_MAX bytes, NUL-terminated): dotted for IPv4
 * and for v4-mapped IPv6, RFC 5952 for the rest. Returns the length.
 */
size_t addr_format(const union sw_addr *addr, char *text);

/* 0.0.0.0, ::ffff:0.0.0.0 or :: */
bool addr_is_any(const union sw_addr *addr);

/* Of IPv6, and good on one link only: fe80::/10. */
bool addr_is_link_local(const union sw_addr *addr);

/* An address of IPv4 (4 bytes, which become v4-mapped) or of IPv6 (16). */
union sw_addr addr_of_bytes(const void *bytes, bool v4);

/* Of both ends' addresses and ports, behind what `before` is of (base/hash.h). */
uint64_t tuple_hash_ends(uint64_t before, const struct sw_tuple *t);

/* 4 or 6: how a socket's address is printed; a v4-mapped one counts as IPv4. */
int tuple_version(const struct sw_tuple *t);

/*
 * Parses "10.0.0.0/8", "::1", "fe80::/10" or "[::1]". The block's host bits are cleared. 0, or
 * -EINVAL with *ret untouched.
 */
int cidr_parse(const char *text, struct sw_cidr *ret);

/* Whether the address is one of the block's. */
bool cidr_has(const struct sw_cidr *c, const union sw_addr *a);

#endif
