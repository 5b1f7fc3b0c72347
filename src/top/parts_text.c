// SPDX-License-Identifier: GPL-2.0-only
/* Parts of the screen that are text: events, details, help. */
#include <string.h>

#include "base/buf.h"
#include "core/addr.h"
#include "core/connection.h"
#include "core/names.h"
#include "render/escape.h"
#include "render/holders.h"
#include "render/stamp.h"
#include "top/board.h"
#include "top/columns.h"
#include "top/entries.h"
#include "top/parts.h"

#define LABEL_WIDTH 13

static struct buf *text_of(const struct part *p)
{
	return &p->page->text;
}

static void put_address(struct buf *b, const union sw_addr *a, uint16_t port)
{
	char text[ADDR_TEXT_MAX];

	buf_put(b, text, addr_format(a, text));
	buf_putc(b, ':');
	buf_put_u64(b, port);
}

void part_put_ends(struct buf *b, const struct sw_sock *s)
{
	put_address(b, &s->tuple.local, s->tuple.local_port);
	if (!s->tuple.remote_port)
		return;
	buf_puts(b, " - ");
	put_address(b, &s->tuple.remote, s->tuple.remote_port);
}

/* --- events ----------------------------------------------------------------------------------- */

static const char *what_happened(const struct board_event *e)
{
	switch (e->kind) {
	case SW_EV_OPEN:
		return "open ";
	case SW_EV_LOST:
		return "lost ";
	case SW_EV_BIND:
		return "bind ";
	case SW_EV_CONNECT:
		return "fail ";
	case SW_EV_STATE:
		return e->sock.state == SW_TCP_LISTEN ? "listen " : "unlisten ";
	default:
		return "end  ";
	}
}

static void put_event(const struct part *p, const struct board_event *e)
{
	const char *why = reason_name(e->reason) ? reason_name(e->reason) : errno_name(e->error);
	struct stamp_cache cache = { 0 };
	struct buf *b = text_of(p);
	size_t start = b->len;

	stamp_put(b, &cache, STAMP_CLOCK, e->wall_ns);
	buf_putc(b, ' ');
	buf_puts(b, what_happened(e));
	if (e->kind == SW_EV_LOST) {
		buf_put_u64(b, e->lost);
	} else {
		column_put_owner(b, &e->sock);
		buf_putc(b, ' ');
		part_put_ends(b, &e->sock);
	}
	if (e->age_ns) {
		buf_putc(b, ' ');
		span_put(b, e->age_ns);
	}
	if (why) {
		buf_putc(b, ' ');
		buf_puts(b, why);
	}
	part_end_line(p, start, why || e->kind == SW_EV_LOST ? STYLE_BAD : STYLE_PLAIN);
}

void part_events(const struct part *p, size_t most)
{
	const struct board *b = p->b;
	size_t n = most ? most - 1 : 0;
	size_t start = text_of(p)->len;

	buf_puts(text_of(p), "EVENTS (e closes them)");
	part_end_line(p, start, STYLE_HEAD);
	if (n > b->n_happened)
		n = b->n_happened;
	if (n > BOARD_HAPPENED)
		n = BOARD_HAPPENED;
	for (uint64_t i = b->n_happened - n; i < b->n_happened; i++)
		put_event(p, &b->happened[i % BOARD_HAPPENED]);
}

/* --- details ---------------------------------------------------------------------------------- */

/* Lines that may be scrolled: those before are passed over, those behind left out. */
struct scroller {
	const struct part *p;
	size_t skip, most;
};

/* Begins one; NULL: it is not shown. */
static struct buf *line_begin(struct scroller *s, const char *label, size_t *start)
{
	struct buf *b = text_of(s->p);

	if (s->skip) {
		s->skip--;
		return NULL;
	}
	if (!s->most)
		return NULL;
	s->most--;
	*start = b->len;
	buf_puts(b, label);
	buf_pad(b, LABEL_WIDTH - (int)strlen(label));
	return b;
}

static void put_text(struct scroller *s, const char *label, const char *text)
{
	size_t start;
	struct buf *b = text && *text ? line_begin(s, label, &start) : NULL;

	if (!b)
		return;
	escape_text(b, text, strlen(text));
	part_end_line(s->p, start, STYLE_PLAIN);
}

static void put_number(struct scroller *s, const char *label, uint64_t number)
{
	size_t start;
	struct buf *b = line_begin(s, label, &start);

	if (!b)
		return;
	buf_put_u64(b, number);
	part_end_line(s->p, start, STYLE_PLAIN);
}

static void put_span(struct scroller *s, const char *label, uint64_t ns)
{
	size_t start;
	struct buf *b = ns ? line_begin(s, label, &start) : NULL;

	if (!b)
		return;
	span_put(b, ns);
	part_end_line(s->p, start, STYLE_PLAIN);
}

/* Bytes, where all of them are known, and what that is a second, where there is an interval. */
static void put_moved(struct scroller *s, const char *label, bool all, uint64_t bytes,
		      uint64_t late)
{
	bool rate = s->p->b->n_samples;
	size_t start;
	struct buf *b = all || rate ? line_begin(s, label, &start) : NULL;

	if (!b)
		return;
	if (all)
		buf_put_u64(b, bytes);
	if (all)
		buf_puts(b, rate ? " bytes, " : " bytes");
	if (rate) {
		buf_puts(b, "now ");
		bytes_put(b, board_rate(s->p->b, late));
		buf_puts(b, "/s");
	}
	part_end_line(s->p, start, STYLE_PLAIN);
}

static void put_owner_line(struct scroller *s, const char *label, uint32_t pid,
			   const char comm[SW_COMM_LEN], const char *source)
{
	char name[SW_COMM_LEN + 1] = "";
	size_t start;
	struct buf *b = line_begin(s, label, &start);

	if (!b)
		return;
	memcpy(name, comm, SW_COMM_LEN);
	process_put_text(b, pid, name);
	if (source) {
		buf_puts(b, "  known by: ");
		buf_puts(b, source);
	}
	part_end_line(s->p, start, STYLE_PLAIN);
}

/* All that had it, in order. */
static void put_owners(struct scroller *s, const struct board_entry *e)
{
	struct sw_conn_owner owners[CONN_OWNERS_MAX];
	size_t n = e->conn ? conn_owners(e->conn, owners) : 0;

	for (size_t i = 0; i < n; i++)
		put_owner_line(s, "owner", owners[i].pid, owners[i].comm,
			       owner_source_name(owners[i].source));
	if (!n && e->sock.owner_source != SW_OWNER_UNKNOWN)
		put_owner_line(s, "owner", e->sock.pid, e->sock.comm,
			       owner_source_name(e->sock.owner_source));
	for (size_t i = 0; i < e->n_holders && i < BOARD_HOLDERS && e->n_holders > 1; i++)
		put_owner_line(s, "held by", e->holders[i].pid, e->holders[i].comm, NULL);
}

static void put_place(struct scroller *s, uint32_t place)
{
	static const struct {
		const char *label;
		enum place_text which;
	} lines[] = {
		{ "executable", PLACE_EXE },	  { "command line", PLACE_CMDLINE },
		{ "parent", PLACE_PARENT },	  { "unit", PLACE_UNIT },
		{ "container", PLACE_CONTAINER }, { "pod", PLACE_POD },
		{ "cgroup", PLACE_CGROUP },	  { "namespace", PLACE_NETNS },
		{ "device", PLACE_DEVICE },	  { "user", PLACE_USER },
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		put_text(s, lines[i].label, places_text(&s->p->b->places, place, lines[i].which));
}

/* The states that it went through, by name. */
static void put_history(struct scroller *s, const struct board_entry *e)
{
	char letters[CONN_STATES_MAX + 1];
	size_t start;
	struct buf *b;

	if (!e->conn || !conn_history(e->conn, letters))
		return;
	b = line_begin(s, "history", &start);
	if (!b)
		return;
	for (int i = CONN_STATES_MAX - 1; i >= 0; i--) {
		uint8_t state = e->conn->history >> (4 * i) & 15;

		if (!(e->conn->history >> (4 * i)))
			continue;
		if (b->len > start + LABEL_WIDTH)
			buf_puts(b, " > ");
		buf_puts(b, state ? state_name(state) : "?");
	}
	part_end_line(s->p, start, STYLE_PLAIN);
}

static void put_head(struct scroller *s, const struct board_entry *e)
{
	static const char *const ways[] = { [CONN_UNKNOWN] = "not known",
					    [CONN_OUT] = "out: this side connected",
					    [CONN_IN] = "in: this side accepted" };
	const struct sw_event ev = { .sock = e->sock };
	size_t start;
	struct buf *b = line_begin(s, "socket", &start);

	if (b) {
		buf_puts(b, proto_name(&ev));
		buf_putc(b, ' ');
		part_put_ends(b, &e->sock);
		part_end_line(s->p, start, STYLE_TITLE);
	}
	put_text(s, "state", event_state_name(&ev));
	if (sock_has_peer(&e->sock))
		put_text(s, "direction", ways[e->direction]);
	put_text(s, "ended", e->end_ns ? e->kind ? "yes" : "yes, its end was not told" : NULL);
	put_text(s, "why", reason_name(e->reason));
	put_text(s, "error", errno_name(e->error));
}

static void put_queues(struct scroller *s, const struct board_entry *e)
{
	if (e->sock.state == SW_TCP_LISTEN) {
		put_number(s, "waiting", e->recv_q);
		put_number(s, "backlog", e->send_q);
	} else if (!e->end_ns) {
		put_number(s, "recv-q", e->recv_q);
		put_number(s, "send-q", e->send_q);
	}
}

static void put_counters(struct scroller *s, const struct board_entry *e)
{
	bool least;
	uint64_t age_ns = entry_age(s->p->b, e, s->p->now_ns, &least);

	put_span(s, least ? "age at least" : "age", age_ns);
	if (sock_has_moved(&e->sock)) {
		put_moved(s, "sent", entry_has_totals(e), e->sock.bytes_sent, e->sent);
		put_moved(s, "received", entry_has_totals(e), e->sock.bytes_received, e->received);
	}
	if (e->sock.have & SW_HAVE_COUNTERS) {
		put_number(s, "retransmits", e->sock.retransmits);
		put_span(s, "round trip", (uint64_t)e->sock.srtt_us * 1000);
	}
	put_span(s, "connecting", (uint64_t)e->connect_us * 1000);
	if (e->conn) {
		put_number(s, "segments out", e->conn->segments_sent);
		put_number(s, "segments in", e->conn->segments_received);
	}
	if (e->sock.have & SW_HAVE_QUEUES)
		put_queues(s, e);
	put_number(s, "inode", e->sock.inode);
	put_number(s, "cookie", e->sock.cookie);
}

/* Those of the same program. */
static void put_failures(struct scroller *s, const struct sw_sock *sock)
{
	for (size_t i = 0; i < s->p->b->n_failures; i++) {
		const struct board_failure *f = &s->p->b->failures[i];
		const char *why = reason_name(f->reason);
		size_t start;
		struct buf *b;

		if (memcmp(f->sock.comm, sock->comm, SW_COMM_LEN))
			continue;
		b = line_begin(s, "failed", &start);
		if (!b)
			continue;
		buf_put_u64(b, f->count);
		buf_puts(b, " times ");
		part_put_ends(b, &f->sock);
		buf_putc(b, ' ');
		buf_puts(b, why ? why : errno_name(f->error) ? errno_name(f->error) : "");
		part_end_line(s->p, start, STYLE_BAD);
	}
}

/* What all of a group have in common; the rest is that of one of them, and not of the group. */
static void put_common(struct scroller *s, const struct top_row *row)
{
	const struct board_entry *e = row->group->any;
	char address[ADDR_TEXT_MAX + 1] = "";

	switch (group_kind(s->p->v->kind, row)) {
	case TOP_PROCESSES:
		put_place(s, e->place);
		put_failures(s, &e->sock);
		return;
	case TOP_REMOTES:
		address[addr_format(&e->sock.tuple.remote, address)] = '\0';
		put_text(s, "remote", address);
		return;
	default:
		put_text(s, "unit", places_text(&s->p->b->places, e->place, PLACE_UNIT));
		put_text(s, "container", places_text(&s->p->b->places, e->place, PLACE_CONTAINER));
		put_text(s, "pod", places_text(&s->p->b->places, e->place, PLACE_POD));
	}
}

static void put_group(struct scroller *s, const struct top_row *row)
{
	const struct top_group *g = row->group;

	if (group_kind(s->p->v->kind, row) == TOP_PROCESSES)
		put_owner_line(s, "process", g->any->sock.pid, g->any->sock.comm, NULL);
	put_number(s, "connections", g->conns);
	put_number(s, "established", g->established);
	if (!g->stateless)
		put_number(s, "close_wait", g->close_wait);
	put_number(s, "listens", g->listens);
	put_number(s, "ended", g->ended);
	put_moved(s, "sent", g->has_totals, g->total_sent, g->sent);
	put_moved(s, "received", g->has_totals, g->total_received, g->received);
	put_common(s, row);
}

void part_details(const struct part *p, size_t most)
{
	const struct top_row *row = view_row(p->v);
	struct scroller s = { p, p->v->scrolled, most };

	if (!row) {
		put_text(&s, "gone", "what was here is not kept any more (Esc)");
	} else if (row->entry) {
		put_head(&s, row->entry);
		put_owners(&s, row->entry);
		put_counters(&s, row->entry);
		put_history(&s, row->entry);
		put_place(&s, row->entry->place);
		put_failures(&s, &row->entry->sock);
	} else if (row->failure) {
		put_owner_line(&s, "process", row->failure->sock.pid, row->failure->sock.comm,
			       owner_source_name(row->failure->sock.owner_source));
		put_place(&s, row->failure->place);
		put_failures(&s, &row->failure->sock);
	} else {
		put_group(&s, row);
	}
}

/* --- help ------------------------------------------------------------------------------------- */

/* A line has 79 columns at most. */
static const char *const help[] = {
	"1 2 3 4 5 6    connections, processes, remotes, listeners, failures, units",
	"t F5           units, below them their processes, below these their sockets",
	"Up Down j k    the row above, below        PgUp PgDn    a page",
	"g G Home End   the first, the last         Enter        all that is known",
	"s < >          sort by the next, the previous column; or click on a title",
	"S r            sort the other way round",
	"/ F3 F4        only what is asked for, in the words of the command line:",
	"               curl   -P 443   --comm sshd,nginx   --state close-wait",
	"               Enter keeps it, Esc takes it away",
	"k F9           a signal for its owner (without --allow-kill k goes up)",
	"K              close the socket (SOCK_DESTROY); both only with --allow-kill",
	"[ ]  { }       the past, where record keeps it: a minute, an hour back and on",
	"Space          pause: the rows stay; what ends meanwhile is counted",
	"e              what happens, below         x            ended: shown, hidden",
	"a              time_wait: shown, hidden    n            names, or numbers",
	"y              copy the row (OSC 52)       w            write this as JSON",
	"? h F1         this page                   q F10 Ctrl-C end",
	"",
	"Green: new.  Yellow: changed.  Red: failed.  Dim: ended, for 10 seconds.",
	"UP/s, DOWN/s: bytes a second; RTR/s: segments sent again; RTT: round trip;",
	"'.': nothing.  AGE with '>': at least, as it was there before.",
	"PID/PROGRAM with '+2': two more hold it.",
};

void part_help(const struct part *p, size_t most)
{
	for (size_t i = p->v->scrolled; i < sizeof(help) / sizeof(help[0]) && most; i++, most--) {
		size_t start = text_of(p)->len;

		buf_puts(text_of(p), help[i]);
		part_end_line(p, start, STYLE_PLAIN);
	}
}
