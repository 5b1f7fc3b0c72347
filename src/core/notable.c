// SPDX-License-Identifier: GPL-2.0-only
#include "core/notable.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/lru.h"
#include "core/connection.h"
#include "core/known.h"
#include "core/record.h"

#define AT_ONCE 20
#define EACH_NS 3000000000u
#define PLACES 1024 /* whose failures are counted at a time */
#define IN_A_ROW 5
#define GIVEN_UP_NS 1000000000u

struct notables {
	struct notable_opts opts;
	struct known *known; /* borrowed */
	uint64_t tokens;     /* how many may be told now */
	uint64_t token_ns;   /* when the last one came */
	uint64_t left_out;
	struct lru *places; /* owned; of `failures` */
	uint64_t failures[PLACES];
};

struct notables *notables_new(const struct notable_opts *opts, struct known *known)
{
	struct notables *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->opts = *opts;
	n->known = known;
	n->tokens = AT_ONCE;
	n->places = lru_new(PLACES);
	if (!n->places) {
		free(n);
		return NULL;
	}
	return n;
}

void notables_free(struct notables *n)
{
	if (n)
		lru_free(n->places);
	free(n);
}

uint64_t notables_left_out(const struct notables *n)
{
	return n->left_out;
}

/* --- how much is told ------------------------------------------------------------------------- */

static bool may_tell(struct notables *n, uint64_t now_ns)
{
	uint64_t since = now_ns > n->token_ns ? now_ns - n->token_ns : 0;

	if (n->tokens >= AT_ONCE || since / EACH_NS >= AT_ONCE) {
		n->tokens = AT_ONCE;
		n->token_ns = now_ns;
	} else {
		n->tokens += since / EACH_NS;
		n->token_ns += since / EACH_NS * EACH_NS;
	}
	return n->tokens;
}

static void tell(struct notables *n, enum notable_kind kind, const struct record *rec,
		 uint64_t count)
{
	if (may_tell(n, rec->wall_ns) && n->opts.tell(n->opts.arg, kind, rec, count))
		n->tokens--;
	else
		n->left_out++;
}

void notables_tick(struct notables *n, uint64_t now_ns)
{
	if (!n->left_out || !may_tell(n, now_ns) ||
	    !n->opts.tell(n->opts.arg, NOTABLE_LEFT_OUT, NULL, n->left_out))
		return;
	n->tokens--;
	n->left_out = 0;
}

/* --- what is new ------------------------------------------------------------------------------ */

static uint64_t key_of(const struct notables *n, enum notable_kind kind, const struct record *rec)
{
	const struct sw_sock *s = &rec->ev->sock;
	uint64_t key = hash_bytes(HASH_EMPTY ^ n->known->salt, &kind, sizeof(kind));

	key = hash_bytes(key, &s->proto, sizeof(s->proto));
	return rec->exe ? hash_bytes(key, rec->exe, strlen(rec->exe))
			: hash_bytes(key, s->comm, strnlen(s->comm, sizeof(s->comm)));
}

static void see(struct notables *n, enum notable_kind kind, const struct record *rec, uint16_t port)
{
	bool learns = rec->wall_ns < n->known->begun_ns + n->opts.learn_ns;
	uint64_t key;

	if (port >= n->opts.chosen_first && port <= n->opts.chosen_last) {
		if (rec->ev->sock.proto !=
		    SW_PROTO_TCP) /* a client's, or what it is for is not known */
			return;
		port = 0;
	}
	key = hash_bytes(key_of(n, kind, rec), &port, sizeof(port));
	if (!known_see(n->known, key, rec->wall_ns) && !learns)
		tell(n, kind, rec, 0);
}

static bool is_listener(const struct sw_event *e)
{
	const struct sw_sock *s = &e->sock;

	if (s->proto == SW_PROTO_TCP)
		return s->state == SW_TCP_LISTEN &&
		       (e->kind == SW_EV_SOCKET || e->kind == SW_EV_STATE);
	if (s->proto != SW_PROTO_UDP || !s->tuple.local_port)
		return false;
	return (e->kind == SW_EV_SOCKET && !s->tuple.remote_port) ||
	       (e->kind == SW_EV_BIND && !e->reason);
}

/* --- what fails in a row ---------------------------------------------------------------------- */

/* 5, 50, 500, ... */
static bool is_step(uint64_t count)
{
	while (count && count % 10 == 0)
		count /= 10;
	return count == IN_A_ROW;
}

static void count_failure(struct notables *n, const struct record *rec, bool failed)
{
	const struct sw_tuple *t = &rec->ev->sock.tuple;
	uint64_t key = key_of(n, NOTABLE_FAILURES, rec);
	uint32_t slot;

	key = hash_bytes(key, &t->remote, sizeof(t->remote));
	key = hash_bytes(key, &t->remote_port, sizeof(t->remote_port));
	slot = lru_find(n->places, key);
	if (slot == LRU_NONE && !failed)
		return;
	if (slot == LRU_NONE) {
		slot = lru_add(n->places, key);
		n->failures[slot] = 0;
	}
	lru_touch(n->places, slot);
	n->failures[slot] = failed ? n->failures[slot] + 1 : 0;
	if (is_step(n->failures[slot]))
		tell(n, NOTABLE_FAILURES, rec, n->failures[slot]);
}

/* One that never was a connection; but not where its program soon wanted it no more. */
static bool has_failed(const struct sw_event *e)
{
	switch (e->reason) {
	case SW_REASON_NONE:
	case SW_REASON_ABORTED:
	case SW_REASON_RESET_LOCALLY:
		return e->sock.have & SW_HAVE_AGE && e->age_ns >= GIVEN_UP_NS;
	default:
		return true;
	}
}

/* Who tries all ports uses none of them. */
static void take_client(struct notables *n, const struct record *rec)
{
	const struct sw_event *e = rec->ev;
	bool used = sw_is_datagram(e->sock.proto) ? !e->reason : conn_was_open(rec->conn);

	if (used)
		see(n, NOTABLE_PORT, rec, e->sock.tuple.remote_port);
	if (used || has_failed(e))
		count_failure(n, rec, !used);
}

void notables_take(struct notables *n, const struct record *rec)
{
	const struct sw_event *e = rec->ev;

	if (!record_has_owner(rec) || !record_is_socket(rec) ||
	    (e->sock.proto != SW_PROTO_TCP && e->sock.proto != SW_PROTO_UDP))
		return;
	if (is_listener(e))
		see(n, NOTABLE_LISTENER, rec, e->sock.tuple.local_port);
	else if (e->kind == SW_EV_CONN && conn_direction(rec->conn) == CONN_OUT)
		take_client(n, rec);
	else if (e->kind == SW_EV_CONNECT && e->reason)
		count_failure(n, rec, true);
}
