// SPDX-License-Identifier: GPL-2.0-only
#include "core/ends.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "core/addr.h"
#include "core/connection.h"
#include "core/record.h"
#include "filter.h"

#define SECOND UINT64_C(1000000000)
#define APART_NEAR (SECOND / 100) /* of two records, by one clock */
#define APART_FAR SECOND	  /* by two */
#define LATER (3600 * SECOND)	  /* how much later the other end may be told */
#define NOBODY UINT32_MAX
#define SEVERAL (UINT32_MAX - 1)
#define NONE UINT32_MAX

/* One end. Texts are places in ends.texts; 0: none. */
struct ends_side {
	struct sw_tuple tuple;
	uint64_t begin_ns, end_ns; /* it was there from at least then to at least then */
	uint64_t cookie;
	uint64_t sent, received; /* UINT64_MAX, 0: not known to the end */
	uint32_t host, boot;
	uint32_t next; /* another that is asked for, with the same tuple; or NONE */
	uint32_t found;
	uint8_t proto;
	uint8_t direction; /* enum conn_direction */
	bool asked;	   /* there is something to look for */
	bool near;	   /* what was found is of the same machine */
};

struct ends_found {
	struct ends_side side;
	struct record_peer peer; /* without its texts */
	uint32_t host, exe, unit, container, container_name, pod_name;
};

/* --- texts ------------------------------------------------------------------------------------ */

/* Each text once. 0 for NULL, and where there is no memory. */
static uint32_t keep_text(struct ends *e, const char *text)
{
	size_t size = text ? strlen(text) + 1 : 0;
	uint64_t key = hash_bytes(HASH_EMPTY, text, size);
	uint32_t at;

	if (!text)
		return 0;
	if (hash_get(&e->by_text, key, &at) && !strcmp(e->texts.data + at, text))
		return at;
	if (!e->texts.len)
		buf_putc(&e->texts, '\0'); /* 0 is none */
	at = (uint32_t)e->texts.len;
	buf_put(&e->texts, text, size);
	if (buf_failed(&e->texts) || hash_put(&e->by_text, key, at))
		return 0;
	return at;
}

static const char *text_at(const struct ends *e, uint32_t at)
{
	return at ? e->texts.data + at : NULL;
}

/* --- sides ------------------------------------------------------------------------------------ */

static bool is_asked(const struct record *rec)
{
	const struct sw_tuple *t = &rec->ev->sock.tuple;

	return rec->conn && t->remote_port && t->local_port && !addr_is_any(&t->local);
}

static uint64_t key_of(const struct sw_sock *s)
{
	return tuple_hash_ends(hash_bytes(HASH_EMPTY, &s->proto, sizeof(s->proto)), &s->tuple);
}

/* That of the other end. */
static uint64_t mirrored_key(const struct sw_sock *s)
{
	const struct sw_tuple *t = &s->tuple;
	const struct sw_sock other = { .proto = s->proto,
				       .tuple = { .local = t->remote,
						  .local_port = t->remote_port,
						  .remote = t->local,
						  .remote_port = t->local_port } };

	return key_of(&other);
}

static bool is_mirrored(const struct ends_side *a, const struct ends_side *b)
{
	const struct sw_tuple *t = &a->tuple, *o = &b->tuple;

	return a->proto == b->proto && t->local_port == o->remote_port &&
	       t->remote_port == o->local_port &&
	       !memcmp(&t->local, &o->remote, sizeof(t->local)) &&
	       !memcmp(&t->remote, &o->local, sizeof(t->remote));
}

/* Of one that goes on, and of what was not counted, it says nothing. */
static void set_bytes(struct ends_side *side, const struct record *rec)
{
	const struct sw_sock *s = &rec->ev->sock;

	side->sent = UINT64_MAX;
	if (rec->conn->so_far || s->proto != SW_PROTO_TCP || !(s->have & SW_HAVE_COUNTERS))
		return;
	side->sent = s->bytes_sent;
	side->received = s->bytes_received;
}

static struct ends_side side_of(struct ends *e, const struct record *rec)
{
	const struct sw_sock *s = &rec->ev->sock;
	uint64_t age = rec->ev->age_ns; /* at least, where it was there before */
	struct ends_side side = { .tuple = s->tuple,
				  .end_ns = rec->wall_ns,
				  .begin_ns = age < rec->wall_ns ? rec->wall_ns - age : 0,
				  .cookie = s->cookie,
				  .host = keep_text(e, rec->host),
				  .boot = keep_text(e, rec->boot),
				  .next = NONE,
				  .found = NOBODY,
				  .proto = s->proto,
				  .direction = (uint8_t)conn_direction(rec->conn),
				  .asked = true };

	set_bytes(&side, rec);
	return side;
}

int ends_want(struct ends *e, const struct record *rec)
{
	struct ends_side side = { .next = NONE, .found = NOBODY };
	uint32_t i = (uint32_t)e->n_wanted;
	int err;

	if (is_asked(rec)) {
		side = side_of(e, rec);
		hash_get(&e->by_tuple, mirrored_key(&rec->ev->sock), &side.next);
	}
	err = ARRAY_ADD(e->wanted, e->n_wanted, e->cap_wanted, &side);
	if (!err && side.asked)
		err = hash_put(&e->by_tuple, mirrored_key(&rec->ev->sock), i);
	return buf_failed(&e->texts) ? -ENOMEM : err;
}

bool ends_span(const struct ends *e, size_t first, size_t end, uint64_t *ret_since_ns,
	       uint64_t *ret_until_ns)
{
	uint64_t since = UINT64_MAX, until = 0;

	for (size_t i = first; i < end; i++) {
		const struct ends_side *w = &e->wanted[i];

		if (!w->asked)
			continue;
		since = w->begin_ns < since ? w->begin_ns : since;
		until = w->end_ns > until ? w->end_ns : until;
	}
	if (since == UINT64_MAX)
		return false;
	*ret_since_ns = since > APART_FAR ? since - APART_FAR : 0;
	*ret_until_ns = until < UINT64_MAX - LATER ? until + LATER : UINT64_MAX;
	return true;
}

const struct sw_tuple *ends_tuple(const struct ends *e, size_t i)
{
	return e->wanted[i].asked ? &e->wanted[i].tuple : NULL;
}

/* --- which it is ------------------------------------------------------------------------------ */

static bool is_same(const struct ends_side *a, const struct ends_side *b)
{
	return a->cookie && a->cookie == b->cookie && a->host == b->host && a->boot == b->boot;
}

static bool is_loopback(const struct sw_tuple *t)
{
	return sw_addr_is_loopback(&t->local) || sw_addr_is_loopback(&t->remote);
}

static bool is_link_local(const struct sw_tuple *t)
{
	return addr_is_link_local(&t->local) || addr_is_link_local(&t->remote);
}

/* The kernel counts the end of what comes as a byte. */
static bool received_more_than_sent(const struct ends_side *a, const struct ends_side *b)
{
	return b->sent != UINT64_MAX && a->received > b->sent + 1;
}

static bool may_be_reached(const struct ends_side *w, const struct ends_side *s)
{
	if (w->host != s->host)
		return !is_loopback(&w->tuple) && !is_link_local(&w->tuple);
	return w->boot == s->boot && (!is_loopback(&w->tuple) || w->tuple.netns == s->tuple.netns);
}

/* A socket that is connected to itself is its own other end. */
static bool goes_the_other_way(const struct ends_side *w, const struct ends_side *s)
{
	return w->direction == CONN_UNKNOWN || w->direction != s->direction || is_same(w, s);
}

static bool is_at_that_time(const struct ends_side *w, const struct ends_side *s)
{
	uint64_t apart = w->host == s->host ? APART_NEAR : APART_FAR;

	return s->begin_ns <= w->end_ns + apart && w->begin_ns <= s->end_ns + apart;
}

static bool fits(const struct ends_side *w, const struct ends_side *s)
{
	return is_mirrored(w, s) && may_be_reached(w, s) && goes_the_other_way(w, s) &&
	       is_at_that_time(w, s) && !received_more_than_sent(w, s) &&
	       !received_more_than_sent(s, w);
}

/* --- what is found ---------------------------------------------------------------------------- */

static struct ends_found found_of(struct ends *e, const struct record *rec,
				  const struct ends_side *side)
{
	const struct sw_sock *s = &rec->ev->sock;
	struct ends_found f = { .side = *side,
				.host = side->host,
				.exe = keep_text(e, rec->exe),
				.unit = keep_text(e, rec->unit),
				.container = keep_text(e, rec->container),
				.container_name = keep_text(e, rec->container_name),
				.pod_name = keep_text(e, rec->pod_name) };

	f.peer.has_owner = record_has_owner(rec);
	f.peer.pid = s->pid;
	memcpy(f.peer.comm, s->comm, sizeof(f.peer.comm));
	f.peer.has_uid = s->have & SW_HAVE_UID;
	f.peer.uid = s->uid;
	return f;
}

/* *stored: where this record is kept already, for another that is asked for; or NONE. */
static int store_found(struct ends *e, const struct record *rec, const struct ends_side *side,
		       uint32_t *stored)
{
	struct ends_found f;

	if (*stored != NONE)
		return 0;
	f = found_of(e, rec, side);
	*stored = (uint32_t)e->n_found;
	return ARRAY_ADD(e->found, e->n_found, e->cap_found, &f);
}

/* Whether this one takes the place of what was found before; where it does not, w may change. */
static bool takes_place(const struct ends *e, struct ends_side *w, const struct ends_side *s)
{
	bool near = w->host == s->host;

	if (w->found == NOBODY || (near && !w->near))
		return true;
	if (near != w->near || w->found == SEVERAL)
		return false;
	if (is_same(&e->found[w->found].side, s)) /* told so far, and at its end */
		return s->end_ns >= e->found[w->found].side.end_ns;
	w->found = SEVERAL;
	return false;
}

int ends_take(struct ends *e, const struct record *rec)
{
	uint32_t i, stored = NONE;
	struct ends_side side;

	if (!is_asked(rec) || !hash_get(&e->by_tuple, key_of(&rec->ev->sock), &i))
		return 0;
	side = side_of(e, rec);
	for (; i != NONE; i = e->wanted[i].next) {
		struct ends_side *w = &e->wanted[i];

		if (!fits(w, &side) || !takes_place(e, w, &side))
			continue;
		if (store_found(e, rec, &side, &stored))
			return -ENOMEM;
		w->found = stored;
		w->near = w->host == side.host;
	}
	return buf_failed(&e->texts) ? -ENOMEM : 0;
}

bool ends_peer(const struct ends *e, size_t i, struct record_peer *ret)
{
	uint32_t at = e->wanted[i].found;
	const struct ends_found *f;

	if (at == NOBODY || at == SEVERAL)
		return false;
	f = &e->found[at];
	*ret = f->peer;
	ret->host = text_at(e, f->host);
	ret->exe = text_at(e, f->exe);
	ret->unit = text_at(e, f->unit);
	ret->container = text_at(e, f->container);
	ret->container_name = text_at(e, f->container_name);
	ret->pod_name = text_at(e, f->pod_name);
	return true;
}

void ends_clear(struct ends *e)
{
	e->n_wanted = e->n_found = e->texts.len = 0;
	hash_free(&e->by_tuple);
	hash_free(&e->by_text);
}

void ends_free(struct ends *e)
{
	ends_clear(e);
	free(e->wanted);
	free(e->found);
	buf_free(&e->texts);
	*e = (struct ends){ 0 };
}
