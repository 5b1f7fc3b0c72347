// SPDX-License-Identifier: GPL-2.0-only
/* Columns of views that show several sockets a row: processes, remotes, units; and failures. */
#include <string.h>

#include "base/buf.h"
#include "core/addr.h"
#include "core/connection.h"
#include "core/names.h"
#include "render/escape.h"
#include "render/stamp.h"
#include "top/board.h"
#include "top/columns.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void put_process(const struct cell *c, struct buf *b, const struct top_row *row)
{
	(void)c;
	column_put_owner(b, &row->group->any->sock);
}

static uint64_t key_process(const struct board *b, const struct top_row *row)
{
	(void)b;
	return column_text_key(row->group->any->sock.comm, SW_COMM_LEN);
}

static void put_place(const struct cell *c, struct buf *b, const struct top_row *row)
{
	const struct places *p = &c->board->places;
	uint32_t place = row->group->any->place;
	const char *container = places_text(p, place, PLACE_CONTAINER);
	const char *unit = places_text(p, place, PLACE_UNIT);

	if (container)
		escape_text(b, container, strnlen(container, 12));
	if (container && unit)
		buf_putc(b, ' ');
	if (unit)
		escape_text(b, unit, strlen(unit));
	if (!container && !unit)
		buf_putc(b, '-');
}

static uint64_t key_place(const struct board *b, const struct top_row *row)
{
	const char *unit = places_text(&b->places, row->group->any->place, PLACE_UNIT);

	return unit ? column_text_key(unit, strlen(unit)) : 0;
}

static void put_peer(const struct cell *c, struct buf *b, const struct top_row *row)
{
	const struct board_entry *e = row->group->any;
	const char *host = c->names ? places_text(&c->board->places, e->place, PLACE_REMOTE_HOST)
				    : NULL;
	char text[ADDR_TEXT_MAX];

	if (host)
		escape_text(b, host, strlen(host));
	else
		buf_put(b, text, addr_format(&e->sock.tuple.remote, text));
}

static uint64_t key_peer(const struct board *b, const struct top_row *row)
{
	(void)b;
	return column_address_key(&row->group->any->sock.tuple.remote, 0);
}

/* --- what they move --------------------------------------------------------------------------- */

static void put_up(const struct cell *c, struct buf *b, const struct top_row *row)
{
	column_put_rate(c, b, row->group->sent);
}

static void put_down(const struct cell *c, struct buf *b, const struct top_row *row)
{
	column_put_rate(c, b, row->group->received);
}

static uint64_t key_rate(const struct board *b, const struct top_row *row)
{
	(void)b;
	return row->group->sent + row->group->received;
}

static uint64_t key_down(const struct board *b, const struct top_row *row)
{
	(void)b;
	return row->group->received;
}

static void put_total(struct buf *b, const struct top_group *g, uint64_t bytes)
{
	if (g->has_totals)
		column_put_amount(b, bytes);
	else
		buf_putc(b, '-');
}

static void put_sent(const struct cell *c, struct buf *b, const struct top_row *row)
{
	(void)c;
	put_total(b, row->group, row->group->total_sent);
}

static uint64_t key_sent(const struct board *b, const struct top_row *row)
{
	(void)b;
	return row->group->total_sent;
}

static void put_received(const struct cell *c, struct buf *b, const struct top_row *row)
{
	(void)c;
	put_total(b, row->group, row->group->total_received);
}

static uint64_t key_received(const struct board *b, const struct top_row *row)
{
	(void)b;
	return row->group->total_received;
}

static void put_retransmitted(const struct cell *c, struct buf *b, const struct top_row *row)
{
	column_put_rate(c, b, row->group->retransmitted);
}

static uint64_t key_retransmitted(const struct board *b, const struct top_row *row)
{
	(void)b;
	return row->group->retransmitted;
}

/* --- how many --------------------------------------------------------------------------------- */

static void put_count(struct buf *b, uint64_t n)
{
	if (n)
		buf_put_u64(b, n);
	else
		buf_putc(b, '.');
}

static void put_conns(const struct cell *c, struct buf *b, const struct top_row *row)
{
	(void)c;
	put_count(b, row->group->conns);
}

static uint64_t key_conns(const struct board *b, const struct top_row *row)
{
	(void)b;
	return row->group->conns;
}

static void put_close_wait(const struct cell *c, struct buf *b, const struct top_row *row)
{
	(void)c;
	if (row->group->stateless)
		buf_putc(b, '-');
	else
		put_count(b, row->group->close_wait);
}

static uint64_t key_close_wait(const struct board *b, const struct top_row *row)
{
	(void)b;
	return row->group->close_wait;
}

static void put_listens(const struct cell *c, struct buf *b, const struct top_row *row)
{
	(void)c;
	put_count(b, row->group->listens);
}

static uint64_t key_listens(const struct board *b, const struct top_row *row)
{
	(void)b;
	return row->group->listens;
}

static void put_ended(const struct cell *c, struct buf *b, const struct top_row *row)
{
	(void)c;
	put_count(b, row->group->ended);
}

static uint64_t key_ended(const struct board *b, const struct top_row *row)
{
	(void)b;
	return row->group->ended;
}

static void put_failed(const struct cell *c, struct buf *b, const struct top_row *row)
{
	(void)c;
	put_count(b, row->group->failed);
}

static uint64_t key_failed(const struct board *b, const struct top_row *row)
{
	(void)b;
	return row->group->failed;
}

static uint64_t key_rtt(const struct board *b, const struct top_row *row)
{
	(void)b;
	return row->group->n_rtt ? row->group->rtt_us / row->group->n_rtt : 0;
}

static void put_rtt(const struct cell *c, struct buf *b, const struct top_row *row)
{
	(void)c;
	if (row->group->n_rtt)
		span_put(b, key_rtt(NULL, row) * 1000);
	else
		buf_putc(b, '-');
}

#define RATES                                                              \
	{ "UP/s", "rate", 6, 7, 0, true, false, put_up, key_rate },        \
	{                                                                  \
		"DOWN/s", "down", 6, 7, 0, true, false, put_down, key_down \
	}
#define COUNTS                                                                             \
	{ "CONNS", NULL, 6, 6, 0, true, false, put_conns, key_conns }, { "CLOSE_WAIT",     \
									 "close-wait",     \
									 10,               \
									 10,               \
									 1,                \
									 true,             \
									 false,            \
									 put_close_wait,   \
									 key_close_wait }, \
		{ "ENDED", NULL, 5, 6, 2, true, false, put_ended, key_ended },             \
	{                                                                                  \
		"FAILED", NULL, 6, 6, 1, true, false, put_failed, key_failed               \
	}
#define TOTALS                                                                              \
	{ "RTR/s", "retrans", 5, 6, 4, true, false, put_retransmitted, key_retransmitted }, \
		{ "RTT", NULL, 6, 6, 4, true, false, put_rtt, key_rtt },                    \
		{ "SENT", NULL, 6, 8, 5, true, false, put_sent, key_sent },                 \
	{                                                                                   \
		"RECEIVED", NULL, 8, 8, 5, true, false, put_received, key_received          \
	}

static const struct column of_process[] = {
	{ "PID/PROGRAM", "owner", 18, 28, 0, false, true, put_process, key_process },
	RATES,
	COUNTS,
	{ "LISTENS", NULL, 7, 7, 3, true, false, put_listens, key_listens },
	TOTALS,
	{ "UNIT", NULL, 14, 40, 6, false, true, put_place, key_place },
};

static const struct column of_remote[] = {
	{ "REMOTE", NULL, 18, 46, 0, false, true, put_peer, key_peer },
	RATES,
	COUNTS,
	TOTALS,
};

static const struct column of_unit[] = {
	{ "UNIT", NULL, 18, 48, 0, false, true, put_place, key_place },	     RATES,  COUNTS,
	{ "LISTENS", NULL, 7, 7, 3, true, false, put_listens, key_listens }, TOTALS,
};

const struct column_set process_columns = { "processes", of_process, COUNT(of_process), 1 };
const struct column_set remote_columns = { "remotes", of_remote, COUNT(of_remote), 1 };
const struct column_set unit_columns = { "units", of_unit, COUNT(of_unit), 1 };

/* --- failures --------------------------------------------------------------------------------- */

static void put_times(const struct cell *c, struct buf *b, const struct top_row *row)
{
	(void)c;
	buf_put_u64(b, row->failure->count);
}

static uint64_t key_times(const struct board *b, const struct top_row *row)
{
	(void)b;
	return row->failure->count;
}

static void put_ago(const struct cell *c, struct buf *b, const struct top_row *row)
{
	uint64_t now_ns = c->now_ns ? c->now_ns : c->board->page_ns;
	uint64_t ns = now_ns > row->failure->last_ns ? now_ns - row->failure->last_ns : 0;

	column_put_seconds(b, ns);
}

static uint64_t key_last(const struct board *b, const struct top_row *row)
{
	(void)b;
	return row->failure->last_ns;
}

static void put_who(const struct cell *c, struct buf *b, const struct top_row *row)
{
	(void)c;
	column_put_owner(b, &row->failure->sock);
}

static uint64_t key_who(const struct board *b, const struct top_row *row)
{
	(void)b;
	return column_text_key(row->failure->sock.comm, SW_COMM_LEN);
}

static const char *what_of(const struct board_failure *f)
{
	switch (f->kind) {
	case SW_EV_BIND:
		return "bind";
	case SW_EV_CONNECT:
		return "connect";
	default:
		break;
	}
	if (f->direction == CONN_IN)
		return "incoming";
	if (f->was_open)
		return "connection";
	return f->direction == CONN_OUT || f->sock.owner_source == SW_OWNER_CONNECT ? "connect"
										    : "connection";
}

static void put_what(const struct cell *c, struct buf *b, const struct top_row *row)
{
	(void)c;
	buf_puts(b, what_of(row->failure));
}

static void put_why(const struct cell *c, struct buf *b, const struct top_row *row)
{
	const char *name = reason_name(row->failure->reason);

	(void)c;
	if (!name)
		name = errno_name(row->failure->error);
	buf_puts(b, name ? name : "-");
}

static uint64_t key_why(const struct board *b, const struct top_row *row)
{
	(void)b;
	return (uint64_t)row->failure->reason << 32 | (uint32_t)row->failure->error;
}

/* Where it was to lead; of a bind, what was to be had; of who came, to which port, and whence. */
static void put_where(const struct cell *c, struct buf *b, const struct top_row *row)
{
	const struct board_failure *f = row->failure;
	const char *host = c->names ? places_text(&c->board->places, f->place, PLACE_REMOTE_HOST)
				    : NULL;
	bool bind = f->kind == SW_EV_BIND;

	if (f->direction == CONN_IN) {
		column_put_incoming(b, &f->sock.tuple, host);
		return;
	}
	column_put_address(c, b, &f->sock.tuple, !bind, bind ? NULL : host, NULL);
}

static uint64_t key_where(const struct board *b, const struct top_row *row)
{
	const struct sw_tuple *t = &row->failure->sock.tuple;

	(void)b;
	return column_address_key(&t->remote, t->remote_port);
}

static void put_its_netns(const struct cell *c, struct buf *b, const struct top_row *row)
{
	const struct board_failure *f = row->failure;

	column_put_netns(c, b, f->elsewhere, f->place, f->sock.tuple.netns);
}

static void put_its_unit(const struct cell *c, struct buf *b, const struct top_row *row)
{
	const char *unit = places_text(&c->board->places, row->failure->place, PLACE_UNIT);

	if (unit)
		escape_text(b, unit, strlen(unit));
}

static const struct column of_failure[] = {
	{ "LAST", NULL, 6, 7, 0, true, false, put_ago, key_last },
	{ "TIMES", NULL, 6, 7, 0, true, false, put_times, key_times },
	{ "PID/PROGRAM", "owner", 15, 24, 0, false, true, put_who, key_who },
	{ "WHAT", NULL, 10, 10, 1, false, true, put_what, NULL },
	{ "NETNS", NULL, 10, 12, RANK_NETNS, false, true, put_its_netns, NULL },
	{ "WHERE", NULL, 21, 46, 0, false, true, put_where, key_where },
	{ "WHY", NULL, 14, 16, 0, false, true, put_why, key_why },
	{ "UNIT", NULL, 14, 40, 2, false, true, put_its_unit, NULL },
};

const struct column_set failure_columns = { "failures", of_failure, COUNT(of_failure), 0 };
