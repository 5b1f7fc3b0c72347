// SPDX-License-Identifier: GPL-2.0-only
/* Wrong words: the one line that each gets, and what it may have meant. */
#include "command_line.h"

#include <string.h>

#include "cli/suggest.h"
#include "words/words.h"

TEST(options__near_miss_is_named)
{
	bad("--prrt 443", "unknown option '--prrt': did you mean --port?");
	bad("--prrt=443", "did you mean --port?");
	bad("--pord 443", "did you mean --port?");
	bad("--jsno", "did you mean --json?");
	bad("--remot-prot 5", "did you mean --remote-port?");
	bad("--localport 5", "did you mean --local-port?");
	bad("--no-lopback", "did you mean --no-loopback?");
	bad("--falied", "did you mean --failed?");
	bad("--sate close", "did you mean --state?");
	bad("--durration 5", "did you mean --duration?");
	bad("--buffersize 5", "did you mean --buffer-size?");
	bad("--evnets", "did you mean --events?");
	bad("--pdi 5", "did you mean --pid?");
	bad("-j --prrt 443 -e", "unknown option '--prrt': did you mean --port?");
	bad("-P 443 --jsno", "unknown option '--jsno'");
	bad("word --jsno", "unknown option '--jsno': did you mean --json?");
}

TEST(options__value_of_csv_stands_behind_a_sign)
{
	bad("--csv safe", "unexpected word 'safe'");
	bad("--csv=unsafe", "--csv: 'unsafe' is not safe");
}

TEST(options__far_miss_suggests_nothing)
{
	static const char *const lines[] = { "--xyzzy", "--full-screen", "--qx", "--kubernetes" };

	for (size_t i = 0; i < COUNT(lines); i++) {
		bad(lines[i], "unknown option '");
		assert_null(strstr(why, "did you mean"));
		assert_non_null(strstr(why, "--help"));
	}
}

TEST(options__beginning_of_one_option_is_enough)
{
	SETS("--dur 5", watch.duration_ms, 5000);
}

TEST(options__beginning_of_several_options_is_refused)
{
	bad("--local 5", "unknown option '--local'");
	bad("--remote 5", "unknown option '--remote'");
}

TEST(options__unknown_letter_is_named)
{
	bad("-y", "unknown option '-y'");
	bad("-tlny", "unknown option '-y'");
	bad("-j -y -e", "unknown option '-y'");
	bad("-Y 5", "unknown option '-Y'");
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
	bad("help lits",
	    "help: 'lits' is not a word (list, who, conns, top, record, log, export, route, link, "
	    "stats) or filters: "
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

TEST(options__schema_that_is_none_is_told_with_those_that_are)
{
	bad("--json=foo", "--json: 'foo' is not a schema (ecs, ocsf or otel)");
	bad("--json=", "--json: '' is not a schema (ecs, ocsf or otel)");
	bad("-j=ecs", "option");
}

TEST(options__schema_of_others_is_for_records)
{
	bad("who 22 --json=ecs", "--json=SCHEMA is for the stream, conns, log and list");
	bad("route --json=ecs", "--json=SCHEMA is for the stream");
	bad("--features --json=ecs", "--json=SCHEMA is for the stream");
	bad("list --by state --json=ecs", "--by has no place");
	bad("list -s --json=ecs", "--statistics has no place");
	bad("log --verify --json=ecs", "--verify has no place");
	bad("list -x --json=ecs", "--unix has no place");
	bad("record --json=ecs", "--json is not for record");
}

TEST(options__value_too_many_is_named)
{
	bad("--events=yes", "--events takes no value");
	bad("--no-loopback=1", "--no-loopback takes no value");
	bad("--udp=1", "--udp takes no value");
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
	assert_int_not_equal(options_parse(&all_words, 2, argv, &options, small, sizeof(small)), 0);
	assert_true(strlen(small) < sizeof(small));
	memcpy(line, "--port=", 7);
	bad(line, "--port: 'xxx");
}

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
