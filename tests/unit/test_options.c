// SPDX-License-Identifier: GPL-2.0-only
/* What each option sets, and which words choose the job. */
#include "command_line.h"

#include <stdbool.h>
#include <string.h>

TEST(options__none_is_the_stream_with_defaults)
{
	good("");
	assert_int_equal(options.action, ACTION_STREAM);
	assert_int_equal(options.filter.on, 0);
	assert_int_equal(options.format, OUTPUT_TEXT);
	assert_int_equal(options.time, TIME_DEFAULT);
	assert_int_equal(options.max_sockets, 0);
	assert_int_equal(options.buffer_size, 4 << 20);
	assert_int_equal(options.count, 0);
	assert_int_equal(options.duration_ms, 0);
	assert_int_equal(options.verbosity, 0);
	assert_false(options.events_only || options.no_header || options.extended ||
		     options.strict);
}

TEST(options__each_flag_sets_its_bit)
{
	SETS("-4", filter.on, SW_F_IPV4);
	SETS("--ipv4", filter.on, SW_F_IPV4);
	SETS("-6", filter.on, SW_F_IPV6);
	SETS("--ipv6", filter.on, SW_F_IPV6);
	SETS("-l", filter.on, SW_F_LISTEN);
	SETS("--listening", filter.on, SW_F_LISTEN);
	SETS("--no-loopback", filter.on, SW_F_NO_LOOPBACK);
	SETS("--failed", filter.on, SW_F_FAILED);
	SETS("-l4 --no-loopback", filter.on, SW_F_LISTEN | SW_F_IPV4 | SW_F_NO_LOOPBACK);
}

TEST(options__switches_set_what_they_say)
{
	SETS("-E", events_only, true);
	SETS("--events", events_only, true);
	SETS("-H", no_header, true);
	SETS("--no-header", no_header, true);
	SETS("-e", extended, true);
	SETS("--extended", extended, true);
	SETS("--strict", strict, true);
	SETS("-v", verbosity, 1);
	SETS("-vv", verbosity, 2);
	SETS("--verbose -v", verbosity, 2);
}

TEST(options__formats)
{
	SETS("-j", format, OUTPUT_JSON);
	SETS("--json", format, OUTPUT_JSON);
	SETS("--csv", format, OUTPUT_CSV);
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
		SETS(lines[i], filter.on, 0);
	SETS("-tlnp", filter.on, SW_F_LISTEN);
	SETS("-tlnpP 443", filter.on, SW_F_LISTEN | SW_F_PORT);
	good("-tlnpP443");
	assert_true(sw_port_in(&options.filter.any_port, 443));
}

TEST(options__words_of_a_choice)
{
	SETS("-T clock", time, TIME_CLOCK);
	SETS("-Tiso", time, TIME_ISO);
	SETS("--time epoch", time, TIME_EPOCH);
	SETS("--time=delta", time, TIME_DELTA);
	bad("-T utc", "--time: 'utc' is not clock, iso, epoch or delta");
	good("--snapshot proc");
	bad("--snapshot magic", "--snapshot: 'magic' is not bpf or proc");
	SETS("--max-sockets 1", max_sockets, 1);
	SETS("--max-sockets=16777216", max_sockets, 16777216);
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
	assert_true(options.tcp && !options.udp);
	good("-u");
	assert_true(!options.tcp && options.udp);
	good("-tunap");
	assert_true(options.tcp && options.udp);
}

TEST(options__what_of_tcp_is_told)
{
	good("--retransmits --time-wait=rule");
	assert_true(options.retransmits && options.time_wait_by_rule);
	good("--time-wait timers");
	assert_false(options.time_wait_by_rule);
	assert_false(options.retransmits);
	bad("--time-wait=never", "--time-wait: 'never' is not timers or rule");
}

TEST(options__features_go_with_other_options)
{
	good("--features -j");
	assert_int_equal(options.action, ACTION_FEATURES);
	assert_int_equal(options.format, OUTPUT_JSON);
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
	assert_int_equal(options.filter.on, 0);
	assert_int_equal(options.format, OUTPUT_JSON);
	SETS("--json --time iso", time, TIME_ISO);
}

TEST(options__list_is_a_word_wherever_it_stands)
{
	SETS("list", action, ACTION_LIST);
	good("-P 443 list -j");
	assert_int_equal(options.action, ACTION_LIST);
	assert_int_equal(options.format, OUTPUT_JSON);
	assert_true(sw_port_in(&options.filter.any_port, 443));
	SETS("list --help", action, ACTION_HELP);
	SETS("list --snapshot=bpf", snapshot, SNAPSHOT_BPF);
	SETS("--snapshot=proc", snapshot, SNAPSHOT_PROC);
	bad("lsit", "did you mean list?");
	bad("list list", "unexpected word 'list'");
	bad("list -E", "--events");
	bad("list --count=3", "--count");
	bad("list --failed", "--failed");
	bad("list --retransmits", "--retransmits");
	bad("list --duration=1", "--duration is not for list (but for: the stream, who)");
}

TEST(options__words_choose_the_job_and_netstats_letters_lead_there)
{
	static const struct {
		const char *line;
		enum options_action action;
	} jobs[] = {
		{ "route", ACTION_ROUTE },	  { "-r", ACTION_ROUTE },
		{ "-rn", ACTION_ROUTE },	  { "--route route", ACTION_ROUTE },
		{ "link", ACTION_LINK },	  { "-i", ACTION_LINK },
		{ "--interfaces", ACTION_LINK },  { "-ie", ACTION_LINK },
		{ "stats", ACTION_STATS },	  { "-st", ACTION_STATS },
		{ "--statistics", ACTION_STATS }, { "who 80", ACTION_WHO },
	};

	for (size_t i = 0; i < COUNT(jobs); i++)
		SETS(jobs[i].line, action, jobs[i].action);
	bad("-r list", "leave one out");
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
	assert_true(options.tcp && options.udp && options.raw && options.local_sockets);
	good("list -tulpn");
	assert_true(options.tcp && options.udp && !options.raw && !options.local_sockets);
	good("list -antp");
	assert_true(options.tcp && !options.udp && options.numeric);
	good("list -x");
	assert_true(!options.tcp && options.local_sockets);
	good("-n");
	assert_true(options.tcp && !options.udp && !options.raw);
	good("who 53");
	assert_true(options.tcp && options.udp);
}

TEST(options__who_takes_ports_of_one_protocol_or_both)
{
	good("who 8080 53/udp 22/tcp 100-102");
	assert_true(sw_port_in(&options.ports.tcp, 8080) && sw_port_in(&options.ports.udp, 8080));
	assert_true(!sw_port_in(&options.ports.tcp, 53) && sw_port_in(&options.ports.udp, 53));
	assert_true(sw_port_in(&options.ports.tcp, 22) && !sw_port_in(&options.ports.udp, 22));
	assert_true(sw_port_in(&options.ports.udp, 101) && !sw_port_in(&options.ports.udp, 103));
	good("who -u 8080");
	assert_true(!sw_port_in(&options.ports.tcp, 8080) && sw_port_in(&options.ports.udp, 8080));
	good("who https domain/udp -j");
	assert_true(sw_port_in(&options.ports.tcp, 443) && !sw_port_in(&options.ports.tcp, 53));
	assert_true(sw_port_in(&options.ports.udp, 53));
	bad("who", "who needs a port");
	bad("who 65536", "'65536' is not a port");
	bad("who 80/sctp", "'80/sctp' is not a port");
	bad("who no-such-service", "'no-such-service' is not a port");
	bad("who 80 --count=1", "-f");
	good("who 80 -f --count=1");
}

TEST(options__sort_keys_come_in_their_order)
{
	good("list --sort=state,port");
	assert_int_equal(options.n_sorts, 2);
	assert_int_equal(options.sorts[0], SORT_STATE);
	assert_int_equal(options.sorts[1], SORT_PORT);
	bad("list --sort=size", "'size' is not port, addr, pid, state, recv-q or send-q");
	bad("list --timers --snapshot=bpf", "--timers are told by /proc");
	bad("-n --resolve", "exclude one another");
	SETS("--color=never", color, COLOR_NEVER);
	bad("--color=red", "'red' is not auto, always or never");
}
