/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs that pass connections to a published port on to a container. */
#ifndef SOCKWATCH_PROC_PROXY_H
#define SOCKWATCH_PROC_PROXY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"

#define PROXY_DOCKER "docker-proxy" /* the name of its process */

struct proxy {
	uint8_t proto;	  /* SW_PROTO_TCP or SW_PROTO_UDP */
	uint16_t port;	  /* that it has ... */
	union sw_addr to; /* ... and where it passes on to */
	uint16_t to_port;
};

/*
 * What a process passes on, as the command line says with which Docker started it. Only root's
 * counts: a user may call his process so. False: it is none, it has ended, or we may not look.
 */
bool proxy_read(int proc_fd, uint32_t pid, struct proxy *ret);

/* By arguments, each with its NUL, of `len` bytes in all. */
bool proxy_parse(const char *args, size_t len, struct proxy *ret);

#endif
