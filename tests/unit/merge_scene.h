/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The start of the stream in small: what a table listed, what the kernel sent meanwhile, and the
 * rows that are to be told. As words:
 *
 *	change COOKIE INODE PLACE OLD_STATE STATE FIRST_STATE    FIRST_STATE -: born later
 *	accept COOKIE INODE PLACE      the kernel side does not say first_state here
 *	lost
 *	listed PLACE STATE INODE [COOKIE]
 *	told PLACE STATE INODE [unlisted]      in this order, and no others
 *
 * PLACE is 1000>80 for 10.0.0.1:1000 with 10.0.0.2:80 and 80>0 for a listener on 0.0.0.0:80; 2/80>0
 * is in another namespace, udp/80>0 of UDP, ipv6/80>0 of an IPv6 socket.
 */
#ifndef SOCKWATCH_TESTS_MERGE_SCENE_H
#define SOCKWATCH_TESTS_MERGE_SCENE_H

#include "unit.h"

#include "core/merge.h"
#include "core/row.h"

/* Merges a scene, a line each, and fails unless the rows that are told are those that should be. */
void merge_check(const char *scene);

/* The parts of one that has no words for what it needs. */

/* 10.0.0.1:local_port to 10.0.0.2:remote_port; remote_port 0: a listener on 0.0.0.0. */
struct sw_tuple tuple_in(uint32_t netns, uint16_t local_port, uint16_t remote_port);
struct sw_tuple tuple(uint16_t local_port, uint16_t remote_port);

/* One of TCP, with 7 bytes in its queue. */
struct sw_row tcp_row(struct sw_tuple t, uint8_t state, uint64_t inode);

struct sw_event change(uint64_t cookie, uint64_t inode, struct sw_tuple t, uint8_t old_state,
		       uint8_t state, uint8_t first_state);

void add_row(struct snapshot *s, struct sw_row row);
void add_held_row(struct snapshot *s, struct sw_row row, uint32_t pid, const char *comm);
void merge(struct snapshot *s, struct sw_event *events, size_t n);

#endif
