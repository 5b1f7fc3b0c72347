// SPDX-License-Identifier: GPL-2.0-only
#include "core/merge.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "core/row.h"
#include "event.h"

#define NONE UINT32_MAX

/* The events of one socket, in the order of the ring. */
struct chain {
	const struct sw_event *first; /* borrowed; its first transition */
	struct sw_tuple tuple;	      /* once the local port is known */
	uint64_t cookie;	      /* once one was seen */
	uint64_t inode;		      /* once one was seen */
	uint32_t next;		      /* another chain of the same tuple, or NONE */
	uint32_t row;		      /* the row that tells it, or NONE */
	bool indexed;		      /* found by its tuple */
};

struct merge {
	struct chain *chains; /* owned */
	uint32_t n_chains;
	uint32_t *chain_of; /* owned; of each event; NONE: of no chain */
	struct hash by_cookie;
	struct hash by_inode;
	struct hash by_tuple; /* first of a list through chain.next */
	struct hash kept;     /* rows without events, by row_hash(): their index */
};

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 29;
}

static uint64_t tuple_hash(const struct sw_tuple *t)
{
	uint64_t h = mix(t->netns, (uint64_t)t->local_port << 16 | t->remote_port);

	h = mix(mix(h, t->local.q[0]), t->local.q[1]);
	return mix(mix(h, t->remote.q[0]), t->remote.q[1]);
}

/*
 * The family is left out: a v4-mapped connection is listed by its socket's family, and an
 * unspecified address may be written as 0.0.0.0 or :: while a tuple stays unique all the same.
 */
static bool tuple_equal(const struct sw_tuple *a, const struct sw_tuple *b)
{
	return a->netns == b->netns && a->local_port == b->local_port &&
	       a->remote_port == b->remote_port && !memcmp(&a->local, &b->local, 16) &&
	       !memcmp(&a->remote, &b->remote, 16);
}

static uint32_t first_of_tuple(const struct merge *m, const struct sw_tuple *t)
{
	uint32_t at;

	return hash_get(&m->by_tuple, tuple_hash(t), &at) ? at : NONE;
}

/*
 * The chain that an event leads on, or NONE. Without a cookie it goes by the inode, and where one
 * side has none by the tuple, of which it is the latest; a child's birth leads nothing on.
 */
static uint32_t chain_find(const struct merge *m, const struct sw_event *e)
{
	uint32_t at;

	if (e->sock.cookie && hash_get(&m->by_cookie, e->sock.cookie, &at))
		return at;
	if (e->old_state == SW_TCP_LISTEN && e->sock.state == SW_TCP_SYN_RECV)
		return NONE;
	if (e->sock.inode && hash_get(&m->by_inode, e->sock.inode, &at) &&
	    (!e->sock.cookie || !m->chains[at].cookie))
		return at;
	for (at = first_of_tuple(m, &e->sock.tuple); at != NONE; at = m->chains[at].next) {
		const struct chain *c = &m->chains[at];

		if (tuple_equal(&c->tuple, &e->sock.tuple) && (!e->sock.inode || !c->inode) &&
		    (!e->sock.cookie || !c->cookie))
			return at;
	}
	return NONE;
}

static uint32_t chain_add(struct merge *m, const struct sw_event *e)
{
	m->chains[m->n_chains] = (struct chain){ .first = e, .next = NONE, .row = NONE };
	return m->n_chains++;
}

/* Learns from an event what its chain can be found by. */
static int chain_learn(struct merge *m, uint32_t at, const struct sw_event *e)
{
	struct chain *c = &m->chains[at];

	if (!c->cookie && e->sock.cookie) {
		c->cookie = e->sock.cookie;
		if (hash_put(&m->by_cookie, e->sock.cookie, at))
			return -ENOMEM;
	}
	if (!c->inode && e->sock.inode) {
		c->inode = e->sock.inode;
		if (hash_put(&m->by_inode, e->sock.inode, at))
			return -ENOMEM;
	}
	if (!c->indexed && e->sock.tuple.local_port) {
		c->indexed = true;
		c->tuple = e->sock.tuple;
		c->next = first_of_tuple(m, &e->sock.tuple);
		if (hash_put(&m->by_tuple, tuple_hash(&e->sock.tuple), at))
			return -ENOMEM;
	}
	return 0;
}

static int chains_build(struct merge *m, const struct sw_event *events, size_t n)
{
	int err = 0;

	for (size_t i = 0; i < n && !err; i++) {
		const struct sw_event *e = &events[i];
		uint32_t at = e->sock.proto == SW_PROTO_TCP ? chain_find(m, e) : NONE;

		/* only a transition tells how its socket began; an accept alone begins nothing */
		if (at == NONE && e->kind == SW_EV_STATE && e->sock.proto == SW_PROTO_TCP)
			at = chain_add(m, e);
		m->chain_of[i] = at;
		if (at != NONE)
			err = chain_learn(m, at, e);
	}
	return err;
}

static bool other_cookie(const struct chain *c, const struct sw_row *row)
{
	return c->cookie && row->sock.cookie && c->cookie != row->sock.cookie;
}

/*
 * The chain of the socket that a row shows, or NONE. Cookies decide where both have one (a row of
 * an iterator), then inodes; a row or a chain without (of /proc: TIME_WAIT, not accepted, orphaned)
 * goes by the tuple. Of two sockets that had the tuple one after the other, the older one that is
 * not told yet comes first.
 */
static uint32_t chain_of_row(const struct merge *m, const struct sw_row *row)
{
	uint32_t found = NONE, at;

	if (row->sock.cookie && hash_get(&m->by_cookie, row->sock.cookie, &at))
		return at;
	if (row->sock.inode && hash_get(&m->by_inode, row->sock.inode, &at) &&
	    !other_cookie(&m->chains[at], row))
		return at;
	for (at = first_of_tuple(m, &row->sock.tuple); at != NONE; at = m->chains[at].next) {
		const struct chain *c = &m->chains[at];

		if (!tuple_equal(&c->tuple, &row->sock.tuple) || (row->sock.inode && c->inode) ||
		    other_cookie(c, row))
			continue;
		if (found == NONE || (c->first->first_state && c->row == NONE))
			found = at;
	}
	return found;
}

/*
 * Listeners, UDP sockets and those that are bound only may share an address but have an inode;
 * connections have a peer.
 */
static bool by_inode(const struct sw_row *row)
{
	return row->sock.inode &&
	       (row->sock.proto != SW_PROTO_TCP || row->sock.state == SW_TCP_LISTEN ||
		row->sock.state == SW_TCP_CLOSE);
}

static bool same_socket(const struct sw_row *a, const struct sw_row *b)
{
	if (a->sock.proto != b->sock.proto || by_inode(a) != by_inode(b))
		return false;
	return by_inode(a) ? a->sock.inode == b->sock.inode
			   : tuple_equal(&a->sock.tuple, &b->sock.tuple);
}

static uint64_t row_hash(const struct sw_row *row)
{
	return by_inode(row) ? mix(1, row->sock.inode) : tuple_hash(&row->sock.tuple);
}

/*
 * A table that changes while it is read may list a socket several times: the reader resumes in a
 * hash chain by counting. *ret_again: the row was kept before; it may have been accepted since.
 */
static int row_seen(struct merge *m, struct snapshot *s, const struct sw_row *row, uint32_t index,
		    bool *ret_again)
{
	uint32_t at;

	*ret_again = hash_get(&m->kept, row_hash(row), &at) && same_socket(&s->rows[at], row);
	if (!*ret_again)
		return hash_put(&m->kept, row_hash(row), index);
	if (!s->rows[at].sock.inode && row->sock.inode)
		s->rows[at] = *row;
	return 0;
}

/* What its table did not tell, as that of a TIME_WAIT does not, and its events do. */
static void row_learn(struct sw_row *row, const struct chain *c)
{
	const struct sw_sock *known = &c->first->sock;

	if (!row->sock.cookie)
		row->sock.cookie = c->cookie;
	if (!row->sock.cgroup_id)
		row->sock.cgroup_id = known->cgroup_id;
	row->sock.have |= known->have & SW_HAVE_MPTCP;
	if (!(row->sock.have & SW_HAVE_UID) && (known->have & SW_HAVE_UID)) {
		row->sock.uid = known->uid;
		row->sock.have |= SW_HAVE_UID;
	}
}

/* *ret: whether the row is to be told; then in the state that its socket had at the attach. */
static int row_settle(struct merge *m, struct snapshot *s, struct sw_row *row, uint32_t index,
		      bool *ret)
{
	uint32_t at = row->sock.proto == SW_PROTO_TCP ? chain_of_row(m, row) : NONE;
	struct chain *c;
	bool again;
	int err;

	if (at == NONE) {
		err = row_seen(m, s, row, index, &again);
		*ret = !again;
		return err;
	}
	c = &m->chains[at];
	*ret = c->first->first_state && c->row == NONE;
	if (*ret) {
		c->row = index;
		row->sock.state = c->first->first_state;
		/* where it was in that state: it may be reused since */
		if (c->first->sock.tuple.local_port)
			row->sock.tuple = c->first->sock.tuple;
		row_learn(row, c);
	}
	return 0;
}

static int rows_settle(struct merge *m, struct snapshot *s)
{
	size_t kept = 0;
	bool told;
	int err = 0;

	for (size_t i = 0; i < s->n_rows && !err; i++) {
		struct sw_row row = s->rows[i];

		err = row_settle(m, s, &row, (uint32_t)kept, &told);
		if (!err && told)
			s->rows[kept++] = row;
	}
	if (!err)
		s->n_rows = kept;
	return err;
}

/* A row for a socket that was there at the attach and gone before its table was read. */
static int row_from_event(struct snapshot *s, const struct chain *c)
{
	const struct sw_event *e = c->first;
	struct sw_row row = { .sock = e->sock };
	struct holder holder = { .pid = e->sock.pid, .fd = -1, .in_cgroups = e->sock.in_cgroups };

	row.sock.inode = c->inode;
	row.sock.cookie = c->cookie;
	row.sock.state = e->first_state;
	row.sock.have = e->sock.have & (SW_HAVE_UID | SW_HAVE_MPTCP);
	if (e->sock.owner_source == SW_OWNER_SNAPSHOT) {
		memcpy(holder.comm, e->sock.comm, SW_COMM_LEN);
		row.first_holder = (uint32_t)s->n_holders;
		row.n_holders = 1;
		if (snapshot_add_holder(s, &holder))
			return -ENOMEM;
	} else if (e->sock.owner_source != SW_OWNER_KERNEL) {
		row.sock.owner_source = SW_OWNER_UNKNOWN; /* who came later */
		row.sock.owner_cgroup = 0;
		row.sock.in_cgroups = 0;
	}
	return snapshot_add_row(s, &row);
}

static int rows_add_ended(struct merge *m, struct snapshot *s)
{
	for (uint32_t i = 0; i < m->n_chains; i++) {
		struct chain *c = &m->chains[i];

		if (!c->first->first_state || c->row != NONE)
			continue;
		if (row_from_event(s, c))
			return -ENOMEM;
		c->row = (uint32_t)s->n_rows - 1;
	}
	return 0;
}

/* An event that came before the owners were seeded gets its owner from the row of its socket. */
static void events_own(const struct merge *m, const struct snapshot *s, struct sw_event *events,
		       size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct sw_event *e = &events[i];
		uint32_t at = m->chain_of[i];
		const struct sw_row *row;

		if (e->sock.owner_source != SW_OWNER_UNKNOWN || at == NONE ||
		    m->chains[at].row == NONE)
			continue;
		row = &s->rows[m->chains[at].row];
		if (!row->n_holders)
			continue;
		e->sock.pid = row->sock.pid;
		e->sock.owner_cgroup = row->sock.owner_cgroup;
		e->sock.in_cgroups = row->sock.in_cgroups;
		memcpy(e->sock.comm, row->sock.comm, SW_COMM_LEN);
		e->sock.owner_source = SW_OWNER_SNAPSHOT;
	}
}

int merge_snapshot(struct snapshot *s, struct sw_event *events, size_t n_events)
{
	struct merge m = { 0 };
	int err = 0;

	m.chains = calloc(n_events + 1, sizeof(*m.chains));
	m.chain_of = calloc(n_events + 1, sizeof(*m.chain_of));
	if (!m.chains || !m.chain_of)
		err = -ENOMEM;
	if (!err)
		err = chains_build(&m, events, n_events);
	if (!err)
		err = rows_settle(&m, s);
	if (!err)
		err = rows_add_ended(&m, s);
	if (!err)
		events_own(&m, s, events, n_events);
	hash_free(&m.by_cookie);
	hash_free(&m.by_inode);
	hash_free(&m.by_tuple);
	hash_free(&m.kept);
	free(m.chain_of);
	free(m.chains);
	return err;
}
