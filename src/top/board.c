// SPDX-License-Identifier: GPL-2.0-only
#include "top/board.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/connection.h"
#include "core/record.h"
#include "core/row.h"
#include "top/entries.h"
#include "top/failures.h"

#define PLACE_PAGES 16 /* what an owner runs is looked at again each so many pages */

/* --- what is told of a socket ----------------------------------------------------------------- */

static void set_holders(struct board_entry *e, const struct record *rec)
{
	e->n_holders = 0;
	for (size_t i = 0; i < rec->n_holders; i++) {
		const struct holder *h = &rec->holders[i];

		if (i && rec->holders[i - 1].pid == h->pid)
			continue;
		if (e->n_holders < BOARD_HOLDERS) {
			e->holders[e->n_holders].pid = h->pid;
			memcpy(e->holders[e->n_holders].comm, h->comm, SW_COMM_LEN);
		}
		e->n_holders++;
	}
}

static void set_place(struct board *b, struct board_entry *e, const struct record *rec)
{
	places_leave(&b->places, e->place);
	e->place = places_of(&b->places, rec);
}

static uint64_t more_than(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

/* What it moved since it was seen last. */
static void add_moved(struct board_entry *e, const struct sw_sock *s)
{
	/* datagrams are counted from the first one on */
	if (!sock_has_moved(s) || (!sock_has_moved(&e->sock) && (s->have & SW_HAVE_COUNTERS)))
		return;
	e->late_sent += more_than(s->bytes_sent, e->sock.bytes_sent);
	e->late_received += more_than(s->bytes_received, e->sock.bytes_received);
	e->late_retransmitted += more_than(s->retransmits, e->sock.retransmits);
}

/* Of one that lived between two pages, or is new on this one: all of it, if it can be. */
static void add_all_moved(const struct board *b, struct board_entry *e, uint64_t age_ns)
{
	if (!sock_has_moved(&e->sock) || !b->page || e->was_there)
		return;
	if (age_ns > 2 * (b->page_ns ? board_last(b).interval_ns : 0) + 2000000000ull)
		return;
	e->late_sent = e->sock.bytes_sent;
	e->late_received = e->sock.bytes_received;
	e->late_retransmitted = e->sock.retransmits;
}

static bool has_owner(const struct sw_sock *s)
{
	return s->owner_source != SW_OWNER_UNKNOWN;
}

/* Nobody holds it any more, or its owner is not told here: who had it stays. */
static void keep_owner(struct sw_sock *now, const struct sw_sock *before)
{
	if (!now->start_ns && now->pid == before->pid)
		now->start_ns = before->start_ns;
	if (has_owner(now) || !has_owner(before))
		return;
	now->pid = before->pid;
	now->start_ns = before->start_ns;
	now->owner_source = before->owner_source;
	memcpy(now->comm, before->comm, SW_COMM_LEN);
}

static bool has_changed(const struct sw_sock *a, const struct sw_sock *b)
{
	return a->state != b->state || a->pid != b->pid || memcmp(a->comm, b->comm, SW_COMM_LEN);
}

/* --- rows ------------------------------------------------------------------------------------- */

static uint64_t listener_key(const struct sw_sock *s)
{
	return (uint64_t)s->tuple.netns << 32 | (uint64_t)s->proto << 16 | s->tuple.local_port;
}

/* Whoever listens there has accepted one. */
static struct board_entry *listener_of(struct board *b, const struct sw_sock *s)
{
	uint32_t i;

	if (s->proto != SW_PROTO_TCP || !hash_get(&b->listeners, listener_key(s), &i) || !i ||
	    i > b->n)
		return NULL;
	return b->all[i - 1].id && entry_listens(&b->all[i - 1]) ? &b->all[i - 1] : NULL;
}

static int note_listener(struct board *b, const struct board_entry *e)
{
	if (e->sock.proto != SW_PROTO_TCP || e->sock.state != SW_TCP_LISTEN)
		return 0;
	return hash_put(&b->listeners, listener_key(&e->sock), (uint32_t)(e - b->all) + 1);
}

static void note_opened(struct board *b, struct board_entry *e, uint64_t wall_ns)
{
	struct board_entry *listener = listener_of(b, &e->sock);

	if (!sock_has_peer(&e->sock) || e->sock.state == SW_TCP_TIME_WAIT)
		return;
	b->now.opened++;
	if (listener) {
		listener->late_accepts++;
		e->direction = CONN_IN;
	} else if (e->direction == CONN_UNKNOWN && e->sock.owner_source == SW_OWNER_CONNECT) {
		e->direction = CONN_OUT;
	}
	if (!e->end_ns)
		happened_add(b, &(struct board_event){
					.kind = SW_EV_OPEN, .wall_ns = wall_ns, .sock = e->sock });
}

static void set_row(struct board_entry *e, const struct record *rec)
{
	e->recv_q = rec->row->recv_q;
	e->send_q = rec->row->send_q;
	e->drops = rec->row->drops;
	e->elsewhere = rec->elsewhere;
	set_holders(e, rec);
}

static void update_row(struct board *b, struct board_entry *e, const struct record *rec)
{
	struct sw_sock s = rec->ev->sock;
	bool changed;

	keep_owner(&s, &e->sock);
	changed = has_changed(&s, &e->sock);
	if (changed)
		e->changed_ns = rec->ev->time_ns;
	add_moved(e, &s);
	if (changed || e->place == NONE || (b->page + e->id) % PLACE_PAGES == 0)
		set_place(b, e, rec);
	e->sock = s;
}

static int take_row(struct board *b, const struct record *rec)
{
	const struct sw_sock *s = &rec->ev->sock;
	struct board_entry *e = entries_live(b, s);

	b->next_page_ns = rec->ev->time_ns;
	b->next_page_wall_ns = rec->wall_ns;
	b->has_counters = b->has_counters || s->have & SW_HAVE_COUNTERS;
	if (e) {
		update_row(b, e, rec);
	} else {
		e = entries_add(b, s, rec->ev->time_ns);
		if (!e)
			return 0;
		e->was_there = !b->page;
		if (s->have & SW_HAVE_AGE) {
			e->begin_ns = e->first_ns = rec->ev->time_ns - rec->ev->age_ns;
			e->was_there = false;
		}
		set_place(b, e, rec);
		if (b->page)
			note_opened(b, e, rec->wall_ns);
		add_all_moved(b, e, 0);
	}
	e->page = b->page + 1;
	set_row(e, rec);
	return note_listener(b, e);
}

/* --- what happened ---------------------------------------------------------------------------- */

/* Whose begin was not seen came, where somebody listens. */
static enum conn_direction direction_of(struct board *b, const struct record *rec)
{
	enum conn_direction d = rec->conn ? conn_direction(rec->conn) : CONN_UNKNOWN;

	return d == CONN_UNKNOWN && rec->conn && listener_of(b, &rec->ev->sock) ? CONN_IN : d;
}

static void note_end(struct board *b, const struct record *rec)
{
	const struct sw_event *ev = rec->ev;

	happened_add(b,
		     &(struct board_event){ .kind = ev->kind,
					    .wall_ns = rec->wall_ns,
					    .sock = ev->sock,
					    .age_ns = ev->sock.have & SW_HAVE_AGE ? ev->age_ns : 0,
					    .error = ev->error,
					    .reason = ev->reason });
	if (!ev->reason && !ev->error)
		return;
	b->now.failed++;
	failures_add(b, rec, direction_of(b, rec));
}

static void set_end(struct board *b, struct board_entry *e, const struct record *rec)
{
	const struct sw_event *ev = rec->ev;
	struct sw_sock s = ev->sock;

	keep_owner(&s, &e->sock);
	add_moved(e, &s);
	e->sock = s;
	e->reason = ev->reason;
	e->error = ev->error;
	e->kind = ev->kind;
	set_place(b, e, rec);
	if ((ev->sock.have & SW_HAVE_AGE) || (rec->conn && conn_started_before(rec->conn))) {
		e->begin_ns = ev->time_ns - ev->age_ns;
		e->was_there = !(ev->sock.have & SW_HAVE_AGE);
	}
	if (!rec->conn)
		return;
	e->direction = (uint8_t)conn_direction(rec->conn);
	e->connect_us = rec->conn->connect_us;
	free(e->conn);
	e->conn = malloc(sizeof(*e->conn));
	if (e->conn)
		memcpy(e->conn, rec->conn, sizeof(*e->conn));
}

/* One that was never on a page. */
static struct board_entry *add_ended(struct board *b, const struct record *rec)
{
	struct board_entry *e = entries_add(b, &rec->ev->sock, rec->ev->time_ns);

	if (!e)
		return NULL;
	entries_end(b, e, rec->ev->time_ns);
	if (rec->ev->kind == SW_EV_CONN && !(rec->conn && conn_started_before(rec->conn)))
		note_opened(b, e, rec->wall_ns);
	add_all_moved(b, e, rec->ev->age_ns);
	return e;
}

/* A peer of UDP's may end while the socket goes on. */
static bool goes_on(const struct board_entry *e, const struct record *rec)
{
	return sw_is_datagram(e->sock.proto) || (rec->conn && rec->conn->so_far);
}

static void take_end(struct board *b, const struct record *rec)
{
	struct board_entry *e = entries_live(b, &rec->ev->sock);

	if (rec->conn && rec->conn->so_far)
		return;
	note_end(b, rec);
	if (e && goes_on(e, rec))
		return;
	if (e)
		entries_end(b, e, rec->ev->time_ns);
	else
		e = entries_gone(b, &rec->ev->sock);
	if (!e || !e->kind)
		b->now.closed += rec->ev->kind == SW_EV_CONN;
	if (!e)
		e = add_ended(b, rec);
	if (e)
		set_end(b, e, rec);
}

static void take_other(struct board *b, const struct record *rec)
{
	const struct sw_event *ev = rec->ev;
	struct board_entry *e;

	if (ev->kind == SW_EV_STATE && ev->sock.state == SW_TCP_CLOSE) {
		e = entries_live(b, &ev->sock);
		if (e)
			entries_end(b, e, ev->time_ns);
	}
	note_end(b, rec);
}

static void take_lost(struct board *b, const struct record *rec)
{
	b->lost += rec->lost;
	b->page_is_whole = false;
	happened_add(b, &(struct board_event){
				.kind = SW_EV_LOST, .wall_ns = rec->wall_ns, .lost = rec->lost });
}

int board_take(struct board *b, const struct record *rec)
{
	b->version++;
	b->elsewhere = b->elsewhere || rec->elsewhere;
	if (rec->row)
		return take_row(b, rec);
	switch (rec->ev->kind) {
	case SW_EV_LOST:
		take_lost(b, rec);
		return 0;
	case SW_EV_RECORDER:
		b->traced = b->traced || rec->recorder == RECORDER_START;
		return 0;
	case SW_EV_CONN:
		b->told++;
		take_end(b, rec);
		return 0;
	case SW_EV_CONNECT:
		b->told++;
		if (rec->ev->reason || rec->ev->error)
			take_end(b, rec);
		return 0;
	default:
		b->told++;
		take_other(b, rec);
		return 0;
	}
}

/* --- pages ------------------------------------------------------------------------------------ */

void board_begin(struct board *b)
{
	b->in_page = true;
	b->page_is_whole = true;
	b->next_page_ns = 0;
	hash_free(&b->listeners);
}

/* What came late, of the interval that ends here. */
static void settle(struct board_entry *e, struct board_sample *sum)
{
	e->sent = e->late_sent;
	e->received = e->late_received;
	e->retransmitted = e->late_retransmitted;
	e->accepts = e->late_accepts;
	e->late_sent = e->late_received = e->late_retransmitted = e->late_accepts = 0;
	sum->sent += e->sent;
	sum->received += e->received;
	sum->retransmitted += e->retransmitted;
}

/* Its end was not told: it is not traced, or is told in a moment (entries_gone()). */
static void end_missing(struct board *b, struct board_entry *e)
{
	if (e->end_ns || e->page > b->page || !b->page_is_whole)
		return;
	if (e->sock.state == SW_TCP_TIME_WAIT) {
		entries_remove(b, e);
		return;
	}
	if (sock_has_peer(&e->sock) && !b->traced)
		b->now.closed++;
	entries_end(b, e, b->next_page_ns);
}

static void count(struct board_counts *c, const struct board_entry *e)
{
	uint8_t state = e->sock.state;

	if (e->end_ns)
		return;
	if (e->sock.proto != SW_PROTO_TCP) {
		c->udp++;
		return;
	}
	c->listen += state == SW_TCP_LISTEN;
	c->tcp += sock_has_peer(&e->sock) && state != SW_TCP_TIME_WAIT;
	c->established += state == SW_TCP_ESTABLISHED;
	c->opening += state == SW_TCP_SYN_SENT || state == SW_TCP_SYN_RECV;
	c->close_wait += state == SW_TCP_CLOSE_WAIT;
	c->time_wait += state == SW_TCP_TIME_WAIT;
}

void board_end(struct board *b, uint64_t now_ns)
{
	b->in_page = false;
	b->counts = (struct board_counts){ 0 };
	b->version++;
	if (!b->next_page_ns)
		b->next_page_ns = now_ns;
	for (size_t i = 0; i < b->n; i++) {
		if (!b->all[i].id)
			continue;
		end_missing(b, &b->all[i]);
		if (!b->all[i].id)
			continue;
		settle(&b->all[i], &b->now);
		count(&b->counts, &b->all[i]);
	}
	if (b->page) {
		b->now.interval_ns = b->next_page_ns - b->page_ns;
		b->samples[b->n_samples++ % BOARD_SAMPLES] = b->now;
	}
	b->now = (struct board_sample){ 0 };
	b->page++;
	b->page_ns = b->next_page_ns;
	b->page_wall_ns = b->next_page_wall_ns;
}

/* --- looking ---------------------------------------------------------------------------------- */

bool board_age(struct board *b, uint64_t now_ns)
{
	bool any = now_ns > BOARD_LINGER_NS && entries_sweep(b, now_ns - BOARD_LINGER_NS);

	b->version += any;
	return any;
}

uint64_t board_age_due(const struct board *b)
{
	return b->n_ended ? b->all[b->ended_first].end_ns + BOARD_LINGER_NS : 0;
}

const struct board_entry *board_next(const struct board *b, size_t *at)
{
	while (*at < b->n) {
		const struct board_entry *e = &b->all[(*at)++];

		if (e->id)
			return e;
	}
	return NULL;
}

const struct board_entry *board_find(const struct board *b, uint64_t id)
{
	for (size_t i = 0; id && i < b->n; i++)
		if (b->all[i].id == id)
			return &b->all[i];
	return NULL;
}

uint64_t entry_age(const struct board *b, const struct board_entry *e, uint64_t now_ns,
		   bool *ret_least)
{
	uint64_t until_ns = e->end_ns ? e->end_ns : now_ns ? now_ns : b->page_ns;
	uint64_t since_ns = e->begin_ns ? e->begin_ns : e->first_ns;

	*ret_least = e->was_there;
	return until_ns > since_ns ? until_ns - since_ns : 0;
}

bool entry_has_totals(const struct board_entry *e)
{
	if (e->sock.have & SW_HAVE_COUNTERS)
		return true;
	return (e->sock.have & SW_HAVE_DATAGRAMS) && (e->end_ns || !e->was_there);
}

bool entry_listens(const struct board_entry *e)
{
	return e->sock.state == SW_TCP_LISTEN || !sock_has_peer(&e->sock);
}

struct board_sample board_last(const struct board *b)
{
	if (!b->n_samples)
		return (struct board_sample){ 0 };
	return b->samples[(b->n_samples - 1) % BOARD_SAMPLES];
}

uint64_t sample_rate(const struct board_sample *sample, uint64_t amount)
{
	uint64_t ns = sample->interval_ns;

	return ns ? (uint64_t)((double)amount * 1e9 / (double)ns) : 0;
}

uint64_t board_rate(const struct board *b, uint64_t amount)
{
	struct board_sample last = board_last(b);

	return sample_rate(&last, amount);
}

void board_free(struct board *b)
{
	for (size_t i = 0; i < b->n; i++)
		free(b->all[i].conn);
	free(b->all);
	free(b->buckets);
	places_free(&b->places);
	hash_free(&b->listeners);
	memset(b, 0, sizeof(*b));
}
