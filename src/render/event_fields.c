// SPDX-License-Identifier: GPL-2.0-only
#include "render/event_fields.h"

#include "core/community.h"
#include "core/names.h"
#include "core/record.h"
#include "event.h"
#include "render/schema.h"

#define NSEC 1000000000u

static const struct record *rec(const void *record)
{
	return record;
}

static const struct sw_event *ev(const void *record)
{
	return rec(record)->ev;
}

static const struct sw_sock *sock(const void *record)
{
	return &ev(record)->sock;
}

bool event_get_actor_pid(const void *r, struct field_value *v)
{
	return value_number(v, (sock(r)->have & SW_HAVE_ACTOR) && ev(r)->actor_pid,
			    ev(r)->actor_pid);
}

bool event_get_actor_tid(const void *r, struct field_value *v)
{
	return value_number(v, (sock(r)->have & SW_HAVE_ACTOR) && ev(r)->actor_tid,
			    ev(r)->actor_tid);
}

bool event_get_actor_comm(const void *r, struct field_value *v)
{
	return value_comm(v, sock(r)->have & SW_HAVE_ACTOR, ev(r)->actor_comm);
}

bool event_get_age_us(const void *r, struct field_value *v)
{
	return !rec(r)->conn && value_number(v, sock(r)->have & SW_HAVE_AGE, ev(r)->age_ns / 1000);
}

bool event_get_state_us(const void *r, struct field_value *v)
{
	return value_number(v, sock(r)->have & SW_HAVE_STATE_TIME, ev(r)->state_ns / 1000);
}

bool event_get_datagrams_sent(const void *r, struct field_value *v)
{
	return value_number(v, sock(r)->have & SW_HAVE_DATAGRAMS, ev(r)->datagrams_sent);
}

bool event_get_datagrams_received(const void *r, struct field_value *v)
{
	return value_number(v, sock(r)->have & SW_HAVE_DATAGRAMS, ev(r)->datagrams_received);
}

bool event_get_time_wait(const void *r, struct field_value *v)
{
	return value_text(v, time_wait_end_name(ev(r)));
}

bool event_get_lost(const void *r, struct field_value *v)
{
	return value_number(v, ev(r)->kind == SW_EV_LOST && record_lost_known(rec(r)),
			    rec(r)->lost);
}

bool event_get_ppid(const void *r, struct field_value *v)
{
	return value_number(v, rec(r)->ppid, rec(r)->ppid);
}

bool event_get_login_uid(const void *r, struct field_value *v)
{
	return value_number(v, rec(r)->has_login_uid, rec(r)->login_uid);
}

bool event_get_recorder(const void *r, struct field_value *v)
{
	return ev(r)->kind == SW_EV_RECORDER && value_text(v, recorder_act_name(rec(r)->recorder));
}

bool event_get_from(const void *r, struct field_value *v)
{
	return value_number(v, rec(r)->lost_since_ns >= NSEC, rec(r)->lost_since_ns);
}

bool event_get_to(const void *r, struct field_value *v)
{
	return value_number(v, rec(r)->lost_since_ns, rec(r)->wall_ns);
}

bool event_get_held_by(const void *r, struct field_value *v)
{
	return value_holders(v, rec(r)->held_by, rec(r)->n_held_by);
}

bool event_get_blocked_ms(const void *r, struct field_value *v)
{
	return value_number(v, rec(r)->blocked_ms, rec(r)->blocked_ms);
}

bool event_get_mptcp_token(const void *r, struct field_value *v)
{
	return value_number(v, (sock(r)->have & SW_HAVE_MPTCP) && ev(r)->mptcp_token,
			    ev(r)->mptcp_token);
}

bool event_get_parent_inode(const void *r, struct field_value *v)
{
	return value_number(v, (sock(r)->have & SW_HAVE_MPTCP) && ev(r)->parent_inode,
			    ev(r)->parent_inode);
}

bool event_get_community_id(const void *r, struct field_value *v)
{
	if (!rec(r)->community || !record_is_socket(rec(r)))
		return false;
	v->len = community_id(sock(r), v->scratch);
	v->text = v->scratch;
	return v->len;
}
