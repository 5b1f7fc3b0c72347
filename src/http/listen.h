/* SPDX-License-Identifier: GPL-2.0-only */
/* Sockets that a server listens on: on one address only, or on a path. */
#ifndef SOCKWATCH_HTTP_LISTEN_H
#define SOCKWATCH_HTTP_LISTEN_H

#include <stdint.h>

#include "event.h"

/* Both: a descriptor that is the caller's, does not block and is closed on exec; or -errno. */
int listen_on(const union sw_addr *addr, uint16_t port);

/*
 * What a server that was killed has left there is removed. Everybody who comes to the path may
 * connect. -EADDRINUSE: somebody listens there; -EEXIST: something else is there.
 */
int listen_at(const char *path);

#endif
