/* SPDX-License-Identifier: GPL-2.0-only */
/* The entries of the board (top/board.h): found by their socket, ended, and taken away. */
#ifndef SOCKWATCH_TOP_ENTRIES_H
#define SOCKWATCH_TOP_ENTRIES_H

#include <stdbool.h>
#include <stdint.h>

struct board;
struct board_entry;
struct sw_sock;

/* The entry of this socket that is there; NULL: none. */
struct board_entry *entries_live(struct board *b, const struct sw_sock *s);

/* One that has ended without a word of how, and may have been this socket; NULL: none. */
struct board_entry *entries_gone(struct board *b, const struct sw_sock *s);

/* A new one, with its socket, id and times; NULL: no room, which is counted, or no memory. */
struct board_entry *entries_add(struct board *b, const struct sw_sock *s, uint64_t now_ns);

/* It has ended, and will be taken away; the oldest at once, where there are too many. */
void entries_end(struct board *b, struct board_entry *e, uint64_t now_ns);

/* One that is there goes at once: it is nothing that one would look for. */
void entries_remove(struct board *b, struct board_entry *e);

/* Takes away those that ended before then. Whether there were any. */
bool entries_sweep(struct board *b, uint64_t before_ns);

/* Whether what it moved is told: of UDP's it is what it moved since it is watched. */
bool sock_has_moved(const struct sw_sock *s);

/* Whether it has a peer: its addresses name it. */
bool sock_has_peer(const struct sw_sock *s);

#endif
