/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses of netlink, with the length of their prefix. */
#ifndef SOCKWATCH_RENDER_PREFIX_H
#define SOCKWATCH_RENDER_PREFIX_H

#include <arpa/inet.h>
#include <stdint.h>

#define PREFIX_TEXT_MAX (INET6_ADDRSTRLEN + 4)

/* Writes "10.0.0.0/8" into text and returns it. addr: in network order, of AF_INET or AF_INET6. */
const char *prefix_format(uint8_t family, const uint8_t *addr, uint8_t bits,
			  char text[PREFIX_TEXT_MAX]);

#endif
