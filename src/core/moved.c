// SPDX-License-Identifier: GPL-2.0-only
#include "core/moved.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"
#include "core/peers.h"
#include "peer.h"

/* The socket of a cookie, which is new where it is not there; NULL: no memory. */
static struct moved_socket *socket_of(struct moved *m, uint64_t cookie)
{
	struct moved_socket fresh = { .cookie = cookie, .seen = true };
	uint32_t at;

	if (hash_get(&m->by_cookie, cookie, &at))
		return &m->all[at];
	at = (uint32_t)m->n;
	if (ARRAY_ADD(m->all, m->n, m->cap, &fresh))
		return NULL;
	if (hash_put(&m->by_cookie, cookie, at)) {
		m->n--;
		return NULL;
	}
	return &m->all[at];
}

int moved_ended(struct moved *m, const struct sw_conn *conn)
{
	const struct sw_sock *s = &conn->e.sock;
	struct moved_socket *socket;

	if (conn->so_far || !s->cookie || !(s->have & SW_HAVE_DATAGRAMS))
		return 0;
	socket = socket_of(m, s->cookie);
	if (!socket)
		return -ENOMEM;
	m->counted = true;
	socket->ended_sent += s->bytes_sent;
	socket->ended_received += s->bytes_received;
	return 0;
}

/* Those whose rows nobody asked for are gone, or nobody's concern. */
static int forget(struct moved *m)
{
	size_t n = 0;
	int err = 0;

	hash_free(&m->by_cookie);
	for (size_t i = 0; i < m->n; i++) {
		struct moved_socket *s = &m->all[n];

		if (!m->all[i].seen)
			continue;
		*s = m->all[i];
		s->seen = false;
		s->sent = s->received = 0;
		err = err ? err : hash_put(&m->by_cookie, s->cookie, (uint32_t)n);
		n++;
	}
	m->n = n;
	return err;
}

/* What one peer of it moved; the kernel side adds meanwhile. */
static int add_peer(void *arg, const struct sw_sock *s)
{
	struct moved *m = arg;
	struct moved_socket *socket;

	if (!(s->have & SW_HAVE_DATAGRAMS))
		return 0;
	socket = socket_of(m, s->cookie);
	if (!socket)
		return -ENOMEM;
	m->counted = true;
	socket->sent += __atomic_load_n(&s->bytes_sent, __ATOMIC_RELAXED);
	socket->received += __atomic_load_n(&s->bytes_received, __ATOMIC_RELAXED);
	return 0;
}

int moved_look(struct moved *m, const struct peers *p)
{
	int err = forget(m);

	return err ? err : peers_each(p, add_peer, m);
}

/*
 * One that is connected and has no slot has moved nothing. Of another one that is not sure: what it
 * receives without asking from whom has no peer.
 */
void moved_set_row(struct moved *m, struct sw_sock *row)
{
	uint32_t at;

	if (row->proto != SW_PROTO_UDP || !row->cookie || !m->counted)
		return;
	row->bytes_sent = row->bytes_received = 0;
	if (!hash_get(&m->by_cookie, row->cookie, &at)) {
		row->have |= row->tuple.remote_port ? SW_HAVE_DATAGRAMS : 0;
		return;
	}
	row->have |= SW_HAVE_DATAGRAMS;
	m->all[at].seen = true;
	row->bytes_sent = m->all[at].ended_sent + m->all[at].sent;
	row->bytes_received = m->all[at].ended_received + m->all[at].received;
}

void moved_free(struct moved *m)
{
	free(m->all);
	hash_free(&m->by_cookie);
	*m = (struct moved){ 0 };
}
