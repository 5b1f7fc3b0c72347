// SPDX-License-Identifier: GPL-2.0-only
/* What netstat, ss and lsof users type: what it does here, or what is said of it. */
#include "command_line.h"

#include <stdbool.h>
#include <string.h>

TEST(habits__families_are_netstats_and_ss)
{
	SETS("list --inet", select.filter.on, SW_F_IPV4);
	SETS("list --inet6", select.filter.on, SW_F_IPV6);
	SETS("list --inet --inet6", select.filter.on, 0);
	SETS("list -A inet", select.filter.on, SW_F_IPV4);
	SETS("list -A inet,inet6", select.filter.on, 0);
	SETS("list --protocol=inet6", select.filter.on, SW_F_IPV6);
	SETS("route -A inet6", select.filter.on, SW_F_IPV6);
	good("list -A unix");
	assert_true(options.select.unix_sockets && !options.select.tcp);
	good("list --family link");
	assert_true(options.select.packet && !options.select.tcp);
	good("list --query=tcp,udp");
	assert_true(options.select.tcp && options.select.udp && !options.select.raw);
	bad("list -A ax25", "--protocol: 'ax25' is not inet");
}

TEST(habits__names_of_netstat_and_ss_do_what_they_say)
{
	SETS("list --notrim", print.wide, true);
	SETS("list --options", rows.timers, true);
	good("list --symbolic --oneline --processes");
	SETS("--summary", word, WORD_LIST);
	assert_true(options.summary);
	SETS("list --summary", word, WORD_LIST);
	SETS("list -B", select.filter.states, 1u << SW_TCP_CLOSE);
	assert_true(options.select.tcp && !options.select.udp);
	SETS("list -N self", select.filter.on, SW_F_NETNS);
	SETS("list --net self", select.filter.on, SW_F_NETNS);
}

TEST(habits__some_names_may_be_numbers)
{
	SETS("list --numeric-hosts", print.numbers.hosts, true);
	SETS("--resolve --numeric-ports", print.numbers.ports, true);
	SETS("who 80 --resolve --numeric-users", print.numbers.users, true);
	SETS("list --numeric-hosts", print.numeric, false);
	bad("stats --numeric-hosts", "--numeric-hosts is not for stats");
}

TEST(habits__two_families_are_two_tables)
{
	SETS("list -A unix,inet", select.unix_sockets, true);
	SETS("list -A unix,inet", select.udp, true);
	SETS("list -A unix,inet", select.packet, false);
	SETS("list -A inet,inet6", select.unix_sockets, false);
	SETS("list -A inet,inet6", select.tcp, true);
	SETS("list --inet6 -x", select.tcp, true);
	SETS("list -A inet,tcp", select.udp, false);
	SETS("list -A unix,inet", select.kinds_named,
	     false); /* no note of those that are not there */
	bad("list -A unix,inet --csv", "columns of its own");
	bad("list -A unix,inet -P 80", "--unix");
	bad("list -x -4", "--unix");
}

TEST(habits__what_is_elsewhere_is_named_in_one_line)
{
	bad("list -K", "-K: sockets are looked at");
	bad("list --kill", "--kill: sockets are looked at");
	bad("list -b", "ss -b");
	bad("list -z", "ps -Z");
	bad("list -Z", "ps -Z");
	bad("-g", "ip maddress");
	bad("list --groups", "ip maddress");
	bad("-rF", "the word route");
	bad("-rC", "no cache of routes");
	bad("--masquerade", "conntrack");
	bad("-M", "conntrack");
	bad("list -2", "Bluetooth");
	bad("list --tos", "ss --tos");
	bad("list -f inet", "ss -f inet is list --family inet");
	bad("list -f link", "list --family link");
	bad("-nP", "lsof -P, numbers of ports, is -n");
	bad("list --ax25", "netstat --ax25");
}

TEST(habits__letters_that_mean_something_else_say_so)
{
	bad("list -r", "the word route, the names of ss -r --resolve");
	bad("list -rn", "the word route, the names of ss -r --resolve");
	bad("list -T", "ss -T, threads");
	bad("list -O", "ss -O, a line for each socket");
	bad("list -E", "the word conns");
	bad("list --cgroup", "ss --cgroup, a column, is -e");
	bad("list -nP -iTCP", "lsof -P, numbers of ports, is -n");
	bad("list -P nosuchport", "'nosuchport' is not a port");
	assert_null(strstr(why, "lsof"));
	SETS("list -s", summary, true);
	SETS("list -ti", rows.info, true);
}

TEST(habits__lsof_where_is_a_filter_of_list)
{
	SETS("-iTCP:80", word, WORD_LIST);
	assert_true(options.select.tcp && !options.select.udp);
	assert_int_equal(options.select.filter.on, SW_F_PORT);
	assert_true(sw_port_in(&options.select.filter.any_port, 80));
	SETS("-i :80,8000-8002", word, WORD_LIST);
	assert_true(options.select.tcp && options.select.udp);
	assert_true(sw_port_in(&options.select.filter.any_port, 8001));
	SETS("list -i @10.0.0.9:443", select.filter.on, SW_F_PORT | SW_F_ADDR);
	SETS("list -i @[::1]:443", select.filter.on, SW_F_PORT | SW_F_ADDR);
	SETS("list -i 6TCP@[::1]", select.filter.on, SW_F_IPV6 | SW_F_ADDR);
	SETS("-nP80 -i udp:53", word, WORD_LIST);
	SETS("-i -sTCP:LISTEN,ESTABLISHED", word, WORD_LIST);
	assert_int_equal(options.select.filter.states,
			 1u << SW_TCP_LISTEN | 1u << SW_TCP_ESTABLISHED);
	bad("-ti:8080", "who -t PORT");
	bad("-iTCP:80 -iUDP:53", "once");
	bad("-iTCP:", "--time");
	bad("-iTCP:nosuchport", "TCP:nosuchport");
	bad("route -iTCP:80", "another");
}

/* They stay what they were. */
TEST(habits__letters_of_netstat_stay)
{
	SETS("-i", word, WORD_LINK);
	SETS("-ia", word, WORD_LINK);
	SETS("-ic", word, WORD_LINK);
	SETS("-ic 5", page.repeat_ms, 5000);
	SETS("-ic5", page.repeat_ms, 5000);
	SETS("-s", word, WORD_STATS);
	good("-stu");
	assert_true(options.word == WORD_STATS && options.select.tcp && options.select.udp);
	SETS("list -ctnP 443", select.filter.on, SW_F_PORT);
	SETS("list -cj", print.format, OUTPUT_JSON);
	bad("list -ctP", "--port needs a value");
}

TEST(habits__formats_exclude_one_another)
{
	bad("--json --csv", "--json and --csv exclude one another");
	bad("list --csv=safe -j", "--json and --csv exclude one another");
	bad("list -cj --csv", "--json and --csv exclude one another");
	good("-jj");
}

TEST(habits__netns_is_a_name_and_no_directory)
{
	char line[6000] = "--netns ";

	bad("--netns .", "'.' is not a network namespace");
	bad("--netns ..", "'..' is not a network namespace");
	for (size_t i = strlen(line); i < sizeof(line) - 1; i++)
		line[i] = 'x';
	bad(line, "--netns: 'xxx");
}

TEST(habits__retransmits_alone_are_all_that_is_told)
{
	SETS("--retransmits", watch.retransmits_only, true);
	assert_true(options.watch.events_only);
	SETS("-E --retransmits", watch.retransmits_only, false);
	SETS("-a --retransmits", watch.retransmits_only, false);
	assert_false(options.watch.events_only);
	SETS("-E", watch.retransmits_only, false);
}

/* A name and its beginning are for the kernel side, other patterns for complete records. */
TEST(habits__comm_takes_patterns)
{
	SETS("--comm curl,post*", select.filter.on, SW_F_COMM);
	assert_int_equal(options.select.where.comms.n, 0);
	SETS("list -t --comm *sql", select.filter.on, 0);
	assert_int_equal(options.select.where.comms.n, 1);
	SETS("--comm curl --comm n[0-9]*,a", select.where.comms.n, 3);
	assert_int_equal(options.select.filter.n_comms, 0);
	good("list --comm *sql");
	assert_false(options.select.unix_sockets);
	bad("list -x --comm *sql", "Unix sockets take a name or its beginning");
	bad("who 80 --comm *sql", "the rows of who take a name");
	bad("top --comm *sql", "those of top take a name");
	bad("--comm *sql --pid 1", "leave one out");
	bad("--comm ,", "is not a process name");
}

TEST(habits__sort_knows_every_column)
{
	SETS("list --sort proto,remote,remote-port,comm,uid", n_sorts, 5);
	SETS("list --sort timer", rows.timers, true);
	bad("list --by state --sort uid", "--sort uid");
	SETS("list --by uid,unit --sort unit", count.sorts[0], 1);
	SETS("list --by local,remote-port --sort remote_port,local", count.sorts[0], 1);
	SETS("who 80 --by comm --sort comm", count.sorts[0], 0);
	bad("who 80 --sort comm", "list -P PORT --sort comm");
	bad("list --sort day", "it needs --by");
	bad("conns --sort pid", "not for conns");
	bad("log --sort uid", "--sort uid");
}

TEST(habits__values_behind_a_blank_that_lsof_takes)
{
	bad("list -u root", "did you mean --uid root?");
	bad("list -c nginx", "did you mean --comm nginx?");
	bad("list -p 811", "--pid 811");
}
