// SPDX-License-Identifier: GPL-2.0-only
/* The options of top. */
#include "command_line.h"

#include "top/list.h"

TEST(options_top__shows_tcp_and_udp_and_takes_texts)
{
	SETS("top", select.udp, true);
	SETS("top", select.tcp, true);
	SETS("top -t", select.udp, false);
	SETS("top curl 443", n_args, 2);
	SETS("top --batch -c 2 --count 3", page.count, 3);
	SETS("top -b", top.batch, true);
	SETS("top --dir /x", past.at_ns, 0);
	SETS("top --allow-kill", top.allow_kill, true);
}

TEST(options_top__views_are_those_of_the_table)
{
	SETS("top --view connections", top.view, TOP_CONNS);
	SETS("top --view processes", top.view, TOP_PROCESSES);
	SETS("top --view remotes", top.view, TOP_REMOTES);
	SETS("top --view listeners", top.view, TOP_LISTENERS);
	SETS("top --view failures", top.view, TOP_FAILURES);
	SETS("top --view units", top.view, TOP_UNITS);
	SETS("top --view tree", top.view, TOP_TREE);
}

TEST(options_top__takes_an_expression_behind_texts)
{
	SETS("top dport = :443", n_args, 0);
	SETS("top dport = :443", select.where.expr.n, 1);
	SETS("top curl nginx not dst 127.0.0.1", n_args, 2);
	SETS("top curl nginx not dst 127.0.0.1", select.where.expr.n, 2);
	SETS("top state close-wait", select.filter.states, 1u << SW_TCP_CLOSE_WAIT);
	bad("top dport = :no-such", "no-such");
	bad("top --at 10m state close-wait", "leave state out");
}

TEST(options_top__wrong_ones)
{
	bad("top --count 3", "top --batch --count 3");
	bad("top -j", "top --batch -j");
	bad("top --sort growth", "top sorts by a column");
	bad("list --sort rate", "--sort rate: that is a column of top");
	bad("top --csv", "--csv is not for top");
	bad("list --batch", "--batch is not for list");
	bad("top --at 10m -b", "log --at TIME");
	bad("top --at 10m --allow-kill", "leave --at out");
	bad("top --at yesterdy", "did you mean yesterday");
	bad("top --batch --dir /x", "log --at TIME --dir DIR prints it");
	bad("top -b --allow-kill", "--batch has none");
	bad("list --allow-kill", "--allow-kill is not for list");
}
