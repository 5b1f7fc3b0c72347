/* SPDX-License-Identifier: GPL-2.0-only */
/* The words for what a route says, in text, JSON and CSV alike. `text` is room for the answer. */
#ifndef SOCKWATCH_RENDER_ROUTE_WORDS_H
#define SOCKWATCH_RENDER_ROUTE_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct route;
struct route_hop;
struct render_routes;

#define ROUTE_ENCAP_NAME_MAX 16

/* "10.2.0.0/16" (PREFIX_TEXT_MAX bytes); names: "default" for what leads everywhere. */
const char *route_destination(const struct route *r, bool names, char *text);

/* Like netstat: all zeros, where there is none (PREFIX_TEXT_MAX bytes). */
const char *route_gateway(const struct route *r, const struct route_hop *hop, char *text);

/* "*": none; an interface that is gone by now is told by its number. */
const char *route_device(const struct render_routes *r, const struct route_hop *hop, char *text,
			 size_t size);

/* "mpls": the first word of hop->encap, which is there (ROUTE_ENCAP_NAME_MAX bytes); and the rest,
 * NULL for none. */
const char *route_encap_name(const struct route_hop *hop, char *text);
const char *route_encap_details(const struct route_hop *hop);

/* Appends the names of the metrics that are locked, behind a label; nothing when none is. */
void route_put_locked(struct buf *b, const struct route *r, const char *label, char between);

/* The hop of this number; NULL: there is none. */
const struct route_hop *route_hop_of(const struct route *r, uint32_t i);

#endif
