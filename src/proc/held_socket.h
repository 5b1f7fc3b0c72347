/* SPDX-License-Identifier: GPL-2.0-only */
/* A socket of a family that no table tells, looked at through a descriptor of a process. */
#ifndef SOCKWATCH_PROC_HELD_SOCKET_H
#define SOCKWATCH_PROC_HELD_SOCKET_H

#include <stdint.h>

struct sw_row;

/*
 * SW_PROTO_VSOCK, SW_PROTO_TIPC or SW_PROTO_XDP, when the descriptor is such a socket's; 0: it is
 * none, is gone, or may not be seen.
 */
uint8_t held_socket_proto(uint32_t pid, int fd);

/*
 * Makes a row, without holders, of such a socket: what it is bound to and connected with where it
 * can be asked, which needs the rights to trace the process. Our copy of the descriptor is there
 * for a moment only. 0; -ENOENT when the descriptor is another socket's by now.
 */
int held_socket_read(uint32_t pid, int fd, uint64_t inode, uint8_t proto, struct sw_row *ret);

#endif
