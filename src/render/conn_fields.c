// SPDX-License-Identifier: GPL-2.0-only
#include "render/conn_fields.h"

#include <string.h>

#include "core/connection.h"

static const struct record *record(const void *r)
{
	return r;
}

static const struct sw_conn *conn(const void *r)
{
	return record(r)->conn;
}

static bool has_duration(const void *r)
{
	return conn(r) && (record(r)->ev->sock.have & SW_HAVE_AGE);
}

bool conn_get_connect_us(const void *r, struct field_value *v)
{
	return conn(r) && value_number(v, conn(r)->connect_us, conn(r)->connect_us);
}

bool conn_get_segments_sent(const void *r, struct field_value *v)
{
	return conn(r) &&
	       value_number(v, record(r)->ev->sock.have & SW_HAVE_COUNTERS, conn(r)->segments_sent);
}

bool conn_get_segments_received(const void *r, struct field_value *v)
{
	return conn(r) && value_number(v, record(r)->ev->sock.have & SW_HAVE_COUNTERS,
				       conn(r)->segments_received);
}

bool conn_get_start(const void *r, struct field_value *v)
{
	return has_duration(r) && value_number(v, true, record(r)->wall_ns - record(r)->ev->age_ns);
}

bool conn_get_end(const void *r, struct field_value *v)
{
	return conn(r) && value_number(v, !conn(r)->so_far, record(r)->wall_ns);
}

bool conn_get_duration_us(const void *r, struct field_value *v)
{
	return has_duration(r) && value_number(v, true, record(r)->ev->age_ns / 1000);
}

bool conn_get_history(const void *r, struct field_value *v)
{
	if (!conn(r))
		return false;
	v->len = conn_history(conn(r), v->scratch);
	v->text = v->scratch;
	return v->len;
}

bool conn_get_final(const void *r, struct field_value *v)
{
	return conn(r) && value_number(v, true, !conn(r)->so_far);
}

bool conn_get_started_before(const void *r, struct field_value *v)
{
	return conn(r) && value_number(v, conn_started_before(conn(r)), 1);
}

bool conn_get_owners_left_out(const void *r, struct field_value *v)
{
	return conn(r) && value_number(v, conn(r)->left_out, conn(r)->left_out);
}

/* Who of both spoke first, as far as we saw. */
bool conn_get_direction(const void *r, struct field_value *v)
{
	const struct sw_event *ev = record(r)->ev;

	if (ev->kind == SW_EV_OPEN)
		return value_text(v, ev->sock.have & SW_HAVE_RECEIVED ? "received" : "sent");
	return conn(r) && value_text(v, direction_name(conn_direction(conn(r))));
}

bool conn_get_owners(const void *r, struct field_value *v)
{
	struct sw_conn_owner owners[CONN_OWNERS_MAX];

	v->conn = conn(r);
	return conn(r) && conn_owners(conn(r), owners);
}

bool conn_get_peer_text(const void *r, struct field_value *v)
{
	const struct record_peer *peer = record(r)->peer;
	const char *text;

	if (!peer)
		return false;
	memcpy(&text, (const char *)peer + v->field->at, sizeof(text));
	return value_text(v, text);
}

bool conn_get_peer_pid(const void *r, struct field_value *v)
{
	const struct record_peer *peer = record(r)->peer;

	return peer && value_number(v, peer->has_owner && peer->pid, peer->pid);
}

bool conn_get_peer_comm(const void *r, struct field_value *v)
{
	const struct record_peer *peer = record(r)->peer;

	return peer && value_comm(v, peer->has_owner, peer->comm);
}

bool conn_get_peer_uid(const void *r, struct field_value *v)
{
	const struct record_peer *peer = record(r)->peer;

	return peer && value_number(v, peer->has_uid, peer->uid);
}
