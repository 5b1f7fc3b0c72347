// SPDX-License-Identifier: GPL-2.0-only
#include "render/views.h"

#include <string.h>

#include "base/buf.h"
#include "core/connection.h"
#include "core/record.h"
#include "core/value.h"
#include "filter.h"
#include "render/conn_owners.h"
#include "render/fields.h"
#include "render/schema.h"

/* --- which records ---------------------------------------------------------------------------- */

/* A connection, or what UDP had with a peer, at its end; or what failed before there was one. */
static size_t is_connection(const struct record *r)
{
	uint8_t kind = r->ev->kind;

	return (r->conn && !r->conn->so_far) || kind == SW_EV_CONNECT;
}

static size_t count_owners(const struct record *r)
{
	struct sw_conn_owner owners[CONN_OWNERS_MAX];

	return r->conn && !r->conn->so_far ? conn_owners(r->conn, owners) : 0;
}

static size_t is_listener(const struct record *r)
{
	uint8_t kind = r->ev->kind;

	return kind == SW_EV_BIND || kind == SW_EV_CLOSE ||
	       ((kind == SW_EV_SOCKET || kind == SW_EV_STATE) && sw_listens(r->ev));
}

static size_t is_failure(const struct record *r)
{
	return record_is_socket(r) && r->ev->reason != SW_REASON_NONE &&
	       !(r->conn && r->conn->so_far);
}

static size_t is_loss(const struct record *r)
{
	return r->ev->kind == SW_EV_LOST || recorder_is_gap(r->recorder);
}

static size_t is_life(const struct record *r)
{
	return r->ev->kind == SW_EV_RECORDER && !recorder_is_gap(r->recorder);
}

static size_t is_any(const struct record *r)
{
	(void)r;
	return 1;
}

/* --- their columns ---------------------------------------------------------------------------- */

#define WHAT "time", "event", "proto", "family"
#define ENDS "local_addr", "local_port", "remote_addr", "remote_port"
#define OWNER "pid", "comm", "uid", "owner_source"
#define PROCESS "exe", "cmdline", "ppid", "parent_comm", "login_uid", "start_time"
#define PLACE "unit", "container", "cgroup", "netns", "cookie", "device"
#define MOVED                                                                                    \
	"bytes_sent", "bytes_received", "datagrams_sent", "datagrams_received", "segments_sent", \
		"segments_received", "retransmits", "srtt_us"
#define COURSE "start", "duration_us", "connect_us"
#define OUTCOME "history", "reason", "error"

static const char *const connection_keys[] = { WHAT,	ENDS,  "direction", OWNER,
					       COURSE,	MOVED, OUTCOME,	    "started_before",
					       PROCESS, PLACE, "scope",	    NULL };
static const char *const owner_conn_keys[] = { "time", "cookie", "proto", ENDS, "direction", NULL };
static const char *const owner_keys[] = { "pid", "comm", "source", "since_us", NULL };
static const char *const listener_keys[] = { WHAT,    "local_addr", "local_port", "old_state",
					     "state", OWNER,	    "reason",	  "error",
					     PROCESS, PLACE,	    "v6only",	  NULL };
static const char *const failure_keys[] = { WHAT,    ENDS,   "direction", OWNER, "reason",
					    "error", COURSE, PROCESS,	  PLACE, NULL };
static const char *const loss_keys[] = { "time", "event", "recorder", "from", "to", "lost", NULL };
static const char *const life_keys[] = { "time", "recorder", "pid",	"comm",
					 "uid",	 "exe",	     "cmdline", NULL };
static const char *const all_keys[] = { WHAT,
					"v4mapped",
					ENDS,
					"scope",
					"v6only",
					"direction",
					"old_state",
					"state",
					OWNER,
					"ns_pid",
					"actor_pid",
					"actor_comm",
					"inode",
					PROCESS,
					PLACE,
					"netns_name",
					"runtime",
					"pod",
					"age_us",
					COURSE,
					MOVED,
					OUTCOME,
					"final",
					"started_before",
					"from",
					"to",
					"lost",
					"recorder",
					"containers",
					"user_unit",
					"container_name",
					"container_image",
					"pod_name",
					"pod_namespace",
					"socket_cgroup",
					NULL };

const struct record_view record_views[] = {
	{ "connections",
	  "connections and UDP sockets at their end, and connects that failed at once",
	  VIEW_OF_SOCKETS, connection_keys, NULL, is_connection },
	{ "owners", "each process that owned a connection, in order", VIEW_OF_SOCKETS,
	  owner_conn_keys, owner_keys, count_owners },
	{ "listeners", "listeners when they begin and end, or were there; binds", VIEW_OF_SOCKETS,
	  listener_keys, NULL, is_listener },
	{ "failures", "what failed or was cut off, and why", VIEW_OF_SOCKETS, failure_keys, NULL,
	  is_failure },
	{ "losses", "from when to when events were lost, or nothing was recorded", VIEW_OF_LOSSES,
	  loss_keys, NULL, is_loss },
	{ "recorder", "when the recorder started, was alive, and stopped", VIEW_OF_RECORDS,
	  life_keys, NULL, is_life },
	{ "records", "all of these, and connections so far", VIEW_OF_RECORDS, all_keys, NULL,
	  is_any },
};

const size_t n_record_views = sizeof(record_views) / sizeof(record_views[0]);

/* --- their cells ------------------------------------------------------------------------------ */

static const struct field *find_field(const struct schema *schema, const char *key)
{
	for (size_t i = 0; i < schema->n; i++)
		if (!strcmp(schema->fields[i].key, key))
			return &schema->fields[i];
	return NULL;
}

static void add_fields(struct view_columns *c, const struct schema *schema, const char *const *keys)
{
	for (; keys && *keys; keys++) {
		const struct field *f = find_field(schema, *keys);

		if (f && c->n < VIEW_COLUMNS_MAX)
			c->fields[c->n++] = f;
	}
}

void view_columns_find(const struct record_view *view, struct view_columns *ret)
{
	*ret = (struct view_columns){ .view = view };
	add_fields(ret, &record_schema, view->keys);
	ret->first_of_owner = ret->n;
	add_fields(ret, &conn_owner_schema, view->owner_keys);
}

const char *view_column_name(const struct view_columns *c, size_t column)
{
	return c->fields[column]->key;
}

bool view_column_is_time(const struct view_columns *c, size_t column)
{
	uint8_t type = c->fields[column]->type;

	return type == FIELD_TIME || type == FIELD_START;
}

bool view_column_is_number(const struct view_columns *c, size_t column)
{
	uint8_t type = c->fields[column]->type;

	return type == FIELD_NUMBER || type == FIELD_BOOL;
}

static bool get(const struct view_columns *c, const struct record *rec, size_t row, size_t column,
		struct field_value *v)
{
	struct sw_conn_owner owners[CONN_OWNERS_MAX];
	struct told_owner owner = { .conn = rec->conn };

	v->field = c->fields[column];
	if (column < c->first_of_owner)
		return v->field->get(rec, v);
	if (!rec->conn || row >= conn_owners(rec->conn, owners))
		return false;
	owner.owner = &owners[row];
	if (!v->field->get(&owner, v))
		return false;
	if (v->field->type == FIELD_FOREIGN) /* it goes with the owners */
		v->text = memcpy(v->scratch, v->text, v->len);
	return true;
}

static void set_text(struct value *ret, const char *text, size_t len)
{
	ret->type = VALUE_TEXT;
	ret->text = text;
	ret->len = len;
}

void view_value(struct view_columns *c, const struct record *rec, size_t row, size_t column,
		struct value *ret, char *scratch)
{
	struct buf b = { .data = scratch, .cap = VIEW_SCRATCH }; /* never made larger */
	struct field_value v;

	if (!get(c, rec, row, column, &v))
		return;
	if (view_column_is_time(c, column)) {
		stamp_put(&b, v.field->type == FIELD_TIME ? &c->time : &c->start, STAMP_ISO, v.num);
		set_text(ret, scratch, b.len);
	} else if (view_column_is_number(c, column)) {
		ret->type = VALUE_INTEGER;
		ret->integer = (int64_t)v.num;
	} else if (v.text == v.scratch) {
		set_text(ret, memcpy(scratch, v.text, v.len), v.len);
	} else {
		set_text(ret, v.text, v.len);
	}
}
