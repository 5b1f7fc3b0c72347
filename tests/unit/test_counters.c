// SPDX-License-Identifier: GPL-2.0-only
/* The tables of the protocols' counters, whole and broken, and what became of a counter. */
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/counter.h"
#include "proc/counters.h"

#define SECOND 1000000000u

static struct counters counters; /* of the running test */
static uint32_t bad;

static int setup(void **state)
{
	(void)state;
	counters_free(&counters);
	bad = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	counters_free(&counters);
	return 0;
}

/* Parses a copy of exactly that size, so that a sanitizer sees any read beyond it. */
static void parse_bytes(enum counter_table table, const char *text, size_t len)
{
	char *copy = malloc(len + 1);

	assert_non_null(copy);
	memcpy(copy + 1, text, len);
	assert_int_equal(counters_parse(table, copy + 1, len, &counters, &bad), 0);
	free(copy);
}

static void parse(enum counter_table table, const char *text)
{
	parse_bytes(table, text, strlen(text));
}

static void assert_counter(const char *section, const char *name, uint64_t value, bool negative)
{
	const struct counter *c = counters_find(&counters, section, name);

	if (!c)
		fail_msg("no %s %s", section, name);
	assert_true(c->value == value);
	assert_int_equal(c->negative, negative);
}

static void read_fixture(const char *kernel)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "tests/fixtures/stats/%s", kernel);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		fail_msg("cannot open %s: run this from the top of the tree", path);
	for (enum counter_table table = COUNTERS_SNMP; table <= COUNTERS_SNMP6; table++) {
		assert_int_equal(counters_read(fd, table, &counters, &bad), 0);
		assert_int_equal(bad, 0);
		assert_true(counters.has[table]);
	}
	assert_int_equal(counters_read(fd, COUNTERS_SCTP, &counters, &bad), -ENOENT);
	assert_false(counters.has[COUNTERS_SCTP]);
	close(fd);
}

/* --- tables that kernels print -----------------------------------------------------------------
 */

TEST_SETUP(counters__of_5_10_are_all_there)
{
	read_fixture("5.10");
	assert_int_equal(counters.n, 86 + 81 + 141);
	assert_counter("Ip", "Forwarding", 2, false);
	assert_counter("IcmpMsg", "OutType8", 5, false);
	assert_counter("Tcp", "MaxConn", 1, true);
	assert_counter("Tcp", "InSegs", 90, false);
	assert_counter("TcpExt", "TCPOrigDataSent", 40, false);
	assert_counter("TcpExt", "TCPDSACKIgnoredDubious", 0, false);
	assert_counter("IpExt", "ReasmOverlaps", 0, false);
	assert_counter("Ip6", "InOctets", 202212, false);
	assert_counter("Icmp6", "OutType129", 2, false);
	assert_counter("UdpLite6", "InCsumErrors", 0, false);
}

TEST_SETUP(counters__of_7_3_are_all_there)
{
	read_fixture("7.3");
	assert_counter("Ip", "OutTransmits", 74, false);
	assert_counter("MPTcpExt", "MPCurrEstab", 0, false);
	assert_counter("Tcp", "OutSegs", 84, false);
	assert_counter("Ip6", "InNoECTPkts", 24, false);
	assert_null(counters_find(&counters, "UdpLite", "InDatagrams"));
}

TEST_SETUP(counters__of_sctp_lose_its_name)
{
	parse(COUNTERS_SCTP, "SctpCurrEstab                   \t3\nSctpT3Retransmits\t12\n");
	assert_int_equal(bad, 0);
	assert_counter("Sctp", "CurrEstab", 3, false);
	assert_counter("Sctp", "T3Retransmits", 12, false);
}

TEST_SETUP(counters__have_names_that_nobody_knows_yet)
{
	parse(COUNTERS_SNMP, "New: This That\nNew: 1 2\n");
	parse(COUNTERS_SNMP6, "New6This 3\n");
	assert_int_equal(bad, 0);
	assert_counter("New", "That", 2, false);
	assert_counter("New6", "This", 3, false);
}

TEST_SETUP(counters__have_numbers_of_64_bits_and_a_sign)
{
	parse(COUNTERS_SNMP, "A: a b c d e\nA: 18446744073709551615 -18446744073709551615 "
			     "18446744073709551616 99999999999999999999999 -0\n");
	assert_int_equal(bad, 2);
	assert_int_equal(counters.n, 3);
	assert_counter("A", "a", UINT64_MAX, false);
	assert_counter("A", "b", UINT64_MAX, true);
	assert_counter("A", "e", 0, true);
}

/* --- and those that none does ------------------------------------------------------------------
 */

TEST_SETUP(counters__of_a_cut_table_are_whole_or_left_out)
{
	static const char text[] = "Tcp: InSegs OutSegs\nTcp: 1234 5678\nUdp: NoPorts\nUdp: 91\n";
	const size_t tcp_ends = sizeof("Tcp: InSegs OutSegs\nTcp: 1234 5678\n") - 1;

	for (size_t len = 0; len < sizeof(text); len++) {
		setup(NULL);
		parse_bytes(COUNTERS_SNMP, text, len);
		if (len < tcp_ends) {
			assert_int_equal(counters.n, 0);
		} else if (len < sizeof(text) - 1) {
			assert_int_equal(counters.n, 2);
			assert_counter("Tcp", "OutSegs", 5678, false);
		} else {
			assert_counter("Udp", "NoPorts", 91, false);
			assert_int_equal(bad, 0);
		}
		if (len && len < tcp_ends)
			assert_int_not_equal(bad, 0);
	}
}

TEST_SETUP(counters__of_a_cut_list_are_whole_or_left_out)
{
	static const char text[] = "Ip6InReceives\t1234\nUdp6NoPorts\t56\n";
	const size_t first_ends = sizeof("Ip6InReceives\t1234\n") - 1;

	for (size_t len = 0; len < sizeof(text); len++) {
		setup(NULL);
		parse_bytes(COUNTERS_SNMP6, text, len);
		assert_int_equal(counters.n,
				 (size_t)(len >= first_ends) + (len == sizeof(text) - 1));
		assert_int_equal(bad, len != 0 && len != first_ends && len != sizeof(text) - 1);
	}
}

TEST_SETUP(counters__more_names_than_numbers_and_the_other_way)
{
	parse(COUNTERS_SNMP, "A: a b c\nA: 1 2\nB: a\nB: 3 4 5\nC:\nC:\nD: d\nD: 6\n");
	assert_int_equal(bad, 1 + 2);
	assert_int_equal(counters.n, 4);
	assert_counter("A", "b", 2, false);
	assert_counter("B", "a", 3, false);
	assert_counter("D", "d", 6, false);
}

TEST_SETUP(counters__names_without_numbers_do_not_take_those_of_others)
{
	parse(COUNTERS_SNMP, "A: a b\nB: c\nB: 7\n\nnonsense\nC: d\n");
	assert_int_equal(counters.n, 1);
	assert_counter("B", "c", 7, false);
	assert_int_equal(bad, 4); /* A, the empty line, the nonsense, C */
}

static void assert_all_bad(enum counter_table table, const char *const *lines, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		setup(NULL);
		parse(table, lines[i]);
		if (counters.n || !bad)
			fail_msg("taken: %s", lines[i]);
	}
}

TEST_SETUP(counters__what_is_no_number_is_left_out)
{
	static const char *const pairs[] = { "A: a\nA: x\n",   "A: a\nA: 1x\n", "A: a\nA: -\n",
					     "A: a\nA: --1\n", "A: a\nA: +1\n", "A: a\nA: 0x1\n",
					     "A: a\nA: 1.5\n", ": a\n: 1\n",	"A a\nA 1\n" };
	static const char *const lists[] = { "Ip6A\n",	  "Ip6A x\n", "Ip6A 1 2\n", "NoSix 1\n",
					     "Only6 1\n", "6\n",      "\n",	    "\t \n" };

	assert_all_bad(COUNTERS_SNMP, pairs, sizeof(pairs) / sizeof(pairs[0]));
	assert_all_bad(COUNTERS_SNMP6, lists, sizeof(lists) / sizeof(lists[0]));
}

TEST_SETUP(counters__names_too_long_are_left_out)
{
	char text[600], name[200];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	snprintf(text, sizeof(text), "A: %s %.63s %.64s\nA: 1 2 3\n", name, name, name);
	parse(COUNTERS_SNMP, text);
	assert_int_equal(bad, 2);
	assert_int_equal(counters.n, 1);
	assert_int_equal(strlen(counters.all[0].name), 63);
	snprintf(text, sizeof(text), "%.16s: a\n%.16s: 1\n%.15s: b\n%.15s: 2\n", name, name, name,
		 name);
	parse(COUNTERS_SNMP, text);
	assert_int_equal(bad, 1);
	assert_int_equal(counters.n, 2);
	assert_string_equal(counters.all[1].name, "b");
}

TEST_SETUP(counters__bytes_that_end_strings_end_none)
{
	static const char text[] = "A: a\0b c\nA: 1 2\n";

	parse_bytes(COUNTERS_SNMP, text, sizeof(text) - 1);
	assert_int_equal(bad, 1);
	assert_int_equal(counters.n, 1);
	assert_counter("A", "c", 2, false);
}

TEST_SETUP(counters__an_empty_table_is_no_data)
{
	struct tree proc;

	assert_int_equal(tree_make(&proc), 0);
	tree_put_text(&proc, "net/snmp", "");
	assert_int_equal(counters_read(proc.fd, COUNTERS_SNMP, &counters, &bad), -ENODATA);
	assert_false(counters.has[COUNTERS_SNMP]);
	assert_int_equal(counters_read(proc.fd, COUNTERS_NETSTAT, &counters, &bad), -ENOENT);
	assert_int_equal(tree_remove(&proc), 0);
}

/* --- what changed ------------------------------------------------------------------------------
 */

/* The change of a counter from one value to another within ns; false: none. */
static bool change(uint64_t from, uint64_t to, bool gauge, uint64_t ns, struct counter_step *step)
{
	struct counter now = { .section = "Tcp", .name = "InSegs", .value = from };

	setup(NULL);
	assert_int_equal(counters_add(&counters, &now), 0);
	counters.has[COUNTERS_SNMP] = true;
	now.value = to;
	memset(step, 0xa5, sizeof(*step));
	return counter_changed(&counters, &now, gauge, ns, step);
}

static void assert_close(double a, double b)
{
	assert_true(a - b < 0.001 && b - a < 0.001);
}

TEST_SETUP(change__has_its_difference_and_rate)
{
	struct counter_step step;

	assert_true(change(100, 112, false, 2 * (uint64_t)SECOND, &step));
	assert_int_equal(step.old, 100);
	assert_int_equal(step.delta, 12);
	assert_close(step.rate, 6.0);
	assert_false(step.reset);
	assert_true(change(0, UINT64_MAX, false, SECOND / 2, &step));
	assert_true(step.delta == UINT64_MAX);
}

TEST_SETUP(change__none_is_none)
{
	struct counter_step step;

	assert_false(change(7, 7, false, SECOND, &step));
	assert_false(change(7, 7, true, SECOND, &step));
}

TEST_SETUP(change__of_a_gauge_has_no_rate)
{
	struct counter_step step;

	assert_true(change(5, 3, true, SECOND, &step));
	assert_int_equal(step.old, 5);
	assert_int_equal(step.delta, 0);
	assert_close(step.rate, 0.0);
	assert_false(step.reset);
}

TEST_SETUP(change__of_the_sign_alone_is_one)
{
	struct counter now = { .section = "Tcp", .name = "MaxConn", .value = 1, .negative = true };
	struct counter_step step;

	assert_int_equal(counters_add(&counters, &now), 0);
	counters.has[COUNTERS_SNMP] = true;
	now.negative = false;
	assert_true(counter_changed(&counters, &now, true, SECOND, &step));
	assert_true(step.old_negative);
}

TEST_SETUP(change__downwards_is_a_new_beginning)
{
	struct counter_step step;

	assert_true(change(1000, 30, false, SECOND, &step));
	assert_true(step.reset);
	assert_int_equal(step.delta, 30);
	assert_true(change((uint64_t)5 << 32, 0, false, SECOND, &step));
	assert_true(step.reset);
	assert_int_equal(step.delta, 0);
	/* 3 thousand million: as a way round it would be too long a one */
	assert_true(change(3000000000u, 5, false, SECOND, &step));
	assert_true(step.reset);
}

TEST_SETUP(change__over_32_bits_is_the_way_round)
{
	struct counter_step step;

	assert_true(change(UINT32_MAX - 9, 20, false, SECOND, &step));
	assert_false(step.reset);
	assert_int_equal(step.delta, 30);
}

TEST_SETUP(change__of_a_counter_that_appears_is_from_0)
{
	struct counter now = { .section = "IcmpMsg", .name = "InType3", .value = 4 };
	struct counter_step step;

	counters.has[COUNTERS_SNMP] = true;
	assert_true(counter_changed(&counters, &now, false, SECOND, &step));
	assert_int_equal(step.delta, 4);
	now.value = 0;
	assert_false(counter_changed(&counters, &now, false, SECOND, &step));
}

TEST_SETUP(change__of_a_table_that_was_not_read_is_not_known)
{
	struct counter now = { .section = "Udp6", .name = "NoPorts", .value = 4 };
	struct counter_step step;

	now.table = COUNTERS_SNMP6;
	counters.has[COUNTERS_SNMP] = true;
	assert_false(counter_changed(&counters, &now, false, SECOND, &step));
}
