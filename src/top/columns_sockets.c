// SPDX-License-Identifier: GPL-2.0-only
/* Columns of views that show one socket a row: connections, listeners. */
#include <string.h>

#include "base/buf.h"
#include "core/connection.h"
#include "core/names.h"
#include "core/record.h"
#include "render/escape.h"
#include "render/stamp.h"
#include "top/board.h"
#include "top/columns.h"
#include "top/entries.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- who, and with whom ----------------------------------------------------------------------- */

static void put_owner(const struct cell *c, struct buf *b, const struct top_row *row)
{
	const struct board_entry *e = row->entry;

	(void)c;
	column_put_owner(b, &e->sock);
	if (e->n_holders > 1) {
		buf_putc(b, '+');
		buf_put_u64(b, e->n_holders - 1);
	}
}

static uint64_t key_owner(const struct board *b, const struct top_row *row)
{
	(void)b;
	return column_text_key(row->entry->sock.comm, SW_COMM_LEN);
}

static void put_proto(const struct cell *c, struct buf *b, const struct top_row *row)
{
	const struct sw_event ev = { .sock = row->entry->sock };

	(void)c;
	buf_puts(b, proto_name(&ev));
	if (row->entry->sock.tuple.family == SW_AF_INET6)
		buf_putc(b, '6');
}

static uint64_t key_proto(const struct board *b, const struct top_row *row)
{
	(void)b;
	return (uint64_t)row->entry->sock.proto << 8 | row->entry->sock.tuple.family;
}

static const char *text_of(const struct cell *c, const struct board_entry *e, enum place_text which)
{
	return c->names ? places_text(&c->board->places, e->place, which) : NULL;
}

static void put_local(const struct cell *c, struct buf *b, const struct top_row *row)
{
	const struct board_entry *e = row->entry;

	column_put_address(c, b, &e->sock.tuple, false, text_of(c, e, PLACE_LOCAL_HOST),
			   text_of(c, e, PLACE_LOCAL_SERVICE));
}

static void put_remote(const struct cell *c, struct buf *b, const struct top_row *row)
{
	const struct board_entry *e = row->entry;

	column_put_address(c, b, &e->sock.tuple, true, text_of(c, e, PLACE_REMOTE_HOST),
			   text_of(c, e, PLACE_REMOTE_SERVICE));
}

static uint64_t key_local(const struct board *b, const struct top_row *row)
{
	const struct sw_tuple *t = &row->entry->sock.tuple;

	(void)b;
	return column_address_key(&t->local, t->local_port);
}

static uint64_t key_port(const struct board *b, const struct top_row *row)
{
	(void)b;
	return row->entry->sock.tuple.local_port;
}

static uint64_t key_remote(const struct board *b, const struct top_row *row)
{
	const struct sw_tuple *t = &row->entry->sock.tuple;

	(void)b;
	return column_address_key(&t->remote, t->remote_port);
}

static void put_direction(const struct cell *c, struct buf *b, const struct top_row *row)
{
	static const char *const arrows[] = {
		[CONN_UNKNOWN] = "", [CONN_OUT] = "->", [CONN_IN] = "<-"
	};

	(void)c;
	buf_puts(b, arrows[row->entry->direction]);
}

/* --- how it is -------------------------------------------------------------------------------- */

/* Why it ended, or that it did; else its state. */
static const char *state_of(const struct board_entry *e)
{
	const struct sw_event ev = { .sock = e->sock };
	const char *name = reason_name(e->reason);

	if (!name)
		name = errno_name(e->error);
	if (!e->end_ns || name)
		return name ? name : event_state_name(&ev);
	return e->kind ? "closed" : "gone";
}

static void put_state(const struct cell *c, struct buf *b, const struct top_row *row)
{
	const char *name = state_of(row->entry);

	(void)c;
	buf_puts(b, name ? name : "-");
}

static uint64_t key_state(const struct board *b, const struct top_row *row)
{
	const char *name = state_of(row->entry);

	(void)b;
	return name ? column_text_key(name, strlen(name)) : 0;
}

static uint64_t sent_of(const struct board_entry *e)
{
	return e->sent + (e->end_ns ? e->late_sent : 0);
}

static uint64_t received_of(const struct board_entry *e)
{
	return e->received + (e->end_ns ? e->late_received : 0);
}

static uint64_t key_down(const struct board *b, const struct top_row *row)
{
	(void)b;
	return received_of(row->entry);
}

static uint64_t key_rate(const struct board *b, const struct top_row *row)
{
	(void)b;
	return sent_of(row->entry) + received_of(row->entry);
}

static void put_rate(const struct cell *c, struct buf *b, const struct board_entry *e,
		     uint64_t amount)
{
	if (sock_has_moved(&e->sock))
		column_put_rate(c, b, amount);
	else
		buf_putc(b, '-');
}

static void put_up(const struct cell *c, struct buf *b, const struct top_row *row)
{
	put_rate(c, b, row->entry, sent_of(row->entry));
}

static void put_down(const struct cell *c, struct buf *b, const struct top_row *row)
{
	put_rate(c, b, row->entry, received_of(row->entry));
}

static void put_retransmitted(const struct cell *c, struct buf *b, const struct top_row *row)
{
	if (row->entry->sock.have & SW_HAVE_COUNTERS)
		column_put_rate(c, b, row->entry->retransmitted);
	else
		buf_putc(b, '-');
}

static uint64_t key_retransmitted(const struct board *b, const struct top_row *row)
{
	(void)b;
	return (uint64_t)row->entry->retransmitted << 32 | row->entry->sock.retransmits;
}

static void put_sent(const struct cell *c, struct buf *b, const struct top_row *row)
{
	(void)c;
	if (entry_has_totals(row->entry))
		column_put_amount(b, row->entry->sock.bytes_sent);
	else
		buf_putc(b, '-');
}

static void put_received(const struct cell *c, struct buf *b, const struct top_row *row)
{
	(void)c;
	if (entry_has_totals(row->entry))
		column_put_amount(b, row->entry->sock.bytes_received);
	else
		buf_putc(b, '-');
}

static uint64_t key_sent(const struct board *b, const struct top_row *row)
{
	(void)b;
	return row->entry->sock.bytes_sent;
}

static uint64_t key_received(const struct board *b, const struct top_row *row)
{
	(void)b;
	return row->entry->sock.bytes_received;
}

static void put_rtt(const struct cell *c, struct buf *b, const struct top_row *row)
{
	const struct sw_sock *s = &row->entry->sock;

	(void)c;
	if ((s->have & SW_HAVE_COUNTERS) && s->srtt_us)
		span_put(b, (uint64_t)s->srtt_us * 1000);
	else
		buf_putc(b, '-');
}

static uint64_t key_rtt(const struct board *b, const struct top_row *row)
{
	(void)b;
	return row->entry->sock.srtt_us;
}

static void put_age(const struct cell *c, struct buf *b, const struct top_row *row)
{
	bool least;
	uint64_t ns = entry_age(c->board, row->entry, c->now_ns, &least);

	if (least && !ns) { /* of the past, and from before the recorder */
		buf_putc(b, '-');
		return;
	}
	if (least && ns >= 1000000000u)
		buf_putc(b, '>');
	if (row->entry->end_ns)
		span_put(b, ns);
	else
		column_put_seconds(b, ns);
}

static uint64_t key_age(const struct board *b, const struct top_row *row)
{
	bool least;

	return entry_age(b, row->entry, 0, &least);
}

static void put_unit(const struct cell *c, struct buf *b, const struct top_row *row)
{
	const struct places *p = &c->board->places;
	const char *text = places_text(p, row->entry->place, PLACE_CONTAINER);

	if (text) {
		escape_text(b, text, strnlen(text, 12));
		return;
	}
	text = places_text(p, row->entry->place, PLACE_UNIT);
	if (text)
		escape_text(b, text, strlen(text));
}

static void put_netns(const struct cell *c, struct buf *b, const struct top_row *row)
{
	const struct board_entry *e = row->entry;

	column_put_netns(c, b, e->elsewhere, e->place, e->sock.tuple.netns);
}

static uint64_t key_netns(const struct board *b, const struct top_row *row)
{
	(void)b;
	return row->entry->sock.tuple.netns;
}

static uint64_t key_unit(const struct board *b, const struct top_row *row)
{
	const char *text = places_text(&b->places, row->entry->place, PLACE_UNIT);

	return text ? column_text_key(text, strlen(text)) : 0;
}

static const struct column of_conn[] = {
	{ "PID/PROGRAM", "owner", 14, 20, 0, false, true, put_owner, key_owner },
	{ "PROTO", NULL, 5, 5, 6, false, true, put_proto, key_proto },
	{ "", NULL, 2, 2, 5, false, false, put_direction, NULL },
	{ "NETNS", NULL, 10, 12, RANK_NETNS, false, true, put_netns, key_netns },
	{ "LOCAL", NULL, 6, 22, 2, false, true, put_local, key_local },
	{ "REMOTE", NULL, 21, 26, 0, false, true, put_remote, key_remote },
	{ "UP/s", "rate", 6, 6, 0, true, false, put_up, key_rate },
	{ "DOWN/s", "down", 6, 6, 0, true, false, put_down, key_down },
	{ "STATE", NULL, 13, 15, 0, false, true, put_state, key_state },
	{ "AGE", NULL, 6, 6, 1, true, false, put_age, key_age },
	{ "RTR/s", "retrans", 5, 5, 3, true, false, put_retransmitted, key_retransmitted },
	{ "RTT", NULL, 6, 6, 3, true, false, put_rtt, key_rtt },
	{ "SENT", NULL, 6, 6, 4, true, false, put_sent, key_sent },
	{ "RECEIVED", NULL, 8, 8, 4, true, false, put_received, key_received },
	{ "UNIT", NULL, 12, 30, 5, false, true, put_unit, key_unit },
};

const struct column_set conn_columns = { "connections", of_conn, COUNT(of_conn), 6 };

/* --- listeners -------------------------------------------------------------------------------- */

static void put_accepts(const struct cell *c, struct buf *b, const struct top_row *row)
{
	if (row->entry->sock.state == SW_TCP_LISTEN)
		column_put_rate(c, b, row->entry->accepts);
	else
		buf_putc(b, '-');
}

static uint64_t key_accepts(const struct board *b, const struct top_row *row)
{
	(void)b;
	return (uint64_t)row->entry->accepts << 32 | row->entry->recv_q;
}

static void put_waiting(const struct cell *c, struct buf *b, const struct top_row *row)
{
	(void)c;
	if (row->entry->sock.have & SW_HAVE_QUEUES)
		buf_put_u64(b, row->entry->recv_q);
	else
		buf_putc(b, '-');
}

static uint64_t key_waiting(const struct board *b, const struct top_row *row)
{
	(void)b;
	return row->entry->recv_q;
}

static void put_backlog(const struct cell *c, struct buf *b, const struct top_row *row)
{
	(void)c;
	if (row->entry->sock.have & SW_HAVE_BACKLOG)
		buf_put_u64(b, row->entry->send_q);
	else
		buf_putc(b, '-');
}

static void put_drops(const struct cell *c, struct buf *b, const struct top_row *row)
{
	(void)c;
	if (row->entry->sock.have & SW_HAVE_DROPS)
		buf_put_u64(b, row->entry->drops);
	else
		buf_putc(b, '-');
}

static uint64_t key_drops(const struct board *b, const struct top_row *row)
{
	(void)b;
	return row->entry->drops;
}

/* Of UDP, which has no connections that would tell it. */
static void put_listener_up(const struct cell *c, struct buf *b, const struct top_row *row)
{
	if (sw_is_datagram(row->entry->sock.proto))
		put_up(c, b, row);
	else
		buf_putc(b, '-');
}

static void put_listener_down(const struct cell *c, struct buf *b, const struct top_row *row)
{
	if (sw_is_datagram(row->entry->sock.proto))
		put_down(c, b, row);
	else
		buf_putc(b, '-');
}

static const struct column of_listener[] = {
	{ "PID/PROGRAM", "owner", 14, 24, 0, false, true, put_owner, key_owner },
	{ "PROTO", NULL, 5, 5, 0, false, true, put_proto, key_proto },
	{ "NETNS", NULL, 10, 12, RANK_NETNS, false, true, put_netns, key_netns },
	{ "LOCAL", "port", 21, 40, 0, false, true, put_local, key_port },
	{ "STATE", NULL, 7, 11, 4, false, true, put_state, key_state },
	{ "ACCEPT/s", "accepts", 8, 8, 0, true, false, put_accepts, key_accepts },
	{ "WAITING", NULL, 7, 7, 0, true, false, put_waiting, key_waiting },
	{ "BACKLOG", NULL, 7, 7, 1, true, false, put_backlog, NULL },
	{ "DROPS", NULL, 6, 6, 2, true, false, put_drops, key_drops },
	{ "UP/s", "rate", 6, 6, 3, true, false, put_listener_up, key_rate },
	{ "DOWN/s", "down", 6, 6, 3, true, false, put_listener_down, key_down },
	{ "UNIT", NULL, 12, 40, 5, false, true, put_unit, key_unit },
};

const struct column_set listener_columns = { "listeners", of_listener, COUNT(of_listener), 3 };
