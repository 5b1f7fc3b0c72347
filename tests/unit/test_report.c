// SPDX-License-Identifier: GPL-2.0-only
/* What a report adds up, and that its page holds whatever names there are. */
#include "unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "conn.h"
#include "core/record.h"
#include "core/report.h"
#include "render/escape.h"
#include "render/report.h"

#define SEC 1000000000ull
#define BEGIN (1795475000ull * SEC) /* of the span: an hour */
#define END (BEGIN + 3600 * SEC)

static struct report report; /* it is large */

static int setup(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	report_begin(&report, BEGIN, END, 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	report_free(&report);
	return 0;
}

/* Of a process to 10.0.0.9: it took half a second. */
static struct sw_conn a_conn(const char *comm, uint16_t port)
{
	struct sw_conn c = { .history = SW_TCP_SYN_SENT << 8 | SW_TCP_ESTABLISHED << 4 |
					SW_TCP_TIME_WAIT,
			     .e = { .kind = SW_EV_CONN,
				    .age_ns = SEC / 2,
				    .sock = { .proto = SW_PROTO_TCP,
					      .state = SW_TCP_TIME_WAIT,
					      .have = SW_HAVE_AGE | SW_HAVE_COUNTERS,
					      .pid = 2291,
					      .owner_source = SW_OWNER_CONNECT,
					      .bytes_sent = 412,
					      .bytes_received = 8294,
					      .tuple = { .local_port = 51514,
							 .remote_port = port,
							 .family = SW_AF_INET } } } };

	memcpy(c.e.sock.tuple.remote.b + 10, "\xff\xff\x0a\0\0\x09", 6);
	strncpy(c.e.sock.comm, comm, SW_COMM_LEN - 1);
	return c;
}

static void add(const struct record *rec)
{
	assert_int_equal(report_add(&report, rec), 0);
}

static void add_conn(const char *comm, uint16_t port, uint64_t second, uint8_t reason)
{
	struct sw_conn c = a_conn(comm, port);
	struct record rec = { .ev = &c.e, .conn = &c, .wall_ns = BEGIN + second * SEC };

	c.e.reason = reason;
	c.e.sock.cookie = second;
	add(&rec);
}

static struct sw_event listener(const char *comm, uint16_t port)
{
	struct sw_event e = a_conn(comm, port).e;

	e.kind = SW_EV_STATE;
	e.sock.state = SW_TCP_LISTEN;
	e.sock.owner_source = SW_OWNER_LISTEN;
	e.sock.have &= ~(uint32_t)SW_HAVE_AGE;
	e.sock.tuple.local_port = port;
	e.sock.tuple.remote_port = 0;
	return e;
}

static void add_event(const struct sw_event *e, uint64_t second)
{
	struct record rec = { .ev = e, .wall_ns = BEGIN + second * SEC };

	add(&rec);
}

static void end(void)
{
	assert_int_equal(report_end(&report), 0);
}

static char *page_of(void)
{
	const struct report_page page = { .report = &report,
					  .host = "host<1>",
					  .asked = "sockwatch log --report a&b.html",
					  .made_ns = END };
	struct buf b = { 0 };

	report_put_page(&page, &b);
	buf_putc(&b, '\0');
	assert_false(buf_failed(&b));
	return b.data;
}

static void assert_has(const char *page, const char *text)
{
	if (!strstr(page, text))
		fail_msg("the page has no %s", text);
}

TEST_SETUP(report__connections_by_process_and_port)
{
	add_conn("curl", 443, 1, 0);
	add_conn("curl", 443, 2, SW_REASON_RESET_BY_PEER);
	add_conn("wget", 80, 3, 0);
	end();
	assert_int_equal(report.connections, 3);
	assert_int_equal(report.failed, 1);
	assert_int_equal(report.by_reason[SW_REASON_RESET_BY_PEER], 1);
	assert_int_equal(report.sent, 3 * 412);
	assert_int_equal(report.services.n, 2);
	assert_string_equal(report.services.groups[0].key.comm, "curl");
	assert_int_equal(report.services.groups[0].n, 2);
	assert_int_equal(report.services.groups[0].failed, 1);
	assert_int_equal(report.services.groups[1].key.port, 80);
	assert_int_equal(report.failures.n, 1);
	assert_int_equal(report.durations.all, 3);
}

TEST_SETUP(report__the_timeline_has_what_is_in_it)
{
	assert_true(report.n_columns <= REPORT_COLUMNS);
	assert_int_equal(report.step_ns, 60 * SEC);
	assert_int_equal(report.first_ns % (60 * SEC), 0);
	add_conn("curl", 443, 0, 0);
	add_conn("curl", 443, 3599, SW_REASON_TIMED_OUT);
	assert_int_equal(report.columns[0].ended, 1);
	assert_int_equal(report.columns[report.n_columns - 1].failed, 1);
	add_conn("curl", 443, 100000, 0); /* told behind the end */
	assert_int_equal(report.outside.ended, 1);
}

TEST_SETUP(report__any_span_has_columns)
{
	static const uint64_t spans[] = {
		0, 1, 2, SEC, 119 * SEC, 120 * SEC, 86400 * SEC, 366 * 86400 * SEC, UINT64_MAX / 2
	};

	for (size_t i = 0; i < COUNT(spans); i++) {
		unit_case("%zu", i);
		report_begin(&report, BEGIN, BEGIN + spans[i], 3600);
		assert_in_range(report.n_columns, 1, REPORT_COLUMNS);
		assert_true(report.first_ns <= BEGIN);
		assert_true((report.until_ns - 1 - report.first_ns) / report.step_ns <
			    report.n_columns);
	}
	report_begin(&report, 5, 10, -7200); /* before 1970 there is nothing */
	assert_int_equal(report.first_ns % SEC, 0);
}

/* A long one is told so far, again and again, and then at its end: it is one. */
TEST_SETUP(report__what_goes_on_is_counted_once)
{
	struct sw_conn c = a_conn("psql", 5432);
	struct record rec = { .ev = &c.e, .conn = &c, .wall_ns = BEGIN + SEC };

	c.so_far = 1;
	c.e.sock.cookie = 7;
	add(&rec);
	c.e.sock.bytes_sent = 1000;
	add(&rec);
	add_conn("curl", 443, 9, 0);
	end();
	assert_int_equal(report.going, 1);
	assert_int_equal(report.connections, 1);
	assert_int_equal(report.sent, 1000 + 412);
	assert_int_equal(report.services.n, 2);
	assert_int_equal(report.services.groups[0].n, 1);
	report_free(&report);
	setup(NULL);
	add(&rec);
	c.so_far = 0;
	add(&rec);
	end();
	assert_int_equal(report.going, 0);
	assert_int_equal(report.connections, 1);
}

TEST_SETUP(report__listeners_have_their_time_and_their_connections)
{
	struct sw_event sshd = listener("sshd", 22), http = listener("nginx", 80), gone = http;
	struct sw_conn c = a_conn("nginx", 40000);
	struct record row = { .ev = &sshd, .wall_ns = BEGIN }, in = { .ev = &c.e, .conn = &c };

	sshd.kind = SW_EV_SOCKET;
	assert_int_equal(report_there(&report, &row), 0);
	add_event(&http, 10);
	c.history = SW_TCP_SYN_RECV << 8 | SW_TCP_ESTABLISHED << 4 | SW_TCP_CLOSE;
	c.e.sock.tuple.local_port = 80;
	in.wall_ns = BEGIN + 11 * SEC;
	add(&in);
	gone.old_state = SW_TCP_LISTEN;
	gone.sock.state = SW_TCP_CLOSE;
	add_event(&gone, 20);
	end();
	assert_int_equal(report.listeners.n, 2);
	assert_string_equal(report.listeners.groups[0].key.comm, "nginx");
	assert_int_equal(report.listeners.groups[0].going, 1);
	assert_int_equal(report.listeners.groups[0].first_ns, BEGIN + 10 * SEC);
	assert_int_equal(report.listeners.groups[0].last_ns, BEGIN + 20 * SEC);
	assert_false(report.listeners.groups[0].before);
	assert_true(report.listeners.groups[1].before);
	assert_true(report.listeners.groups[1].n > report.listeners.groups[1].failed);
}

/* What a recorder finds when it starts again is no second listener; what it does not find is gone.
 */
TEST_SETUP(report__a_recorder_that_starts_again_tells_all_anew)
{
	struct sw_event sshd = listener("sshd", 22), http = listener("nginx", 80);
	struct sw_event start = { .kind = SW_EV_RECORDER };
	struct record rec = { .ev = &start,
			      .recorder = RECORDER_START,
			      .wall_ns = BEGIN + 9 * SEC };

	sshd.kind = http.kind = SW_EV_SOCKET;
	add_event(&sshd, 1);
	add_event(&http, 1);
	add(&rec);
	add_event(&sshd, 9);
	end();
	assert_int_equal(report.starts, 1);
	assert_int_equal(report.listeners.groups[0].key.port, 22);
	assert_true(report.listeners.groups[0].n > report.listeners.groups[0].failed);
	assert_int_equal(report.listeners.groups[1].n, report.listeners.groups[1].failed);
	assert_int_equal(report.listeners.groups[1].last_ns, BEGIN + 9 * SEC);
}

static void add_hole(uint64_t from, uint64_t to, uint64_t lost)
{
	struct sw_event e = { .kind = lost ? SW_EV_LOST : SW_EV_RECORDER };
	struct record rec = { .ev = &e,
			      .recorder = lost ? RECORDER_NONE : RECORDER_GAP,
			      .lost = lost,
			      .lost_since_ns = BEGIN + from * SEC,
			      .wall_ns = BEGIN + to * SEC };

	add(&rec);
}

TEST_SETUP(report__what_is_not_known_is_said)
{
	char *page;

	add_hole(1, 2, 0);
	add_hole(60, 600, 0);
	add_hole(700, 701, 41);
	end();
	assert_int_equal(report.unknown_ns, 541 * SEC);
	assert_int_equal(report.lost, 41);
	assert_int_equal(report.holes[0].from_ns, BEGIN + 60 * SEC);
	page = page_of();
	assert_has(page, "For 9m01s of 1h00m nothing was recorded. 41 events were lost.");
	assert_has(page, "class=\"gap\"");
	assert_has(page, "class=\"lost\"");
	assert_has(page, "9m00s");
	free(page);
}

TEST_SETUP(report__an_empty_one_is_a_page)
{
	char *page;

	end();
	page = page_of();
	assert_has(page, "The recorder ran all the time, and lost nothing.");
	assert_has(page, "Connections of host&lt;1&gt;");
	assert_has(page, "sockwatch log --report a&amp;b.html");
	free(page);
}

/* --- hostile names ---------------------------------------------------------------------------- */

/* Tags that we write; '/' of their ends is passed over. */
static bool is_tag_of_ours(const char *at)
{
	static const char *const tags[] = { "!DOCTYPE", "html",	 "head",    "meta",   "link",
					    "title",	"style", "body",    "h1",     "h2",
					    "p",	"a",	 "b",	    "i",      "code",
					    "div",	"span",	 "section", "figure", "figcaption",
					    "table",	"thead", "tbody",   "tr",     "th",
					    "td",	"svg",	 "g",	    "rect",   "line",
					    "text",	"defs",	 "pattern", "footer" };
	size_t len;

	at += *at == '/';
	len = strcspn(at, " />\n");
	for (size_t i = 0; i < COUNT(tags); i++)
		if (strlen(tags[i]) == len && !strncmp(tags[i], at, len))
			return true;
	return false;
}

static bool is_entity_of_ours(const char *at)
{
	static const char *const all[] = { "amp;", "lt;", "gt;", "quot;", "#39;" };

	for (size_t i = 0; i < COUNT(all); i++)
		if (!strncmp(at, all[i], strlen(all[i])))
			return true;
	return false;
}

static void assert_is_ours(const char *page)
{
	int open = 0;

	for (const char *at = page; *at; at++) {
		unsigned char c = (unsigned char)*at;

		if (c == '<' && !is_tag_of_ours(at + 1))
			fail_msg("a tag of somebody: %.40s", at);
		if (c == '&' && !is_entity_of_ours(at + 1))
			fail_msg("an entity of somebody: %.40s", at);
		if (open && !strncmp(at, " on", 3))
			fail_msg("a handler: %.40s", at);
		open += (c == '<') - (c == '>');
		if ((c < ' ' && c != '\n') || c == 0x7f || open < 0 || open > 1)
			fail_msg("byte %u at %.40s", c, at);
	}
	assert_int_equal(open, 0);
	assert_null(strstr(page, "<script"));
}

TEST_SETUP(report__names_are_text)
{
	char *page;

	add_conn("<script>alert(1", 443, 1, SW_REASON_REFUSED);
	add_conn("\"><img src=x o", 80, 2, 0);
	add_conn("'&amp;\x1b[31m\xff", 81, 3, 0);
	end();
	page = page_of();
	assert_is_ours(page);
	assert_has(page, "&lt;script&gt;alert(1");
	assert_has(page, "&quot;&gt;&lt;img src=x o");
	assert_has(page, "&#39;&amp;amp;\\x1b[31m\\xff");
	free(page);
}

TEST(report__what_is_cut_says_so)
{
	struct buf b = { 0 };

	escape_html(&b, "a<\xc3\xa4>b", 6, 3);
	escape_html(&b, "a<b", 3, 3);
	escape_html(&b, "", 0, 3);
	buf_putc(&b, '\0');
	assert_string_equal(b.data, "a&lt;\xc3\xa4\xe2\x80\xa6"
				    "a&lt;b");
	buf_free(&b);
}

static uint64_t next(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
	return *seed >> 33;
}

/* Any bytes in any record: whatever the kernel side could hand over, and more. */
static void add_random(uint64_t *seed)
{
	static const char marks[] = "<>&\"'/= -\x1b\x80\xe2script";
	struct sw_conn c;
	struct record rec = { .ev = &c.e, .wall_ns = BEGIN + next(seed) % 3600 * SEC };
	uint8_t *bytes = (uint8_t *)&c;

	for (size_t i = 0; i < sizeof(c); i++)
		bytes[i] = (uint8_t)next(seed);
	for (size_t i = 0; i < SW_COMM_LEN; i++)
		c.e.sock.comm[i] = marks[next(seed) % sizeof(marks)];
	c.e.kind = (uint8_t)(next(seed) % (SW_EV_RECORDER + 2));
	c.e.sock.owner_source = SW_OWNER_CONNECT;
	c.e.age_ns >>= 20;
	c.so_far = next(seed) & 1;
	if (c.e.kind == SW_EV_CONN)
		rec.conn = &c;
	rec.recorder = (uint8_t)(next(seed) % RECORDER_ACTS);
	rec.lost = next(seed) % 3;
	rec.lost_since_ns = rec.wall_ns - next(seed) % SEC;
	add(&rec);
}

TEST_SETUP(report__whatever_was_recorded_is_a_page_of_bounded_size)
{
	uint64_t seed = 22;
	char *page;

	for (int i = 0; i < 20000; i++)
		add_random(&seed);
	end();
	page = page_of();
	assert_is_ours(page);
	assert_has(page, " more of these</td>");
	assert_in_range(strlen(page), 20000, 200000);
	free(page);
}

/* Somebody opens connections by ever other names: what finds no room is added up. */
TEST_SETUP(report__room_is_bounded_and_nothing_is_left_out)
{
	struct report_group rest;
	uint64_t sum = 0;
	char name[16];

	for (unsigned int i = 0; i < REPORT_GROUPS + 1000; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		add_conn(name, 443, 1, 0);
	}
	assert_int_equal(report.services.n, REPORT_GROUPS);
	assert_int_equal(report.services.rest.n, 1000);
	end();
	assert_int_equal(report_table_rest(&report.services, 20, &rest), REPORT_GROUPS - 20);
	for (int i = 0; i < 20; i++)
		sum += report.services.groups[i].n;
	assert_int_equal(sum + rest.n, REPORT_GROUPS + 1000);
}
