// SPDX-License-Identifier: GPL-2.0-only
/* Counters in words, and what looks wrong by them. */
#include "manual.h"
#include "stats_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "counters/meanings.h"

STATS_TEST(words__are_those_of_the_section)
{
	assert_string_equal(counter_meaning_find("Tcp", "OutRsts")->words, "# resets sent");
	assert_string_equal(counter_meaning_find("Ip", "InDiscards")->words,
			    "# incoming packets discarded");
	assert_null(counter_meaning_find("TcpExt", "OutRsts"));
	assert_null(counter_meaning_find("Nowhere", "OutRsts"));
	assert_null(counter_meaning_find("Tcp", "Nothing"));
	assert_null(counter_meaning_find("IcmpMsg", "InType3"));
}

STATS_TEST(words__of_ipv6_are_its_own_or_those_of_ipv4)
{
	const struct counter_meaning *of_6 = counter_meaning_find("Udp6", "RcvbufErrors");

	assert_ptr_equal(counter_meaning_find("Ip6", "InDelivers"),
			 counter_meaning_find("Ip", "InDelivers"));
	assert_null(counter_meaning_find("Ip", "InTooBigErrors"));
	assert_non_null(counter_meaning_find("Ip6", "InTooBigErrors"));
	assert_ptr_not_equal(of_6, counter_meaning_find("Udp", "RcvbufErrors"));
	assert_null(strchr(of_6->words, '#'));
}

STATS_TEST(groups__are_what_netstat_selects)
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
STATS_TEST(words__mark_counters_of_the_kernel)
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
		assert_true(counter_meaning_find(trouble[i][0], trouble[i][1])->flags &
			    COUNTER_TROUBLE);
	}
	for (size_t i = 0; i < sizeof(gauges) / sizeof(gauges[0]); i++)
		assert_true(counter_meaning_find(gauges[i][0], gauges[i][1])->flags &
			    COUNTER_GAUGE);
	assert_false(counter_meaning_find("Tcp", "InSegs")->flags &
		     (COUNTER_TROUBLE | COUNTER_GAUGE));
}

static const struct counter_fault *fault(const char *section, const char *name)
{
	size_t n = faults_find(&counters, faults);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(faults[i].name, name) && !strcmp(faults[i].section, section))
			return &faults[i];
	return NULL;
}

STATS_TEST(faults__of_a_healthy_machine_are_none)
{
	assert_int_equal(faults_find(&counters, faults), 0);
	read_fixture("5.10", &counters);
	assert_int_equal(faults_find(&counters, faults), 0);
	stats_setup(NULL);
	read_fixture("7.3", &counters);
	assert_int_equal(faults_find(&counters, faults), 0);
}

STATS_TEST(faults__begin_at_their_limits)
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

STATS_TEST(faults__of_what_was_not_read_are_none)
{
	set("Tcp", "RetransSegs", 1000);
	assert_null(fault("Tcp", "retransmits"));
	set("TcpExt", "ListenDrops", 1000);
	assert_null(fault("TcpExt", "listen_drops"));
}

STATS_TEST(faults__of_listeners_are_told_apart)
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

STATS_TEST(faults__of_ipv6_are_its_own)
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

STATS_TEST(faults__more_than_all_have_no_share)
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

STATS_TEST(faults__of_huge_numbers_have_sums)
{
	set("Udp", "RcvbufErrors", 1);
	set("Udp", "InDatagrams", UINT64_MAX);
	assert_true(fault("Udp", "receive_buffer")->of == UINT64_MAX);
	assert_non_null(strstr(fault("Udp", "receive_buffer")->text, "under 0.001% of"));
}

/* Every rule at once: the texts fit, and there is room for all. */
STATS_TEST(faults__all_at_once_fit)
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
STATS_TEST(faults__each_is_in_the_manual)
{
	char *manual = manual_read();
	char *list;
	size_t n;

	list = strstr(manual, ".Sh STATISTICS\n");
	assert_non_null(list);
	list = strstr(list, ".It retransmits\n");
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
	free(manual);
}
