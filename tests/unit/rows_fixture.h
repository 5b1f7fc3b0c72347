/* SPDX-License-Identifier: GPL-2.0-only */
/* Rows of a snapshot, and who holds them. */
#ifndef SOCKWATCH_TESTS_ROWS_FIXTURE_H
#define SOCKWATCH_TESTS_ROWS_FIXTURE_H

#include "unit.h"

#include "core/row.h"

/* One of TCP, of user 1000, with the same address at both ends and 5 and 6 bytes in its queues. */
struct sw_row row_of(uint8_t state, uint32_t netns, uint16_t local_port, uint16_t remote_port,
		     uint64_t inode);

/* One more of a row that is not in the snapshot yet; the first is its owner. */
void add_holder(struct snapshot *s, struct sw_row *row, uint32_t pid, const char *comm);

#endif
