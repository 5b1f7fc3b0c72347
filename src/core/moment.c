// SPDX-License-Identifier: GPL-2.0-only
#include "core/moment.h"

#include <string.h>

#include "core/connection.h"

#define HAVE_NOT_THEN \
	(SW_HAVE_AGE | SW_HAVE_STATE_TIME | SW_HAVE_COUNTERS | SW_HAVE_DATAGRAMS | SW_HAVE_ACTOR)

static bool is_act(const struct record *rec, enum recorder_act act)
{
	return rec->ev->kind == SW_EV_RECORDER && rec->recorder == act;
}

static bool listens(const struct sw_event *e)
{
	return e->sock.state == SW_TCP_LISTEN;
}

/*
 * The cookie, or what stands for it where there is none. Of what has no connection it is the inode:
 * a bind knows no cookie.
 */
static uint64_t key_of(const struct sw_event *e)
{
	const struct sw_sock *s = &e->sock;

	if (s->inode && e->kind != SW_EV_CONN &&
	    (sw_is_datagram(s->proto) || listens(e) || event_ends_listening(e)))
		return ~(uint64_t)s->inode;
	return s->cookie ? s->cookie : hash_bytes(HASH_EMPTY, &s->tuple, sizeof(s->tuple));
}

/* Whether a record says that its socket is there or gone; a failed call does not. */
static bool decides(const struct sw_event *e)
{
	switch (e->kind) {
	case SW_EV_CONN:
	case SW_EV_SOCKET:
	case SW_EV_OPEN:
	case SW_EV_CLOSE:
		return true;
	case SW_EV_STATE:
		return listens(e) || event_ends_listening(e);
	case SW_EV_BIND:
		return !e->error && sw_is_datagram(e->sock.proto);
	default:
		return false;
	}
}

/* What UDP had with a peer is over: that does not say that the socket is gone. */
static bool ends_peer(const struct record *rec)
{
	return rec->conn && !rec->conn->so_far && sw_is_datagram(rec->ev->sock.proto);
}

static bool is_there_after(const struct record *rec)
{
	if (rec->conn)
		return rec->conn->so_far;
	return rec->ev->kind != SW_EV_CLOSE && !event_ends_listening(rec->ev);
}

/* Whether what is told behind the moment had begun by then. */
static bool had_begun(const struct moment *m, const struct record *rec)
{
	const struct sw_event *e = rec->ev;
	bool known = e->sock.have & SW_HAVE_AGE;

	if (!rec->conn && e->kind != SW_EV_CLOSE && !event_ends_listening(e))
		return false;
	if (!known) /* it was there when the recorder began */
		return rec->conn ? conn_started_before(rec->conn) : e->first_state != 0;
	return rec->wall_ns - e->age_ns <= m->at_ns;
}

/* Whether it is the first record of its socket that decides. */
static enum moment_verdict enter(struct moment *m, const struct record *rec, bool there)
{
	uint64_t key = key_of(rec->ev);
	uint32_t value;

	if (hash_get(&m->known, key, &value))
		return MOMENT_NOT;
	if (hash_put(&m->known, key, 1))
		return MOMENT_NO_MEMORY;
	return there ? MOMENT_THERE : MOMENT_NOT;
}

enum moment_verdict moment_before(struct moment *m, const struct record *rec)
{
	if (is_act(rec, RECORDER_START) || is_act(rec, RECORDER_STOP))
		return MOMENT_ENOUGH;
	if (!record_is_socket(rec) || !decides(rec->ev) || ends_peer(rec))
		return MOMENT_NOT;
	m->so_far = m->so_far || (rec->conn && rec->conn->so_far);
	return enter(m, rec, is_there_after(rec));
}

enum moment_verdict moment_after(struct moment *m, const struct record *rec)
{
	if (is_act(rec, RECORDER_START))
		return MOMENT_ENOUGH;
	if (!record_is_socket(rec) || !decides(rec->ev))
		return MOMENT_NOT;
	return enter(m, rec, had_begun(m, rec));
}

/* Who owned the connection at the moment: the last that did by then. False: that is not known. */
static bool set_owner(const struct moment *m, const struct record *rec, struct sw_sock *s)
{
	struct sw_conn_owner owners[CONN_OWNERS_MAX];
	size_t n = conn_owners(rec->conn, owners), at = n;
	uint64_t ago_ns = rec->wall_ns > m->at_ns ? rec->wall_ns - m->at_ns : 0;

	for (size_t i = 0; i < n; i++)
		if (owners[i].since_ns <= rec->ev->time_ns - ago_ns)
			at = i;
	if (at == n)
		return false;
	s->pid = owners[at].pid;
	s->start_ns = owners[at].start_ns;
	s->owner_source = owners[at].source;
	memcpy(s->comm, owners[at].comm, sizeof(s->comm));
	return true;
}

/* What is known of the last owner's process is of no other. */
static void forget_process(struct record *rec)
{
	rec->exe = rec->cmdline = rec->parent_comm = NULL;
	rec->cgroup = rec->unit = rec->user_unit = NULL;
	rec->container = rec->containers = rec->runtime = rec->pod = NULL;
	rec->container_name = rec->container_image = rec->pod_name = rec->pod_namespace = NULL;
	rec->ppid = 0;
	rec->has_login_uid = false;
	rec->start_wall_ns = 0;
}

/* A peer that a socket has only by its datagrams is not the socket's own. */
static void forget_peer(struct sw_sock *s)
{
	if (!sw_is_datagram(s->proto) || s->state == SW_TCP_ESTABLISHED)
		return;
	memset(&s->tuple.remote, 0, sizeof(s->tuple.remote));
	s->tuple.remote_port = 0;
	if (s->tuple.family == SW_AF_INET)
		s->tuple.remote.b[10] = s->tuple.remote.b[11] = 0xff;
}

/* How old it was by then. */
static void set_age(const struct moment *m, const struct record *rec, struct sw_event *ret)
{
	uint64_t begin_ns = rec->wall_ns - rec->ev->age_ns;

	if (!m->ages || !(rec->ev->sock.have & SW_HAVE_AGE) || begin_ns > m->at_ns)
		return;
	ret->age_ns = m->at_ns - begin_ns;
	ret->sock.have |= SW_HAVE_AGE;
}

void moment_row(const struct moment *m, const struct record *rec, struct sw_event *ret_ev,
		struct record *ret_rec)
{
	const struct sw_sock *last = &rec->ev->sock;
	bool was_listener = listens(rec->ev) || event_ends_listening(rec->ev);

	*ret_ev = *rec->ev;
	ret_ev->kind = SW_EV_SOCKET;
	ret_ev->age_ns = ret_ev->state_ns = 0;
	ret_ev->old_state = ret_ev->reason = 0;
	ret_ev->error = 0;
	ret_ev->sock.have &= ~(uint32_t)HAVE_NOT_THEN;
	set_age(m, rec, ret_ev);
	forget_peer(&ret_ev->sock);
	ret_ev->sock.state = was_listener ? SW_TCP_LISTEN : 0;
	*ret_rec = *rec;
	ret_rec->ev = ret_ev;
	ret_rec->conn = NULL;
	ret_rec->wall_ns = m->at_ns;
	if (!rec->conn)
		return;
	if (!set_owner(m, rec, &ret_ev->sock)) {
		ret_ev->sock.owner_source = SW_OWNER_UNKNOWN;
		ret_ev->sock.pid = 0;
	}
	if (ret_ev->sock.pid == last->pid && ret_ev->sock.start_ns == last->start_ns)
		return;
	ret_ev->sock.owner_cgroup = 0;
	forget_process(ret_rec);
}

void moment_free(struct moment *m)
{
	hash_free(&m->known);
}
