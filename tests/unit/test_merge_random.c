// SPDX-License-Identifier: GPL-2.0-only
/*
 * A small machine: connections on a few tuples that are used again and again, and listeners that
 * all share one. It lives on while its table is read a piece at a time; what it does after the
 * attach is recorded. uid carries the socket's own number, so that a row can be traced back.
 */
#include "merge_scene.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS 24
#define LISTENERS 6
#define SOCKETS 4000
#define EVENTS 16000
#define PIECES 5

struct sim_socket {
	struct sw_tuple tuple;
	uint64_t cookie;
	uint64_t inode;
	uint8_t state;	   /* 0: gone */
	uint8_t at_attach; /* 0: was not there */
	uint8_t first_state;
	bool touched;
	bool orphan; /* closed by its process */
	size_t told; /* events recorded and not lost */
};

struct sim {
	uint32_t random;
	bool cookies;
	bool row_cookies;  /* rows of an iterator, not of /proc */
	bool reuse;	   /* of tuples */
	unsigned int lose; /* one event in so many; 0: none */
	bool attached;
	struct sim_socket *sockets; /* owned; by number */
	size_t n_sockets;
	size_t slots[SLOTS + LISTENERS]; /* the number of the socket that is there; 0: free */
	struct sw_event *events;	 /* owned */
	size_t n_events;
	uint64_t next_inode;
	uint16_t next_port;
};

static uint32_t rnd(struct sim *m, uint32_t below)
{
	m->random ^= m->random << 13;
	m->random ^= m->random >> 17;
	m->random ^= m->random << 5;
	return m->random % below;
}

static void sim_record(struct sim *m, size_t number, uint8_t kind, uint8_t old_state, bool no_port)
{
	struct sim_socket *k = &m->sockets[number];
	struct sw_event e = { .sock.proto = SW_PROTO_TCP,
			      .kind = kind,
			      .sock.cookie = m->cookies ? k->cookie : 0,
			      .sock.inode = k->inode,
			      .sock.tuple = k->tuple,
			      .sock.uid = (uint32_t)number,
			      .old_state = old_state,
			      .sock.state = k->state,
			      .first_state = kind == SW_EV_STATE ? k->first_state : 0 };

	if (no_port)
		e.sock.tuple.local_port = 0;
	if (!m->attached || (m->lose && rnd(m, m->lose) == 0))
		return;
	assert_true(m->n_events < EVENTS);
	m->events[m->n_events++] = e;
	k->told += kind == SW_EV_STATE;
}

static void sim_change(struct sim *m, size_t number, uint8_t state, bool no_port)
{
	struct sim_socket *k = &m->sockets[number];
	uint8_t old_state = k->state;
	bool born = old_state == SW_TCP_CLOSE ||
		    (old_state == SW_TCP_LISTEN && k->tuple.remote_port);

	if (m->attached && !k->touched) {
		k->touched = true;
		k->first_state = born ? 0 : old_state;
	}
	k->state = state;
	sim_record(m, number, SW_EV_STATE, old_state, no_port);
	if (k->orphan || state == SW_TCP_FIN_WAIT1 || state == SW_TCP_LAST_ACK) {
		k->orphan = true;
		k->inode = 0;
	}
}

static void sim_birth(struct sim *m, size_t slot)
{
	struct sim_socket *k = &m->sockets[m->n_sockets];
	uint16_t port = m->reuse ? (uint16_t)(1000 + slot) : m->next_port++;
	bool child = rnd(m, 2);

	assert_true(m->n_sockets < SOCKETS);
	*k = (struct sim_socket){ .cookie = 100000 + m->n_sockets, .state = SW_TCP_CLOSE };
	m->slots[slot] = m->n_sockets++;
	if (slot >= SLOTS) {
		k->tuple = tuple(80, 0);
		k->inode = m->next_inode++;
		sim_change(m, m->slots[slot], SW_TCP_LISTEN, false);
		return;
	}
	k->tuple = tuple_in(1 + slot % 2, (uint16_t)(m->reuse ? 1000 + slot / 2 : port), 80);
	if (child) {
		k->state = SW_TCP_LISTEN;
		sim_change(m, m->slots[slot], SW_TCP_SYN_RECV, false);
	} else {
		k->inode = m->next_inode++;
		sim_change(m, m->slots[slot], SW_TCP_SYN_SENT, !m->lose && rnd(m, 2));
	}
}

/* The end of a connection; some leave a TIME_WAIT row behind. */
static void sim_end(struct sim *m, size_t slot, bool time_wait)
{
	struct sim_socket *k = &m->sockets[m->slots[slot]];

	sim_change(m, m->slots[slot], SW_TCP_CLOSE, false);
	k->inode = 0;
	k->state = time_wait ? SW_TCP_TIME_WAIT : 0;
	if (!time_wait)
		m->slots[slot] = 0;
}

static void sim_step_established(struct sim *m, size_t slot)
{
	size_t number = m->slots[slot];
	struct sim_socket *k = &m->sockets[number];

	if (!k->inode && !k->orphan && rnd(m, 2)) {
		k->inode = m->next_inode++;
		sim_record(m, number, SW_EV_ACCEPT, 0, false);
		return;
	}
	switch (rnd(m, 4)) {
	case 0:
		sim_end(m, slot, false); /* reset */
		break;
	case 1:
		sim_change(m, number, SW_TCP_CLOSE_WAIT, false);
		break;
	default:
		sim_change(m, number, SW_TCP_FIN_WAIT1, false);
		break;
	}
}

static void sim_step(struct sim *m)
{
	size_t slot = rnd(m, SLOTS + (m->cookies ? LISTENERS : 0));
	size_t number = m->slots[slot];

	if (!number) {
		sim_birth(m, slot);
		return;
	}
	switch (m->sockets[number].state) {
	case SW_TCP_SYN_SENT:
	case SW_TCP_SYN_RECV:
		if (rnd(m, 4))
			sim_change(m, number, SW_TCP_ESTABLISHED, false);
		else
			sim_end(m, slot, false);
		break;
	case SW_TCP_ESTABLISHED:
		sim_step_established(m, slot);
		break;
	case SW_TCP_FIN_WAIT1:
		sim_change(m, number, rnd(m, 3) ? SW_TCP_FIN_WAIT2 : SW_TCP_CLOSING, false);
		break;
	case SW_TCP_FIN_WAIT2:
	case SW_TCP_CLOSING:
		sim_end(m, slot, true);
		break;
	case SW_TCP_CLOSE_WAIT:
		sim_change(m, number, SW_TCP_LAST_ACK, false);
		break;
	case SW_TCP_LAST_ACK:
	case SW_TCP_LISTEN:
		sim_end(m, slot, false);
		break;
	default: /* TIME_WAIT: no event */
		m->sockets[number].state = 0;
		m->slots[slot] = 0;
		break;
	}
}

static void sim_run(struct sim *m, uint32_t steps)
{
	for (uint32_t n = rnd(m, steps); n; n--)
		sim_step(m);
}

static void sim_attach(struct sim *m)
{
	m->attached = true;
	for (size_t i = 1; i < m->n_sockets; i++)
		m->sockets[i].at_attach = m->sockets[i].state;
}

static void sim_list(struct sim *m, struct snapshot *s, size_t slot)
{
	const struct sim_socket *k = &m->sockets[m->slots[slot]];
	struct sw_row row = { .sock.proto = SW_PROTO_TCP,
			      .sock.tuple = k->tuple,
			      .sock.inode = k->inode,
			      .sock.state = k->state };

	row.sock.uid = (uint32_t)m->slots[slot];
	row.sock.cookie = m->row_cookies ? k->cookie : 0;
	if (m->slots[slot])
		add_row(s, row);
}

/* Reads the table in pieces and in a random order, here and there a line twice. */
static void sim_read(struct sim *m, struct snapshot *s)
{
	size_t order[SLOTS + LISTENERS];

	for (size_t i = 0; i < COUNT(order); i++)
		order[i] = i;
	for (size_t i = COUNT(order) - 1; i; i--) {
		size_t j = rnd(m, (uint32_t)i + 1), swap = order[i];

		order[i] = order[j];
		order[j] = swap;
	}
	for (size_t i = 0; i < COUNT(order); i++) {
		if (i % (COUNT(order) / PIECES) == 0)
			sim_run(m, 40);
		sim_list(m, s, order[i]);
		if (i && rnd(m, 8) == 0)
			sim_list(m, s, order[rnd(m, (uint32_t)i)]);
	}
	sim_run(m, 40);
}

static bool same_place(const struct sw_tuple *a, const struct sw_tuple *b)
{
	return a->netns == b->netns && a->local_port == b->local_port &&
	       a->remote_port == b->remote_port;
}

/*
 * The rows that tell socket `number`. One with a cookie or an inode is the very socket; one
 * without goes by its tuple: two that had it in turn look alike.
 */
static size_t rows_telling(const struct sim *m, const struct snapshot *s, size_t number,
			   uint8_t *ret_state)
{
	const struct sim_socket *k = &m->sockets[number];
	size_t n = 0;

	for (size_t i = 0; i < s->n_rows; i++) {
		const struct sw_row *row = &s->rows[i];

		if (row->sock.inode || m->row_cookies || !m->reuse
			    ? row->sock.uid != number
			    : !same_place(&row->sock.tuple, &k->tuple))
			continue;
		*ret_state = row->sock.state;
		n++;
	}
	return n;
}

static bool tuple_has_older(const struct sim *m, size_t number)
{
	const struct sim_socket *k = &m->sockets[number];

	for (size_t i = 1; i < number && k->tuple.remote_port && !m->row_cookies; i++)
		if (m->sockets[i].at_attach && same_place(&m->sockets[i].tuple, &k->tuple))
			return true;
	return false;
}

static void sim_check(const struct sim *m, const struct snapshot *s)
{
	for (size_t i = 1; i < m->n_sockets; i++) {
		const struct sim_socket *k = &m->sockets[i];
		uint8_t told = 0;
		size_t n;

		if (!k->at_attach && (!k->told || tuple_has_older(m, i)))
			continue; /* before the attach, wholly lost, or counted with the older */
		n = rows_telling(m, s, i, &told);
		if (!k->at_attach) {
			assert_int_equal(n, 0);
		} else if (k->at_attach == SW_TCP_TIME_WAIT) {
			assert_true(n <= 1); /* ends without an event */
		} else if (k->told || !m->lose) {
			assert_int_equal(n, 1);
			assert_int_equal(told, k->at_attach);
		}
	}
}

/* The first event of each socket leads on from its row. */
static void sim_check_leads_on(const struct sim *m)
{
	bool *seen = calloc(SOCKETS, sizeof(*seen));

	assert_non_null(seen);
	for (size_t i = 0; i < m->n_events; i++) {
		const struct sw_event *e = &m->events[i];

		if (e->kind != SW_EV_STATE || seen[e->sock.uid])
			continue;
		seen[e->sock.uid] = true;
		if (m->sockets[e->sock.uid].at_attach && !m->lose)
			assert_int_equal(e->old_state, m->sockets[e->sock.uid].at_attach);
	}
	free(seen);
}

static void sim_once(struct sim *m)
{
	struct snapshot s = { 0 };

	m->attached = false;
	m->n_sockets = 1; /* 0: none */
	m->n_events = 0;
	m->next_inode = 500000;
	m->next_port = 1000;
	memset(m->slots, 0, sizeof(m->slots));
	sim_run(m, 600);
	sim_attach(m);
	sim_run(m, 40);
	sim_read(m, &s);
	merge(&s, m->events, m->n_events);
	sim_check(m, &s);
	sim_check_leads_on(m);
	snapshot_free(&s);
}

static void sim_repeat(struct sim m)
{
	m.random = 0x50c4e7;
	m.sockets = calloc(SOCKETS, sizeof(*m.sockets));
	m.events = calloc(EVENTS, sizeof(*m.events));
	assert_non_null(m.sockets);
	assert_non_null(m.events);
	for (int round = 0; round < 2000; round++)
		sim_once(&m);
	free(m.sockets);
	free(m.events);
}

TEST(merge__random_machine_is_told_as_it_was_at_the_attach)
{
	sim_repeat((struct sim){ .cookies = true, .reuse = true });
}

TEST(merge__random_machine_with_rows_of_an_iterator_is_told_exactly)
{
	sim_repeat((struct sim){ .cookies = true, .row_cookies = true, .reuse = true });
	sim_repeat((struct sim){ .cookies = true, .row_cookies = true, .reuse = true, .lose = 4 });
}

TEST(merge__random_machine_that_loses_events_is_told_as_it_was)
{
	sim_repeat((struct sim){ .cookies = true, .lose = 4 });
}

TEST(merge__random_machine_without_cookies_is_told_as_it_was)
{
	sim_repeat((struct sim){ .cookies = false });
}
