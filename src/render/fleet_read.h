/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rows of a fleet's table as they are answered (ClickHouse's format TabSeparated), back into
 * records: what fleet.h made of them. Whatever a row says, what comes of it is a record that can be
 * told.
 */
#ifndef SOCKWATCH_RENDER_FLEET_READ_H
#define SOCKWATCH_RENDER_FLEET_READ_H

#include <stddef.h>
#include <stdint.h>

#include "conn.h"
#include "core/record.h"

struct buf;

/* What a record that was read borrows from. */
struct fleet_row {
	struct record rec;
	struct sw_conn conn;
};

/* Appends the columns that fleet_read_row() takes, in their order, as a SELECT names them. */
void fleet_put_wanted(struct buf *b);

/*
 * Takes a line, without its end, apart in place; ret->rec borrows from it and from *ret, which is
 * not to be moved. 0; -EBADMSG: it is no such row.
 */
int fleet_read_row(char *line, size_t len, struct fleet_row *ret);

/* When a recorder that wrote rows of one segment began and ended. */
struct fleet_run {
	char *host; /* borrowed from the line */
	uint64_t first_ns, last_ns;
	uint64_t starts; /* 1: its first row says that the recorder started */
	uint64_t stops;	 /* 1: its last says that it stopped */
};

/* Likewise: host, first_ns, last_ns, starts, stops. */
int fleet_read_run(char *line, size_t len, struct fleet_run *ret);

#endif
