// SPDX-License-Identifier: GPL-2.0-only
#include "render/fleet.h"

#include <string.h>

#include "core/connection.h"
#include "core/record.h"
#include "render/conn_owners.h"
#include "render/fields.h"
#include "render/fleet_columns.h"
#include "render/json_put.h"
#include "render/schema.h"

/*
 * name: of the column; key: of our JSON, whose value it has. Nothing newer than ClickHouse 18.16 in
 * their types. Nullable: where 0 means something else than that there is none.
 */
static const struct fleet_column columns[] = {
#define COLUMN(name_, key_, type_)                                                        \
	{                                                                                 \
		.json = JSON_KEY(name_), .name = (name_), .key = (key_), .type = (type_), \
	}
#define SAME(key_, type_) COLUMN(key_, key_, type_)
	COLUMN("time_ns", "time", "UInt64"),
	SAME("event", "String"),
	SAME("proto", "String"),
	SAME("family", "String"),
	SAME("v4mapped", "UInt8"),
	SAME("local_addr", "String"),
	SAME("local_port", "UInt32"),
	SAME("remote_addr", "String"),
	SAME("remote_port", "UInt32"),
	SAME("direction", "String"),
	SAME("old_state", "String"),
	SAME("state", "String"),
	SAME("pid", "UInt32"),
	SAME("comm", "String"),
	SAME("uid", "Nullable(UInt32)"),
	SAME("owner_source", "String"),
	SAME("ns_pid", "UInt32"),
	SAME("actor_pid", "UInt32"),
	SAME("actor_tid", "UInt32"),
	SAME("actor_comm", "String"),
	SAME("exe", "String"),
	SAME("cmdline", "String"),
	COLUMN("start_time_ns", "start_time", "UInt64"),
	SAME("ppid", "UInt32"),
	SAME("parent_comm", "String"),
	SAME("login_uid", "Nullable(UInt32)"),
	SAME("unit", "String"),
	SAME("user_unit", "String"),
	SAME("container", "String"),
	SAME("containers", "String"),
	SAME("runtime", "String"),
	SAME("pod", "String"),
	SAME("container_name", "String"),
	SAME("container_image", "String"),
	SAME("pod_name", "String"),
	SAME("pod_namespace", "String"),
	SAME("cgroup_id", "UInt64"),
	SAME("cgroup", "String"),
	SAME("socket_cgroup_id", "UInt64"),
	SAME("socket_cgroup", "String"),
	SAME("netns", "UInt32"),
	SAME("netns_name", "String"),
	SAME("cookie", "UInt64"),
	SAME("inode", "UInt64"),
	SAME("device", "String"),
	SAME("scope", "String"),
	SAME("v6only", "Nullable(UInt8)"),
	SAME("age_us", "UInt64"),
	SAME("state_us", "UInt64"),
	SAME("connect_us", "UInt64"),
	COLUMN("start_ns", "start", "UInt64"),
	COLUMN("end_ns", "end", "UInt64"),
	SAME("duration_us", "Nullable(UInt64)"),
	SAME("bytes_sent", "Nullable(UInt64)"),
	SAME("bytes_received", "Nullable(UInt64)"),
	SAME("datagrams_sent", "Nullable(UInt64)"),
	SAME("datagrams_received", "Nullable(UInt64)"),
	SAME("segments_sent", "Nullable(UInt64)"),
	SAME("segments_received", "Nullable(UInt64)"),
	SAME("retransmits", "Nullable(UInt64)"),
	SAME("srtt_us", "UInt64"),
	SAME("history", "String"),
	SAME("final", "Nullable(UInt8)"),
	SAME("started_before", "UInt8"),
	SAME("owners_left_out", "UInt64"),
	SAME("reason", "String"),
	SAME("error", "String"),
	SAME("community_id", "String"),
	SAME("lost", "Nullable(UInt64)"),
	COLUMN("recorder_act", "recorder", "String"),
	COLUMN("from_ns", "from", "UInt64"),
	COLUMN("to_ns", "to", "UInt64"),
};

#define N_COLUMNS (sizeof(columns) / sizeof(columns[0]))

const struct fleet_column *const fleet_columns = columns;
const size_t n_fleet_columns = N_COLUMNS;

_Static_assert(N_COLUMNS <= FLEET_COLUMNS_MAX, "make room for more columns");

static const struct field *find_field(const char *key)
{
	for (size_t i = 0; i < record_schema.n; i++)
		if (!strcmp(record_schema.fields[i].key, key))
			return &record_schema.fields[i];
	return NULL;
}

void fleet_columns_find(struct fleet_columns *ret)
{
	for (size_t i = 0; i < N_COLUMNS; i++)
		ret->fields[i] = find_field(columns[i].key);
}

/* --- rows ------------------------------------------------------------------------------------- */

#define SECOND UINT64_C(1000000000)

static void put_text(struct buf *b, const struct json_key *key, const char *text)
{
	json_put_key(b, key);
	json_put_text(b, text, strlen(text));
}

static void put_number(struct buf *b, const struct json_key *key, uint64_t number)
{
	json_put_key(b, key);
	json_put_number(b, number);
}

/* Which row it is, and the time, by whose day and hour the table is divided. */
static void put_key(struct buf *b, const struct fleet_key *key, uint64_t wall_ns)
{
	static const struct json_key host = JSON_KEY("host"), boot = JSON_KEY("boot"),
				     recorder = JSON_KEY("recorder"), seq = JSON_KEY("seq"),
				     time = JSON_KEY("time");

	put_number(b, &time, wall_ns / SECOND);
	put_text(b, &host, key->host);
	put_text(b, &boot, key->boot);
	put_number(b, &recorder, key->recorder);
	put_number(b, &seq, key->seq);
}

static void put_value(struct buf *b, const struct fleet_column *c, const struct field_value *v)
{
	json_put_key(b, &c->json);
	switch (v->field->type) {
	case FIELD_WORD:
		json_put_word(b, v->text, v->len);
		break;
	case FIELD_FOREIGN:
		json_put_text(b, v->text, v->len);
		break;
	default: /* times, numbers, truths */
		json_put_number(b, v->num);
	}
}

/* A field of all of them; what one has not is 0 or "". */
static void put_of_owners(struct buf *b, const struct field *f, const struct sw_conn *conn,
			  const struct sw_conn_owner *owners, size_t n)
{
	size_t begin = json_begin(b);

	for (size_t i = 0; i < n; i++) {
		const struct told_owner owner = { .owner = &owners[i], .conn = conn };
		struct field_value v = { .field = f };
		bool has = f->get(&owner, &v);

		json_next(b);
		if (f->type == FIELD_NUMBER)
			json_put_number(b, has ? v.num : 0);
		else
			json_put_text(b, has ? v.text : "", has ? v.len : 0);
	}
	json_end_array(b, begin);
}

/* An array for each column that the owners have. */
static void put_owners(struct buf *b, const struct record *rec)
{
	static const struct json_key keys[] = { JSON_KEY("owners.pid"), JSON_KEY("owners.comm"),
						JSON_KEY("owners.source"),
						JSON_KEY("owners.since_us") };
	struct sw_conn_owner owners[CONN_OWNERS_MAX];
	size_t n = rec->conn ? conn_owners(rec->conn, owners) : 0;

	for (size_t i = 0; n && i < sizeof(keys) / sizeof(keys[0]); i++) {
		json_put_key(b, &keys[i]);
		put_of_owners(b, &conn_owner_schema.fields[i], rec->conn, owners, n);
	}
}

void fleet_put_row(struct buf *b, const struct fleet_columns *c, const struct fleet_key *key,
		   const struct record *rec)
{
	struct field_value v;
	struct record told = *rec;
	size_t begin = json_begin(b);

	told.community = true;
	put_key(b, key, rec->wall_ns);
	for (size_t i = 0; i < N_COLUMNS; i++) {
		v.field = c->fields[i];
		if (v.field->get(&told, &v))
			put_value(b, &columns[i], &v);
	}
	put_owners(b, rec);
	json_end_object(b, begin);
	buf_putc(b, '\n');
}

void fleet_put_gap(struct buf *b, const struct fleet_key *key, const struct fleet_gap *gap)
{
	static const struct json_key time = JSON_KEY("time_ns"), event = JSON_KEY("event"),
				     reason = JSON_KEY("reason"), lost = JSON_KEY("lost"),
				     from = JSON_KEY("from_ns"), to = JSON_KEY("to_ns");
	size_t begin = json_begin(b);

	put_key(b, key, gap->to_ns);
	put_number(b, &time, gap->to_ns);
	put_text(b, &event, "lost");
	put_text(b, &reason, "not_sent");
	if (gap->counted)
		put_number(b, &lost, gap->lost);
	put_number(b, &from, gap->from_ns);
	put_number(b, &to, gap->to_ns);
	json_end_object(b, begin);
	buf_putc(b, '\n');
}

/* --- the tables ------------------------------------------------------------------------------- */

static void put_begin(struct buf *b, const struct fleet_table *t, const char *name)
{
	buf_puts(b, "CREATE TABLE IF NOT EXISTS ");
	buf_puts(b, t->db);
	buf_putc(b, '.');
	buf_puts(b, name);
	if (!t->cluster)
		return;
	buf_puts(b, " ON CLUSTER ");
	buf_puts(b, t->cluster);
}

/* In UTC, so that what is a day and an hour is the same on each server. */
static void put_columns(struct buf *b)
{
	buf_puts(b,
		 " (time DateTime('UTC'), host String, boot String, recorder UInt64, seq UInt64");
	for (size_t i = 0; i < N_COLUMNS; i++) {
		buf_puts(b, ", ");
		buf_puts(b, columns[i].name);
		buf_putc(b, ' ');
		buf_puts(b, columns[i].type);
	}
	buf_puts(b, ", owners Nested(pid UInt32, comm String, source String, since_us UInt64))");
}

static void put_engine(struct buf *b, const struct fleet_table *t)
{
	if (!t->cluster) {
		buf_puts(b, " ENGINE = ReplacingMergeTree()");
		return;
	}
	buf_puts(b, " ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/");
	buf_puts(b, t->db);
	buf_puts(b, "/" FLEET_TABLE_LOCAL "', '{replica}')");
}

/*
 * The hour first: a question about one reads that of all hosts, and it follows from the record, so
 * that its key is the same whenever it comes.
 */
void fleet_put_create(struct buf *b, const struct fleet_table *t)
{
	put_begin(b, t, t->cluster ? FLEET_TABLE_LOCAL : FLEET_TABLE);
	put_columns(b);
	put_engine(b, t);
	buf_puts(b, " PARTITION BY toYYYYMMDD(time)"
		    " ORDER BY (toStartOfHour(time), host, boot, recorder, seq)");
	if (!t->keep_days)
		return;
	buf_puts(b, " TTL time + toIntervalDay(");
	buf_put_u64(b, t->keep_days);
	buf_putc(b, ')');
}

/* A host's are on one shard: what is sent again goes where it was. */
void fleet_put_distributed(struct buf *b, const struct fleet_table *t)
{
	put_begin(b, t, FLEET_TABLE);
	put_columns(b);
	buf_puts(b, " ENGINE = Distributed(");
	buf_puts(b, t->cluster);
	buf_puts(b, ", ");
	buf_puts(b, t->db);
	buf_puts(b, ", " FLEET_TABLE_LOCAL ", cityHash64(host))");
}

void fleet_put_insert(struct buf *b, const char *db)
{
	buf_puts(b, "INSERT INTO ");
	buf_puts(b, db);
	buf_puts(b, "." FLEET_TABLE " FORMAT JSONEachRow");
}
