// SPDX-License-Identifier: GPL-2.0-only
#include "metrics/meter.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "conn.h"
#include "core/connection.h"
#include "core/record.h"
#include "core/row.h"

#define ROWS_PART 4	  /* so much of the room is theirs */
#define FORGET_AFTER 20	  /* intervals: its end was lost */
#define UNKNOWN "unknown" /* no executable has it for its path */
#define DELETED " (deleted)"

/* --- where it belongs ------------------------------------------------------------------------- */

struct place {
	char exe[SERIES_TEXT_MAX + 1];
	const char *unit;
};

/* The path of what it runs; else, in brackets as ps has it, its name. */
static void set_exe(struct place *p, const struct record *rec)
{
	const struct sw_sock *s = &rec->ev->sock;
	size_t len = rec->exe ? strlen(rec->exe) : 0, tail = sizeof(DELETED) - 1;

	if (!rec->exe && s->owner_source == SW_OWNER_UNKNOWN)
		snprintf(p->exe, sizeof(p->exe), UNKNOWN);
	else if (!rec->exe)
		snprintf(p->exe, sizeof(p->exe), "[%.*s]", (int)strnlen(s->comm, SW_COMM_LEN),
			 s->comm);
	else if (*rec->exe != '/') /* as it was given to exec: no word of ours */
		snprintf(p->exe, sizeof(p->exe), "[%.200s]", rec->exe);
	else if (len > tail && !strcmp(rec->exe + len - tail, DELETED))
		snprintf(p->exe, sizeof(p->exe), "%.*s", (int)(len - tail), rec->exe);
	else
		snprintf(p->exe, sizeof(p->exe), "%s", rec->exe);
}

static struct series_of series_at(struct place *p, const struct record *rec)
{
	set_exe(p, rec);
	p->unit = rec->unit;
	return (struct series_of){ .exe = p->exe, .unit = p->unit };
}

static int add(struct series *s, struct series_of of, enum family_id family, uint8_t variant,
	       uint64_t value)
{
	of.family = family;
	of.variant = variant;
	return value ? series_add(s, &of, value) : 0;
}

static int observe(struct series *s, struct series_of of, enum family_id family, uint64_t ns)
{
	of.family = family;
	return series_observe(s, &of, ns);
}

/* One that the kernel chose stands for all of those. */
static uint16_t port_of(const struct meter *m, const struct sw_sock *s)
{
	uint16_t port = s->tuple.local_port;

	return port >= m->opts.chosen_first && port <= m->opts.chosen_last ? m->opts.chosen_first
									   : port;
}

/* --- rows ------------------------------------------------------------------------------------- */

static int take_listener(struct meter *m, const struct record *rec, struct series_of of)
{
	int err;

	of.port = port_of(m, &rec->ev->sock);
	err = add(&m->next, of, METRIC_LISTENERS, 0, 1);
	if (!err && rec->ev->sock.have & SW_HAVE_QUEUES) {
		of.family = METRIC_BACKLOG; /* 0 is an answer, too */
		err = series_add(&m->next, &of, rec->row->recv_q);
	}
	if (!err && row_has_send_q(rec->row)) {
		of.family = METRIC_BACKLOG_LIMIT;
		err = series_add(&m->next, &of, rec->row->send_q);
	}
	return err;
}

/* What it had when we came is not ours to count. */
static void note_before(struct meter *m, const struct record *rec)
{
	const struct sw_sock *s = &rec->ev->sock;
	uint64_t key = live_key(s);
	struct live_one *one;

	if (m->rows_wall_ns || !(s->have & SW_HAVE_COUNTERS) || live_find(&m->live, key))
		return;
	one = live_add(&m->live, key);
	if (one)
		*one = (struct live_one){ .key = key,
					  .sent = s->bytes_sent,
					  .received = s->bytes_received,
					  .retransmits = s->retransmits,
					  .seen_ns = rec->ev->time_ns,
					  .before = true };
}

static int take_row(struct meter *m, const struct record *rec)
{
	const struct sw_sock *s = &rec->ev->sock;
	struct place place;
	struct series_of of = series_at(&place, rec);
	int err;

	m->next_wall_ns = rec->wall_ns;
	err = add(&m->next, of, METRIC_SOCKETS, s->proto, 1);
	if (err || s->proto != SW_PROTO_TCP || s->state == SW_TCP_CLOSE)
		return err;
	if (s->state == SW_TCP_LISTEN)
		return take_listener(m, rec, of);
	if (!s->inode && s->owner_source == SW_OWNER_UNKNOWN)
		of.exe = of.unit = NULL; /* TIME_WAIT, or an orphan: known to be nobody's */
	note_before(m, rec);
	return add(&m->next, of, METRIC_CONNECTIONS, s->state, 1);
}

void meter_begin(struct meter *m, uint64_t wall_ns)
{
	series_clear(&m->next);
	m->next_wall_ns = wall_ns;
}

void meter_end(struct meter *m)
{
	struct series last = m->rows;

	m->rows = m->next;
	m->next = last;
	m->rows_wall_ns = m->next_wall_ns;
	series_clear(&m->next);
	m->next.left_out = m->rows.left_out;
}

/* --- connections ------------------------------------------------------------------------------ */

static bool was_established(const struct sw_conn *c)
{
	for (int i = 0; i < CONN_STATES_MAX; i++)
		if ((c->history >> (4 * i) & 15) == SW_TCP_ESTABLISHED)
			return true;
	return false;
}

/* Who accepted it, or was given it; and not the listener's, of which it is until then. */
static bool was_accepted(const struct sw_conn *c)
{
	struct sw_conn_owner owners[CONN_OWNERS_MAX];
	size_t n = conn_owners(c, owners);

	for (size_t i = 0; i < n; i++)
		if (owners[i].source == SW_OWNER_ACCEPT || owners[i].source == SW_OWNER_USE ||
		    owners[i].source == SW_OWNER_SNAPSHOT)
			return true;
	return c->e.sock.owner_source == SW_OWNER_KERNEL;
}

static int take_connected(struct meter *m, const struct sw_conn *c, const struct series_of *of)
{
	int err = add(&m->sums, *of, METRIC_CONNECTS, SW_REASON_NONE, 1);

	if (!err && c->connect_us)
		err = observe(&m->sums, *of, METRIC_CONNECT_TIME, c->connect_us * 1000ull);
	return err;
}

/* Its begin, once it is one: whether it counted, or did before. */
static int take_begin(struct meter *m, const struct sw_conn *c, const struct series_of *of,
		      bool *begun)
{
	enum conn_direction direction = conn_direction(c);
	int err = 0;

	if (*begun || conn_started_before(c))
		return 0;
	if (direction == CONN_OUT && was_established(c)) {
		err = take_connected(m, c, of);
		*begun = true;
	} else if (direction == CONN_IN && was_established(c) && was_accepted(c)) {
		err = add(&m->sums, *of, METRIC_ACCEPTS, 0, 1);
		*begun = true;
	}
	return err;
}

static uint64_t more_than(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

/* What it moved since it was told last. */
static int take_moved(struct meter *m, const struct sw_sock *s, const struct series_of *of,
		      struct live_one *told)
{
	int err;

	if (!(s->have & SW_HAVE_COUNTERS) && !(s->have & SW_HAVE_DATAGRAMS))
		return 0;
	err = add(&m->sums, *of, METRIC_SENT, s->proto, more_than(s->bytes_sent, told->sent));
	if (!err)
		err = add(&m->sums, *of, METRIC_RECEIVED, s->proto,
			  more_than(s->bytes_received, told->received));
	if (!err && s->proto == SW_PROTO_TCP)
		err = add(&m->sums, *of, METRIC_RETRANSMITS, 0,
			  more_than(s->retransmits, told->retransmits));
	told->sent = s->bytes_sent;
	told->received = s->bytes_received;
	told->retransmits = s->retransmits;
	return err;
}

static int take_end(struct meter *m, const struct sw_conn *c, struct series_of of)
{
	int err;

	m->owners[c->e.sock.owner_source % SW_OWNER_SOURCES]++;
	if (c->e.sock.proto != SW_PROTO_TCP)
		return 0;
	if (conn_direction(c) == CONN_OUT && !was_established(c))
		return add(&m->sums, of, METRIC_CONNECTS, c->e.reason, 1);
	err = add(&m->sums, of, METRIC_ENDED, c->e.reason, 1);
	if (!err && c->e.sock.have & SW_HAVE_AGE)
		err = observe(&m->sums, of, METRIC_DURATION, c->e.age_ns);
	return err;
}

/*
 * What counted of it so far. A connection that was there before us and of which no row was seen
 * has moved an amount that is not known: *ret_known.
 */
static struct live_one *told_of(struct meter *m, const struct sw_conn *c, struct live_one *none,
				bool *ret_known)
{
	uint64_t key = live_key(&c->e.sock);
	struct live_one *one = live_find(&m->live, key);
	bool before = conn_started_before(c);

	*ret_known = one || !before;
	if (one && one->before && !before) /* born while the first rows were read */
		*one = (struct live_one){ .key = key };
	if (!one && c->so_far)
		one = live_add(&m->live, key);
	if (!one && c->so_far)
		return NULL;
	if (!one)
		*none = (struct live_one){ 0 };
	one = one ? one : none;
	if (before)
		one->before = true;
	one->seen_ns = c->e.time_ns;
	return one;
}

static int take_conn(struct meter *m, const struct record *rec)
{
	const struct sw_conn *c = rec->conn;
	struct place place;
	struct series_of of = series_at(&place, rec);
	struct live_one none, *told;
	bool known;
	int err = 0;

	if (conn_direction(c) == CONN_IN)
		of.port = port_of(m, &c->e.sock);
	told = told_of(m, c, &none, &known);
	if (!told) /* all of it counts at its end */
		return 0;
	if (c->e.sock.proto == SW_PROTO_TCP)
		err = take_begin(m, c, &of, &told->begun);
	if (!err && known)
		err = take_moved(m, &c->e.sock, &of, told);
	else if (!err)
		*told = (struct live_one){ .key = told->key,
					   .sent = c->e.sock.bytes_sent,
					   .received = c->e.sock.bytes_received,
					   .retransmits = c->e.sock.retransmits,
					   .seen_ns = told->seen_ns,
					   .before = true };
	if (err || c->so_far)
		return err;
	if (told != &none)
		live_remove(&m->live, told);
	return take_end(m, c, of);
}

/* --- all else --------------------------------------------------------------------------------- */

/* A call that failed at once; what the transitions tell comes as a connection. */
static int take_failed(struct meter *m, const struct record *rec, enum family_id family)
{
	struct place place;

	if (!rec->ev->reason || rec->ev->sock.proto != SW_PROTO_TCP)
		return 0;
	return add(&m->sums, series_at(&place, rec), family, rec->ev->reason, 1);
}

static void take_lost(struct meter *m, const struct record *rec)
{
	uint64_t age_ns = m->opts.interval_ns * FORGET_AFTER;

	m->lost[rec->lost_on_way ? LOSS_PIPE : LOSS_KERNEL] += rec->lost;
	if (rec->ev->time_ns > age_ns)
		live_sweep(&m->live, rec->ev->time_ns - age_ns);
}

static int take_event(struct meter *m, const struct record *rec)
{
	switch (rec->ev->kind) {
	case SW_EV_CONN:
		return take_conn(m, rec);
	case SW_EV_CONNECT:
		return take_failed(m, rec, METRIC_CONNECTS);
	case SW_EV_BIND:
		return take_failed(m, rec, METRIC_BIND_FAILURES);
	case SW_EV_LOST:
		take_lost(m, rec);
		return 0;
	case SW_EV_RECORDER:
		if (rec->recorder == RECORDER_START)
			m->start_wall_ns = rec->wall_ns;
		return 0;
	default:
		return 0;
	}
}

int meter_record(struct meter *m, const struct record *rec)
{
	if (rec->row)
		return take_row(m, rec);
	if (rec->conn && rec->conn->so_far)
		m->so_far++;
	else if (rec->ev->kind < METER_KINDS)
		m->events[rec->ev->kind]++;
	return take_event(m, rec);
}

int meter_init(struct meter *m, const struct meter_opts *opts)
{
	size_t of_rows = opts->max_series / ROWS_PART;
	int err;

	*m = (struct meter){ .opts = *opts };
	err = series_init(&m->sums, opts->max_series - of_rows);
	if (!err)
		err = series_init(&m->rows, of_rows);
	if (!err)
		err = series_init(&m->next, of_rows);
	if (err)
		meter_free(m);
	return err;
}

void meter_free(struct meter *m)
{
	series_free(&m->sums);
	series_free(&m->rows);
	series_free(&m->next);
	live_free(&m->live);
}
