// SPDX-License-Identifier: GPL-2.0-only
#include "core/act.h"

#include "conn.h"
#include "core/connection.h"
#include "core/record.h"
#include "event.h"

/* --- acts ------------------------------------------------------------------------------------- */

/* How it ended; `opened`: it had been open before. */
static enum act end_of(const struct sw_event *e, bool opened)
{
	switch (e->reason) {
	case SW_REASON_REFUSED:
		return ACT_REFUSE;
	case SW_REASON_NONE:
		return opened ? ACT_CLOSE : ACT_FAIL;
	case SW_REASON_RESET_BY_PEER:
	case SW_REASON_RESET_LOCALLY:
	case SW_REASON_ABORTED:
		return opened ? ACT_RESET : ACT_FAIL;
	default:
		return ACT_FAIL;
	}
}

/* The begin of TIME_WAIT is the end, and what becomes of that later is none. */
static enum act act_of_state(const struct sw_event *e)
{
	uint8_t from = e->old_state, to = e->sock.state;

	if (to == SW_TCP_LISTEN)
		return ACT_LISTEN;
	if (event_ends_listening(e) && to == SW_TCP_CLOSE)
		return ACT_LISTEN_END;
	if (to == SW_TCP_ESTABLISHED)
		return ACT_OPEN;
	if (state_is_opening(to))
		return ACT_ATTEMPT;
	if (from != SW_TCP_TIME_WAIT && (to == SW_TCP_CLOSE || to == SW_TCP_TIME_WAIT))
		return end_of(e, !state_is_opening(from));
	return ACT_CHANGE;
}

static enum act act_of_conn(const struct sw_conn *c)
{
	return c->so_far ? ACT_TRAFFIC : end_of(&c->e, conn_was_open(c));
}

static enum act act_of_recorder(const struct record *r)
{
	static const enum act acts[RECORDER_ACTS] = {
		[RECORDER_START] = ACT_START,	[RECORDER_ALIVE] = ACT_ALIVE,
		[RECORDER_STOP] = ACT_STOP,	[RECORDER_GAP] = ACT_GAP,
		[RECORDER_REMOVED] = ACT_GAP,	[RECORDER_MISSING] = ACT_GAP,
		[RECORDER_UNREADABLE] = ACT_GAP
	};

	return r->recorder && r->recorder < RECORDER_ACTS ? acts[r->recorder] : ACT_ALIVE;
}

static bool has_failed(const struct sw_event *e)
{
	return e->error || e->reason != SW_REASON_NONE;
}

enum act record_act(const struct record *r)
{
	const struct sw_event *e = r->ev;

	switch ((enum sw_event_kind)e->kind) {
	case SW_EV_SOCKET:
		return ACT_SOCKET;
	case SW_EV_STATE:
		return act_of_state(e);
	case SW_EV_ACCEPT:
		return ACT_ACCEPT;
	case SW_EV_LOST:
		return ACT_LOST;
	case SW_EV_BIND:
		return ACT_BIND;
	case SW_EV_CONNECT:
		return has_failed(e) ? end_of(e, false) : ACT_OPEN;
	case SW_EV_OPEN:
		return ACT_OPEN;
	case SW_EV_CLOSE:
		return end_of(e, true);
	case SW_EV_RETRANSMIT:
		return ACT_RETRANSMIT;
	case SW_EV_CONN:
		return r->conn ? act_of_conn(r->conn) : ACT_CHANGE;
	case SW_EV_RECORDER:
		return act_of_recorder(r);
	}
	return ACT_CHANGE;
}

const char *act_name(enum act act)
{
	static const char *const names[ACTS] = { [ACT_SOCKET] = "socket",
						 [ACT_ATTEMPT] = "attempt",
						 [ACT_OPEN] = "open",
						 [ACT_CHANGE] = "change",
						 [ACT_CLOSE] = "close",
						 [ACT_RESET] = "reset",
						 [ACT_FAIL] = "fail",
						 [ACT_REFUSE] = "refuse",
						 [ACT_TRAFFIC] = "traffic",
						 [ACT_ACCEPT] = "accept",
						 [ACT_BIND] = "bind",
						 [ACT_LISTEN] = "listen",
						 [ACT_LISTEN_END] = "listen-end",
						 [ACT_RETRANSMIT] = "retransmit",
						 [ACT_LOST] = "lost",
						 [ACT_GAP] = "gap",
						 [ACT_START] = "recorder-start",
						 [ACT_ALIVE] = "recorder-alive",
						 [ACT_STOP] = "recorder-stop" };

	return names[act];
}

/* --- roles ------------------------------------------------------------------------------------ */

static enum role role_of_conn(const struct sw_conn *c)
{
	static const enum role roles[] = {
		[CONN_UNKNOWN] = ROLE_UNKNOWN, [CONN_OUT] = ROLE_CLIENT, [CONN_IN] = ROLE_SERVER
	};

	return roles[conn_direction(c)];
}

/* Its owner called connect or accept; one that it was handed on to did neither. */
static enum role role_of_owner(const struct sw_sock *s)
{
	switch (s->owner_source) {
	case SW_OWNER_CONNECT:
		return ROLE_CLIENT;
	case SW_OWNER_ACCEPT:
	case SW_OWNER_INHERITED:
	case SW_OWNER_LISTEN:
		return ROLE_SERVER;
	default:
		return ROLE_UNKNOWN;
	}
}

/* Two that connect to each other at once go through SYN_RECV as well, from SYN_SENT. */
static enum role role_of_state(const struct sw_event *e)
{
	if (e->old_state == SW_TCP_SYN_SENT || e->sock.state == SW_TCP_SYN_SENT)
		return ROLE_CLIENT;
	if (e->old_state == SW_TCP_LISTEN || e->sock.state == SW_TCP_LISTEN)
		return ROLE_SERVER;
	return role_of_owner(&e->sock);
}

enum role record_role(const struct record *r)
{
	const struct sw_event *e = r->ev;

	if (!record_is_socket(r))
		return ROLE_UNKNOWN;
	if (r->conn)
		return role_of_conn(r->conn);
	switch (e->kind) {
	case SW_EV_CONNECT:
		return ROLE_CLIENT;
	case SW_EV_ACCEPT:
		return ROLE_SERVER;
	case SW_EV_OPEN:
		return e->sock.have & SW_HAVE_RECEIVED ? ROLE_SERVER : ROLE_CLIENT;
	default:
		return sw_is_datagram(e->sock.proto) ? role_of_owner(&e->sock) : role_of_state(e);
	}
}

/* --- outcomes --------------------------------------------------------------------------------- */

enum outcome record_outcome(const struct record *r)
{
	switch (record_act(r)) {
	case ACT_OPEN:
	case ACT_CLOSE:
	case ACT_ACCEPT:
	case ACT_LISTEN:
		return OUTCOME_SUCCESS;
	case ACT_RESET:
	case ACT_FAIL:
	case ACT_REFUSE:
		return OUTCOME_FAILURE;
	case ACT_BIND:
		return has_failed(r->ev) ? OUTCOME_FAILURE : OUTCOME_SUCCESS;
	default:
		return OUTCOME_NONE;
	}
}
