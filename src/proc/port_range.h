/* SPDX-License-Identifier: GPL-2.0-only */
/* net.ipv4.ip_local_port_range */
#ifndef SOCKWATCH_PROC_PORT_RANGE_H
#define SOCKWATCH_PROC_PORT_RANGE_H

#include <stdint.h>

/*
 * The local ports that the kernel chooses itself in our network namespace, from the first to the
 * last. 0; -ENOENT when it does not say, with both untouched.
 */
int port_range_read(uint16_t *ret_first, uint16_t *ret_last);

#endif
