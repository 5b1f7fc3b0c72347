// SPDX-License-Identifier: GPL-2.0-only
#include "core/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/compare.h"
#include "core/addr.h"
#include "core/record.h"
#include "core/report_listeners.h"
#include "filter.h"

#define NSEC 1000000000ull
#define MINUTE 60
#define HOUR 3600
#define DAY 86400

/* --- the timeline ----------------------------------------------------------------------------- */

static uint64_t choose_step(uint64_t since_ns, uint64_t until_ns)
{
	static const uint32_t steps[] = { 1,	    2,	       5,	 10,	   15,
					  30,	    MINUTE,    120,	 300,	   600,
					  900,	    1800,      HOUR,	 2 * HOUR, 3 * HOUR,
					  6 * HOUR, 12 * HOUR, DAY,	 2 * DAY,  7 * DAY,
					  14 * DAY, 28 * DAY,  84 * DAY, 364 * DAY };
	uint64_t span = until_ns - since_ns;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (span / (steps[i] * NSEC) + 2 <= REPORT_COLUMNS)
			return steps[i] * NSEC;
	return span / (REPORT_COLUMNS - 2) + 1;
}

void report_begin(struct report *r, uint64_t since_ns, uint64_t until_ns, int64_t zone_s)
{
	uint64_t local;

	memset(r, 0, sizeof(*r));
	r->since_ns = since_ns;
	r->until_ns = until_ns > since_ns ? until_ns : since_ns + 1;
	r->step_ns = choose_step(r->since_ns, r->until_ns);
	local = since_ns + (uint64_t)(zone_s * (int64_t)NSEC);
	local %= r->step_ns;
	r->first_ns = local <= since_ns ? since_ns - local : 0;
	r->n_columns = (size_t)((r->until_ns - 1 - r->first_ns) / r->step_ns) + 1;
	if (r->n_columns > REPORT_COLUMNS)
		r->n_columns = REPORT_COLUMNS;
}

static struct report_column *column_of(struct report *r, uint64_t wall_ns)
{
	uint64_t i = wall_ns >= r->first_ns ? (wall_ns - r->first_ns) / r->step_ns : UINT64_MAX;

	return i < r->n_columns ? &r->columns[i] : &r->outside;
}

/* --- keys ------------------------------------------------------------------------------------- */

/* Where the begin was not seen: it came in where somebody listened. */
static struct report_key peer_key(struct report *r, const struct record *rec)
{
	const struct sw_sock *s = &rec->ev->sock;
	enum conn_direction direction = rec->conn ? conn_direction(rec->conn) : CONN_UNKNOWN;
	struct report_key key = report_owner_key(s);

	if (rec->ev->kind == SW_EV_CONNECT)
		direction = CONN_OUT;
	else if (direction == CONN_UNKNOWN && report_was_listened(r, s))
		direction = CONN_IN;
	key.direction = (uint8_t)direction;
	key.port = direction == CONN_IN ? s->tuple.local_port : s->tuple.remote_port;
	key.addr = s->tuple.remote;
	return key;
}

static struct report_key without_addr(struct report_key key)
{
	memset(&key.addr, 0, sizeof(key.addr));
	return key;
}

/* --- adding up -------------------------------------------------------------------------------- */

static int add_to(struct report_table *t, const struct report_key *key,
		  const struct report_group *more)
{
	struct report_group *g = report_table_get(t, key);

	if (!g)
		return -ENOMEM;
	if (!g->n || more->first_ns < g->first_ns)
		g->first_ns = more->first_ns;
	if (more->last_ns > g->last_ns)
		g->last_ns = more->last_ns;
	g->n += more->n;
	g->failed += more->failed;
	g->going += more->going;
	g->sent += more->sent;
	g->received += more->received;
	return 0;
}

/* One that came in, by where. */
static int note_arrival(struct report *r, const struct report_key *own, uint8_t direction)
{
	struct report_group *g;

	if (direction != CONN_IN)
		return 0;
	g = report_table_get(&r->arrivals, own);
	if (g)
		g->n++;
	return g ? 0 : -ENOMEM;
}

/* own: with its own address and port. */
static int add_connection(struct report *r, const struct report_key *peer,
			  const struct report_key *own, const struct report_group *more)
{
	struct report_key service = without_addr(*peer);
	int err = add_to(&r->services, &service, more);

	r->sent += more->sent;
	r->received += more->received;
	if (!err)
		err = add_to(&r->peers, peer, more);
	return err ? err : note_arrival(r, own, peer->direction);
}

static int add_failure(struct report *r, const struct record *rec, struct report_key key)
{
	const struct report_group one = { .n = 1,
					  .first_ns = rec->wall_ns,
					  .last_ns = rec->wall_ns };

	r->failed++;
	column_of(r, rec->wall_ns)->failed++;
	if (rec->ev->reason < SW_REASONS)
		r->by_reason[rec->ev->reason]++;
	key.reason = rec->ev->reason;
	return add_to(&r->failures, &key, &one);
}

/* --- connections ------------------------------------------------------------------------------ */

static uint64_t id_of(const struct sw_sock *s)
{
	return tuple_hash_ends(hash_bytes(HASH_EMPTY, &s->cookie, sizeof(s->cookie)), &s->tuple);
}

static void set_going(struct report *r, const struct record *rec, struct report_going *ret)
{
	const struct sw_sock *s = &rec->ev->sock;
	struct report_key key = peer_key(r, rec);

	if (rec->conn || !ret->key.proto) /* a row says less */
		ret->key = key;
	ret->own = report_own_key(s);
	ret->over = false;
	ret->last_ns = rec->wall_ns;
	if (!(s->have & SW_HAVE_COUNTERS))
		return;
	ret->sent = s->bytes_sent;
	ret->received = s->bytes_received;
}

static int goes_on(struct report *r, const struct record *rec)
{
	uint64_t id = id_of(&rec->ev->sock);
	struct report_going fresh = { 0 };
	uint32_t i;
	int err;

	if (hash_get(&r->going_by_id, id, &i)) {
		set_going(r, rec, &r->all_going[i]);
		return 0;
	}
	if (r->n_going == REPORT_GOING) {
		r->going_more++;
		return 0;
	}
	set_going(r, rec, &fresh);
	err = ARRAY_ADD(r->all_going, r->n_going, r->going_cap, &fresh);
	return err ? err : hash_put(&r->going_by_id, id, (uint32_t)r->n_going - 1);
}

static void note_over(struct report *r, const struct sw_sock *s)
{
	uint32_t i;

	if (hash_get(&r->going_by_id, id_of(s), &i))
		r->all_going[i].over = true;
}

static int connection_ends(struct report *r, const struct record *rec)
{
	const struct sw_sock *s = &rec->ev->sock;
	struct report_key key = peer_key(r, rec), own = report_own_key(s);
	struct report_group one = { .n = 1,
				    .failed = rec->ev->reason != SW_REASON_NONE,
				    .first_ns = rec->wall_ns,
				    .last_ns = rec->wall_ns };
	int err;

	r->connections++;
	if (rec->conn) {
		note_over(r, s);
		if (s->have & SW_HAVE_AGE)
			spans_add(&r->durations, rec->ev->age_ns);
		if (rec->conn->connect_us)
			spans_add(&r->connects, (uint64_t)rec->conn->connect_us * 1000);
	}
	if (s->have & SW_HAVE_COUNTERS) {
		one.sent = s->bytes_sent;
		one.received = s->bytes_received;
	}
	err = add_connection(r, &key, &own, &one);
	if (!err && one.failed)
		return add_failure(r, rec, key);
	column_of(r, rec->wall_ns)->ended += !one.failed;
	return err;
}

/* --- records ---------------------------------------------------------------------------------- */

static bool is_connected(const struct sw_sock *s)
{
	return s->tuple.remote_port && s->state != SW_TCP_TIME_WAIT && s->state != SW_TCP_LISTEN &&
	       (sw_is_datagram(s->proto) || s->state != SW_TCP_CLOSE);
}

static int add_row(struct report *r, const struct record *rec)
{
	const struct sw_sock *s = &rec->ev->sock;

	if (is_connected(s))
		return goes_on(r, rec);
	if (!s->tuple.local_port || !sw_listens(rec->ev))
		return 0;
	return report_listener_begins(r, rec);
}

int report_there(struct report *r, const struct record *row)
{
	return add_row(r, row);
}

static int add_bind(struct report *r, const struct record *rec)
{
	if (rec->ev->reason)
		return add_failure(r, rec, report_own_key(&rec->ev->sock));
	return sw_is_datagram(rec->ev->sock.proto) && rec->ev->sock.tuple.local_port
		       ? report_listener_begins(r, rec)
		       : 0;
}

/* Of a listener only: what it begins and ends with. */
static int add_state(struct report *r, const struct record *rec)
{
	if (event_ends_listening(rec->ev))
		return report_listener_ends(r, rec);
	if (rec->ev->sock.state == SW_TCP_LISTEN)
		return report_listener_begins(r, rec);
	return rec->ev->reason ? add_failure(r, rec, peer_key(r, rec)) : 0;
}

static int add_hole(struct report *r, const struct record *rec)
{
	struct report_hole hole = { .from_ns = rec->lost_since_ns,
				    .to_ns = rec->wall_ns,
				    .lost = rec->lost };

	if (rec->ev->kind == SW_EV_LOST) {
		r->lost += rec->lost;
		column_of(r, rec->wall_ns)->lost += rec->lost;
	} else {
		hole.lost = 0;
		if (hole.from_ns < r->since_ns)
			hole.from_ns = r->since_ns;
		r->unknown_ns += hole.to_ns - hole.from_ns;
	}
	if (r->n_holes == REPORT_HOLES) {
		r->holes_more++;
		return 0;
	}
	return ARRAY_ADD(r->holes, r->n_holes, r->holes_cap, &hole);
}

int report_add(struct report *r, const struct record *rec)
{
	switch (rec->ev->kind) {
	case SW_EV_LOST:
		return rec->lost ? add_hole(r, rec) : 0;
	case SW_EV_RECORDER:
		if (rec->recorder == RECORDER_START)
			report_listeners_forget(r, rec->wall_ns);
		return recorder_is_gap(rec->recorder) ? add_hole(r, rec) : 0;
	case SW_EV_CONN:
		return rec->conn && rec->conn->so_far ? goes_on(r, rec) : connection_ends(r, rec);
	case SW_EV_CONNECT: /* one that got somewhere is told at its end */
		return rec->ev->reason ? connection_ends(r, rec) : 0;
	case SW_EV_SOCKET:
		return add_row(r, rec);
	case SW_EV_BIND:
		return add_bind(r, rec);
	case SW_EV_CLOSE:
		return report_listener_ends(r, rec);
	case SW_EV_STATE:
		return add_state(r, rec);
	default:
		return 0;
	}
}

/* --- the end ---------------------------------------------------------------------------------- */

static int add_going(struct report *r)
{
	int err = 0;

	for (size_t i = 0; i < r->n_going && !err; i++) {
		const struct report_going *g = &r->all_going[i];
		const struct report_group one = { .n = 1,
						  .going = 1,
						  .sent = g->sent,
						  .received = g->received,
						  .first_ns = g->last_ns,
						  .last_ns = g->last_ns };

		if (g->over)
			continue;
		r->going++;
		err = add_connection(r, &g->key, &g->own, &one);
	}
	return err;
}

static int compare_holes(const void *left, const void *right)
{
	const struct report_hole *a = left, *b = right;

	if (!a->lost != !b->lost)
		return a->lost ? 1 : -1;
	if (a->lost)
		return compare_numbers(b->lost, a->lost);
	return compare_numbers(b->to_ns - b->from_ns, a->to_ns - a->from_ns);
}

int report_end(struct report *r)
{
	int err = add_going(r);

	if (!err)
		err = report_listeners_end(r);
	report_table_sort(&r->services);
	report_table_sort(&r->peers);
	report_table_sort(&r->failures);
	if (r->n_holes)
		qsort(r->holes, r->n_holes, sizeof(*r->holes), compare_holes);
	return err;
}

void report_free(struct report *r)
{
	report_table_free(&r->listeners);
	report_table_free(&r->services);
	report_table_free(&r->peers);
	report_table_free(&r->failures);
	report_table_free(&r->arrivals);
	free(r->holes);
	free(r->all_going);
	hash_free(&r->going_by_id);
	r->holes = NULL;
	r->all_going = NULL;
}
