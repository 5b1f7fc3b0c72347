/* SPDX-License-Identifier: GPL-2.0-only */
/* Text: the two address columns. They grow when an address needs more room, and stay so. */
#ifndef SOCKWATCH_RENDER_ENDPOINTS_H
#define SOCKWATCH_RENDER_ENDPOINTS_H

#include <stdbool.h>

#define ADDRESS_WIDTH 20 /* at least, but for a narrow terminal; enough for most of IPv4 */

struct buf;
struct record;
struct render;
struct sw_event;

/* Both sides of a record's socket, by names where it has them. Only a host's name is ever cut. */
void endpoints_put(struct render *r, struct buf *b, const struct record *rec);

/*
 * How far the columns may grow where both have so much room (0: any), or to
 * ADDRESS_WIDTH. A longer address takes the room in its own row only.
 */
void endpoints_fit_room(struct render *r, int room);

/* Whether they are of IPv6, in a terminal that has room for the longest two in a row. */
bool endpoints_may_both_be_long(const struct render *r, const struct sw_event *e);

/* Makes room for both sides of a row that will come. */
void endpoints_fit(struct render *r, const struct record *rec);

/* Gives the columns their least width. */
void endpoints_fit_header(struct render *r);

#endif
