// SPDX-License-Identifier: GPL-2.0-only
/* What records come to: sums that count each connection once, and rows of the last look. */
#include "unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "conn.h"
#include "core/record.h"
#include "manual.h"
#include "metrics/expose.h"
#include "metrics/meter.h"

#define SECOND 1000000000ull

static struct meter meter;
static struct buf text;

static int setup(void **state)
{
	const struct meter_opts opts = { .max_series = 2000,
					 .interval_ns = SECOND,
					 .chosen_first = 32768,
					 .chosen_last = 60999 };

	(void)state;
	return meter_init(&meter, &opts);
}

static int teardown(void **state)
{
	(void)state;
	meter_free(&meter);
	buf_free(&text);
	return 0;
}

/* --- records ---------------------------------------------------------------------------------- */

#define OPEN_OUT (SW_TCP_SYN_SENT << 4 | SW_TCP_ESTABLISHED)
#define OPEN_IN (SW_TCP_SYN_RECV << 4 | SW_TCP_ESTABLISHED)

static struct sw_conn conn_of(uint64_t cookie, uint64_t history, uint8_t source)
{
	return (struct sw_conn){ .history = history,
				 .since_ns = 5,
				 .e = { .kind = SW_EV_CONN,
					.time_ns = 100 * SECOND,
					.age_ns = 50000000,
					.sock = { .cookie = cookie,
						  .pid = 7,
						  .comm = "worker",
						  .proto = SW_PROTO_TCP,
						  .owner_source = source,
						  .have = SW_HAVE_AGE | SW_HAVE_COUNTERS,
						  .tuple = { .local_port = 443 } } } };
}

static void take(const struct sw_conn *c, const char *exe, const char *unit)
{
	struct record rec = { .ev = &c->e, .conn = c, .exe = exe, .unit = unit };

	assert_int_equal(meter_record(&meter, &rec), 0);
}

static void so_far(struct sw_conn c, uint64_t sent)
{
	c.so_far = 1;
	c.e.sock.bytes_sent = sent;
	take(&c, "/a", NULL);
}

static void row(struct sw_sock s, uint32_t recv_q, uint32_t limit)
{
	struct sw_event e = { .kind = SW_EV_SOCKET, .sock = s };
	struct sw_row r = { .sock = s, .recv_q = recv_q, .send_q = limit };
	struct record rec = { .ev = &e, .row = &r, .wall_ns = 9 * SECOND, .exe = "/a" };

	assert_int_equal(meter_record(&meter, &rec), 0);
}

/* --- what is told ----------------------------------------------------------------------------- */

static void tell(enum expose_form form)
{
	text.len = 0;
	expose(&text, &meter, form);
	assert_false(buf_failed(&text));
	buf_putc(&text, '\0');
}

/* Whether it is one of the lines. */
static bool has_line(const char *line)
{
	size_t len = strlen(line);

	for (const char *at = text.data; (at = strstr(at, line)); at++)
		if ((at == text.data || at[-1] == '\n') && at[len] == '\n')
			return true;
	return false;
}

static void told(const char *line)
{
	tell(EXPOSE_PROMETHEUS);
	if (!has_line(line))
		print_error("no line %s in\n%s", line, text.data);
	assert_true(has_line(line));
}

static void not_told(const char *part)
{
	tell(EXPOSE_PROMETHEUS);
	if (strstr(text.data, part))
		print_error("%s is in\n%s", part, text.data);
	assert_null(strstr(text.data, part));
}

/* --- connections ------------------------------------------------------------------------------ */

TEST_SETUP(metrics__connects_by_result)
{
	struct sw_conn good = conn_of(1, OPEN_OUT << 4 | SW_TCP_CLOSE, SW_OWNER_CONNECT);
	struct sw_conn bad = conn_of(2, SW_TCP_SYN_SENT << 4 | SW_TCP_CLOSE, SW_OWNER_CONNECT);
	struct sw_event at_once = { .kind = SW_EV_CONNECT,
				    .reason = SW_REASON_UNREACHABLE,
				    .sock = { .proto = SW_PROTO_TCP } };
	struct record rec = { .ev = &at_once, .exe = "/a" };

	take(&good, "/a", "x.service");
	bad.e.reason = SW_REASON_REFUSED;
	take(&bad, "/a", "x.service");
	take(&bad, "/a", "x.service");
	assert_int_equal(meter_record(&meter, &rec), 0);
	told("sockwatch_connects_total{exe=\"/a\",unit=\"x.service\",result=\"ok\"} 1");
	told("sockwatch_connects_total{exe=\"/a\",unit=\"x.service\",result=\"refused\"} 2");
	told("sockwatch_connects_total{exe=\"/a\",result=\"unreachable\"} 1");
	told("sockwatch_connections_ended_total{exe=\"/a\",unit=\"x.service\",result=\"ok\"} 1");
	told("sockwatch_owners_total{source=\"connect\"} 3");
	not_told("sockwatch_accepts_total{");
}

/* A connect of a datagram socket that failed is none of TCP. */
TEST_SETUP(metrics__only_tcp_connects)
{
	struct sw_event e = { .kind = SW_EV_CONNECT,
			      .reason = SW_REASON_UNREACHABLE,
			      .sock = { .proto = SW_PROTO_UDP } };
	struct record rec = { .ev = &e, .exe = "/a" };

	assert_int_equal(meter_record(&meter, &rec), 0);
	not_told("sockwatch_connects_total{");
}

TEST_SETUP(metrics__accepted_and_not_accepted)
{
	struct sw_conn mine = conn_of(1, OPEN_IN << 4 | SW_TCP_CLOSE, SW_OWNER_ACCEPT);
	struct sw_conn waiting = conn_of(2, OPEN_IN << 4 | SW_TCP_CLOSE, SW_OWNER_INHERITED);

	take(&mine, "/a", NULL);
	take(&waiting, "/a", NULL);
	told("sockwatch_accepts_total{exe=\"/a\",port=\"443\"} 1");
	told("sockwatch_connections_ended_total{exe=\"/a\",port=\"443\",result=\"ok\"} 2");
}

TEST_SETUP(metrics__a_port_of_the_moment_is_none)
{
	struct sw_conn c = conn_of(1, OPEN_IN << 4 | SW_TCP_CLOSE, SW_OWNER_ACCEPT);

	c.e.sock.tuple.local_port = 40000;
	take(&c, "/a", NULL);
	c.e.sock.tuple.local_port = 50000;
	take(&c, "/a", NULL);
	told("sockwatch_accepts_total{exe=\"/a\",port=\"ephemeral\"} 2");
	not_told("40000");
}

TEST_SETUP(metrics__what_goes_on_counts_once)
{
	struct sw_conn c = conn_of(1, OPEN_OUT, SW_OWNER_CONNECT);

	so_far(c, 100);
	told("sockwatch_sent_bytes_total{exe=\"/a\",proto=\"tcp\"} 100");
	told("sockwatch_connects_total{exe=\"/a\",result=\"ok\"} 1");
	so_far(c, 150);
	told("sockwatch_sent_bytes_total{exe=\"/a\",proto=\"tcp\"} 150");
	c.e.sock.bytes_sent = 170;
	c.e.sock.retransmits = 3;
	take(&c, "/a", NULL);
	told("sockwatch_sent_bytes_total{exe=\"/a\",proto=\"tcp\"} 170");
	told("sockwatch_retransmits_total{exe=\"/a\"} 3");
	told("sockwatch_connects_total{exe=\"/a\",result=\"ok\"} 1");
	told("sockwatch_connections_followed 0");
	so_far(c, 5); /* another, with a cookie that was there: nothing is left of the first */
	told("sockwatch_sent_bytes_total{exe=\"/a\",proto=\"tcp\"} 175");
}

/* It waits to be accepted when it is told first. */
TEST_SETUP(metrics__an_accept_that_comes_later)
{
	struct sw_conn c = conn_of(1, OPEN_IN, SW_OWNER_INHERITED);

	so_far(c, 0);
	not_told("sockwatch_accepts_total{");
	c.e.sock.owner_source = SW_OWNER_ACCEPT;
	so_far(c, 0);
	so_far(c, 0);
	take(&c, "/a", NULL);
	told("sockwatch_accepts_total{exe=\"/a\",port=\"443\"} 1");
}

static struct sw_conn before_us(uint64_t cookie)
{
	struct sw_conn c = conn_of(cookie, SW_TCP_ESTABLISHED, SW_OWNER_SNAPSHOT);

	c.e.first_state = SW_TCP_ESTABLISHED;
	c.e.sock.have = SW_HAVE_COUNTERS;
	return c;
}

TEST_SETUP(metrics__what_was_there_counts_from_now_on)
{
	struct sw_conn c = before_us(1);
	struct sw_sock s = c.e.sock;

	meter_begin(&meter, SECOND);
	s.state = SW_TCP_ESTABLISHED;
	s.bytes_sent = 1000;
	row(s, 0, 0);
	meter_end(&meter);
	c.e.sock.bytes_sent = 1200;
	take(&c, "/a", NULL);
	told("sockwatch_sent_bytes_total{exe=\"/a\",proto=\"tcp\"} 200");
	not_told("sockwatch_connects_total{");
	not_told("sockwatch_connection_duration_seconds_count");
	told("sockwatch_connections_ended_total{exe=\"/a\",result=\"ok\"} 1");
}

/* What it had moved then is not known: so what it moves is, from the first time that it is told. */
TEST_SETUP(metrics__what_was_there_without_a_row)
{
	struct sw_conn c = before_us(1);

	so_far(c, 1000);
	not_told("sockwatch_sent_bytes_total{");
	so_far(c, 1010);
	told("sockwatch_sent_bytes_total{exe=\"/a\",proto=\"tcp\"} 10");
	c = before_us(2);
	c.e.sock.bytes_sent = 77;
	take(&c, "/a", NULL);
	told("sockwatch_sent_bytes_total{exe=\"/a\",proto=\"tcp\"} 10");
}

/* A row of it was read before it was known that it began after us. */
TEST_SETUP(metrics__born_while_the_first_rows_were_read)
{
	struct sw_conn c = conn_of(1, OPEN_OUT, SW_OWNER_CONNECT);
	struct sw_sock s = c.e.sock;

	meter_begin(&meter, SECOND);
	s.state = SW_TCP_ESTABLISHED;
	s.bytes_sent = 50;
	row(s, 0, 0);
	meter_end(&meter);
	c.e.sock.bytes_sent = 80;
	take(&c, "/a", NULL);
	told("sockwatch_sent_bytes_total{exe=\"/a\",proto=\"tcp\"} 80");
	told("sockwatch_connects_total{exe=\"/a\",result=\"ok\"} 1");
}

TEST_SETUP(metrics__udp_by_its_peers)
{
	struct sw_conn c = conn_of(1, 0, SW_OWNER_USE);

	c.e.sock.proto = SW_PROTO_UDP;
	c.e.sock.have = SW_HAVE_DATAGRAMS | SW_HAVE_SENT | SW_HAVE_AGE;
	c.e.sock.tuple.remote_port = 53;
	so_far(c, 10);
	c.e.sock.tuple.remote_port = 54; /* of the same socket */
	so_far(c, 5);
	c.e.sock.tuple.remote_port = 53;
	so_far(c, 12);
	told("sockwatch_sent_bytes_total{exe=\"/a\",proto=\"udp\"} 17");
	not_told("sockwatch_connects_total{");
	told("sockwatch_connections_followed 2");
}

TEST_SETUP(metrics__forgets_what_lost_its_end)
{
	struct sw_conn c = conn_of(1, OPEN_OUT, SW_OWNER_CONNECT);
	struct sw_event lost = { .kind = SW_EV_LOST, .time_ns = 110 * SECOND };
	struct record rec = { .ev = &lost, .lost = 3 };

	so_far(c, 1);
	assert_int_equal(meter_record(&meter, &rec), 0);
	told("sockwatch_connections_followed 1");
	told("sockwatch_lost_events_total{cause=\"kernel\"} 3");
	lost.time_ns = 121 * SECOND;
	rec.lost_on_way = true;
	assert_int_equal(meter_record(&meter, &rec), 0);
	told("sockwatch_connections_followed 0");
	told("sockwatch_lost_events_total{cause=\"pipe\"} 3");
}

TEST_SETUP(metrics__times_as_histograms)
{
	struct sw_conn c = conn_of(1, OPEN_OUT << 4 | SW_TCP_CLOSE, SW_OWNER_CONNECT);

	c.connect_us = 1000; /* a bound belongs to its bucket */
	take(&c, "/a", NULL);
	c.connect_us = 7000000;
	take(&c, "/a", NULL);
	told("sockwatch_connect_seconds_bucket{exe=\"/a\",le=\"0.0005\"} 0");
	told("sockwatch_connect_seconds_bucket{exe=\"/a\",le=\"0.001\"} 1");
	told("sockwatch_connect_seconds_bucket{exe=\"/a\",le=\"5.0\"} 1");
	told("sockwatch_connect_seconds_bucket{exe=\"/a\",le=\"+Inf\"} 2");
	told("sockwatch_connect_seconds_count{exe=\"/a\"} 2");
	told("sockwatch_connect_seconds_sum{exe=\"/a\"} 7.001000000");
	told("sockwatch_connection_duration_seconds_bucket{exe=\"/a\",le=\"0.1\"} 2");
	told("sockwatch_connection_duration_seconds_sum{exe=\"/a\"} 0.100000000");
}

/* --- rows ------------------------------------------------------------------------------------- */

TEST_SETUP(metrics__a_page_takes_the_place_of_the_last)
{
	struct sw_sock listener = { .proto = SW_PROTO_TCP,
				    .state = SW_TCP_LISTEN,
				    .inode = 1,
				    .have = SW_HAVE_QUEUES | SW_HAVE_BACKLOG,
				    .tuple = { .local_port = 80 } };
	struct sw_sock open = { .proto = SW_PROTO_TCP, .state = SW_TCP_CLOSE_WAIT, .inode = 2 };

	meter_begin(&meter, SECOND);
	row(listener, 3, 128);
	row(listener, 2, 128);
	row(open, 0, 0);
	not_told("sockwatch_listeners{"); /* not complete yet */
	meter_end(&meter);
	told("sockwatch_listeners{exe=\"/a\",port=\"80\"} 2");
	told("sockwatch_listen_backlog{exe=\"/a\",port=\"80\"} 5");
	told("sockwatch_listen_backlog_limit{exe=\"/a\",port=\"80\"} 256");
	told("sockwatch_connections{exe=\"/a\",state=\"CLOSE_WAIT\"} 1");
	told("sockwatch_sockets{proto=\"tcp\"} 3");
	told("sockwatch_look_time_seconds 9.000000000");
	meter_begin(&meter, SECOND);
	row(open, 0, 0);
	meter_end(&meter);
	not_told("sockwatch_listeners{");
	told("sockwatch_connections{exe=\"/a\",state=\"CLOSE_WAIT\"} 1");
}

/* Where nothing is selected, it was looked at all the same. */
TEST_SETUP(metrics__a_page_without_rows)
{
	not_told("sockwatch_look_time_seconds");
	meter_begin(&meter, 7 * SECOND);
	meter_end(&meter);
	told("sockwatch_look_time_seconds 7.000000000");
	meter_begin(&meter, 8 * SECOND);
	not_told("sockwatch_look_time_seconds 8");
	meter_end(&meter);
	told("sockwatch_look_time_seconds 8.000000000");
}

TEST_SETUP(metrics__of_nobody_and_of_somebody_unknown)
{
	struct sw_sock gone = { .proto = SW_PROTO_TCP, .state = SW_TCP_TIME_WAIT };
	struct sw_conn c = conn_of(1, OPEN_OUT << 4 | SW_TCP_CLOSE, SW_OWNER_UNKNOWN);

	meter_begin(&meter, SECOND);
	row(gone, 0, 0);
	meter_end(&meter);
	told("sockwatch_connections{state=\"TIME_WAIT\"} 1");
	take(&c, NULL, NULL);
	told("sockwatch_connects_total{exe=\"unknown\",result=\"ok\"} 1");
	told("sockwatch_owners_total{source=\"unknown\"} 1");
}

/* --- names ------------------------------------------------------------------------------------ */

TEST_SETUP(metrics__an_executable_that_was_replaced_is_the_same)
{
	struct sw_conn c = conn_of(1, OPEN_OUT << 4 | SW_TCP_CLOSE, SW_OWNER_CONNECT);

	take(&c, "/usr/bin/x (deleted)", NULL);
	take(&c, "/usr/bin/x", NULL);
	take(&c, NULL, NULL); /* none is known: its name, which is no path */
	told("sockwatch_connects_total{exe=\"/usr/bin/x\",result=\"ok\"} 2");
	told("sockwatch_connects_total{exe=\"[worker]\",result=\"ok\"} 1");
}

/* Two names may not look alike: a series that is there twice is an error to all who read it. */
TEST_SETUP(metrics__hostile_names)
{
	struct sw_conn c = conn_of(1, OPEN_OUT << 4 | SW_TCP_CLOSE, SW_OWNER_CONNECT);

	take(&c, "/a\"} 1\n\\\x1b\xff", NULL);
	take(&c, "/a\"} 1\n\\\\x1b\xff", NULL);
	take(&c, "other", "other");
	told("sockwatch_connects_total{exe=\"[other]\",unit=\"other\",result=\"ok\"} 1");
	told("sockwatch_connects_total{exe=\"/a\\\"} "
	     "1\\\\x0a\\\\\\\\\\\\x1b\\\\xff\",result=\"ok\"} 1");
	told("sockwatch_connects_total{exe=\"/a\\\"} "
	     "1\\\\x0a\\\\\\\\\\\\\\\\x1b\\\\xff\",result=\"ok\"} 1");
	told("sockwatch_series_left_out_total 0");
}

/* --- forms ------------------------------------------------------------------------------------ */

TEST_SETUP(metrics__openmetrics)
{
	struct sw_event e = { .kind = SW_EV_RECORDER };
	struct record rec = { .ev = &e, .recorder = RECORDER_START, .wall_ns = 5 * SECOND };
	struct sw_conn c = conn_of(1, OPEN_OUT << 4 | SW_TCP_CLOSE, SW_OWNER_CONNECT);

	assert_int_equal(meter_record(&meter, &rec), 0);
	c.connect_us = 1;
	c.e.sock.bytes_sent = 1;
	take(&c, "/a", NULL);
	tell(EXPOSE_OPENMETRICS);
	assert_true(has_line("# TYPE sockwatch_sent_bytes counter"));
	assert_true(has_line("# UNIT sockwatch_sent_bytes bytes"));
	assert_true(has_line("sockwatch_sent_bytes_total{exe=\"/a\",proto=\"tcp\"} 1"));
	assert_true(has_line("sockwatch_sent_bytes_created{exe=\"/a\",proto=\"tcp\"} 5.000000000"));
	assert_true(has_line("sockwatch_connect_seconds_created{exe=\"/a\"} 5.000000000"));
	assert_true(has_line("# TYPE sockwatch_build info"));
	assert_string_equal(text.data + text.len - 8, "\n# EOF\n");
	tell(EXPOSE_PROMETHEUS);
	assert_true(has_line("# TYPE sockwatch_sent_bytes_total counter"));
	assert_true(has_line("sockwatch_start_time_seconds 5.000000000"));
	assert_null(strstr(text.data, "_created"));
	assert_null(strstr(text.data, "EOF"));
}

TEST(metrics__store_is_told_where_there_is_one)
{
	tell(EXPOSE_OPENMETRICS);
	assert_null(strstr(text.data, "sockwatch_store"));
	meter.store =
		(struct meter_store){ .bytes = 4096, .segments = 2, .oldest_ns = 7000000000u };
	tell(EXPOSE_OPENMETRICS);
	assert_true(has_line("# UNIT sockwatch_store_bytes bytes"));
	assert_true(has_line("sockwatch_store_bytes 4096"));
	assert_true(has_line("sockwatch_store_oldest_time_seconds 7.000000000"));
	assert_null(strstr(text.data, "_time_seconds 0")); /* neither written nor sent */
}

TEST(metrics__form_that_is_asked_for)
{
	static const struct {
		const char *accept;
		enum expose_form form;
	} cases[] = {
		{ NULL, EXPOSE_PROMETHEUS },
		{ "", EXPOSE_PROMETHEUS },
		{ "*/*", EXPOSE_PROMETHEUS },
		{ "text/plain", EXPOSE_PROMETHEUS },
		{ "application/openmetrics-text", EXPOSE_OPENMETRICS },
		{ "Application/OpenMetrics-text; version=1.0.0", EXPOSE_PROMETHEUS }, /* as it is */
		{ "application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
		  "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
		  EXPOSE_OPENMETRICS },
		{ "text/plain;q=0.9, application/openmetrics-text;q=0.3", EXPOSE_PROMETHEUS },
		{ "text/plain;q=0.3 , application/openmetrics-text; q=0.9", EXPOSE_OPENMETRICS },
		{ "application/openmetrics-text;q=0", EXPOSE_PROMETHEUS },
		{ "application/openmetrics-text;q=x,;,/,=", EXPOSE_PROMETHEUS },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		unit_case("Accept: %s", cases[i].accept);
		assert_int_equal(expose_choose(cases[i].accept), cases[i].form);
	}
}

/* Each has its line there, by its whole name. */
TEST_SETUP(metrics__the_manual_has_all)
{
	char *manual = manual_read(), *rest, *line, want[128];
	int n = 0;

	meter.start_wall_ns = meter.rows_wall_ns = 1;
	meter.store = (struct meter_store){ 1, 1, 1, 1, 1 };
	tell(EXPOSE_PROMETHEUS);
	rest = text.data;
	while ((line = strsep(&rest, "\n")) && *line) {
		if (strncmp(line, "# TYPE ", 7))
			continue;
		line[7 + strcspn(line + 7, " ")] = '\0';
		snprintf(want, sizeof(want), "%s", line + 7);
		unit_case("%s", want);
		assert_non_null(strstr(manual, want));
		n++;
	}
	assert_true(n > METRICS + 12);
	free(manual);
}
