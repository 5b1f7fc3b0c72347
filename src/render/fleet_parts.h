/* SPDX-License-Identifier: GPL-2.0-only */
/* A record that is put together of a fleet's row, column by column. */
#ifndef SOCKWATCH_RENDER_FLEET_PARTS_H
#define SOCKWATCH_RENDER_FLEET_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/connection.h"
#include "render/fleet_cell.h"

struct fleet_row;

/* What is put together when the whole row is known. */
struct fleet_parts {
	struct fleet_row *row;
	struct sw_event *e;
	struct sw_sock *s;
	bool v4mapped, ipv4, final, before;
	bool has_age, has_duration;
	uint64_t start_ns;
	const char *local, *remote, *direction, *history;
	struct sw_conn_owner owners[CONN_OWNERS_MAX];
	size_t n_owners;
};

/* What becomes of a column. */
struct fleet_taker {
	const char *key; /* of our JSON, which the column has the value of */
	/* one of the two, else it is a text of the record; number: not called for NULL */
	void (*number)(struct fleet_parts *p, uint64_t n);
	void (*text)(struct fleet_parts *p, struct fleet_cell *c);
	size_t at; /* of that text, in struct record */
	bool word; /* it has letters, digits and the like only, else it is none of ours */
};

/* All that a record is made of, but for its owners and the next two. */
extern const struct fleet_taker fleet_takers[];
extern const size_t n_fleet_takers;

/* The host and the boot id. */
extern const struct fleet_taker fleet_of_host, fleet_of_boot;

/* 0; -EBADMSG: the cell is none of that column. */
int fleet_take_cell(struct fleet_parts *p, const struct fleet_taker *t, struct fleet_cell *c);

/* "accept", ... as a number of enum sw_owner_source; 0 for what is none. */
uint8_t fleet_find_source(const char *name);

/* A name of a process, which may fill its bytes. */
void fleet_take_comm(char comm[16], const struct fleet_cell *c);

#endif
