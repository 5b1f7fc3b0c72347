// SPDX-License-Identifier: GPL-2.0-only
/*
 * The text table: netstat's columns, for rows of the snapshot and for events alike.
 *
 *   TIME  EVENT  Proto Recv-Q Send-Q Local Address  Foreign Address  State  PID/Program  and the
 * rest
 *
 * Address columns grow when an address needs more room, as far as a terminal has it, and stay so.
 * Only a host's name is ever cut.
 */
#include "render/render.h"

#include <string.h>

#include "base/buf.h"
#include "core/addr.h"
#include "core/family.h"
#include "core/names.h"
#include "core/record.h"
#include "core/row.h"
#include "render/cell.h"
#include "render/color.h"
#include "render/endpoints.h"
#include "render/escape.h"
#include "render/holders.h"
#include "render/info.h"
#include "render/squeeze.h"

#define KIND_WIDTH 7
#define QUEUE_WIDTH 6
#define STATE_WIDTH 25	      /* "ESTABLISHED -> CLOSE_WAIT" */
#define STATE_ALONE_WIDTH 11  /* "ESTABLISHED" */
#define NARROW_STATE_WIDTH 20 /* "FIN_WAIT2->TIME_WAIT" */
#define FRACTION_WIDTH 4      /* ".123" */
#define TIMER_WIDTH 23	      /* "keepalive (7199.99/0/0)" */
#define OWNER_WIDTH 16	      /* of most: "1234567/postgres" */
#define PROTO_WIDTH 5	      /* "Proto", and "icmp6" */
#define QUEUES_TITLE "Recv-Q Send-Q "
#define NARROW_TITLE "Prot "
#define KIND_TITLE "EVENT   "
#define ESTABLISHED "ESTABLISHED"
#define ESTAB "ESTAB" /* ss's word for it */

/* row: NULL for what is no row. */
static void put_queues(struct buf *b, const struct sw_row *row)
{
	if (!row || !(row->sock.have & SW_HAVE_QUEUES)) {
		buf_puts(b, "     -      - ");
		return;
	}
	cell_put_number_right(b, row->recv_q, QUEUE_WIDTH);
	if (row_has_send_q(row))
		cell_put_number_right(b, row->send_q, QUEUE_WIDTH);
	else
		buf_puts(b, "     - ");
}

static const char *kind_name(uint8_t kind)
{
	return kind == SW_EV_RETRANSMIT ? "retrans" : event_kind_name(kind);
}

/* Events have none. */
static bool has_queues(const struct render *r)
{
	return r->no_event || !r->narrow;
}

static int proto_width(const struct render *r)
{
	return r->proto_width > PROTO_WIDTH ? r->proto_width : PROTO_WIDTH;
}

/* "tcp", "udp6": of the socket's family, as netstat has it. An MPTCP subflow is a TCP socket. */
static void put_proto(const struct render *r, struct buf *b, const struct sw_event *e,
		      struct squeeze *give)
{
	size_t start = b->len;

	buf_puts(b, e->sock.proto == SW_PROTO_TCP ? "tcp" : proto_name(e));
	if (e->sock.tuple.family == SW_AF_INET6)
		buf_putc(b, '6');
	/* a narrow stream has TCP and UDP only */
	cell_end(b, start, has_queues(r) ? proto_width(r) : (int)strlen(NARROW_TITLE) - 1);
	if (r->only_tcp && e->sock.proto == SW_PROTO_TCP) /* which IP it is, addresses say */
		give->tails[1] = (struct squeeze_span){ start, b->len };
}

void render_text_fit(struct render *r, const struct record *rec)
{
	const struct sw_event *e = rec->ev;
	int width = (int)strlen(proto_name(e)) + (e->sock.tuple.family == SW_AF_INET6);

	if (r->proto_width < width)
		r->proto_width = width;
	endpoints_fit(r, rec);
}

static int state_width(const struct render *r)
{
	if (r->no_event)
		return STATE_ALONE_WIDTH;
	return r->narrow ? NARROW_STATE_WIDTH : STATE_WIDTH;
}

static const char *short_name(const struct render *r, uint8_t state)
{
	return r->narrow && state == SW_TCP_ESTABLISHED ? ESTAB : state_name(state);
}

/*
 * The state, the change of it, or what happened where that has no column of its own. Where the
 * state stands that was left is the last to give way, and then what ss does not write of
 * ESTABLISHED.
 */
static void put_change(const struct render *r, struct buf *b, const struct sw_event *e,
		       struct squeeze *give)
{
	const char *name = event_state_name(e);
	struct squeeze_span old = { b->len, b->len };

	if (r->narrow && !r->no_event && e->kind != SW_EV_STATE && e->kind != SW_EV_SOCKET)
		name = kind_name(e->kind);
	if (e->kind == SW_EV_STATE) {
		buf_puts(b, short_name(r, e->old_state));
		old.to = b->len;
		buf_puts(b, r->narrow ? "->" : " -> ");
		name = short_name(r, e->sock.state);
	}
	give->last = old;
	if (!name)
		return;
	buf_puts(b, name);
	if (!strcmp(name, ESTABLISHED))
		give->tails[0] = (struct squeeze_span){
			b->len - strlen(ESTABLISHED) + strlen(ESTAB), b->len
		};
}

/* Of UDP that is what happened, where it has a column: a state it has not. */
static bool colors_kind(const struct render *r, const struct sw_event *e)
{
	return r->color && !r->no_event && !r->narrow && e->kind != SW_EV_SOCKET &&
	       sw_is_datagram(e->sock.proto);
}

static void put_kind(const struct render *r, struct buf *b, const struct sw_event *e)
{
	if (colors_kind(r, e))
		buf_puts(b, color_of_event(e));
	cell_put(b, kind_name(e->kind), KIND_WIDTH);
	if (colors_kind(r, e))
		buf_puts(b, COLOR_END);
}

static void put_state(const struct render *r, struct buf *b, const struct sw_event *e,
		      struct squeeze *give)
{
	bool color = r->color && !colors_kind(r, e);
	size_t start;

	if (color)
		buf_puts(b, color_of_event(e));
	start = b->len;
	put_change(r, b, e, give);
	cell_end(b, start, state_width(r));
	if (color)
		buf_puts(b, COLOR_END);
}

/* netstat's way: "on (0.20/1/0)" is seconds to go, retransmissions, unanswered probes. */
/* row: NULL for what is no row. */
static void put_timer(struct buf *b, const struct sw_row *row)
{
	const struct sw_timer *timer = row ? &row->timer : NULL;
	size_t start = b->len;
	uint32_t hundredths;

	if (row && (row->sock.have & SW_HAVE_TIMER)) {
		hundredths = timer->ms / 10 % 100;
		buf_puts(b, timer_name(timer->kind));
		buf_puts(b, " (");
		buf_put_u64(b, timer->ms / 1000);
		buf_puts(b, hundredths < 10 ? ".0" : ".");
		buf_put_u64(b, hundredths);
		buf_putc(b, '/');
		buf_put_u64(b, timer->retransmits);
		buf_putc(b, '/');
		buf_put_u64(b, timer->probes);
		buf_putc(b, ')');
	}
	cell_end(b, start, TIMER_WIDTH);
}

/* Why a bind did not get its address; of a TIME_WAIT socket, for how long it blocks the port. */
static void put_held_by(struct buf *b, const struct record *rec)
{
	if (rec->n_held_by)
		buf_puts(b, " held by ");
	holders_put_text(b, rec->held_by, rec->n_held_by);
	if (rec->n_held_by || !rec->blocked_ms)
		return;
	buf_puts(b, rec->ev->kind == SW_EV_SOCKET ? " free in " : " in TIME_WAIT, free in ");
	span_put(b, (uint64_t)rec->blocked_ms * 1000000);
}

/* What a row has that is not as usual. */
static void put_row_remarks(const struct render *r, struct buf *b, const struct sw_row *row)
{
	if (row_is_full(row))
		buf_puts(b, r->color ? " " COLOR_BAD "queue full" COLOR_END : " queue full");
	label_put_number(b, " drops ", (row->sock.have & SW_HAVE_DROPS) && row->drops, row->drops);
}

static void put_moved(struct buf *b, const char *label, uint64_t bytes, uint64_t datagrams)
{
	buf_puts(b, label);
	bytes_put(b, bytes);
	buf_putc(b, '/');
	buf_put_u64(b, datagrams);
}

/* The time in the state that was left; at the end, the age of the socket and what it moved. */
static void put_measures(struct buf *b, const struct sw_event *e)
{
	bool ended = e->sock.state == SW_TCP_CLOSE || e->sock.state == SW_TCP_TIME_WAIT;

	if (e->sock.have & SW_HAVE_DATAGRAMS) {
		put_moved(b, " tx ", e->sock.bytes_sent, e->datagrams_sent);
		put_moved(b, " rx ", e->sock.bytes_received, e->datagrams_received);
	}
	if (e->kind != SW_EV_STATE)
		return;
	if (ended && (e->sock.have & SW_HAVE_AGE)) {
		buf_puts(b, "  ");
		span_put(b, e->age_ns);
	} else if (!ended && (e->sock.have & SW_HAVE_STATE_TIME)) {
		buf_puts(b, "  ");
		span_put(b, e->state_ns);
	}
	if (ended && (e->sock.have & SW_HAVE_COUNTERS) && e->old_state != SW_TCP_LISTEN) {
		buf_puts(b, " tx ");
		bytes_put(b, e->sock.bytes_sent);
		buf_puts(b, " rx ");
		bytes_put(b, e->sock.bytes_received);
	}
	if ((e->sock.have & SW_HAVE_COUNTERS) && e->sock.retransmits) {
		buf_puts(b, " retrans ");
		buf_put_u64(b, e->sock.retransmits);
	}
}

/*
 * What is not as usual: the owner is only inherited, another process acted, the end was bad.
 * Returns where the error stands, where the reason says it, too.
 */
static struct squeeze_span put_remarks(const struct render *r, struct buf *b,
				       const struct sw_event *e)
{
	struct squeeze_span said = { 0 };
	const char *reason = reason_name(e->reason), *error = errno_name(e->error);
	const char *time_wait = time_wait_end_name(e);

	if (e->sock.owner_source == SW_OWNER_INHERITED)
		buf_puts(b, " (inherited)");
	if (e->sock.proto == SW_PROTO_PACKET &&
	    (family_addr_get(&e->sock.tuple.local).flags & FAMILY_PROMISCUOUS))
		buf_puts(b, " promiscuous");
	if (e->kind == SW_EV_OPEN)
		buf_puts(b, e->sock.have & SW_HAVE_RECEIVED ? " received" : " sent");
	if (time_wait) {
		buf_putc(b, ' ');
		buf_puts(b, time_wait);
	}
	if ((e->sock.have & SW_HAVE_ACTOR) &&
	    (e->sock.owner_source == SW_OWNER_UNKNOWN || e->actor_pid != e->sock.pid)) {
		buf_puts(b, " by ");
		process_put_text(b, e->actor_pid, e->actor_comm);
	}
	if (r->color && (reason || error))
		buf_puts(b, COLOR_BAD);
	if (reason) { /* a number may have no name */
		buf_putc(b, ' ');
		buf_puts(b, reason);
	}
	said.from = b->len;
	if (error) {
		buf_putc(b, ' ');
		buf_puts(b, error);
	}
	said.to = reason && error ? b->len : 0;
	if (r->color && (reason || error))
		buf_puts(b, COLOR_END);
	return said;
}

/* Narrow, the fraction of a second is left out. */
static int time_width(const struct render *r)
{
	bool cut = r->narrow && r->time == STAMP_CLOCK;

	return stamp_width(r->time) - (cut ? FRACTION_WIDTH : 0);
}

/* Of all columns but the addresses and the owner, each with a blank behind it. */
static int other_width(const struct render *r)
{
	size_t width = has_queues(r) ? (size_t)proto_width(r) + 1 + strlen(QUEUES_TITLE)
				     : strlen(NARROW_TITLE);

	if (!r->no_event)
		width += (size_t)time_width(r) + 1;
	if (!r->no_event && !r->narrow)
		width += 1 + strlen(KIND_TITLE);
	if (r->timers)
		width += TIMER_WIDTH + 1;
	return (int)width + state_width(r) + 1;
}

void render_text_fit_terminal(struct render *r, int columns)
{
	r->narrow = false;
	r->columns = columns;
	if (columns && columns < other_width(r) + 2 * (ADDRESS_WIDTH + 1) + OWNER_WIDTH)
		r->narrow = true;
	endpoints_fit_room(r, columns ? columns - other_width(r) - OWNER_WIDTH : 0);
}

static void put_titles(struct render *r, struct buf *b)
{
	if (!r->no_event)
		cell_put(b, "TIME", time_width(r) + !r->narrow);
	if (!r->no_event && !r->narrow)
		buf_puts(b, KIND_TITLE);
	if (has_queues(r)) {
		cell_put(b, "Proto", proto_width(r));
		buf_puts(b, QUEUES_TITLE);
	} else {
		buf_puts(b, NARROW_TITLE);
	}
	cell_put(b, "Local Address", r->address_width);
	cell_put(b, "Foreign Address", r->address_width);
	cell_put(b, "State", state_width(r));
	if (r->timers)
		cell_put(b, "Timer", TIMER_WIDTH);
	buf_puts(b, r->narrow ? "PID" : "PID/Program");
}

static void text_header(struct render *r, struct buf *b)
{
	endpoints_fit_header(r);
	if (r->color)
		buf_puts(b, COLOR_HEAD);
	put_titles(r, b);
	if (r->color)
		buf_puts(b, COLOR_END);
	buf_putc(b, '\n');
}

static void text_lost(const struct render *r, struct buf *b, uint64_t lost)
{
	if (r->color)
		buf_puts(b, COLOR_BAD);
	buf_puts(b, "lost    ");
	buf_put_u64(b, lost);
	buf_puts(b, lost == 1 ? " event" : " events");
	buf_puts(b, " could not be told (see --buffer-size)");
	if (r->color)
		buf_puts(b, COLOR_END);
	buf_putc(b, '\n');
}

static void put_when(struct render *r, struct buf *b, uint64_t wall_ns)
{
	size_t start = b->len;

	stamp_put(b, &r->stamp, r->time, wall_ns);
	if (r->narrow) {
		b->len -= (size_t)(stamp_width(r->time) - time_width(r));
		cell_end(b, start, time_width(r));
		return;
	}
	buf_pad(b, stamp_width(r->time) + 1 - (int)(b->len - start));
	buf_putc(b, ' '); /* a very long step is wider than its column */
}

static void text_record(struct render *r, struct buf *b, const struct record *rec)
{
	const struct sw_event *e = rec->ev;
	struct squeeze give = { .line = b->len };
	size_t owner;

	if (!r->no_event)
		put_when(r, b, rec->wall_ns);
	if (e->kind == SW_EV_LOST) {
		text_lost(r, b, rec->lost);
		return;
	}
	if (!r->no_event && !r->narrow)
		put_kind(r, b, e);
	put_proto(r, b, e, &give);
	if (has_queues(r))
		put_queues(b, rec->row);
	endpoints_put(r, b, rec);
	put_state(r, b, e, &give);
	if (r->timers)
		put_timer(b, rec->row);
	owner = b->len;
	give.blanks = (struct squeeze_span){ give.line, owner };
	owner_put_text(b, rec);
	give.name = squeeze_name(b, owner, b->len);
	if (endpoints_may_both_be_long(r, e))
		give.tails[2] = squeeze_slashed(&give.name);
	give.extra[0].from = b->len;
	put_measures(b, e);
	give.extra[0].to = b->len;
	give.extra[1] = put_remarks(r, b, e);
	if (rec->row)
		put_row_remarks(r, b, rec->row);
	put_held_by(b, rec);
	if (rec->elsewhere && !r->one_netns && !r->extended)
		netns_put(b, rec);
	nat_put_label(b, rec);
	info_put_text(b, rec);
	if (r->extended)
		extended_put(r, b, rec);
	else
		squeeze_row(b, &give, r->columns);
	buf_putc(b, '\n');
}

const struct formatter render_text = { .name = "text",
				       .fit_terminal = render_text_fit_terminal,
				       .header = text_header,
				       .record = text_record };
