// SPDX-License-Identifier: GPL-2.0-only
#include "top/failures.h"

#include <stdbool.h>
#include <string.h>

#include "core/connection.h"
#include "core/record.h"
#include "top/board.h"

/*
 * By the address that was wanted: the peer's, of a bind our own, of who came to us our port and
 * whence: any port is as good there. Programs are told by name.
 */
static bool is_same(const struct board_failure *f, const struct record *rec,
		    enum conn_direction direction)
{
	const struct sw_event *e = rec->ev;
	const struct sw_tuple *a = &f->sock.tuple, *b = &e->sock.tuple;
	bool bind = e->kind == SW_EV_BIND;

	if (f->reason != e->reason || f->error != e->error || f->kind != e->kind)
		return false;
	if (f->sock.proto != e->sock.proto || memcmp(f->sock.comm, e->sock.comm, SW_COMM_LEN))
		return false;
	if (a->netns != b->netns || f->direction != (uint8_t)direction ||
	    f->was_open != (rec->conn && conn_was_open(rec->conn)))
		return false;
	if (f->direction == CONN_IN)
		return a->local_port == b->local_port && !memcmp(&a->remote, &b->remote, 16);
	if (bind)
		return a->local_port == b->local_port && !memcmp(&a->local, &b->local, 16);
	return a->remote_port == b->remote_port && !memcmp(&a->remote, &b->remote, 16);
}

/* Its place, or one for it: free, or of the one that is oldest. */
static struct board_failure *place_for(struct board *b, const struct record *rec,
				       enum conn_direction direction)
{
	struct board_failure *oldest = &b->failures[0];

	for (size_t i = 0; i < b->n_failures; i++) {
		if (is_same(&b->failures[i], rec, direction))
			return &b->failures[i];
		if (b->failures[i].last_ns < oldest->last_ns)
			oldest = &b->failures[i];
	}
	if (b->n_failures < BOARD_FAILURES) {
		oldest = &b->failures[b->n_failures++];
		oldest->place = NONE;
	}
	places_leave(&b->places, oldest->place);
	*oldest = (struct board_failure){ .id = ++b->last_id,
					  .first_ns = rec->ev->time_ns,
					  .place = NONE };
	return oldest;
}

void failures_add(struct board *b, const struct record *rec, enum conn_direction direction)
{
	struct board_failure *f = place_for(b, rec, direction);

	f->count++;
	f->last_ns = rec->ev->time_ns;
	f->sock = rec->ev->sock;
	f->reason = rec->ev->reason;
	f->error = rec->ev->error;
	f->kind = rec->ev->kind;
	f->direction = (uint8_t)direction;
	f->was_open = rec->conn && conn_was_open(rec->conn);
	f->elsewhere = rec->elsewhere;
	places_leave(&b->places, f->place);
	f->place = places_of(&b->places, rec);
}

void happened_add(struct board *b, const struct board_event *what)
{
	b->happened[b->n_happened++ % BOARD_HAPPENED] = *what;
}
