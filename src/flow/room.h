/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel side has no room to remember is said, once each. */
#ifndef SOCKWATCH_FLOW_ROOM_H
#define SOCKWATCH_FLOW_ROOM_H

#include <stdbool.h>

struct reader;

/* Starts as all zero. */
struct room {
	bool told_sockets;
	bool told_peers;
};

/* After each reading of the ring. */
void room_note(struct room *r, const struct reader *reader);

#endif
