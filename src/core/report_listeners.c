// SPDX-License-Identifier: GPL-2.0-only
#include "core/report_listeners.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/compare.h"
#include "base/hash.h"
#include "core/record.h"
#include "core/report.h"

static void note_listened(struct report *r, const struct sw_sock *s)
{
	uint16_t port = s->tuple.local_port;

	r->listened[s->proto != SW_PROTO_TCP][port / 64] |= 1ull << (port % 64);
}

bool report_was_listened(const struct report *r, const struct sw_sock *s)
{
	uint16_t port = s->tuple.local_port;

	return r->listened[s->proto != SW_PROTO_TCP][port / 64] >> (port % 64) & 1;
}

struct report_key report_owner_key(const struct sw_sock *s)
{
	struct report_key key = { .proto = s->proto, .kernel = s->owner_source == SW_OWNER_KERNEL };

	if (sock_has_process(s)) /* nothing behind the name's end */
		memcpy(key.comm, s->comm, strnlen(s->comm, SW_COMM_LEN));
	return key;
}

struct report_key report_own_key(const struct sw_sock *s)
{
	struct report_key key = report_owner_key(s);

	key.port = s->tuple.local_port;
	key.addr = s->tuple.local;
	return key;
}

int report_listener_begins(struct report *r, const struct record *rec)
{
	bool is_row = rec->ev->kind == SW_EV_SOCKET;
	const struct sw_sock *s = &rec->ev->sock;
	struct report_key key = report_own_key(s);
	struct report_group *g = report_table_get(&r->listeners, &key);

	if (!g)
		return -ENOMEM;
	note_listened(r, s);
	if (g->n++)
		return 0;
	g->before = is_row;
	g->first_ns = rec->wall_ns;
	if (is_row && (s->have & SW_HAVE_AGE) && rec->wall_ns - rec->ev->age_ns > r->since_ns) {
		g->before = false;
		g->first_ns = rec->wall_ns - rec->ev->age_ns;
	}
	return 0;
}

int report_listener_ends(struct report *r, const struct record *rec)
{
	struct report_key key = report_own_key(&rec->ev->sock);
	bool known = report_table_find(&r->listeners, &key);
	struct report_group *g;

	/* of a datagram socket not more is told than its end where it was nobody's to send to */
	if (!known && sw_is_datagram(key.proto))
		return 0;
	g = report_table_get(&r->listeners, &key);
	if (!g)
		return -ENOMEM;
	if (!known) {
		g->n = 1;
		g->before = true;
		g->first_ns = r->since_ns;
	}
	g->failed++;
	g->last_ns = rec->wall_ns;
	return 0;
}

/* The recorder starts, and tells anew what is there. */
void report_listeners_forget(struct report *r, uint64_t wall_ns)
{
	r->starts++;
	for (size_t i = 0; i < r->listeners.n; i++) {
		struct report_group *g = &r->listeners.groups[i];

		if (g->failed >= g->n)
			continue;
		g->failed = g->n;
		g->last_ns = wall_ns;
	}
}

/* A listener's place: without its process. */
static uint64_t place_of(const struct report_key *key)
{
	uint64_t hash = hash_bytes(HASH_EMPTY, &key->addr, sizeof(key->addr));

	hash = hash_bytes(hash, &key->port, sizeof(key->port));
	return hash_bytes(hash, &key->proto, sizeof(key->proto));
}

/* Who listens there: by preference whose process took it, as others may be handed it. */
static struct report_group *listener_at(const struct report *r, const struct hash *places,
					const struct report_key *key)
{
	struct report_group *g = report_table_find(&r->listeners, key);
	uint32_t i;

	if (g)
		return g;
	return hash_get(places, place_of(key), &i) ? &r->listeners.groups[i] : NULL;
}

static struct report_group *listener_of(const struct report *r, const struct hash *places,
					struct report_key key)
{
	struct report_group *g = listener_at(r, places, &key);

	memset(&key.addr, 0, sizeof(key.addr));
	if (!g)
		g = listener_at(r, places, &key);
	key.addr.b[10] = key.addr.b[11] = 0xff;
	return g ? g : listener_at(r, places, &key);
}

/* Connections that came to what listens there. */
static int count_accepted(struct report *r)
{
	struct hash places = { 0 };
	int err = 0;

	for (size_t i = r->listeners.n; i-- > 0 && !err;)
		err = hash_put(&places, place_of(&r->listeners.groups[i].key), (uint32_t)i);
	for (size_t i = 0; i < r->arrivals.n && !err; i++) {
		const struct report_group *arrived = &r->arrivals.groups[i];
		struct report_group *g = listener_of(r, &places, arrived->key);

		if (g)
			g->going += arrived->n;
	}
	hash_free(&places);
	return err;
}

/* Who was asked most, then by port. */
static int compare_listeners(const void *left, const void *right)
{
	const struct report_group *a = left, *b = right;
	int order = compare_numbers(b->going, a->going);

	if (!order)
		order = compare_numbers(a->key.port, b->key.port);
	return order ? order : memcmp(&a->key, &b->key, sizeof(a->key));
}

int report_listeners_end(struct report *r)
{
	int err = count_accepted(r);

	if (r->listeners.n)
		qsort(r->listeners.groups, r->listeners.n, sizeof(*r->listeners.groups),
		      compare_listeners);
	return err;
}
