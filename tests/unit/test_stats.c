// SPDX-License-Identifier: GPL-2.0-only
/* Counters in words, what looks wrong by them, and both byte for byte against tests/golden/. */
#include "unit.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "core/counter.h"
#include "golden.h"
#include "counters/faults.h"
#include "counters/words.h"
#include "proc/counters.h"
#include "render/stats.h"

#define START 1795475645123456789u /* 2026-11-23T23:14:05.123456789Z */
#define SECOND 1000000000u

static struct counters counters; /* of the running test */
static struct counter_fault faults[FAULTS_MAX];

static int setup(void **state)
{
	(void)state;
	counters_free(&counters);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	counters_free(&counters);
	return 0;
}

static void read_fixture(const char *kernel, struct counters *c)
{
	char path[128];
	uint32_t bad;
	int fd;

	snprintf(path, sizeof(path), "tests/fixtures/stats/%s", kernel);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		fail_msg("cannot open %s: run this from the top of the tree", path);
	for (enum counter_table table = COUNTERS_SNMP; table <= COUNTERS_SNMP6; table++)
		assert_int_equal(counters_read(fd, table, c, &bad), 0);
	close(fd);
}

/* Sets a counter, which is added when there is none. */
static void set(const char *section, const char *name, uint64_t value)
{
	struct counter c = { .value = value };

	for (size_t i = 0; i < counters.n; i++) {
		if (!strcmp(counters.all[i].section, section) &&
		    !strcmp(counters.all[i].name, name)) {
			counters.all[i].value = value;
			return;
		}
	}
	snprintf(c.section, sizeof(c.section), "%s", section);
	snprintf(c.name, sizeof(c.name), "%s", name);
	assert_int_equal(counters_add(&counters, &c), 0);
}

/* --- words -------------------------------------------------------------------------------------
 */

TEST_SETUP(words__are_those_of_the_section)
{
	assert_string_equal(counter_word_find("Tcp", "OutRsts")->words, "# resets sent");
	assert_string_equal(counter_word_find("Ip", "InDiscards")->words,
			    "# incoming packets discarded");
	assert_null(counter_word_find("TcpExt", "OutRsts"));
	assert_null(counter_word_find("Nowhere", "OutRsts"));
	assert_null(counter_word_find("Tcp", "Nothing"));
	assert_null(counter_word_find("IcmpMsg", "InType3"));
}

TEST_SETUP(words__of_ipv6_are_its_own_or_those_of_ipv4)
{
	const struct counter_word *of_6 = counter_word_find("Udp6", "RcvbufErrors");

	assert_ptr_equal(counter_word_find("Ip6", "InDelivers"),
			 counter_word_find("Ip", "InDelivers"));
	assert_null(counter_word_find("Ip", "InTooBigErrors"));
	assert_non_null(counter_word_find("Ip6", "InTooBigErrors"));
	assert_ptr_not_equal(of_6, counter_word_find("Udp", "RcvbufErrors"));
	assert_null(strchr(of_6->words, '#'));
}

TEST_SETUP(groups__are_what_netstat_selects)
{
	static const char *const sections[][4] = {
		[GROUP_TCP] = { "Tcp", "TcpExt", "MPTcpExt" },
		[GROUP_UDP] = { "Udp", "UdpLite", "Udp6", "UdpLite6" },
		[GROUP_IP] = { "Ip", "IcmpMsg", "IpExt", "Icmp6" },
		[GROUP_OTHER] = { "Sctp", "TcpNew", "" },
	};

	for (int group = GROUP_TCP; group <= GROUP_OTHER; group++)
		for (int i = 0; i < 4 && sections[group][i]; i++)
			assert_int_equal(counter_group_of(sections[group][i]), group);
}

/* What the rules and the texts below them stand on: each word is found by a counter of a kernel. */
TEST_SETUP(words__mark_counters_of_the_kernel)
{
	static const char *const trouble[][2] = {
		{ "Tcp", "RetransSegs" },	{ "Tcp", "InErrs" },
		{ "Tcp", "InCsumErrors" },	{ "TcpExt", "ListenDrops" },
		{ "TcpExt", "TCPTimeouts" },	{ "TcpExt", "ListenOverflows" },
		{ "Udp", "RcvbufErrors" },	{ "Udp6", "InCsumErrors" },
		{ "TcpExt", "TCPBacklogDrop" }, { "Ip", "InDiscards" },
		{ "Ip6", "InDiscards" },
	};
	static const char *const gauges[][2] = { { "Tcp", "CurrEstab" },
						 { "Tcp", "RtoMin" },
						 { "Tcp", "MaxConn" },
						 { "Ip", "Forwarding" },
						 { "Ip", "DefaultTTL" } };

	read_fixture("7.3", &counters);
	for (size_t i = 0; i < sizeof(trouble) / sizeof(trouble[0]); i++) {
		assert_non_null(counters_find(&counters, trouble[i][0], trouble[i][1]));
		assert_true(counter_word_find(trouble[i][0], trouble[i][1])->flags &
			    COUNTER_TROUBLE);
	}
	for (size_t i = 0; i < sizeof(gauges) / sizeof(gauges[0]); i++)
		assert_true(counter_word_find(gauges[i][0], gauges[i][1])->flags & COUNTER_GAUGE);
	assert_false(counter_word_find("Tcp", "InSegs")->flags & (COUNTER_TROUBLE | COUNTER_GAUGE));
}

/* --- what looks wrong --------------------------------------------------------------------------
 */

static const struct counter_fault *fault(const char *section, const char *name)
{
	size_t n = faults_find(&counters, faults);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(faults[i].name, name) && !strcmp(faults[i].section, section))
			return &faults[i];
	return NULL;
}

TEST_SETUP(faults__of_a_healthy_machine_are_none)
{
	assert_int_equal(faults_find(&counters, faults), 0);
	read_fixture("5.10", &counters);
	assert_int_equal(faults_find(&counters, faults), 0);
	setup(NULL);
	read_fixture("7.3", &counters);
	assert_int_equal(faults_find(&counters, faults), 0);
}

TEST_SETUP(faults__begin_at_their_limits)
{
	const struct counter_fault *f;

	set("Tcp", "RetransSegs", 10);
	set("TcpExt", "TCPOrigDataSent", 990);
	f = fault("Tcp", "retransmits");
	assert_non_null(f);
	assert_int_equal(f->count, 10);
	assert_int_equal(f->of, 1000);
	assert_string_equal(f->text, "1.0% of the segments with data were sent again: loss or "
				     "congestion (10 of 1000)");
	set("TcpExt", "TCPOrigDataSent", 991);
	assert_null(fault("Tcp", "retransmits"));
	set("Tcp", "RetransSegs", 9);
	set("TcpExt", "TCPOrigDataSent", 1);
	assert_null(fault("Tcp", "retransmits"));
}

TEST_SETUP(faults__of_what_was_not_read_are_none)
{
	set("Tcp", "RetransSegs", 1000);
	assert_null(fault("Tcp", "retransmits"));
	set("TcpExt", "ListenDrops", 1000);
	assert_null(fault("TcpExt", "listen_drops"));
}

TEST_SETUP(faults__of_listeners_are_told_apart)
{
	set("TcpExt", "ListenOverflows", 3);
	set("TcpExt", "ListenDrops", 3);
	assert_string_equal(fault("TcpExt", "listen_overflows")->text,
			    "3 times the queue of a listening socket was full: see Recv-Q of "
			    "sockwatch list -l");
	assert_null(fault("TcpExt", "listen_drops"));
	set("TcpExt", "ListenDrops", 5);
	assert_int_equal(fault("TcpExt", "listen_drops")->count, 2);
	set("TcpExt", "ListenDrops", 1); /* read a moment before the other */
	assert_null(fault("TcpExt", "listen_drops"));
}

TEST_SETUP(faults__of_ipv6_are_its_own)
{
	set("Udp", "InDatagrams", 100);
	set("Udp", "RcvbufErrors", 0);
	set("Udp6", "InDatagrams", 3);
	set("Udp6", "RcvbufErrors", 1);
	assert_null(fault("Udp", "receive_buffer"));
	assert_string_equal(fault("Udp6", "receive_buffer")->text,
			    "25% of the datagrams were lost as a receive buffer was full (1 of 4): "
			    "see Recv-Q of sockwatch list -u");
}

TEST_SETUP(faults__more_than_all_have_no_share)
{
	const struct counter_fault *f;

	set("Tcp", "ActiveOpens", 5);
	set("Tcp", "PassiveOpens", 0);
	set("Tcp", "AttemptFails", 12);
	f = fault("Tcp", "attempts");
	assert_int_equal(f->of, 0);
	assert_string_equal(f->text, "12 of the connections failed before they were established: "
				     "see sockwatch --failed");
}

TEST_SETUP(faults__of_huge_numbers_have_sums)
{
	set("Udp", "RcvbufErrors", 1);
	set("Udp", "InDatagrams", UINT64_MAX);
	assert_true(fault("Udp", "receive_buffer")->of == UINT64_MAX);
	assert_non_null(strstr(fault("Udp", "receive_buffer")->text, "under 0.001% of"));
}

/* Every rule at once: the texts fit, and there is room for all. */
TEST_SETUP(faults__all_at_once_fit)
{
	size_t n;

	read_fixture("7.3", &counters);
	for (size_t i = 0; i < counters.n; i++)
		counters.all[i].value = UINT64_MAX;
	set("TcpExt", "ListenOverflows", UINT64_MAX - 1);
	n = faults_find(&counters, faults);
	assert_true(n > 30 && n <= FAULTS_MAX);
	for (size_t i = 0; i < n; i++) {
		assert_true(strlen(faults[i].text) < sizeof(faults[i].text) - 1);
		assert_non_null(strstr(faults[i].text, " "));
	}
}

/* Its limits are there, for everybody to judge. */
TEST_SETUP(faults__each_is_in_the_manual)
{
	static char manual[65536];
	FILE *file = fopen("docs/sockwatch.8", "re");
	const char *list;
	size_t n;

	assert_non_null(file);
	n = fread(manual, 1, sizeof(manual) - 1, file);
	assert_true(n > 0 && n < sizeof(manual) - 1);
	fclose(file);
	list = strstr(manual, ".It retransmits\n");
	assert_non_null(list);
	*strstr(list, ".El\n") = '\0';
	read_fixture("7.3", &counters);
	for (size_t i = 0; i < counters.n; i++)
		counters.all[i].value = 1000;
	set("TcpExt", "ListenDrops", 2000);
	n = faults_find(&counters, faults);
	assert_true(n > 30);
	for (size_t i = 0; i < n; i++)
		if (!strstr(list, faults[i].name))
			fail_msg("docs/sockwatch.8 does not say when %s is told", faults[i].name);
}

/* --- pages -------------------------------------------------------------------------------------
 */

static void put_counters(const struct stats_formatter *f, struct stats_render *r,
			 const struct counters *before, struct buf *b)
{
	for (size_t i = 0; i < counters.n; i++) {
		const struct counter *c = &counters.all[i];
		struct counter_step change;
		struct counter_record rec = { .now = c,
					      .word = counter_word_find(c->section, c->name) };
		bool gauge = rec.word && rec.word->flags & COUNTER_GAUGE;

		if (before && !counter_changed(before, c, gauge, 2 * (uint64_t)SECOND, &change))
			continue;
		rec.change = before ? &change : NULL;
		f->counter(r, b, &rec);
	}
}

static void put_page(const struct stats_formatter *f, bool all, struct buf *b)
{
	struct stats_render r = { .time = STAMP_ISO, .wall_ns = START, .all = all };
	size_t n = faults_find(&counters, faults);

	if (f->header)
		f->header(&r, b);
	put_counters(f, &r, NULL, b);
	if (f->faults)
		f->faults(&r, b, faults, n);
}

static void check_page(const char *golden, const struct stats_formatter *f, bool all)
{
	struct buf got = { 0 };

	put_page(f, all, &got);
	golden_check(golden, &got);
}

/* A machine in trouble, with names and numbers that no kernel has. */
static void read_trouble(void)
{
	read_fixture("5.10", &counters);
	set("Tcp", "RetransSegs", 77);
	set("TcpExt", "TCPOrigDataSent", 3271);
	set("TcpExt", "DelayedACKLost", 2);
	set("TcpExt", "ListenOverflows", 4);
	set("TcpExt", "ListenDrops", 4);
	set("Udp6", "InDatagrams", UINT64_MAX);
	set("Udp6", "RcvbufErrors", 3);
	set("Sctp", "Aborteds", 1);
	set("N\x1b[2Jew", "a,\"b\"\xff", 1);
}

TEST_SETUP(golden__stats_of_5_10)
{
	read_fixture("5.10", &counters);
	check_page("stats-5.10.txt", &render_stats_text, false);
}

TEST_SETUP(golden__stats_of_7_3_with_all)
{
	read_fixture("7.3", &counters);
	check_page("stats-7.3-all.txt", &render_stats_text, true);
}

TEST_SETUP(golden__stats_with_trouble)
{
	read_trouble();
	check_page("stats-trouble.txt", &render_stats_text, false);
	check_page("stats-trouble.json", &render_stats_json, false);
	check_page("stats-trouble.csv", &render_stats_csv, false);
}

static void check_changes(const char *golden, const struct stats_formatter *f,
			  enum stamp_style style, const struct counters *before)
{
	struct stats_render r = { .time = style, .wall_ns = START };
	struct buf got = { 0 };

	if (f->header)
		f->header(&r, &got);
	if (f->changes)
		f->changes(&r, &got);
	put_counters(f, &r, before, &got);
	if (f->unchanged)
		f->unchanged(&r, &got);
	golden_check(golden, &got);
}

TEST_SETUP(golden__stats_that_changed)
{
	struct counters before = { 0 };

	read_fixture("5.10", &before);
	read_trouble();
	for (int table = 0; table < COUNTER_TABLES; table++)
		before.has[table] = true;
	set("Tcp", "CurrEstab", 12);
	set("Tcp", "MaxConn", 7);
	set("Tcp", "InSegs", 3); /* from 90 */
	check_changes("stats-changes.txt", &render_stats_text, STAMP_CLOCK, &before);
	check_changes("stats-changes.json", &render_stats_json, STAMP_CLOCK, &before);
	check_changes("stats-changes.csv", &render_stats_csv, STAMP_ISO, &before);
	counters_free(&before);
}

/* Everything that text has, one below the other. */
static void put_text(bool color, struct buf *b)
{
	static const struct counters nothing = { .has = { true, true, true, true } };
	struct stats_render r = { .time = STAMP_ISO, .wall_ns = START, .color = color };
	size_t n = faults_find(&counters, faults);

	put_counters(&render_stats_text, &r, NULL, b);
	render_stats_text.faults(&r, b, faults, n);
	render_stats_text.changes(&r, b);
	put_counters(&render_stats_text, &r, &nothing, b);
}

/* Takes the colours out. Returns how many there were. */
static size_t strip_colors(struct buf *b)
{
	size_t len = 0, n = 0;

	for (size_t i = 0; i < b->len; i++) {
		if (b->data[i] != '\x1b') {
			b->data[len++] = b->data[i];
			continue;
		}
		while (b->data[i] != 'm')
			i++;
		n++;
	}
	b->len = len;
	return n;
}

TEST_SETUP(stats__colours_change_nothing_else)
{
	struct buf plain = { 0 }, colored = { 0 };
	size_t trouble = 0;

	read_trouble();
	put_text(false, &plain);
	put_text(true, &colored);
	for (size_t i = 0; i + 3 < plain.len; i++)
		trouble += !memcmp(plain.data + i, "Z ! ", 4);
	assert_int_equal(trouble, 6);
	assert_int_equal(strip_colors(&plain), 0);
	assert_int_equal(strip_colors(&colored),
			 2 * (1 + trouble + faults_find(&counters, faults)));
	assert_int_equal(colored.len, plain.len);
	assert_memory_equal(colored.data, plain.data, plain.len);
	buf_free(&plain);
	buf_free(&colored);
}

TEST_SETUP(stats__full_memory_is_told_not_hidden)
{
	static const struct stats_formatter *const formatters[] = { &render_stats_text,
								    &render_stats_json,
								    &render_stats_csv };

	read_trouble();
	for (size_t i = 0; i < sizeof(formatters) / sizeof(formatters[0]); i++) {
		struct buf b = { .failed = true };

		put_page(formatters[i], true, &b);
		assert_true(buf_failed(&b));
		assert_int_equal(b.len, 0);
	}
}
