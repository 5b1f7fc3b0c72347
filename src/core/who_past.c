// SPDX-License-Identifier: GPL-2.0-only
#include "core/who_past.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "conn.h"
#include "core/connection.h"
#include "core/record.h"
#include "core/who.h"
#include "filter.h"

/* What is known of a socket; the highest of its records counts. */
enum known { KNOWN_NOT, KNOWN_BOUND, KNOWN_OPEN, KNOWN_ENDED };

/* When a socket was there, by one record of it. */
struct span {
	uint64_t from_ns; /* 0: it was there before */
	uint64_t to_ns;	  /* UINT64_MAX: its end is not known */
	uint64_t told_ns; /* when it was there for certain */
};

/* Failed before there was anything. */
static bool was_refused(const struct record *rec)
{
	char history[CONN_STATES_MAX + 1];

	if (rec->ev->reason == SW_REASON_NONE)
		return false;
	if (!rec->conn)
		return rec->ev->kind == SW_EV_BIND || rec->ev->kind == SW_EV_CONNECT;
	conn_history(rec->conn, history);
	return !strchr(history, 'E') && !conn_started_before(rec->conn);
}

/* It was there when the recorder began. */
static bool was_before(const struct record *rec)
{
	if (rec->ev->kind == SW_EV_SOCKET)
		return true;
	return rec->conn ? conn_started_before(rec->conn) : rec->ev->first_state != 0;
}

static struct span span_of(const struct record *rec)
{
	const struct sw_event *e = rec->ev;
	bool ended = (rec->conn && !rec->conn->so_far) || e->kind == SW_EV_CLOSE ||
		     event_ends_listening(e) || was_refused(rec);
	struct span s = { .to_ns = ended ? rec->wall_ns : UINT64_MAX, .told_ns = rec->wall_ns };

	if (!was_before(rec) && !was_refused(rec) && (e->sock.have & SW_HAVE_AGE))
		s.from_ns = rec->wall_ns - e->age_ns;
	else if (!was_before(rec))
		s.from_ns = rec->wall_ns;
	return s;
}

/* --- what a record is to the targets ---------------------------------------------------------- */

static uint8_t state_then(const struct record *rec)
{
	if (rec->conn)
		return SW_TCP_ESTABLISHED;
	if (event_ends_listening(rec->ev))
		return SW_TCP_LISTEN;
	return rec->ev->sock.state == SW_TCP_TIME_WAIT ? SW_TCP_ESTABLISHED : rec->ev->sock.state;
}

/* Of several targets that to which it is most. False: it is nothing to any. */
static bool role_of(const struct who_past *p, const struct record *rec, struct who_past_key *ret)
{
	static const enum who_past_role roles[] = { [WHO_LISTENS] = WHO_PAST_HELD,
						    [WHO_CONNECTED] = WHO_PAST_SERVED,
						    [WHO_USES] = WHO_PAST_CAME,
						    [WHO_WAITS] = WHO_PAST_CAME };
	const struct sw_sock *s = &rec->ev->sock;
	enum who_role best = WHO_NOTHING;

	for (size_t i = 0; i < p->n_targets; i++) {
		enum who_role role = who_role(&p->targets[i], s->proto, &s->tuple, state_then(rec));

		if (role >= best)
			continue;
		best = role;
		ret->target = (uint8_t)(i < UINT8_MAX ? i : UINT8_MAX);
	}
	if (best == WHO_NOTHING)
		return false;
	ret->role = was_refused(rec) ? WHO_PAST_REFUSED : roles[best];
	return true;
}

static bool is_of_interest(const struct sw_event *e)
{
	switch (e->kind) {
	case SW_EV_CONN:
	case SW_EV_SOCKET:
	case SW_EV_CLOSE:
	case SW_EV_BIND:
	case SW_EV_CONNECT:
		return true;
	case SW_EV_STATE:
		return e->sock.state == SW_TCP_LISTEN || event_ends_listening(e);
	default:
		return false;
	}
}

/* Of the end that is not the target only the address: ports of clients differ each time. */
static void key_fill(struct who_past_key *k, const struct record *rec)
{
	const struct sw_sock *s = &rec->ev->sock;
	bool listens = k->role == WHO_PAST_HELD || rec->ev->kind == SW_EV_BIND;
	bool own = k->role == WHO_PAST_SERVED || listens;

	k->start_ns = s->start_ns;
	k->pid = s->pid;
	k->netns = s->tuple.netns;
	k->proto = s->proto;
	k->reason = k->role == WHO_PAST_REFUSED ? rec->ev->reason : 0;
	if (own || k->role == WHO_PAST_REFUSED)
		k->local_port = own ? s->tuple.local_port : 0;
	k->local = s->tuple.local;
	if (listens)
		return;
	k->remote = s->tuple.remote;
	k->remote_port = own ? 0 : s->tuple.remote_port;
}

/* --- entries ---------------------------------------------------------------------------------- */

static int add_entry(struct who_past *p, const struct who_past_key *key, const struct record *rec)
{
	struct who_past_entry e = { .frame = p->frames.len, .first_ns = UINT64_MAX };
	int err = wire_pack(&p->frames, WIRE_RECORD, rec);

	memcpy(&e.key, key, sizeof(*key));
	return err ? err : ARRAY_ADD(p->entries, p->n, p->cap, &e);
}

/* NULL: no memory. */
static struct who_past_entry *entry_of(struct who_past *p, const struct who_past_key *key,
				       const struct record *rec)
{
	uint64_t hash = hash_bytes(HASH_EMPTY, key, sizeof(*key));
	uint32_t at;

	if (hash_get(&p->by_key, hash, &at)) {
		if (!memcmp(&p->entries[at].key, key, sizeof(*key)))
			return &p->entries[at];
		for (at = 0; at < p->n; at++) /* another has this hash */
			if (!memcmp(&p->entries[at].key, key, sizeof(*key)))
				return &p->entries[at];
	}
	if (add_entry(p, key, rec) || hash_put(&p->by_key, hash, (uint32_t)p->n - 1))
		return NULL;
	return &p->entries[p->n - 1];
}

/* What UDP had with one peer: a socket has many, and one with the same again. 0: all else. */
static uint64_t peer_key(const struct record *rec)
{
	const struct sw_event *e = rec->ev;
	const uint64_t all[] = { e->sock.tuple.remote.q[0], e->sock.tuple.remote.q[1],
				 e->sock.tuple.remote_port, e->time_ns - e->age_ns };

	return rec->conn && sw_is_datagram(e->sock.proto) ? hash_bytes(HASH_EMPTY, all, sizeof(all))
							  : 0;
}

/* A socket in its role: a bind knows the inode only; what has neither is another each time. */
static uint64_t socket_key(const struct record *rec, const struct who_past_key *key)
{
	const struct sw_sock *s = &rec->ev->sock;
	bool by_inode = s->inode && key->role == WHO_PAST_HELD;
	uint64_t id = by_inode ? s->inode : s->cookie;
	const uint64_t all[] = { id,	    by_inode, id ? 0 : rec->wall_ns,
				 key->role, key->pid, peer_key(rec) };

	return hash_bytes(HASH_EMPTY, all, sizeof(all));
}

static void add_end(struct who_past_entry *e, const struct record *rec, const struct span *span)
{
	const struct sw_sock *s = &rec->ev->sock;

	if (span->to_ns == UINT64_MAX)
		return;
	e->cut += rec->ev->reason != SW_REASON_NONE && e->key.role != WHO_PAST_REFUSED;
	if (s->have & (SW_HAVE_COUNTERS | SW_HAVE_DATAGRAMS)) {
		e->sent += s->bytes_sent;
		e->received += s->bytes_received;
	}
}

/* Of one of TCP that is only bound no end is ever told. */
static enum known known_by(const struct record *rec, const struct span *span)
{
	if (span->to_ns != UINT64_MAX)
		return KNOWN_ENDED;
	return rec->ev->kind == SW_EV_BIND && !sw_is_datagram(rec->ev->sock.proto) ? KNOWN_BOUND
										   : KNOWN_OPEN;
}

static int add_socket(struct who_past *p, struct who_past_entry *e, const struct record *rec,
		      const struct span *span)
{
	uint64_t key = socket_key(rec, &e->key);
	uint64_t last_ns = span->to_ns == UINT64_MAX ? span->told_ns : span->to_ns;
	uint32_t before = KNOWN_NOT, now = known_by(rec, span);

	hash_get(&p->sockets, key, &before);
	if (now < before)
		now = before;
	if (hash_put(&p->sockets, key, now))
		return -ENOMEM;
	e->count += before == KNOWN_NOT;
	e->open += now == KNOWN_OPEN;
	e->open -= before == KNOWN_OPEN;
	if (before != KNOWN_ENDED)
		add_end(e, rec, span);
	if (span->from_ns < e->first_ns)
		e->first_ns = span->from_ns;
	if (last_ns > e->last_ns)
		e->last_ns = last_ns;
	return 0;
}

int who_past_add(struct who_past *p, const struct record *rec)
{
	struct span span = span_of(rec);
	struct who_past_key key;
	struct who_past_entry *e;

	memset(&key, 0, sizeof(key));
	if (!is_of_interest(rec->ev) || span.from_ns >= p->until_ns || span.to_ns < p->since_ns)
		return 0;
	if (!role_of(p, rec, &key))
		return 0;
	key_fill(&key, rec);
	e = entry_of(p, &key, rec);
	return e ? add_socket(p, e, rec, &span) : -ENOMEM;
}

static int compare(const void *left, const void *right)
{
	const struct who_past_entry *a = left, *b = right;

	if (a->key.target != b->key.target)
		return a->key.target < b->key.target ? -1 : 1;
	if (a->key.role != b->key.role)
		return a->key.role < b->key.role ? -1 : 1;
	if (a->last_ns != b->last_ns)
		return a->last_ns > b->last_ns ? -1 : 1;
	return a->frame < b->frame ? -1 : a->frame > b->frame;
}

void who_past_sort(struct who_past *p)
{
	if (p->n)
		qsort(p->entries, p->n, sizeof(*p->entries), compare);
	hash_free(&p->by_key); /* their places are others now */
	for (size_t i = 0; i < p->n; i++)
		hash_put(&p->by_key,
			 hash_bytes(HASH_EMPTY, &p->entries[i].key, sizeof(p->entries[i].key)),
			 (uint32_t)i);
}

bool who_past_record(const struct who_past *p, const struct who_past_entry *e,
		     struct wire_frame *ret)
{
	return wire_unpack(p->frames.data + e->frame, p->frames.len - e->frame, ret) > 0;
}

void who_past_free(struct who_past *p)
{
	buf_free(&p->frames);
	free(p->entries);
	hash_free(&p->by_key);
	hash_free(&p->sockets);
	p->entries = NULL;
	p->n = p->cap = 0;
}
