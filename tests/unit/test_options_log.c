// SPDX-License-Identifier: GPL-2.0-only
/* The command line of log. */
#include "command_line.h"

#include <stdbool.h>

#define SEC 1000000000ULL

TEST(log__asks_for_all_without_options)
{
	good("log");
	assert_int_equal(options.word, WORD_LOG);
	assert_int_equal(options.n_args, 0);
	assert_int_equal(options.past.since_ns, 0);
	assert_int_equal(options.past.until_ns, UINT64_MAX);
	assert_null(options.past.dir);
	assert_false(options.past.newest_first || options.select.kinds_named);
}

TEST(log__takes_ports_and_addresses)
{
	good("log 443 8000-8100 53/udp 10.0.0.9 [::1]:80");
	assert_int_equal(options.n_args, 5);
	bad("log 99999", "log: '99999' is not a port");
	bad("log yesterday", "log: 'yesterday' is not a port");
}

/* As in journalctl and tail; elsewhere the letter is netstat's. */
TEST(log__letter_n_takes_a_number)
{
	SETS("log -n 20", page.count, 20);
	SETS("log -n20 443", page.count, 20);
	SETS("log -n 20 443", n_args, 1);
	SETS("log --lines=7", page.count, 7);
	SETS("log --count 7", page.count, 7);
	SETS("log -jn 5", page.count, 5);
	SETS("log --numeric", print.numeric, true);
	SETS("-j log -n 5", page.count, 5);
	SETS("list -n", print.numeric, true);
	SETS("-n", print.numeric, true);
	bad("log -n", "--lines needs a value: a number from 1");
	bad("log -n 0", "--lines: '0' is not a number from 1");
	bad("-n log", "--lines: 'log' is not a number");
	bad("--dir /tmp log -n 5", "stands behind it: log -n 20");
	bad("list -n 5", "unexpected word '5'");
	bad("list --lines 5", "--lines is not for list");
}

TEST(log__letter_r_is_the_newest_first)
{
	SETS("log -r", past.newest_first, true);
	SETS("log --reverse", past.newest_first, true);
	SETS("log -rn3", page.count, 3);
	SETS("-r", word, WORD_ROUTE);
	SETS("-r log", past.newest_first, true);
	bad("-r list", "the word route");
	bad("route --reverse", "--reverse is not for route");
}

TEST(log__times)
{
	uint64_t now;

	good("log --since 10m --until now");
	now = options.past.now_ns;
	assert_int_equal(options.past.since_ns, now - 600 * SEC);
	assert_int_equal(options.past.until_ns, now);
	good("log --since -1h");
	assert_int_equal(options.past.since_ns, options.past.now_ns - 3600 * SEC);
	good("log --since=@1795528800 --until=+1d");
	assert_int_equal(options.past.since_ns, 1795528800 * SEC);
}

TEST(log__a_wrong_time_is_answered_with_what_was_meant)
{
	bad("log --since 24:61", "no such time as '24:61'");
	bad("log --since 2026-02-30", "no such time as '2026-02-30'");
	bad("log --since yesterda", "did you mean yesterday?");
	bad("log --until todya", "--until: 'todya' is not a time: did you mean today?");
	bad("log --since 10", "did you mean 10m (minutes ago), 10h or 10:00?");
	bad("log --since 1795528800", "did you mean @1795528800?");
	bad("log --since soon-ish", "'soon-ish' is not a time: 10m");
	bad("log --since tomorrow", "still to come");
	bad("log --since +1h", "still to come: did you mean 1h?");
	bad("log --since 9999-01-01", "no such time");
	bad("log --since 2200-01-01", "still to come");
	bad("log --since 1h --until 2h", "--until 2h is not after --since 1h");
	bad("log --since", "--since needs a value");
	bad("list --since 1h", "--since is not for list");
}

TEST(log__goes_on_only_with_what_comes)
{
	SETS("log -f", follow, true);
	SETS("log -f --since 1h 443", follow, true);
	bad("log -f --until now", "leave --until out");
	bad("log -fr", "leave --reverse out");
	bad("log -f --by comm", "leave --by out");
}

TEST(log__at_is_a_moment)
{
	good("log --at 10m 443");
	assert_int_equal(options.past.at_ns, options.past.now_ns - 600 * SEC);
	bad("log --at tomorrow", "still to come");
	bad("log --at 10m --since 1h", "--at is a moment: leave --since out");
	bad("log --at 10m -f", "leave --follow out");
	bad("log --at 10m -n 3", "leave --lines out");
	bad("log --at 10m --by comm", "leave --by out");
}

TEST(log__verify_is_of_all)
{
	SETS("log --verify", past.verify, true);
	bad("log --verify -j", "leave ports, -f, -j and --csv out");
	bad("log 443 --verify", "leave ports");
}

TEST(who__of_a_time_is_asked_of_the_store)
{
	SETS("who 8080", word, WORD_WHO);
	SETS("who 8080 --since 1h", word, WORD_WHO_PAST);
	SETS("who 8080 --until 1h", word, WORD_WHO_PAST);
	SETS("who 8080 --dir x", word, WORD_WHO_PAST);
	SETS("who --at 10m 8080", word, WORD_WHO_PAST);
	assert_int_equal(options.past.at_ns, options.past.now_ns - 600 * SEC);
	good("who 8080 443/tcp --since 2h --until 1h --comm curl -j");
	assert_int_equal(options.past.until_ns - options.past.since_ns, 3600 * SEC);
	bad("who --since 1h", "who");
	bad("who 80 --since 1h -f", "knows no past");
	bad("who 80 --since 1h -t", "for kill");
	bad("who 80 --since 1h --resolve", "leave it out");
	bad("who 80 --at 1h --until 10m", "leave --until out");
	bad("who 80 --at tomorrow", "still to come");
	bad("who 80 --since tomorrow", "still to come");
	bad("who 80 --since 1h --until 2h", "--until 2h is not after");
	bad("who 80 --since soon-ish", "not a time");
}

TEST(log__sql_says_itself_what_is_told)
{
	good("log --sql 'x' --since 1h --comm curl -j --timeout 2m 443");
	assert_non_null(options.past.sql);
	assert_int_equal(options.past.timeout_ms, 120000);
	bad("log --sql x -n 3", "leave --lines out");
	bad("log --sql x -r", "leave --reverse out");
	bad("log --sql x --by comm", "leave --by out");
	bad("log --sql x -f", "leave --follow out");
	bad("log --sql x --at 10m", "leave --at out");
	bad("log --sql x --verify", "leave --verify out");
	bad("log --timeout 5", "--timeout is for --sql");
	bad("log --sql x --timeout soon", "'soon' is not a time");
	bad("list --sql x", "--sql is not for list");
}

TEST(log__counts_and_sorts)
{
	SETS("log --by comm,port", count.n_keys, 2);
	SETS("log --by port", count.keys[0], TALLY_SERVICE);
	SETS("list --by port", count.keys[0], TALLY_PORT);
	SETS("log --by exe,reason,hour,day,unit", count.n_keys, 5);
	SETS("log --by comm --sort sent", count.sorts[0], TALLY_BY_SENT);
	SETS("log --by port --sort port", count.sorts[0], 0);
	SETS("log --by comm --sort last,first", count.n_sorts, 2);
	SETS("log --by comm,reason,hour --sort hour,reason", count.sorts[1], 1);
	SETS("log --by port,exe --sort exe,port", count.sorts[0], 1);
	bad("log --sort hour", "it needs --by");
	bad("log --by state", "what is past has none");
	bad("list --by hour", "for the past: log");
	bad("list --by comm --sort sent", "log --by");
	bad("log --by comm --sort growth", "counts of the past are sorted by count");
	bad("log --by comm --sort port", "where --by names it");
	bad("log --sort sent", "it needs --by");
	bad("log --sort port", "in the order of time");
}

TEST(log__has_the_filters_of_the_stream)
{
	SETS("log --failed", select.filter.on, SW_F_FAILED);
	SETS("log -P 443", select.filter.on, SW_F_PORT);
	SETS("log -L 443 -D 80", select.filter.on, SW_F_LOCAL_PORT | SW_F_REMOTE_PORT);
	SETS("log --comm curl --uid 0", select.filter.on, SW_F_COMM | SW_F_UID);
	SETS("log -u", select.kinds_named, true);
	bad("log --state established", "--state is not for log");
	bad("log --duration 5", "--duration is not for log");
	bad("log --dir=", "--dir: '' is not the name of a directory");
}

TEST(log__a_report_is_one_page_in_a_file)
{
	good("log --report day.html --since 1h --comm curl 443");
	assert_non_null(options.past.report);
	bad("log --report -", "--report");
	bad("log --report", "--report");
	bad("log --report r.html --by comm", "leave --by out");
	bad("log --report r.html --plot", "leave --plot out");
	bad("log --report r.html -r", "leave --reverse out");
	bad("log --report r.html -n 5", "leave --count out");
	bad("log --report r.html -f", "leave --follow out");
	bad("log --report r.html --at 10m", "leave --at out");
	bad("log --report r.html -j", "leave --json out");
	bad("log --report r.html -O x", "leave --output out");
	bad("log --report r.html --resolve", "leave --resolve out");
	bad("log --report r.html --verify", "leave --verify out");
	bad("log --report r.html --sql x", "leave --sql out");
	bad("conns --report r.html", "--report is not for conns");
}
