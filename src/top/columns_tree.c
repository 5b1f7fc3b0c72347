// SPDX-License-Identifier: GPL-2.0-only
/*
 * Columns of the tree: units, below them their processes, below these their sockets. What a socket
 * moves stands there as in the view of connections, what a group does as in that of processes.
 */
#include "base/buf.h"
#include "core/connection.h"
#include "core/names.h"
#include "top/board.h"
#include "top/columns.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define INDENT 2

/* The column of this name in the view that shows such a row. */
static const struct column *column_of(const struct top_row *row, const char *name)
{
	const struct column_set *set = &conn_columns;

	if (row->group)
		set = row->depth ? &process_columns : &unit_columns;
	return &set->columns[columns_find(set, name)];
}

#define AS_ELSEWHERE(column, name)                                                               \
	static void put_##column(const struct cell *c, struct buf *b, const struct top_row *row) \
	{                                                                                        \
		column_of(row, name)->put(c, b, row);                                            \
	}                                                                                        \
	static uint64_t key_##column(const struct board *b, const struct top_row *row)           \
	{                                                                                        \
		return column_of(row, name)->key(b, row);                                        \
	}
AS_ELSEWHERE(rate, "rate")
AS_ELSEWHERE(down, "down")
AS_ELSEWHERE(retrans, "retrans")
AS_ELSEWHERE(rtt, "rtt")
AS_ELSEWHERE(sent, "sent")
AS_ELSEWHERE(received, "received")

/* --- what it is ------------------------------------------------------------------------------- */

/* The end that tells it from others: the listener's own, of a connection that came in also its
 * port. */
static void put_socket(const struct cell *c, struct buf *b, const struct top_row *row)
{
	const struct board_entry *e = row->entry;
	const struct sw_event ev = { .sock = e->sock };
	size_t start = b->len;
	struct cell rest = *c;

	buf_puts(b, proto_name(&ev));
	if (entry_listens(e)) {
		buf_putc(b, ' ');
	} else {
		buf_puts(b, e->direction == CONN_OUT ? " -> " : " :");
		if (e->direction != CONN_OUT) {
			buf_put_u64(b, e->sock.tuple.local_port);
			buf_puts(b, e->direction == CONN_IN ? " <- " : " - ");
		}
	}
	rest.width -= (int)(b->len - start);
	column_put_address(&rest, b, &e->sock.tuple, !entry_listens(e),
			   c->names && !entry_listens(e)
				   ? places_text(&c->board->places, e->place, PLACE_REMOTE_HOST)
				   : NULL,
			   NULL);
}

static void put_what(const struct cell *c, struct buf *b, const struct top_row *row)
{
	int indent = INDENT * row->depth;
	struct cell rest = *c;

	buf_pad(b, indent);
	rest.width -= indent;
	if (row->entry)
		put_socket(&rest, b, row);
	else
		column_of(row, row->depth ? "owner" : "unit")->put(&rest, b, row);
}

static uint64_t key_what(const struct board *b, const struct top_row *row)
{
	return column_of(row, row->entry ? "remote" : row->depth ? "owner" : "unit")->key(b, row);
}

/* --- how it is -------------------------------------------------------------------------------- */

static void put_number(struct buf *b, uint64_t n, const char *what)
{
	buf_put_u64(b, n);
	buf_puts(b, what);
}

/* Of a group how many are there. */
static void put_state(const struct cell *c, struct buf *b, const struct top_row *row)
{
	const struct top_group *g = row->group;

	if (!g)
		column_of(row, "state")->put(c, b, row);
	else if (g->conns)
		put_number(b, g->conns,
			   g->conns == 1     ? " connection"
			   : g->conns < 1000 ? " connections"
					     : " conns");
	else if (g->listens)
		put_number(b, g->listens, g->listens == 1 ? " listener" : " listeners");
	else
		put_number(b, g->ended, " ended");
}

static uint64_t key_state(const struct board *b, const struct top_row *row)
{
	return row->group ? row->group->conns : column_of(row, "state")->key(b, row);
}

static void put_failed(const struct cell *c, struct buf *b, const struct top_row *row)
{
	if (row->group)
		column_of(row, "failed")->put(c, b, row);
}

static uint64_t key_failed(const struct board *b, const struct top_row *row)
{
	(void)b;
	return row->group ? row->group->failed : row->entry->reason || row->entry->error;
}

static void put_age(const struct cell *c, struct buf *b, const struct top_row *row)
{
	if (row->entry)
		column_of(row, "age")->put(c, b, row);
}

static const struct column of_tree[] = {
	{ "UNIT / PROCESS / SOCKET", "owner", 28, 60, 0, false, true, put_what, key_what },
	{ "UP/s", "rate", 6, 7, 0, true, false, put_rate, key_rate },
	{ "DOWN/s", "down", 6, 7, 0, true, false, put_down, key_down },
	{ "STATE", NULL, 15, 18, 0, false, false, put_state, key_state },
	{ "FAILED", NULL, 6, 6, 2, true, false, put_failed, key_failed },
	{ "AGE", NULL, 6, 6, 1, true, false, put_age, NULL },
	{ "RTR/s", "retrans", 5, 6, 3, true, false, put_retrans, key_retrans },
	{ "RTT", NULL, 6, 6, 2, true, false, put_rtt, key_rtt },
	{ "SENT", NULL, 6, 8, 4, true, false, put_sent, key_sent },
	{ "RECEIVED", NULL, 8, 8, 4, true, false, put_received, key_received },
};

const struct column_set tree_columns = { "tree", of_tree, COUNT(of_tree), 1 };
