// SPDX-License-Identifier: GPL-2.0-only
/*
 * The text table of connections, one line each at its end:
 *
 *   TIME  PID/Program  Dir  Proto  Local Address  Foreign Address  Duration  Sent  Received  RTT
 * End
 *
 * and of what else is told among them: connects that failed at once, listeners, binds.
 */
#include "render/render.h"

#include <string.h>

#include "base/buf.h"
#include "core/connection.h"
#include "core/names.h"
#include "core/record.h"
#include "render/cell.h"
#include "render/color.h"
#include "render/conn_owners.h"
#include "render/endpoints.h"
#include "render/escape.h"
#include "render/holders.h"
#include "render/named.h"
#include "render/recorder.h"
#include "render/squeeze.h"

#define END_WIDTH 13	  /* "reset_by_peer" */
#define FRACTION_WIDTH 4  /* ".123" */
#define HOST_WIDTH_MAX 24 /* what is longer pushes the rest of its own line only */

/* Of all columns but the addresses; a blank stands behind each. */
struct widths {
	int owner;
	int direction;
	int proto; /* 0: left out, as the next but one */
	int duration;
	int bytes;
	int rtt;
};

static const struct widths wide = { 15, 3, 5, 8, 8, 6 };
static const struct widths narrow = { 10, 2, 0, 5, 4, 0 };

static const struct widths *widths_of(const struct render *r)
{
	return r->narrow ? &narrow : &wide;
}

/* Narrow, the fraction of a second is left out. */
static int time_width(const struct render *r)
{
	bool cut = r->narrow && r->time == STAMP_CLOCK;

	return stamp_width(r->time) - (cut ? FRACTION_WIDTH : 0);
}

static int other_width(const struct render *r)
{
	const struct widths *w = widths_of(r);
	int width = time_width(r) + !r->narrow + w->owner + w->direction + w->duration;

	width += 2 * w->bytes + 5;
	width += w->proto ? w->proto + 1 : 0;
	width += r->host_width ? r->host_width + 1 : 0;
	return width + (w->rtt ? w->rtt + 1 : 0);
}

static void fit_terminal(struct render *r, int columns)
{
	r->narrow = r->tight = false;
	r->columns = columns;
	if (columns && columns < other_width(r) + 2 * (ADDRESS_WIDTH + 1))
		r->narrow = true;
	if (columns && columns < other_width(r) + 2 * (ADDRESS_WIDTH + 1) + END_WIDTH)
		r->tight = true;
	endpoints_fit_room(r, columns ? columns - other_width(r) : 0);
}

static void put_titles(struct render *r, struct buf *b)
{
	const struct widths *w = widths_of(r);

	cell_put(b, "TIME", time_width(r) + !r->narrow);
	if (r->host_width)
		cell_put(b, "Host", r->host_width);
	cell_put(b, r->narrow ? "Program" : "PID/Program", w->owner);
	cell_put(b, r->narrow ? "" : "Dir", w->direction);
	if (w->proto)
		cell_put(b, "Proto", w->proto);
	cell_put(b, "Local Address", r->address_width);
	cell_put(b, "Foreign Address", r->address_width);
	cell_put(b, r->narrow ? "Time" : "Duration", w->duration);
	cell_put(b, "Sent", w->bytes);
	buf_puts(b, r->narrow ? "Recv" : "Received RTT    End");
}

static void conns_header(struct render *r, struct buf *b)
{
	endpoints_fit_header(r);
	if (r->color)
		buf_puts(b, COLOR_HEAD);
	put_titles(r, b);
	if (r->color)
		buf_puts(b, COLOR_END);
	buf_putc(b, '\n');
}

static void put_direction(struct buf *b, const struct record *rec, int width)
{
	static const char *const arrows[] = {
		[CONN_UNKNOWN] = "-", [CONN_OUT] = "->", [CONN_IN] = "<-"
	};
	enum conn_direction direction = CONN_UNKNOWN;

	if (rec->conn)
		direction = conn_direction(rec->conn);
	else if (rec->ev->kind == SW_EV_CONNECT)
		direction = CONN_OUT;
	cell_put(b, arrows[direction], width);
}

/* "~" before what is at least so long. */
static void put_duration(struct buf *b, const struct record *rec, int width)
{
	size_t start = b->len;
	bool begins = !rec->conn && rec->ev->sock.state == SW_TCP_LISTEN;
	bool known = (rec->ev->sock.have & SW_HAVE_AGE) && !begins;
	bool least = !known && rec->conn && conn_started_before(rec->conn);

	if (least && rec->ev->age_ns)
		buf_putc(b, '~');
	if (known || (least && rec->ev->age_ns))
		span_put(b, rec->ev->age_ns);
	else
		buf_putc(b, '-');
	cell_end(b, start, width);
}

static void put_bytes(struct buf *b, bool has, uint64_t bytes, int width)
{
	size_t start = b->len;

	if (has)
		bytes_put(b, bytes);
	else
		buf_putc(b, '-');
	cell_end(b, start, width);
}

static void put_rtt(struct buf *b, const struct sw_sock *s, int width)
{
	size_t start = b->len;

	if ((s->have & SW_HAVE_COUNTERS) && s->srtt_us)
		span_put(b, (uint64_t)s->srtt_us * 1000);
	else
		buf_putc(b, '-');
	cell_end(b, start, width);
}

/* What it moved; of a listener, or what failed at once, nothing. */
static void put_moved(struct render *r, struct buf *b, const struct record *rec)
{
	const struct widths *w = widths_of(r);
	const struct sw_sock *s = &rec->ev->sock;
	bool has = s->have & (rec->conn ? SW_HAVE_COUNTERS | SW_HAVE_DATAGRAMS : SW_HAVE_DATAGRAMS);

	put_bytes(b, has, s->bytes_sent, w->bytes);
	put_bytes(b, has, s->bytes_received, w->bytes);
	if (w->rtt)
		put_rtt(b, s, w->rtt);
}

/* What happened where it is no connection. */
static const char *what_happened(const struct sw_event *e)
{
	switch (e->kind) {
	case SW_EV_STATE:
		return e->sock.state == SW_TCP_LISTEN ? "listening" : "closed";
	case SW_EV_BIND:
		return "bind";
	case SW_EV_SOCKET:
		return e->sock.state == SW_TCP_LISTEN ? "listens" : "is there";
	default:
		return NULL;
	}
}

static void put_remark(struct buf *b, size_t start, const char *text)
{
	if (!text)
		return;
	if (b->len > start)
		buf_putc(b, ' ');
	buf_puts(b, text);
}

/* It goes on. Narrow, there is room for a sign behind its bytes only. */
static void put_so_far(const struct render *r, struct buf *b, size_t start)
{
	if (!r->narrow) {
		put_remark(b, start, "so far");
		return;
	}
	while (b->len && b->data[b->len - 1] == ' ')
		b->len--;
	buf_putc(b, '+');
}

static void put_end(struct render *r, struct buf *b, const struct record *rec)
{
	const struct sw_event *e = rec->ev;
	const char *reason = reason_name(e->reason);
	size_t start = b->len;

	put_remark(b, start, what_happened(e));
	if (rec->conn && rec->conn->so_far)
		put_so_far(r, b, start);
	if (r->color && reason)
		buf_puts(b, COLOR_BAD);
	put_remark(b, start, reason ? reason : errno_name(e->error));
	if (r->color && reason)
		buf_puts(b, COLOR_END);
	if (rec->conn && e->sock.owner_source == SW_OWNER_INHERITED)
		put_remark(b, start, "(inherited)");
	if (rec->conn && e->sock.retransmits && !r->tight)
		label_put_number(b, b->len > start ? " retrans " : "retrans ", true,
				 e->sock.retransmits);
}

static void put_when(struct render *r, struct buf *b, uint64_t wall_ns, struct squeeze *give)
{
	size_t start = b->len;

	stamp_put(b, &r->stamp, r->time, wall_ns);
	if (r->narrow)
		b->len -= (size_t)(stamp_width(r->time) - time_width(r));
	else if (r->time == STAMP_CLOCK)
		give->tails[0] = (struct squeeze_span){ b->len - FRACTION_WIDTH, b->len };
	cell_end(b, start, time_width(r) + !r->narrow);
}

/* It makes room for itself. */
static void put_host(struct render *r, struct buf *b, const struct record *rec)
{
	size_t start = b->len;
	int width;

	if (!r->host_width)
		return;
	escape_text(b, rec->host ? rec->host : "-", rec->host ? strlen(rec->host) : 1);
	width = (int)(b->len - start);
	if (width > r->host_width && width <= HOST_WIDTH_MAX)
		r->host_width = width;
	cell_end(b, start, r->host_width);
}

static void put_lost(const struct render *r, struct buf *b, const struct record *rec)
{
	if (r->color)
		buf_puts(b, COLOR_BAD);
	if (record_lost_known(rec))
		buf_put_u64(b, rec->lost);
	else
		buf_puts(b, "nobody knows how many");
	buf_puts(b, rec->not_sent ? " gone before they were sent"
				  : " lost: connections that could not be told "
				    "(see --buffer-size)");
	if (r->color)
		buf_puts(b, COLOR_END);
	buf_putc(b, '\n');
}

static const char *proto_of(const struct sw_event *e)
{
	bool six = e->sock.tuple.family == SW_AF_INET6;

	if (e->sock.proto == SW_PROTO_UDP)
		return six ? "udp6" : "udp";
	return six ? "tcp6" : "tcp";
}

static void put_proto(const struct render *r, struct buf *b, const struct sw_event *e,
		      struct squeeze *give)
{
	size_t start = b->len;

	if (widths_of(r)->proto)
		cell_put(b, proto_of(e), widths_of(r)->proto);
	if (r->only_tcp && b->len > start) /* which IP it is, addresses say */
		give->tails[1] = (struct squeeze_span){ start, b->len };
}

/* "web3:811/nginx"; nothing where it is not known. */
static void put_peer(struct buf *b, const struct record_peer *peer)
{
	if (!peer)
		return;
	buf_puts(b, " peer=");
	if (peer->host) {
		named_put_word(b, peer->host);
		buf_putc(b, ':');
	}
	if (peer->has_owner)
		process_put_text(b, peer->pid, peer->comm);
	else
		buf_putc(b, '-');
}

/* -e: what the narrow table leaves out, too. */
static void put_more(struct render *r, struct buf *b, const struct record *rec)
{
	char history[CONN_STATES_MAX + 1];

	if (rec->conn) {
		if (conn_history(rec->conn, history))
			label_put_text(b, " history=", history);
		conn_owners_put_text(b, " owners=", rec->conn);
	}
	extended_put(r, b, rec);
}

/* How long it was gives way to why it ended only. */
static void fit_row(const struct render *r, struct buf *b, struct squeeze *give,
		    const struct sw_event *e)
{
	if (give->blanks.to > b->len)
		give->blanks.to = b->len;
	if (!e->reason || give->last.to > b->len)
		give->last = (struct squeeze_span){ 0 };
	if (give->tails[2].to > b->len)
		give->tails[2].to = b->len;
	if (give->tails[2].to <= give->tails[2].from) /* nothing was moved */
		give->tails[2] = (struct squeeze_span){ 0 };
	squeeze_row(b, give, r->columns);
}

static void conns_record(struct render *r, struct buf *b, const struct record *rec)
{
	const struct widths *w = widths_of(r);
	const struct sw_event *e = rec->ev;
	struct squeeze give = { 0 };
	size_t start;

	if (r->days)
		day_put(r, b, rec->wall_ns);
	give.line = b->len;
	put_when(r, b, rec->wall_ns, &give);
	put_host(r, b, rec);
	if (recorder_put_text(r, b, rec)) {
		buf_putc(b, '\n');
		return;
	}
	if (e->kind == SW_EV_LOST) {
		put_lost(r, b, rec);
		return;
	}
	start = b->len;
	owner_put_text(b, rec);
	give.name = squeeze_name(b, start, b->len);
	if (endpoints_may_both_be_long(r, e))
		give.tails[3] = squeeze_slashed(&give.name);
	give.blanks.from = b->len;
	cell_end(b, start, w->owner);
	put_direction(b, rec, w->direction);
	put_proto(r, b, e, &give);
	endpoints_put(r, b, rec);
	give.last.from = b->len;
	put_duration(b, rec, w->duration);
	give.last.to = b->len;
	/* one of the two has room */
	if (!r->tight || (!e->reason && !what_happened(e))) {
		put_moved(r, b, rec);
		give.tails[2] = (struct squeeze_span){ give.last.to, b->len };
	}
	put_end(r, b, rec);
	give.blanks.to = b->len;
	if (rec->elsewhere && !r->one_netns && !r->extended)
		netns_put(b, rec);
	nat_put_label(b, rec);
	put_peer(b, rec->peer);
	if (r->extended)
		put_more(r, b, rec);
	while (b->len && b->data[b->len - 1] == ' ')
		b->len--;
	if (!r->extended && !rec->peer)
		fit_row(r, b, &give, e);
	buf_putc(b, '\n');
}

const struct formatter render_conns = { .name = "conns",
					.fit_terminal = fit_terminal,
					.header = conns_header,
					.record = conns_record };
