// SPDX-License-Identifier: GPL-2.0-only
/* Records as rows of a fleet's table, and what makes that. */
#include "unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "core/record.h"
#include "render/fields.h"
#include "render/fleet.h"
#include "render/schema.h"
#include "store_scene.h"

static struct buf got;

static const char *text(void)
{
	buf_putc(&got, '\0');
	got.len--;
	return got.data;
}

static int teardown(void **state)
{
	(void)state;
	buf_free(&got);
	return 0;
}

static void has(const char *part)
{
	if (!strstr(text(), part))
		fail_msg("no %s in %s", part, got.data);
}

static void has_not(const char *part)
{
	if (strstr(text(), part))
		fail_msg("%s in %s", part, got.data);
}

static const struct fleet_key key = { "vm\n", "b", 1795475645123456789u, 7 };

TEST_WITH(fleet__a_row_has_its_key_and_what_the_record_has, NULL, teardown)
{
	struct sw_conn c = store_scene_curl("cu\"rl", 443);
	struct record rec = {
		.ev = &c.e, .conn = &c, .wall_ns = 1795475645123456789u, .exe = "/usr/bin/curl"
	};

	struct fleet_columns columns;

	c.e.reason = SW_REASON_NONE;
	fleet_columns_find(&columns);
	fleet_put_row(&got, &columns, &key, &rec);
	has("{\"time\":1795475645,\"host\":\"vm\\u000a\",\"boot\":\"b\","
	    "\"recorder\":1795475645123456789,\"seq\":7,\"time_ns\":1795475645123456789,"
	    "\"event\":\"conn\",\"proto\":\"tcp\",\"family\":\"ipv4\"");
	has("\"comm\":\"cu\\\"rl\",\"uid\":1000,");
	has("\"start_ns\":1795475644623456789,");
	has("\"bytes_sent\":412,");
	has("\"final\":1");
	has("\"community_id\":\"1:");
	has("\"owners.pid\":[2291],\"owners.comm\":[\"cu\\\"rl\"],\"owners.source\":[\"connect\"],"
	    "\"owners.since_us\":[");
	has_not("reason");
	has_not("login_uid");
	assert_int_equal(got.data[got.len - 1], '\n');
	assert_int_equal(got.data[got.len - 2], '}');
}

TEST_WITH(fleet__what_was_not_sent_is_a_row, NULL, teardown)
{
	struct fleet_gap gap = { 5000000001, 7000000002, 12, true };

	fleet_put_gap(&got, &key, &gap);
	has("{\"time\":7,\"host\":");
	has("\"seq\":7,\"time_ns\":7000000002,\"event\":\"lost\",\"reason\":\"not_sent\","
	    "\"lost\":12,\"from_ns\":5000000001,\"to_ns\":7000000002}\n");
	gap.counted = false;
	got.len = 0;
	fleet_put_gap(&got, &key, &gap);
	has_not("\"lost\":");
}

/* Each column of the table is a key that a row may have, and each such key of events a column. */
TEST_WITH(fleet__the_table_has_what_is_recorded, NULL, teardown)
{
	static const char *const not_kept[] = { "mptcp_token", "parent_inode", "time_wait", "nat",
						"container_labels" };
	struct fleet_table table = { .db = "d" };
	char column[64];

	fleet_put_create(&got, &table);
	has("CREATE TABLE IF NOT EXISTS d.sockwatch_records (time DateTime('UTC'), host String, ");
	has(" ENGINE = ReplacingMergeTree() PARTITION BY toYYYYMMDD(time) ORDER BY "
	    "(toStartOfHour(time), host, boot, recorder, seq)");
	has_not("TTL");
	for (size_t i = 0; i < first_name_field; i++) {
		const struct field *f = &record_schema.fields[i];
		bool skip = !strncmp(f->about, "Rows", 4) || f->type == FIELD_HOLDERS;

		for (size_t k = 0; k < COUNT(not_kept); k++)
			skip = skip || !strcmp(f->key, not_kept[k]);
		/* of rows, or of what only a stream tells */
		if (skip || strstr("backlog_full timer_ms timer timer_retransmits timer_probes "
				   "blocked_ms type protocol promiscuous groups queue",
				   f->key))
			continue;
		if (!strcmp(f->key, "recorder"))
			snprintf(column, sizeof(column), ", recorder_act ");
		else
			snprintf(column, sizeof(column), ", %s%s ", f->key,
				 f->type == FIELD_START || f->type == FIELD_TIME ? "_ns" : "");
		has(column);
	}
}

TEST_WITH(fleet__of_a_cluster_there_are_two_tables, NULL, teardown)
{
	struct fleet_table table = { .db = "d", .cluster = "c", .keep_days = 90 };

	fleet_put_create(&got, &table);
	has("d.sockwatch_records_local ON CLUSTER c (time ");
	has(" ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/d/"
	    "sockwatch_records_local', '{replica}') PARTITION BY");
	has(" TTL time + toIntervalDay(90)");
	got.len = 0;
	fleet_put_distributed(&got, &table);
	has("d.sockwatch_records ON CLUSTER c (time ");
	has(" ENGINE = Distributed(c, d, sockwatch_records_local, cityHash64(host))");
	got.len = 0;
	fleet_put_insert(&got, "d");
	assert_string_equal(text(), "INSERT INTO d.sockwatch_records FORMAT JSONEachRow");
}
