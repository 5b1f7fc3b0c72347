// SPDX-License-Identifier: GPL-2.0-only
/* Where records of a fleet go. */
#include "unit.h"

#include <stdio.h>

#include "cli/options.h"
#include "command_line.h"

TEST(options__a_server_is_a_url)
{
	SETS("export --to clickhouse://h", word, WORD_EXPORT);
	SETS("export --to clickhouse://h", fleet.port, 8123);
	SETS("export --to clickhouse://h", fleet.tls, false);
	SETS("export --to clickhouse+https://h", fleet.port, 8443);
	SETS("export --to https://h:1/x", fleet.tls, true);
	SETS("export --to http://h:65535/x", fleet.port, 65535);
	good("export --to clickhouse://h");
	assert_string_equal(options.fleet.host, "h");
	assert_string_equal(options.fleet.db, "default");
	good("export --to clickhouse://a-b.example:9/fleet_1");
	assert_string_equal(options.fleet.host, "a-b.example");
	assert_string_equal(options.fleet.db, "fleet_1");
	good("export --to clickhouse://[2001:db8::1]:9/d");
	assert_string_equal(options.fleet.host, "[2001:db8::1]");
	assert_int_equal(options.fleet.port, 9);
	good("export --to clickhouse://[::1]/");
	assert_string_equal(options.fleet.host, "[::1]");
}

TEST(options__what_is_no_server_is_refused)
{
	static const char *const values[] = {
		"",
		"h",
		"h:8123",
		"clickhouse://",
		"clickhouse:///d",
		"clickhouse://h:0/d",
		"clickhouse://h:65536/d",
		"clickhouse://h:/d",
		"clickhouse://h:8123123123/d",
		"clickhouse://user:password@h/d",
		"clickhouse://h/d?x=1",
		"clickhouse://h/a/b",
		"clickhouse://h/1d",
		"clickhouse://h/d;drop",
		"clickhouse://h#/d",
		"clickhouse://[::1/d",
		"clickhouse://[::1]x/d",
		"ftp://h/d",
	};

	for (size_t i = 0; i < COUNT(values); i++) {
		char line[128];

		snprintf(line, sizeof(line), "export --to=%s", values[i]);
		bad(line, "is not a server (clickhouse://host:8123");
	}
}

TEST(options__of_a_fleet_go_with_to_alone)
{
	SETS("export --to http://h --once --batch-rows 5", fleet.batch, 5);
	SETS("export --to http://h --batch-wait 10m", fleet.wait_ms, 600000);
	bad("export --to http://h --batch-wait 0.05", "--batch-wait: '0.05' is not a time from");
	SETS("export --to http://h --timeout 2", past.timeout_ms, 2000);
	SETS("export --to http://h --create", fleet.create, true);
	SETS("export --to http://h --create --max-age 90d", fleet.max_age, true);
	good("export --to http://h --dir x");
	good("export --metrics x --dir x");
	good("export --to http://h --create=main");
	assert_string_equal(options.fleet.cluster, "main");
	bad("export --to http://h --create=a-b", "--create: 'a-b' is not the name of a cluster");
	bad("export --to http://h --create --once", "--create makes the tables and ends");
	bad("export --to http://h --create --max-age 36h", "--max-age: of a table it is days");
	bad("export --to http://h --max-age 30d", "--max-age: of a table it is set when");
	bad("export --once", "--once is for --to");
	bad("export --metrics x --cursor y", "--cursor is for --to");
	bad("export --metrics x --timeout 3", "--timeout is for --to");
	bad("export --to http://h --metrics x", "--to and --metrics are two jobs");
	bad("export --to http://h -P 443", "--port: --to sends all that sockwatch record keeps");
	bad("export --to http://h -t", "--tcp: --to sends all");
	bad("export --to http://h --batch-rows 0", "--batch-rows: '0' is not a number");
	bad("log --to http://h", "--to is not for log (but for: export)");
	bad("export", "or --to clickhouse://");
}

TEST(options__log_may_ask_a_fleet)
{
	SETS("log --from clickhouse://h", fleet.port, 8123);
	SETS("log 443 --from clickhouse+https://h/d --since 1h -n 3 -r", fleet.tls, true);
	SETS("log --from http://h --host a,b --host c*", fleet.hosts.n, 3);
	SETS("log --from http://h --timeout 2", past.timeout_ms, 2000);
	good("log --from http://h --login x --ca y --by host");
	bad("log --from h:8123", "--from: 'h:8123' is not a server");
	bad("log --host a", "--host is for --from: say which server");
	bad("log --login a", "--login is for --from");
	bad("log --by host", "--by host is for --from");
	bad("list --by host", "are for the past");
	bad("log --from http://h --sql x", "--sql does not go with --from: ask the server");
	bad("log --from http://h -f", "--follow does not go with --from");
	bad("log --from http://h --at 1h", "--at does not go with --from");
	bad("log --from http://h --dir x", "--dir does not go with --from");
	bad("log --from http://h --verify", "--verify does not go with --from");
	bad("log --from http://h --report x", "--report does not go with --from");
	bad("log --from http://h --netns self", "--netns does not go with --from");
	bad("export --from http://h", "--from is not for export");
	bad("export --to http://h --host a", "--host is not for export");
}
