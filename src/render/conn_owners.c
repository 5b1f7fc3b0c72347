// SPDX-License-Identifier: GPL-2.0-only
#include "render/conn_owners.h"

#include "base/buf.h"
#include "core/connection.h"
#include "core/names.h"
#include "core/row.h"
#include "render/holders.h"
#include "render/schema.h"

static const struct told_owner *told(const void *object)
{
	return object;
}

static bool get_source(const void *object, struct field_value *v)
{
	return value_text(v, owner_source_name(told(object)->owner->source));
}

/* After the start of the connection, where both times are known. */
static bool get_since_us(const void *object, struct field_value *v)
{
	const struct sw_event *e = &told(object)->conn->e;
	uint64_t since_ns = told(object)->owner->since_ns, start_ns = e->time_ns - e->age_ns;

	if (!(e->sock.have & SW_HAVE_AGE) || !since_ns)
		return false;
	return value_number(v, true, since_ns > start_ns ? (since_ns - start_ns) / 1000 : 0);
}

static const struct field fields[] = {
	{ KEY("pid", NUMBER, field_member, "The process number"),
	  FIELD_IN(struct sw_conn_owner, pid) },
	{ KEY("comm", FOREIGN, field_chars, "The name of the process"),
	  FIELD_IN(struct sw_conn_owner, comm) },
	{ KEY("source", WORD, get_source, "How it is known, as owner_source") },
	{ KEY("since_us", NUMBER, get_since_us,
	      "When it became the owner: microseconds after the start") },
};

const struct schema conn_owner_schema = { "Keys of owners of connections", fields,
					  sizeof(fields) / sizeof(fields[0]) };

void conn_owners_put_json(struct buf *b, const struct sw_conn *c)
{
	struct sw_conn_owner owners[CONN_OWNERS_MAX];
	size_t n = conn_owners(c, owners), begin = json_begin(b);

	for (size_t i = 0; i < n; i++) {
		struct told_owner o = { .owner = &owners[i], .conn = c };

		json_next(b);
		schema_put_object(&conn_owner_schema, b, &o, NULL);
	}
	json_end_array(b, begin);
}

/* As holders. Returns how many. */
static size_t make_holders(const struct sw_conn *c, struct holder ret[CONN_OWNERS_MAX])
{
	struct sw_conn_owner owners[CONN_OWNERS_MAX];
	size_t n = conn_owners(c, owners);

	for (size_t i = 0; i < n; i++) {
		ret[i] = (struct holder){ .pid = owners[i].pid, .fd = -1 };
		memcpy(ret[i].comm, owners[i].comm, SW_COMM_LEN);
	}
	return n;
}

void conn_owners_put_csv(struct buf *b, const struct sw_conn *c)
{
	struct holder holders[CONN_OWNERS_MAX];

	holders_put_csv(b, holders, make_holders(c, holders));
}

void conn_owners_put_text(struct buf *b, const char *label, const struct sw_conn *c)
{
	struct holder holders[CONN_OWNERS_MAX];
	size_t n = make_holders(c, holders);

	if (n)
		buf_puts(b, label);
	holders_put_text(b, holders, n);
}
