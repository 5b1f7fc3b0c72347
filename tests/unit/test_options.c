// SPDX-License-Identifier: GPL-2.0-only
/* The command line: what each option sets, and the one line that a wrong word gets. */
#include "unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/options.h"
#include "cli/suggest.h"
#include "cli/table.h"
#include "cli/words.h"

#define WORDS_MAX 80

/* --- what the tests are made of ----------------------------------------------------------------
 */

static struct options options; /* of the last parse: too large for a stack */
static char why[512];

/* Parses a command line whose words are separated by one blank each. */
static int parse(const char *line)
{
	char *copy = strdup(line), *rest = copy, *word;
	char *argv[WORDS_MAX + 2];
	char name[] = "sockwatch";
	int argc = 0, err;

	assert_non_null(copy);
	argv[argc++] = name;
	while (*line && (word = strsep(&rest, " "))) {
		assert_true(argc <= WORDS_MAX);
		argv[argc++] = word;
	}
	argv[argc] = NULL;
	memset(why, 0, sizeof(why));
	err = options_parse(argc, argv, &options, why, sizeof(why));
	free(copy);
	return err;
}

static void good(const char *line)
{
	if (parse(line))
		fail_msg("'%s' is refused: %s", line, why);
}

/* Refused, in one line that holds `words`. */
static void bad(const char *line, const char *words)
{
	if (!parse(line))
		fail_msg("'%s' is taken", line);
	if (!strstr(why, words))
		fail_msg("'%s': '%s' does not say '%s'", line, why, words);
	assert_null(strchr(why, '\n'));
}

static bool wants_port(const struct sw_port_set *set, uint16_t port)
{
	return sw_port_in(set, port);
}

/* --- options without a value -------------------------------------------------------------------
 */

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
	static const struct {
		const char *words;
		uint32_t on;
	} cases[] = {
		{ "-4", SW_F_IPV4 },
		{ "--ipv4", SW_F_IPV4 },
		{ "-6", SW_F_IPV6 },
		{ "--ipv6", SW_F_IPV6 },
		{ "-l", SW_F_LISTEN },
		{ "--listening", SW_F_LISTEN },
		{ "--no-loopback", SW_F_NO_LOOPBACK },
		{ "--failed", SW_F_FAILED },
		{ "-l4 --no-loopback", SW_F_LISTEN | SW_F_IPV4 | SW_F_NO_LOOPBACK },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		good(cases[i].words);
		assert_int_equal(options.filter.on, cases[i].on);
	}
}

TEST(options__switches_set_what_they_say)
{
	good("-E");
	assert_true(options.events_only);
	good("--events");
	assert_true(options.events_only);
	good("-H");
	assert_true(options.no_header);
	good("--no-header");
	assert_true(options.no_header);
	good("-e");
	assert_true(options.extended);
	good("--extended");
	assert_true(options.extended);
	good("--strict");
	assert_true(options.strict);
	good("-v");
	assert_int_equal(options.verbosity, 1);
	good("-vv");
	assert_int_equal(options.verbosity, 2);
	good("--verbose -v");
	assert_int_equal(options.verbosity, 2);
}

TEST(options__formats)
{
	good("-j");
	assert_int_equal(options.format, OUTPUT_JSON);
	good("--json");
	assert_int_equal(options.format, OUTPUT_JSON);
	good("--csv");
	assert_int_equal(options.format, OUTPUT_CSV);
}

TEST(options__help_and_version_end_the_parsing)
{
	good("-h");
	assert_int_equal(options.action, ACTION_HELP);
	good("--help");
	assert_int_equal(options.action, ACTION_HELP);
	good("-V");
	assert_int_equal(options.action, ACTION_VERSION);
	good("--version");
	assert_int_equal(options.action, ACTION_VERSION);
	good("-j --help --nonsense"); /* whoever asks for help gets it */
	assert_int_equal(options.action, ACTION_HELP);
}

TEST(options__fingers_that_know_netstat_are_understood)
{
	static const char *const lines[] = { "-t", "--tcp",	"-a",	 "--all",
					     "-n", "--numeric", "-p",	 "--programs",
					     "-W", "--wide",	"-tanp", "-tanpW" };

	for (size_t i = 0; i < COUNT(lines); i++) {
		good(lines[i]);
		assert_int_equal(options.filter.on, 0);
	}
	good("-tlnp");
	assert_int_equal(options.filter.on, SW_F_LISTEN);
	good("-tlnpP 443");
	assert_int_equal(options.filter.on, SW_F_LISTEN | SW_F_PORT);
	good("-tlnpP443");
	assert_true(wants_port(&options.filter.any_port, 443));
}

/* --- filters -----------------------------------------------------------------------------------
 */

TEST(options__each_filter_fills_its_own_set)
{
	good("-P 1 -L 2 -D 3 --addr 10.0.0.1 --local-addr 10.0.0.2 --remote-addr 10.0.0.3 --pid 4 "
	     "--comm five --uid 6 --state LISTEN");
	assert_int_equal(options.filter.on, SW_F_PORT | SW_F_LOCAL_PORT | SW_F_REMOTE_PORT |
						    SW_F_ADDR | SW_F_LOCAL_ADDR | SW_F_REMOTE_ADDR |
						    SW_F_PID | SW_F_COMM | SW_F_UID | SW_F_STATE);
	assert_true(wants_port(&options.filter.any_port, 1));
	assert_true(wants_port(&options.filter.local_port, 2));
	assert_true(wants_port(&options.filter.remote_port, 3));
	assert_false(wants_port(&options.filter.any_port, 2));
	assert_int_equal(options.filter.any_addr.n, 1);
	assert_int_equal(options.filter.any_addr.cidr[0].net.b[15], 1);
	assert_int_equal(options.filter.local_addr.n, 1);
	assert_int_equal(options.filter.local_addr.cidr[0].net.b[15], 2);
	assert_int_equal(options.filter.remote_addr.n, 1);
	assert_int_equal(options.filter.remote_addr.cidr[0].net.b[15], 3);
	assert_int_equal(options.filter.n_pids, 1);
	assert_int_equal(options.filter.pids[0], 4);
	assert_int_equal(options.filter.n_comms, 1);
	assert_string_equal(options.filter.comms[0].name, "five");
	assert_int_equal(options.filter.n_uids, 1);
	assert_int_equal(options.filter.uids[0], 6);
	assert_int_equal(options.filter.states, 1u << SW_TCP_LISTEN);
}

TEST(options__value_may_follow_an_equals_sign)
{
	good("--port=443 --local-port=1 --remote-port=2 --pid=3 --time=iso");
	assert_true(wants_port(&options.filter.any_port, 443));
	assert_int_equal(options.filter.pids[0], 3);
	assert_int_equal(options.time, TIME_ISO);
}

TEST(options__commas_and_repetition_are_or)
{
	good("-P 80,443 -P 8000-8002 --pid 1,2 --pid 3 --state close,estab --addr ::1,10.0.0.0/8");
	assert_true(wants_port(&options.filter.any_port, 80));
	assert_true(wants_port(&options.filter.any_port, 443));
	assert_true(wants_port(&options.filter.any_port, 8000));
	assert_true(wants_port(&options.filter.any_port, 8001));
	assert_true(wants_port(&options.filter.any_port, 8002));
	assert_false(wants_port(&options.filter.any_port, 8003));
	assert_false(wants_port(&options.filter.any_port, 7999));
	assert_int_equal(options.filter.n_pids, 3);
	assert_int_equal(options.filter.pids[2], 3);
	assert_int_equal(options.filter.states, 1u << SW_TCP_CLOSE | 1u << SW_TCP_ESTABLISHED);
	assert_int_equal(options.filter.any_addr.n, 2);
}

TEST(options__ports_at_their_limits)
{
	good("-P 1,65535");
	assert_true(wants_port(&options.filter.any_port, 1));
	assert_true(wants_port(&options.filter.any_port, 65535));
	good("-P 1-65535");
	assert_true(wants_port(&options.filter.any_port, 32768));
	good("-P 5-5");
	assert_true(wants_port(&options.filter.any_port, 5));
	bad("-P 0", "--port: '0' is not a port");
	bad("-P 65536", "--port: '65536' is not a port");
	bad("-P 99999999999999999999", "is not a port");
	bad("-P 0-5", "'0-5'");
	bad("-P 5-65536", "'5-65536'");
	bad("-P 90-80", "'90-80'");
	bad("-P 80-", "'80-'");
	bad("-P 80-90-100", "'80-90-100'");
	bad("-P 80x", "'80x'");
	bad("-P +80", "'+80'");
	bad("-P 0x50", "'0x50'");
	bad("-P -80", "'-80'");
}

TEST(options__port_may_be_a_service_name)
{
	if (access("/etc/services", R_OK)) {
		print_message("no /etc/services here\n");
		skip();
	}
	good("-P https,ssh");
	assert_true(wants_port(&options.filter.any_port, 443));
	assert_true(wants_port(&options.filter.any_port, 22));
	bad("-P no-such-service", "--port: 'no-such-service' is not a port");
}

TEST(options__pid_limits)
{
	good("--pid 1,4194304");
	bad("--pid 0", "--pid: '0' is not a process number");
	bad("--pid 4194305", "--pid: '4194305'");
	bad("--pid -1", "'-1'");
	bad("--pid curl", "--pid: 'curl' is not a process number");
	bad("--pid 1,,2", "--pid: ''");
	bad("--pid=", "--pid: ''");
}

TEST(options__user_by_name_or_number)
{
	good("--uid 0,1000,4294967294");
	assert_int_equal(options.filter.n_uids, 3);
	good("--uid root");
	assert_int_equal(options.filter.uids[0], 0);
	bad("--uid nobody-has-this-name", "--uid: 'nobody-has-this-name' is not a user");
	bad("--uid 4294967295", "'4294967295'"); /* (uid_t)-1 is nobody's */
	bad("--uid -1", "'-1'");
}

TEST(options__netns_by_number_or_path)
{
	struct stat st;

	good("--netns 4026531840,1 --netns /proc/self/ns/net");
	assert_int_equal(options.filter.n_netns, 3);
	assert_int_equal(options.filter.netns[0], 4026531840u);
	assert_int_equal(stat("/proc/self/ns/net", &st), 0);
	assert_int_equal(options.filter.netns[2], st.st_ino);
	assert_int_equal(options.filter.on, SW_F_NETNS);
	bad("--netns no-namespace-has-this-name", "'no-namespace-has-this-name' is not a network");
	bad("--netns=", "'' is not a network namespace");
	bad("--netns 0", "'0'");
}

/* Those that exist are found by the live tests: there is no cgroup on every machine. */
TEST(options__cgroup_by_id_or_not_at_all)
{
	char args[1024] = "--cgroup 1";

	good("--cgroup 4711,18446744073709551615 --cgroup 7");
	assert_int_equal(options.filter.n_cgroups, 3);
	assert_int_equal(options.filter.cgroups[0], 4711);
	assert_true(options.filter.cgroups[1] == UINT64_MAX);
	assert_int_equal(options.filter.on, SW_F_CGROUP);
	bad("--cgroup no-cgroup-has-this-name", "'no-cgroup-has-this-name' is not a cgroup");
	bad("--cgroup /proc", "'/proc' is not a cgroup");
	bad("--cgroup ../../../proc", "is not a cgroup");
	bad("--cgroup /proc/self/status", "is not a cgroup");
	bad("--cgroup=", "'' is not a cgroup");
	bad("--cgroup 0", "'0' is not a cgroup");
	bad("--cgroup -1", "'-1' is not a cgroup");
	bad("route --cgroup 1", "--cgroup is not for route");
	for (int i = 0; i < SW_FILTER_MAX; i++)
		strcat(args, ",1");
	bad(args, "at most 64 values");
}

TEST(options__comm_is_cut_as_the_kernel_cuts_it)
{
	good("--comm systemd-resolved-long");
	assert_string_equal(options.filter.comms[0].name, "systemd-resolve");
	assert_int_equal(options.filter.comms[0].len, 16);
	good("--comm ngi*");
	assert_string_equal(options.filter.comms[0].name, "ngi");
	assert_int_equal(options.filter.comms[0].len, 3);
	good("--comm curl");
	assert_int_equal(options.filter.comms[0].len, 5);
	bad("--comm=", "--comm: '' is not a process name");
}

TEST(options__states_in_every_spelling)
{
	good("--state TIME_WAIT,time-wait,timewait,FIN_WAIT1,fin-wait-1");
	assert_int_equal(options.filter.states, 1u << SW_TCP_TIME_WAIT | 1u << SW_TCP_FIN_WAIT1);
	bad("--state OPEN", "--state: 'OPEN' is not a TCP state (ESTABLISHED,");
	bad("--state close,open", "'open'");
}

TEST(options__bad_addresses_are_named)
{
	bad("--addr 10.0.0", "--addr: '10.0.0' is not an address");
	bad("--local-addr 10.0.0.0/33", "--local-addr: '10.0.0.0/33'");
	bad("--remote-addr ::1/129", "--remote-addr: '::1/129'");
	bad("--addr 10.0.0.1,example.org", "'example.org'");
}

TEST(options__more_values_than_fit_are_refused)
{
	static const struct {
		const char *name;
		const char *value;
	} lists[] = {
		{ "--pid", "7" },
		{ "--uid", "7" },
		{ "--comm", "a" },
		{ "--addr", "10.0.0.1" },
		{ "--local-addr", "10.0.0.1" },
		{ "--remote-addr", "::1" },
	};
	char line[1024], words[64];

	for (size_t i = 0; i < COUNT(lists); i++) {
		int n = snprintf(line, sizeof(line), "%s ", lists[i].name);

		for (int k = 0; k < SW_FILTER_MAX; k++)
			n += snprintf(line + n, sizeof(line) - (size_t)n, "%s%s", k ? "," : "",
				      lists[i].value);
		good(line);
		snprintf(line + n, sizeof(line) - (size_t)n, ",%s", lists[i].value);
		snprintf(words, sizeof(words), "%s %s: at most 64 values", lists[i].name,
			 lists[i].value);
		bad(line, words);
	}
}

/* --- limits of the stream ----------------------------------------------------------------------
 */

TEST(options__count_is_a_whole_number)
{
	good("--count 1");
	assert_int_equal(options.count, 1);
	good("--count 18446744073709551615");
	assert_true(options.count == UINT64_MAX);
	bad("--count 0", "--count: '0' is not a number from 1");
	bad("--count 18446744073709551616", "'18446744073709551616'");
	bad("--count -1", "'-1'");
	bad("--count 1.5", "'1.5'");
	bad("list --count 2", "needs -c");
	bad("link --count 2", "needs -c");
	bad("route --count 2", "or how many changes: -f");
	good("route -f --count 2");
	good("route -c --count 2");
	bad("route -fc", "leave one out");
	bad("--count ten", "'ten'");
	bad("--count 5,6", "'5,6'");
}

TEST(options__duration_in_its_units)
{
	static const struct {
		const char *words;
		uint64_t ms;
	} cases[] = {
		{ "--duration 10", 10000 },
		{ "--duration 0.5", 500 },
		{ "--duration .25", 250 },
		{ "--duration 90s", 90000 },
		{ "--duration 2m", 120000 },
		{ "--duration 1h", 3600000 },
		{ "--duration 1.5h", 5400000 },
		{ "--duration 0.001", 1 },
		{ "--duration 31536000", 31536000000 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		good(cases[i].words);
		assert_int_equal(options.duration_ms, cases[i].ms);
	}
}

TEST(options__bad_durations_are_named)
{
	static const char *const values[] = { "0",   "0.0001", "-1",  "1d", "1e3", "0x10", "nan",
					      "inf", "1.2.3",  "1ms", "s",  ".",   "",	   "5 ",
					      "m",   "1sm",    "ten", ".s", "+1" };

	for (size_t i = 0; i < COUNT(values); i++) {
		char line[64], words[64];

		if (strchr(values[i], ' '))
			continue;
		snprintf(line, sizeof(line), "--duration=%s", values[i]);
		snprintf(words, sizeof(words), "--duration: '%s' is not a time", values[i]);
		bad(line, words);
	}
}

/* The session counts nanoseconds from now on in 64 bits; a longer time would end at once. */
TEST(options__duration_that_is_taken_fits_into_nanoseconds)
{
	static const char *const lines[] = { "--duration 18446744074", "--duration 1000000000000",
					     "--duration 5124095h", "--duration 277777777h" };

	for (size_t i = 0; i < COUNT(lines); i++)
		if (!parse(lines[i]))
			assert_true(options.duration_ms <= INT64_MAX / 1000000);
}

TEST(options__buffer_size_is_rounded_up_to_what_a_ring_can_be)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	good("--buffer-size 1");
	assert_int_equal(options.buffer_size, page);
	good("--buffer-size 64K");
	assert_int_equal(options.buffer_size, 65536);
	good("--buffer-size 65537");
	assert_int_equal(options.buffer_size, 131072);
	good("--buffer-size 3m");
	assert_int_equal(options.buffer_size, 4 << 20);
	good("--buffer-size 1G");
	assert_int_equal(options.buffer_size, 1 << 30);
	good("--buffer-size 1073741824");
	assert_int_equal(options.buffer_size, 1 << 30);
	good("--buffer-size 1048576K");
	assert_int_equal(options.buffer_size, 1 << 30);
}

TEST(options__bad_buffer_sizes_are_named)
{
	static const char *const values[] = { "0",	    "0K",
					      "2G",	    "1073741825",
					      "1048577K",   "-1",
					      "K",	    "",
					      "64KB",	    "64T",
					      "1.5M",	    "0x1000",
					      "big",	    "9999999999999999999999999",
					      "1000000000G" };

	for (size_t i = 0; i < COUNT(values); i++) {
		char line[64], words[80];

		snprintf(line, sizeof(line), "--buffer-size=%s", values[i]);
		snprintf(words, sizeof(words), "--buffer-size: '%s' is not a size up to 1G",
			 values[i]);
		bad(line, words);
	}
}

TEST(options__words_of_a_choice)
{
	good("-T clock");
	assert_int_equal(options.time, TIME_CLOCK);
	good("-Tiso");
	assert_int_equal(options.time, TIME_ISO);
	good("--time epoch");
	assert_int_equal(options.time, TIME_EPOCH);
	good("--time=delta");
	assert_int_equal(options.time, TIME_DELTA);
	bad("-T utc", "--time: 'utc' is not clock, iso, epoch or delta");
	good("--snapshot proc");
	bad("--snapshot magic", "--snapshot: 'magic' is not bpf or proc");
	good("--max-sockets 1");
	assert_int_equal(options.max_sockets, 1);
	good("--max-sockets=16777216");
	assert_int_equal(options.max_sockets, 16777216);
	bad("--max-sockets 0", "--max-sockets: '0' is not a number up to 16777216");
	bad("--max-sockets 16777217", "--max-sockets: '16777217' is not a number up to 16777216");
	bad("--max-sockets many", "--max-sockets: 'many' is not a number up to 16777216");
}

/* --- wrong words -------------------------------------------------------------------------------
 */

TEST(options__near_miss_is_named)
{
	static const struct {
		const char *line;
		const char *meant;
	} cases[] = {
		{ "--prot 443", "unknown option '--prot': did you mean --port?" },
		{ "--prot=443", "did you mean --port?" },
		{ "--pord 443", "did you mean --port?" },
		{ "--jsno", "did you mean --json?" },
		{ "--remot-prot 5", "did you mean --remote-port?" },
		{ "--localport 5", "did you mean --local-port?" },
		{ "--no-lopback", "did you mean --no-loopback?" },
		{ "--falied", "did you mean --failed?" },
		{ "--sate close", "did you mean --state?" },
		{ "--durration 5", "did you mean --duration?" },
		{ "--buffersize 5", "did you mean --buffer-size?" },
		{ "--evnets", "did you mean --events?" },
		{ "--pdi 5", "did you mean --pid?" },
		{ "-j --prot 443 -e", "unknown option '--prot': did you mean --port?" },
		{ "-P 443 --jsno", "unknown option '--jsno'" },
		{ "word --jsno", "unknown option '--jsno': did you mean --json?" },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		bad(cases[i].line, cases[i].meant);
}

TEST(options__far_miss_suggests_nothing)
{
	static const char *const lines[] = { "--xyzzy", "--full-screen", "--q", "--kubernetes" };

	for (size_t i = 0; i < COUNT(lines); i++) {
		bad(lines[i], "unknown option '");
		assert_null(strstr(why, "did you mean"));
		assert_non_null(strstr(why, "--help"));
	}
}

TEST(options__beginning_of_one_option_is_enough)
{
	good("--dur 5");
	assert_int_equal(options.duration_ms, 5000);
}

TEST(options__beginning_of_several_options_is_refused)
{
	bad("--local 5", "unknown option '--local'");
	bad("--remote 5", "unknown option '--remote'");
}

TEST(options__unknown_letter_is_named)
{
	bad("-z", "unknown option '-z'");
	bad("-tlnz", "unknown option '-z'");
	bad("-j -z -e", "unknown option '-z'");
	bad("-Z 5", "unknown option '-Z'");
}

TEST(options__number_behind_p_is_meant_as_a_pid)
{
	bad("-p 1234", "-p takes no value: did you mean --pid 1234?");
	bad("-tlnp 1234", "did you mean --pid 1234?");
	bad("-p 1234 -j", "--pid 1234");
	bad("-j -p 1234", "did you mean --pid 1234?");
}

TEST(options__lone_number_is_a_port_or_a_pid)
{
	bad("443", "did you mean --port 443, --pid 443 or who 443?");
	bad("-j 443", "did you mean --port 443, --pid 443 or who 443?");
}

/* A number that no port can be is not offered as one. */
TEST(options__lone_number_beyond_ports_is_a_pid)
{
	bad("70000", "--pid 70000");
	assert_null(strstr(why, "--port 70000"));
}

TEST(options__lone_word_is_named)
{
	bad("curl", "unexpected word 'curl'");
	bad("-j curl", "unexpected word 'curl'");
	bad("-- -j", "unexpected word '-j'");
	bad("stats curl", "unexpected word 'curl' (sockwatch stats --help");
}

/* What it may have been meant as, if that is for the word that is there. */
TEST(options__lone_word_that_would_be_a_value_is_named_as_one)
{
	bad("10.0.0.1", "unexpected word '10.0.0.1': did you mean --addr 10.0.0.1?");
	bad("list fe80::/10", "did you mean --addr fe80::/10?");
	bad("https", "did you mean --port https or who https?");
	bad("route 10.0.0.1", "unexpected word '10.0.0.1' (sockwatch route --help");
	bad("link 443", "unexpected word '443' (sockwatch link --help");
	bad("-p 1234", "-p takes no value: did you mean --pid 1234?");
}

TEST(options__near_word_is_named)
{
	bad("lits", "unexpected word 'lits': did you mean list?");
	bad("whoo 80", "did you mean who?");
	bad("rotue", "did you mean route?");
	bad("sta", "did you mean stats?"); /* its beginning */
	bad("interface", "unexpected word 'interface' (sockwatch --help");
	bad("hlep", "did you mean help?");
	bad("li", "unexpected word 'li' (sockwatch --help"); /* list and link begin so */
	bad("help lits", "help: 'lits' is not a word (list, who, route, link, stats) or filters: "
			 "did you mean list?");
	bad("help filtres", "did you mean filters?");
}

TEST(options__second_word_is_named_with_the_first)
{
	bad("list who", "unexpected word 'who' behind 'list': one word chooses the job");
	bad("stats -t list", "unexpected word 'list' behind 'stats'");
	bad("list help", "unexpected word 'help' behind 'list': did you mean help list?");
}

TEST(options__missing_value_is_named)
{
	bad("-P", "--port needs a value: a port");
	bad("--port", "--port needs a value");
	bad("-jP", "--port needs a value");
	bad("--duration", "--duration needs a value: a time");
	bad("--pid", "--pid needs a value: a process number");
	bad("-T", "--time needs a value: clock");
}

TEST(options__value_too_many_is_named)
{
	bad("--json=yes", "--json takes no value");
	bad("--no-loopback=1", "--no-loopback takes no value");
	bad("--udp=1", "--udp takes no value");
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
	good("--json --time iso");
	assert_int_equal(options.time, TIME_ISO);
}

TEST(options__long_words_are_cut_not_overrun)
{
	char line[2000];
	char small[16];
	char name[] = "sockwatch";
	char *argv[] = { name, line, NULL };

	memset(line, 'x', sizeof(line));
	line[0] = line[1] = '-';
	line[sizeof(line) - 1] = '\0';
	bad(line, "unknown option '--xxx");
	assert_int_not_equal(options_parse(2, argv, &options, small, sizeof(small)), 0);
	assert_true(strlen(small) < sizeof(small));
	memcpy(line, "--port=", 7);
	bad(line, "--port: 'xxx");
}

/* --- help --------------------------------------------------------------------------------------
 */

/* A page as one string, to be freed. */
static char *page_of(enum options_action action, bool filters)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	if (filters)
		options_print_filters(out);
	else
		options_print_help(out, action);
	assert_int_equal(fclose(out), 0);
	assert_null(strstr(text, "(null)"));
	return text;
}

static void assert_fits(const char *text, int lines)
{
	int n = 0;

	for (const char *line = text; *line; line += strcspn(line, "\n") + 1, n++)
		assert_true(strcspn(line, "\n") <= 80);
	assert_true(n <= lines);
}

TEST(options__help_of_each_word_fits_a_screen_and_names_its_options)
{
	for (size_t w = 0; w < n_word_defs; w++) {
		char *text = page_of(word_defs[w].action, false);

		assert_fits(text, word_defs[w].name ? 32 : 40);
		for (size_t i = 0; i < n_defs; i++) {
			char name[64];

			snprintf(name, sizeof(name), "--%s", defs[i].name);
			if (!defs[i].take || !defs[i].help ||
			    !(defs[i].words & FOR(word_defs[w].action)))
				continue;
			if (!strstr(text, name))
				fail_msg("the help of %s lacks %s",
					 word_defs[w].name ? word_defs[w].name : "the stream",
					 name);
		}
		free(text);
	}
}

TEST(options__help_of_filters_explains_each)
{
	char *text = page_of(ACTION_STREAM, true);

	assert_fits(text, 32);
	assert_non_null(strstr(text, "-P, --port=PORT"));
	assert_non_null(strstr(text, "--no-loopback"));
	assert_non_null(strstr(text, "commas"));
	assert_non_null(strstr(text, "--failed"));   /* the stream's */
	assert_non_null(strstr(text, "-x, --unix")); /* list's */
	free(text);
}

/* Every line that begins with the program's name, up to the explanation. */
TEST(options__examples_of_the_help_are_right)
{
	int n = 0;

	for (size_t w = 0; w < n_word_defs; w++) {
		char *text = page_of(word_defs[w].action, false);
		char *examples = strstr(text, "Examples\n"), *line, *rest;

		assert_non_null(examples);
		rest = examples + strlen("Examples\n");
		while ((line = strsep(&rest, "\n")) && *line) {
			char *explanation = strstr(line + 2, "   ");

			assert_non_null(explanation);
			*explanation = '\0';
			assert_int_equal(strncmp(line, "  sockwatch ", 12), 0);
			good(line + 12);
			assert_int_equal(options.action, word_defs[w].action);
			n++;
		}
		free(text);
	}
	assert_true(n >= 12);
}

TEST(options__examples_of_filters_are_right)
{
	char *text = page_of(ACTION_STREAM, true);
	char *rest = strstr(text, "Examples\n"), *line;
	int n = 0;

	assert_non_null(rest);
	strsep(&rest, "\n");
	while ((line = strsep(&rest, "\n")) && *line) {
		assert_int_equal(strncmp(line, "  sockwatch ", 12), 0);
		good(line + 12);
		assert_int_not_equal(options.filter.on, 0);
		n++;
	}
	assert_int_equal(n, 3);
	free(text);
}

TEST(options__help_is_a_word_too)
{
	good("help");
	assert_int_equal(options.action, ACTION_HELP);
	assert_int_equal(options.help_of, ACTION_STREAM);
	good("help who");
	assert_int_equal(options.help_of, ACTION_WHO);
	good("help filters");
	assert_true(options.help_filters);
	bad("help everything", "help: 'everything' is not a word");
}

/* --- the near miss -----------------------------------------------------------------------------
 */

TEST(suggest__nearest_name_wins)
{
	static const char *const names[] = { "local-port", "port", "pid", "remote-port" };

	assert_string_equal(suggest("prot", names, COUNT(names)), "port");
	assert_string_equal(suggest("port", names, COUNT(names)), "port");
	assert_string_equal(suggest("ports", names, COUNT(names)), "port");
	assert_string_equal(suggest("local-prot", names, COUNT(names)), "local-port");
	assert_null(suggest("gateway", names, COUNT(names)));
	assert_null(suggest("", names, COUNT(names)));
	assert_null(suggest("p", names, COUNT(names)));
	assert_null(suggest("prot", names, 0));
	assert_null(suggest("a-word-that-is-longer-than-any-option-is", names, COUNT(names)));
}

/* "at most a third of its letters wrong, missing, too many or swapped" */
TEST(suggest__more_than_a_third_wrong_is_no_near_miss)
{
	static const char *const names[] = { "port", "uid", "failed" };

	assert_null(suggest("pxxt", names, COUNT(names)));
	assert_null(suggest("xyd", names, COUNT(names)));
	assert_null(suggest("fxxxed", names, COUNT(names)));
	assert_string_equal(suggest("fxxled", names, COUNT(names)), "failed");
}

TEST(options__list_is_a_word_wherever_it_stands)
{
	good("list");
	assert_int_equal(options.action, ACTION_LIST);
	good("-P 443 list -j");
	assert_int_equal(options.action, ACTION_LIST);
	assert_int_equal(options.format, OUTPUT_JSON);
	assert_true(wants_port(&options.filter.any_port, 443));
	good("list --help");
	assert_int_equal(options.action, ACTION_HELP);
	good("list --snapshot=bpf");
	assert_int_equal(options.snapshot, SNAPSHOT_BPF);
	good("--snapshot=proc");
	assert_int_equal(options.snapshot, SNAPSHOT_PROC);
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

	for (size_t i = 0; i < COUNT(jobs); i++) {
		good(jobs[i].line);
		assert_int_equal(options.action, jobs[i].action);
	}
	bad("-r list", "leave one out");
	bad("-rs", "leave one out");
	bad("route -P 443", "--port is not for route");
	bad("-E who 80", "--events is not for who");
	good("who 80 https -j");
	assert_int_equal(options.n_args, 2);
	bad("statz", "did you mean stats?");
	bad("roote", "did you mean route?");
}

TEST(options__help_is_of_the_word_that_stands_anywhere)
{
	good("--help");
	assert_int_equal(options.help_of, ACTION_STREAM);
	good("-h route");
	assert_int_equal(options.help_of, ACTION_ROUTE);
	good("who -h");
	assert_int_equal(options.help_of, ACTION_WHO);
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

TEST(options__pages_are_repeated_each_second_or_as_asked)
{
	static const struct {
		const char *line;
		uint64_t ms;
	} cases[] = {
		{ "list", 0 },
		{ "list -c", 1000 },
		{ "list -c 5", 5000 },
		{ "-c 0.5 list", 500 },
		{ "list -c5", 5000 },
		{ "list -tc4 -n", 4000 },
		{ "list -ct", 1000 },
		{ "stats -c2m", 120000 },
		{ "link --continuous", 1000 },
		{ "link --continuous=3", 3000 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		good(cases[i].line);
		assert_int_equal(options.repeat_ms, cases[i].ms);
		assert_false(options.filter.on & SW_F_IPV4);
	}
	good("list -ct");
	assert_true(options.tcp && !options.udp);
	good("list -tc4 -6");
	assert_true(options.filter.on & SW_F_IPV6);
	bad("list -c 0", "--continuous: '0' is not a time");
	bad("-c", "--continuous is not for the stream");
	bad("list --count=2", "-c");
	good("list -c --count=2");
}

TEST(options__who_takes_ports_of_one_protocol_or_both)
{
	good("who 8080 53/udp 22/tcp 100-102");
	assert_true(wants_port(&options.ports.tcp, 8080) && wants_port(&options.ports.udp, 8080));
	assert_true(!wants_port(&options.ports.tcp, 53) && wants_port(&options.ports.udp, 53));
	assert_true(wants_port(&options.ports.tcp, 22) && !wants_port(&options.ports.udp, 22));
	assert_true(wants_port(&options.ports.udp, 101) && !wants_port(&options.ports.udp, 103));
	good("who -u 8080");
	assert_true(!wants_port(&options.ports.tcp, 8080) && wants_port(&options.ports.udp, 8080));
	good("who https domain/udp -j");
	assert_true(wants_port(&options.ports.tcp, 443) && !wants_port(&options.ports.tcp, 53));
	assert_true(wants_port(&options.ports.udp, 53));
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
	good("--color=never");
	assert_int_equal(options.color, COLOR_NEVER);
	bad("--color=red", "'red' is not auto, always or never");
}
