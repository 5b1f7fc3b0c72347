// SPDX-License-Identifier: GPL-2.0-only
/* What each option sets, and which words choose the job. */
#include "command_line.h"

#include <stdbool.h>

TEST(options__none_is_the_stream_with_defaults)
{
	good("");
	assert_int_equal(options.word, WORD_WATCH);
	assert_int_equal(options.select.filter.on, 0);
	assert_int_equal(options.print.format, OUTPUT_TEXT);
	assert_int_equal(options.print.time, TIME_DEFAULT);
	assert_int_equal(options.watch.max_sockets, 0);
	assert_int_equal(options.watch.buffer_size, 4 << 20);
	assert_int_equal(options.page.count, 0);
	assert_int_equal(options.watch.duration_ms, 0);
	assert_int_equal(options.verbosity, 0);
	assert_false(options.watch.events_only || options.print.no_header ||
		     options.print.extended || options.strict);
}

TEST(options__each_flag_sets_its_bit)
{
	SETS("-4", select.filter.on, SW_F_IPV4);
	SETS("--ipv4", select.filter.on, SW_F_IPV4);
	SETS("-6", select.filter.on, SW_F_IPV6);
	SETS("--ipv6", select.filter.on, SW_F_IPV6);
	SETS("-l", select.filter.on, SW_F_LISTEN);
	SETS("--listening", select.filter.on, SW_F_LISTEN);
	SETS("--no-loopback", select.filter.on, SW_F_NO_LOOPBACK);
	SETS("--failed", select.filter.on, SW_F_FAILED);
	SETS("-l4 --no-loopback", select.filter.on, SW_F_LISTEN | SW_F_IPV4 | SW_F_NO_LOOPBACK);
}

TEST(options__switches_set_what_they_say)
{
	SETS("-E", watch.events_only, true);
	SETS("--events", watch.events_only, true);
	SETS("-H", print.no_header, true);
	SETS("--no-header", print.no_header, true);
	SETS("-e", print.extended, true);
	SETS("--extended", print.extended, true);
	SETS("--strict", strict, true);
	SETS("-v", verbosity, 1);
	SETS("-vv", verbosity, 2);
	SETS("--verbose -v", verbosity, 2);
}

TEST(options__formats)
{
	SETS("-j", print.format, OUTPUT_JSON);
	SETS("--json", print.format, OUTPUT_JSON);
	SETS("-j", print.schema, JSON_OURS);
	SETS("--json=ecs", print.format, OUTPUT_JSON);
	SETS("--json=ecs", print.schema, JSON_ECS);
	SETS("--json=ocsf", print.schema, JSON_OCSF);
	SETS("--json=otel", print.schema, JSON_OTEL);
	SETS("--json=ecs -j", print.schema, JSON_ECS);
	SETS("-jE", print.schema, JSON_OURS);
	SETS("log -j 443", print.schema, JSON_OURS);
	SETS("list --json=ecs", select.unix_sockets, false);
	SETS("--csv", print.format, OUTPUT_CSV);
	SETS("--csv", print.csv_safe, false);
	SETS("--csv=safe", print.format, OUTPUT_CSV);
	SETS("--csv=safe", print.csv_safe, true);
}

TEST(options__help_and_version_end_the_parsing)
{
	SETS("-h", action, ACTION_HELP);
	SETS("--help", action, ACTION_HELP);
	SETS("-V", action, ACTION_VERSION);
	SETS("--version", action, ACTION_VERSION);
	good("-j --help --nonsense"); /* whoever asks for help gets it */
	assert_int_equal(options.action, ACTION_HELP);
}

TEST(options__fingers_that_know_netstat_are_understood)
{
	static const char *const lines[] = { "-t", "--tcp",	"-a",	 "--all",
					     "-n", "--numeric", "-p",	 "--programs",
					     "-W", "--wide",	"-tanp", "-tanpW" };

	for (size_t i = 0; i < COUNT(lines); i++)
		SETS(lines[i], select.filter.on, 0);
	SETS("-tlnp", select.filter.on, SW_F_LISTEN);
	SETS("-tlnpP 443", select.filter.on, SW_F_LISTEN | SW_F_PORT);
	SETS("list -plant", select.filter.on, 0);
	SETS("list -tal", select.filter.on, 0);
	SETS("list -tla -P 443", select.filter.on, SW_F_PORT);
	good("-tlnpP443");
	assert_true(sw_port_in(&options.select.filter.any_port, 443));
}

TEST(options__words_of_a_choice)
{
	SETS("-T clock", print.time, TIME_CLOCK);
	SETS("-Tiso", print.time, TIME_ISO);
	SETS("--time epoch", print.time, TIME_EPOCH);
	SETS("--time=delta", print.time, TIME_DELTA);
	bad("-T utc", "--time: 'utc' is not clock, iso, epoch or delta");
	good("--snapshot proc");
	bad("--snapshot magic", "--snapshot: 'magic' is not walk, bpf, netlink or proc");
	SETS("--max-sockets 1", watch.max_sockets, 1);
	SETS("--max-sockets=16777216", watch.max_sockets, 16777216);
	bad("--max-sockets 0", "--max-sockets: '0' is not a number up to 16777216");
	bad("--max-sockets 16777217", "--max-sockets: '16777217' is not a number up to 16777216");
	bad("--max-sockets many", "--max-sockets: 'many' is not a number up to 16777216");
}

TEST(options__ipv4_and_ipv6_exclude_one_another)
{
	bad("-4 -6", "-4 and -6");
	bad("-46", "-4 and -6");
	bad("--ipv6 -j --ipv4", "-4 and -6");
	good("-4 -4");
}

TEST(options__tcp_unless_told_otherwise)
{
	good("-j");
	assert_true(options.select.tcp && !options.select.udp);
	good("-u");
	assert_true(!options.select.tcp && options.select.udp);
	good("-tunap");
	assert_true(options.select.tcp && options.select.udp);
}

TEST(options__what_of_tcp_is_told)
{
	good("--retransmits --time-wait=rule");
	assert_true(options.watch.retransmits && options.watch.time_wait_by_rule);
	good("--time-wait timers");
	assert_false(options.watch.time_wait_by_rule);
	assert_false(options.watch.retransmits);
	bad("--time-wait=never", "--time-wait: 'never' is not timers or rule");
}

TEST(options__features_go_with_other_options)
{
	good("--features -j");
	assert_int_equal(options.word, WORD_FEATURES);
	assert_int_equal(options.print.format, OUTPUT_JSON);
	bad("--features --nonsense-option", "unknown");
}

TEST(options__other_sockets_are_refused_by_name)
{
	bad("-w", "--raw is not for the stream (but for: list, stats)");
	bad("--unix", "--unix is not for the stream (but for: list)");
	bad("-tux", "--unix is not for the stream");
}

TEST(options__bad_line_leaves_nothing_for_the_next_one)
{
	bad("-P 443 --nonsense-option", "unknown");
	good("-j");
	assert_int_equal(options.select.filter.on, 0);
	assert_int_equal(options.print.format, OUTPUT_JSON);
	SETS("--json --time iso", print.time, TIME_ISO);
}

TEST(options__list_is_a_word_wherever_it_stands)
{
	SETS("list", word, WORD_LIST);
	good("-P 443 list -j");
	assert_int_equal(options.word, WORD_LIST);
	assert_int_equal(options.print.format, OUTPUT_JSON);
	assert_true(sw_port_in(&options.select.filter.any_port, 443));
	SETS("list --help", action, ACTION_HELP);
	SETS("list --snapshot=bpf", rows.source, ROWS_BPF);
	SETS("list --snapshot=walk", rows.source, ROWS_WALK);
	SETS("--snapshot=netlink", rows.source, ROWS_NETLINK);
	SETS("--snapshot=proc", rows.source, ROWS_PROC);
	bad("lsit", "did you mean list?");
	bad("list list", "unexpected word 'list'");
	bad("list -E", "--events");
	bad("list --count=3", "--count");
	bad("list --failed", "--failed");
	bad("list --retransmits", "--retransmits");
	bad("list --duration=1",
	    "--duration is not for list (but for: the stream, who, conns, top, record, export)");
}

TEST(options__words_choose_the_job_and_netstats_letters_lead_there)
{
	static const struct {
		const char *line;
		enum word_id word;
	} jobs[] = {
		{ "route", WORD_ROUTE },	{ "-r", WORD_ROUTE },
		{ "-rn", WORD_ROUTE },		{ "--route route", WORD_ROUTE },
		{ "link", WORD_LINK },		{ "-i", WORD_LINK },
		{ "--interfaces", WORD_LINK },	{ "-ie", WORD_LINK },
		{ "stats", WORD_STATS },	{ "-st", WORD_STATS },
		{ "--statistics", WORD_STATS }, { "who 80", WORD_WHO },
	};

	for (size_t i = 0; i < COUNT(jobs); i++)
		SETS(jobs[i].line, word, jobs[i].word);
	bad("-r list", "the word route");
	bad("-rs", "leave one out");
	bad("route -P 443", "--port is not for route");
	bad("-E who 80", "--events is not for who");
	SETS("who 80 https -j", n_args, 2);
	bad("statz", "did you mean stats?");
	bad("roote", "did you mean route?");
}

TEST(options__list_shows_all_kinds_unless_some_are_asked_for)
{
	good("list");
	assert_true(options.select.tcp && options.select.udp && options.select.raw &&
		    options.select.unix_sockets);
	assert_true(options.select.udplite && options.select.icmp && !options.select.kinds_named);
	good("list -tulpn");
	assert_true(options.select.tcp && options.select.udp && !options.select.raw &&
		    !options.select.unix_sockets);
	good("list -antp");
	assert_true(options.select.tcp && !options.select.udp && options.print.numeric);
	good("list -a");
	assert_true(options.select.tcp && options.select.unix_sockets && options.select.icmp);
	good("list -U --icmp");
	assert_true(options.select.udplite && options.select.icmp && !options.select.tcp);
	assert_true(options.select.kinds_named);
	good("list --proto udp,unix --proto=icmp");
	assert_true(options.select.udp && options.select.unix_sockets && options.select.icmp &&
		    !options.select.tcp);
	bad("list --proto udp,smtp", "--proto: 'smtp' is not tcp, udp, ");
	bad("list --icmp -x --port 80", "--unix: these sockets have no ports");
	good("list -x");
	assert_true(!options.select.tcp && options.select.unix_sockets);
	good("-n");
	assert_true(options.select.tcp && !options.select.udp && !options.select.raw);
	good("who 53");
	assert_true(options.select.tcp && options.select.udp);
}

TEST(options__who_takes_ports_of_one_protocol_or_both)
{
	good("who 8080 53/udp 22/tcp 100-102 https 10.0.0.0/8 [::1]:80");
	SETS("who -u 8080", select.udp, true);
	SETS("who -u 8080", select.tcp, false);
	SETS("who -t 8080", pids_only, true); /* as lsof and fuser have it */
	SETS("who -t 8080", select.udp, true);
	SETS("who --tcp 8080", pids_only, false);
	SETS("who --tcp 8080", select.udp, false);
	SETS("who -t --tcp 8080", select.udp, false);
	bad("who -tj 8080", "--pids is a list of numbers");
	bad("who", "who needs a port");
	bad("who 65536", "'65536' is not a port");
	bad("who 80/dccp", "'80/dccp' is not a port");
	bad("who no-such-service", "'no-such-service' is not a port");
	bad("who 80 --count=1", "-f");
	good("who 80 -f --count=1");
}

TEST(options__counts_are_by_what_was_asked_for)
{
	good("list --by=state,comm --by port,state");
	assert_int_equal(options.count.n_keys, 3);
	assert_int_equal(options.count.keys[0], TALLY_STATE);
	assert_int_equal(options.count.keys[1], TALLY_COMM);
	assert_int_equal(options.count.keys[2], TALLY_PORT);
	assert_false(options.select.unix_sockets);
	assert_false(options.print.details);
	good("list --by=unit -x --csv");
	assert_true(options.print.details && options.select.unix_sockets);
	good("list --by=state,port -c --sort=growth,port,count");
	assert_int_equal(options.count.n_sorts, 3);
	assert_int_equal(options.count.sorts[0], TALLY_BY_GROWTH);
	assert_int_equal(options.count.sorts[1], 1);
	assert_int_equal(options.count.sorts[2], TALLY_BY_COUNT);
	bad("list --by=size", "--by: 'size' is not what sockets have in common: state, comm,");
	bad("list --by=", "'' is not");
	bad("list --by", "--by needs a value");
	bad("--by=state", "not for the stream (but for: list, who, log)");
	good("who 80 --by=state,comm");
	bad("who 80 --by=hour", "for the past");
	bad("who 80 -f --by=state", "leave -f out");
	bad("who 80 -t --by=state", "leave --pids out");
	bad("who 80 --since 1h --by=comm", "counted by log");
	bad("list --by=state --sort=recv-q", "--sort recv-q: counts are sorted by");
	bad("list --by=state --sort=port", "--sort port: counts are sorted by");
	bad("list --by=state --sort=growth", "with -c");
	bad("list --sort=count", "--sort count is for counts: it needs --by");
}

TEST(options__letter_s_behind_list_is_its_summary)
{
	good("list -s");
	assert_true(options.summary);
	assert_int_equal(options.word, WORD_LIST);
	good("-sc list --csv");
	assert_true(options.summary && options.select.unix_sockets);
	good("list -ts4");
	assert_false(options.select.unix_sockets);
	good("-s");
	assert_false(options.summary);
	assert_int_equal(options.word, WORD_STATS);
	bad("list -s --by=state", "leave --by out");
	bad("list -s --sort=port", "leave --sort out");
	bad("list -r", "the word route");
}

TEST(options__sort_keys_come_in_their_order)
{
	good("list --sort=state,port");
	assert_int_equal(options.n_sorts, 2);
	assert_int_equal(options.sorts[0], SORT_STATE);
	assert_int_equal(options.sorts[1], SORT_PORT);
	bad("list --sort=size", "'size' is not port, addr, remote, remote-port, proto,");
	bad("-n --resolve", "exclude one another");
	SETS("--color=never", print.color, COLOR_NEVER);
	bad("--color=red", "'red' is not auto, always or never");
}
