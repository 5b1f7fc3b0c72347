// SPDX-License-Identifier: GPL-2.0-only
/* Questions to a fleet's table, and what is read of their answers. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "cli/options.h"
#include "cli/target.h"
#include "command_line.h"
#include "core/connection.h"
#include "core/who.h"
#include "render/fleet_ask.h"
#include "render/fleet_literal.h"
#include "render/fleet_cell.h"
#include "render/fleet_read.h"

#define NS UINT64_C(1795478400123456789)

static struct buf got;

static int teardown(void **state)
{
	(void)state;
	buf_free(&got);
	return 0;
}

static const char *text(void)
{
	buf_putc(&got, '\0');
	got.len--;
	return got.data;
}

static struct who_target targets[2];
static size_t n_targets; /* that are asked for besides */

/* The statement of a command line. */
static void asks(const char *line)
{
	struct fleet_question q = { .db = "d", .until_ns = UINT64_MAX };

	got.len = 0;
	good(line);
	q.select = &options.select;
	q.targets = targets;
	q.n_targets = n_targets;
	q.hosts = &options.fleet.hosts;
	fleet_put_question(&got, &q);
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

#define FROM "log --from clickhouse://h "

TEST_WITH(fleet_ask__bytes_of_a_value_are_never_more_than_a_value, NULL, teardown)
{
	for (int c = 0; c < 256; c++) {
		char byte = (char)c;

		got.len = 0;
		fleet_put_literal(&got, &byte, 1);
		assert_true(got.len == 3 || got.len == 6);
		assert_int_equal(got.data[0], '\'');
		assert_int_equal(got.data[got.len - 1], '\'');
		if (got.len == 3)
			assert_true(got.data[1] == byte && byte != '\'' && byte != '\\');
		else
			assert_memory_equal(got.data + 1, "\\x", 2);
	}
	got.len = 0;
	fleet_put_literal(&got, "a'b\\c\n", 6);
	assert_string_equal(text(), "'a\\x27b\\x5Cc\\x0A'");
}

TEST_WITH(fleet_ask__a_hostile_value_stays_in_its_quotes, NULL, teardown)
{
	static const char line[] = "log --from=clickhouse://h --host=')OR(1=1;DROP--' "
				   "--comm=x'OR'1 --unit=u\\')-- --exe=a\tb\"`";
	struct fleet_question q = { .db = "d", .until_ns = UINT64_MAX };

	asks(line);
	has_not("'OR");
	has_not("1=1");
	has("'x\\x27OR\\x271'");
	q.select = &options.select;
	q.hosts = &options.fleet.hosts;
	got.len = 0;
	fleet_put_runs(&got, &q);
	has("(host = '\\x27\\x29OR\\x281\\x3D1\\x3BDROP--\\x27')");
	has_not("1=1");
}

TEST_WITH(fleet_ask__what_is_asked_for_narrows_the_answer, NULL, teardown)
{
	asks("log --from clickhouse://h");
	has(" FROM d.sockwatch_records FINAL WHERE 1 AND (event = 'lost' OR (event = 'recorder' "
	    "AND recorder_act != 'alive') OR (event NOT IN ('lost', 'recorder'))) ORDER BY "
	    "time_ns, host, boot, recorder, seq FORMAT TabSeparated");
	asks(FROM "-P 443,8000-8002");
	has(" AND (local_port BETWEEN 443 AND 443 OR local_port BETWEEN 8000 AND 8002 OR "
	    "remote_port "
	    "BETWEEN 443 AND 443 OR remote_port BETWEEN 8000 AND 8002)");
	asks(FROM "-L 22 -D 1-65535");
	has(" AND (local_port BETWEEN 22 AND 22) AND (remote_port BETWEEN 1 AND 65535)");
	asks(FROM "--addr 10.0.0.9 --local-addr 10.1.0.0/16");
	has(" AND (local_addr = '10.0.0.9' OR remote_addr = '10.0.0.9')");
	has(" AND (substring(local_addr, 1, 5) = '10.1.')");
	asks(FROM "--remote-addr 172.16.0.0/12,192.168.4.0/22,10.1.2.3/32");
	has(" AND (substring(remote_addr, 1, 4) = '172.' OR substring(remote_addr, 1, 8) = "
	    "'192.168.' OR remote_addr = '10.1.2.3')");
	asks(FROM "--addr 2001:db8::1");
	has("remote_addr = '2001:db8::1'");
	asks(FROM "--failed -u --uid 33 --pid 7");
	has(" AND (proto = 'udp' OR 0) AND (uid = 33) AND (pid = 7 OR actor_pid = 7 OR "
	    "has(owners.pid, 7)) AND reason != ''");
	asks(FROM "--unit nginx --host web1,web2");
	has("position(concat(unit, user_unit), 'nginx') > 0");
	has("(host = 'web1' OR host = 'web2')");
	asks(FROM "--comm curl");
	has("(substring(comm, 1, 4) = 'curl' OR substring(actor_comm, 1, 4) = 'curl' OR "
	    "arrayExists(x -> substring(x, 1, 4) = 'curl', owners.comm))");
}

/* What cannot be said there is asked of all rows, and decided here. */
TEST_WITH(fleet_ask__what_it_cannot_tell_apart_is_not_left_out, NULL, teardown)
{
	asks(FROM "--addr 10.0.0.0/8,fe80::/10 --host web* --unit n*x --exe a?b --comm *sql");
	has_not("local_addr =");
	has_not("addr, 1");
	has_not("host =");
	has_not("position");
	has_not("substring");
	asks(FROM "--addr 0.0.0.0");
	has_not("remote_addr =");
	asks(FROM "--addr 128.0.0.0/1");
	has_not("addr, 1");
}

TEST_WITH(fleet_ask__ports_that_are_targets_are_asked_for_too, NULL, teardown)
{
	target_parse("443", &targets[0]);
	target_parse("8000-8002", &targets[1]);
	n_targets = 2;
	asks("log --from clickhouse://h");
	has(" AND (local_port BETWEEN 443 AND 443 OR local_port BETWEEN 8000 AND 8002 OR "
	    "remote_port BETWEEN 443 AND 443 OR remote_port BETWEEN 8000 AND 8002)");
	target_parse("10.0.0.9", &targets[1]);
	asks("log --from clickhouse://h");
	has_not("BETWEEN");
	n_targets = 0;
}

TEST_WITH(fleet_ask__the_hour_says_which_part_is_read, NULL, teardown)
{
	static const struct select_opts all;
	static const struct where_values none;
	struct fleet_question q = { .db = "d",
				    .select = &all,
				    .hosts = &none,
				    .since_ns = NS,
				    .until_ns = NS + 1,
				    .newest_first = true };

	fleet_put_question(&got, &q);
	has("WHERE 1 AND toStartOfHour(time) >= toDateTime(1795478400) AND time_ns >= "
	    "1795478400123456789 AND toStartOfHour(time) <= toDateTime(1795478400) AND time_ns < "
	    "1795478400123456790 AND (event");
	has("ORDER BY time_ns DESC, host DESC, boot DESC, recorder DESC, seq DESC FORMAT");
	q.since_ns = 0;
	q.until_ns = UINT64_C(9000000000000000000);
	got.len = 0;
	fleet_put_question(&got, &q);
	has("WHERE 1 AND toStartOfHour(time) <= toDateTime(4294965600) AND time_ns < "
	    "9000000000000000000 AND");
}

/* --- answers ---------------------------------------------------------------------------------- */

/* A row as the server tells it: each column that is not given is 0 or empty. */
struct given {
	const char *column, *value;
};

static char *line_of(const struct given *given, size_t n)
{
	struct buf wanted = { 0 };
	char *name, *rest;

	fleet_put_wanted(&wanted);
	buf_putc(&wanted, '\0');
	rest = wanted.data;
	got.len = 0;
	while ((name = strsep(&rest, ","))) {
		const char *value = strstr(name, "owners.") ? "[]" : "0";

		name += *name == ' ';
		for (size_t i = 0; i < n; i++)
			if (!strcmp(given[i].column, name))
				value = given[i].value;
		buf_puts(&got, !strcmp(name, "1") ? "1" : value);
		buf_putc(&got, rest ? '\t' : '\0');
	}
	got.len--;
	buf_free(&wanted);
	return got.data;
}

static const struct given usual[] = {
	{ "time_ns", "1795478400123456789" },
	{ "host", "we\\'b\\t1\\\\" },
	{ "boot", "b" },
	{ "event", "conn" },
	{ "proto", "tcp" },
	{ "family", "ipv4" },
	{ "local_addr", "10.0.0.1" },
	{ "local_port", "40000" },
	{ "remote_addr", "10.0.0.2" },
	{ "remote_port", "443" },
	{ "state", "FIN_WAIT2" },
	{ "old_state", "" },
	{ "pid", "7" },
	{ "comm", "cu\\nrl" },
	{ "uid", "\\N" },
	{ "owner_source", "connect" },
	{ "actor_comm", "" },
	{ "start_ns", "1795478399123456789" },
	{ "duration_us", "1000000" },
	{ "history", "SEFf" },
	{ "final", "1" },
	{ "bytes_sent", "412" },
	{ "bytes_received", "\\N" },
	{ "datagrams_sent", "\\N" },
	{ "datagrams_received", "\\N" },
	{ "v6only", "\\N" },
	{ "login_uid", "\\N" },
	{ "retransmits", "3" },
	{ "exe", "" },
	{ "reason", "reset_by_peer" },
	{ "error", "ECONNRESET" },
	{ "recorder_act", "" },
	{ "lost", "\\N" },
	{ "owners.pid", "[5,7]" },
	{ "owners.comm", "['a\\'],b','cu\\nrl']" },
	{ "owners.source", "['accept','connect']" },
	{ "owners.since_us", "[0,12]" },
};

TEST_WITH(fleet_read__a_row_is_the_record_that_it_was, NULL, teardown)
{
	struct fleet_row row;
	struct sw_conn_owner owners[CONN_OWNERS_MAX];
	const struct sw_sock *s = &row.conn.e.sock;
	char history[CONN_STATES_MAX + 1];
	char *line = line_of(usual, COUNT(usual));

	assert_int_equal(fleet_read_row(line, got.len, &row), 0);
	assert_string_equal(row.rec.host, "we'b\t1\\");
	assert_string_equal(row.rec.boot, "b");
	assert_int_equal(row.rec.ev->kind, SW_EV_CONN);
	assert_ptr_equal(row.rec.conn, &row.conn);
	assert_true(row.rec.wall_ns == NS);
	assert_true(row.rec.ev->age_ns == UINT64_C(1000000000));
	assert_int_equal(s->tuple.family, SW_AF_INET);
	assert_int_equal(s->tuple.local.b[15], 1);
	assert_int_equal(s->tuple.remote_port, 443);
	assert_int_equal(s->state, SW_TCP_FIN_WAIT2);
	assert_int_equal(s->have & (SW_HAVE_UID | SW_HAVE_COUNTERS | SW_HAVE_AGE),
			 SW_HAVE_COUNTERS | SW_HAVE_AGE);
	assert_string_equal(s->comm, "cu\nrl");
	assert_int_equal(row.rec.ev->reason, SW_REASON_RESET_BY_PEER);
	assert_int_equal(row.rec.ev->error, ECONNRESET);
	assert_null(row.rec.exe);
	assert_int_equal(conn_direction(&row.conn), CONN_OUT);
	conn_history(&row.conn, history);
	assert_string_equal(history, "SEFf");
	assert_int_equal(conn_owners(&row.conn, owners), 2);
	assert_string_equal(owners[0].comm, "a'],b");
	assert_int_equal(owners[1].pid, 7);
}

/* Cut off anywhere, or with anything in place of a byte, it is none, or another record: no more. */
TEST_WITH(fleet_read__what_is_no_row_is_none, NULL, teardown)
{
	struct fleet_row row;
	char *line = line_of(usual, COUNT(usual)), copy[4096];
	size_t len = got.len;

	for (size_t n = 0; n < len; n++) {
		memcpy(copy, line, len + 1);
		assert_int_equal(fleet_read_row(copy, n, &row), -EBADMSG);
		for (int c = 0; c < 256; c += 5) {
			memcpy(copy, line, len + 1);
			copy[n] = (char)c;
			fleet_read_row(copy, len, &row);
		}
	}
	snprintf(copy, sizeof(copy), "Code: 241, e.displayText() = DB::Exception: Memory limit");
	assert_int_equal(fleet_read_row(copy, strlen(copy), &row), -EBADMSG);
}

/* What is told without escapes has nothing to escape, whoever wrote the row. */
TEST_WITH(fleet_read__words_are_words, NULL, teardown)
{
	static const char *const columns[] = { "runtime", "pod" };
	static const char *const bad[] = { "a\\nb", "\033[31m", "a\"b", "a,b", "\xc3\xa4", "\\0" };
	struct given given[COUNT(usual) + 1];
	struct fleet_row row;

	memcpy(given, usual, sizeof(usual));
	for (size_t i = 0; i < COUNT(columns); i++) {
		given[COUNT(usual)] = (struct given){ columns[i], "cri-o_1.x" };
		line_of(given, COUNT(given));
		assert_int_equal(fleet_read_row(got.data, got.len, &row), 0);
		for (size_t k = 0; k < COUNT(bad); k++) {
			given[COUNT(usual)].value = bad[k];
			line_of(given, COUNT(given));
			assert_int_equal(fleet_read_row(got.data, got.len, &row), -EBADMSG);
		}
	}
}

TEST(fleet_read__a_run_has_its_times)
{
	char line[] = "we\\'b\t1\t18446744073709551615\t1\t0", bad[] = "web\t1\tx\t1\t0",
	     more[] = "web\t1\t2\t1\t0\t0";
	struct fleet_run run;

	assert_int_equal(fleet_read_run(line, strlen(line), &run), 0);
	assert_string_equal(run.host, "we'b");
	assert_true(run.last_ns == UINT64_MAX && run.starts && !run.stops);
	assert_int_equal(fleet_read_run(bad, strlen(bad), &run), -EBADMSG);
	assert_int_equal(fleet_read_run(more, strlen(more), &run), -EBADMSG);
}
