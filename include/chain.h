/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * How many transitions are missing where a socket was seen in one state, and next in another that
 * does not follow. Both sides count by it.
 */
#ifndef SOCKWATCH_CHAIN_H
#define SOCKWATCH_CHAIN_H

#include "event.h"

/*
 * The shortest way from each state (a row) to each other through TCP's diagram, as the tracepoint
 * inet_sock_set_state has it: without TIME_WAIT, which is FIN_WAIT2 -> CLOSE there. In orderly
 * ways only: a reset ends every state at once, but who did not see the end cannot tell. 0: no way.
 *
 *   CLOSE: SYN_SENT, LISTEN     SYN_RECV: ESTABLISHED, FIN_WAIT1      FIN_WAIT1: FIN_WAIT2, CLOSING
 *   LISTEN: SYN_RECV, CLOSE     ESTABLISHED: FIN_WAIT1, CLOSE_WAIT    FIN_WAIT2, CLOSING: CLOSE
 *   SYN_SENT: ESTABLISHED, SYN_RECV, CLOSE       CLOSE_WAIT: LAST_ACK     LAST_ACK: CLOSE
 */
static const __u8 sw_step_table[16][16] = {
	[SW_TCP_ESTABLISHED] = { 0, 0, 4, 5, 1, 2, 0, 3, 1, 2, 4, 2 },
	[SW_TCP_SYN_SENT] = { 0, 1, 0, 1, 2, 3, 0, 1, 2, 3, 2, 3 },
	[SW_TCP_SYN_RECV] = { 0, 1, 4, 0, 1, 2, 0, 3, 2, 3, 4, 2 },
	[SW_TCP_FIN_WAIT1] = { 0, 4, 3, 4, 0, 1, 0, 2, 5, 6, 3, 1 },
	[SW_TCP_FIN_WAIT2] = { 0, 3, 2, 3, 4, 0, 0, 1, 4, 5, 2, 5 },
	[SW_TCP_CLOSE] = { 0, 2, 1, 2, 3, 4, 0, 0, 3, 4, 1, 4 },
	[SW_TCP_CLOSE_WAIT] = { 0, 4, 3, 4, 5, 6, 0, 2, 0, 1, 3, 6 },
	[SW_TCP_LAST_ACK] = { 0, 3, 2, 3, 4, 5, 0, 1, 4, 0, 2, 5 },
	[SW_TCP_LISTEN] = { 0, 2, 2, 1, 2, 3, 0, 1, 3, 4, 0, 3 },
	[SW_TCP_CLOSING] = { 0, 3, 2, 3, 4, 5, 0, 1, 4, 5, 2, 0 },
};

/* The transitions that there were at least between two states; 0 when they are one. */
static inline __u32 sw_steps_missing(__u8 from, __u8 to)
{
	__u8 steps = sw_step_table[from & 15][to & 15];

	return from == to ? 0 : steps ? steps : 1;
}

#endif
