/* SPDX-License-Identifier: GPL-2.0-only */
/* Text: one side of a socket by the names of its host and its port, as netstat shows them. */
#ifndef SOCKWATCH_RENDER_NAMED_H
#define SOCKWATCH_RENDER_NAMED_H

#include <stdbool.h>
#include <stdint.h>

#include "event.h"

#define NAMED_WIDTH 23 /* of netstat's columns; ours are at least as wide with names */

struct buf;

struct named {
	const union sw_addr *addr; /* borrowed, as all below */
	uint16_t port;		   /* 0: '*' */
	const char *host;	   /* NULL: it has no name; the number is shown */
	const char *service;	   /* likewise */
	const char *device;	   /* that the address is good on; NULL: any */
};

/*
 * Appends "host:service", "host%device:service" with a device. A host's name is cut so that both
 * fit into `width` columns, though four characters of it stay; 0: it is whole. A number is never
 * cut.
 */
void named_put(struct buf *b, const struct named *n, int width);

/* Appends a name as one word: escaped, its blanks too. */
void named_put_word(struct buf *b, const char *name);

#endif
