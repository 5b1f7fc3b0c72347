/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of ports: the services database (services(5)), read once. */
#ifndef SOCKWATCH_NAMES_SERVICES_H
#define SOCKWATCH_NAMES_SERVICES_H

#include <stdint.h>

struct services; /* opaque */

/* Reads the database through the C library, which may wait for it. NULL when there is no memory. */
struct services *services_read(void);

/*
 * The name of a port (in the byte order of this machine) of a protocol (SW_PROTO_...), borrowed
 * from *s; NULL: there is none, or the protocol has no ports. Of several names the first counts, as
 * for getservbyport(3).
 */
const char *services_name(const struct services *s, unsigned int proto, uint16_t port);

/* NULL is fine. */
void services_free(struct services *s);

#endif
