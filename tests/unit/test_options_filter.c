// SPDX-License-Identifier: GPL-2.0-only
/* Options that filter, and their values. */
#include "command_line.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TEST(options__each_filter_fills_its_own_set)
{
	good("-P 1 -L 2 -D 3 --addr 10.0.0.1 --local-addr 10.0.0.2 --remote-addr 10.0.0.3 --pid 4 "
	     "--comm five --uid 6 --state LISTEN");
	assert_int_equal(options.select.filter.on, SW_F_PORT | SW_F_LOCAL_PORT | SW_F_REMOTE_PORT |
							   SW_F_ADDR | SW_F_LOCAL_ADDR |
							   SW_F_REMOTE_ADDR | SW_F_PID | SW_F_COMM |
							   SW_F_UID | SW_F_STATE);
	assert_true(sw_port_in(&options.select.filter.any_port, 1));
	assert_true(sw_port_in(&options.select.filter.local_port, 2));
	assert_true(sw_port_in(&options.select.filter.remote_port, 3));
	assert_false(sw_port_in(&options.select.filter.any_port, 2));
	assert_int_equal(options.select.filter.any_addr.n, 1);
	assert_int_equal(options.select.filter.any_addr.cidr[0].net.b[15], 1);
	assert_int_equal(options.select.filter.local_addr.n, 1);
	assert_int_equal(options.select.filter.local_addr.cidr[0].net.b[15], 2);
	assert_int_equal(options.select.filter.remote_addr.n, 1);
	assert_int_equal(options.select.filter.remote_addr.cidr[0].net.b[15], 3);
	assert_int_equal(options.select.filter.n_pids, 1);
	assert_int_equal(options.select.filter.pids[0], 4);
	assert_int_equal(options.select.filter.n_comms, 1);
	assert_string_equal(options.select.filter.comms[0].name, "five");
	assert_int_equal(options.select.filter.n_uids, 1);
	assert_int_equal(options.select.filter.uids[0], 6);
	assert_int_equal(options.select.filter.states, 1u << SW_TCP_LISTEN);
}

TEST(options__value_may_follow_an_equals_sign)
{
	good("--port=443 --local-port=1 --remote-port=2 --pid=3 --time=iso");
	assert_true(sw_port_in(&options.select.filter.any_port, 443));
	assert_int_equal(options.select.filter.pids[0], 3);
	assert_int_equal(options.print.time, TIME_ISO);
}

TEST(options__commas_and_repetition_are_or)
{
	good("-P 80,443 -P 8000-8002 --pid 1,2 --pid 3 --state close,estab --addr ::1,10.0.0.0/8");
	assert_true(sw_port_in(&options.select.filter.any_port, 80));
	assert_true(sw_port_in(&options.select.filter.any_port, 443));
	assert_true(sw_port_in(&options.select.filter.any_port, 8000));
	assert_true(sw_port_in(&options.select.filter.any_port, 8001));
	assert_true(sw_port_in(&options.select.filter.any_port, 8002));
	assert_false(sw_port_in(&options.select.filter.any_port, 8003));
	assert_false(sw_port_in(&options.select.filter.any_port, 7999));
	assert_int_equal(options.select.filter.n_pids, 3);
	assert_int_equal(options.select.filter.pids[2], 3);
	assert_int_equal(options.select.filter.states,
			 1u << SW_TCP_CLOSE | 1u << SW_TCP_ESTABLISHED);
	assert_int_equal(options.select.filter.any_addr.n, 2);
}

TEST(options__ports_at_their_limits)
{
	good("-P 1,65535");
	assert_true(sw_port_in(&options.select.filter.any_port, 1));
	assert_true(sw_port_in(&options.select.filter.any_port, 65535));
	good("-P 1-65535");
	assert_true(sw_port_in(&options.select.filter.any_port, 32768));
	good("-P 5-5");
	assert_true(sw_port_in(&options.select.filter.any_port, 5));
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
	assert_true(sw_port_in(&options.select.filter.any_port, 443));
	assert_true(sw_port_in(&options.select.filter.any_port, 22));
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
	SETS("--uid 0,1000,4294967294", select.filter.n_uids, 3);
	SETS("--uid root", select.filter.uids[0], 0);
	bad("--uid nobody-has-this-name", "--uid: 'nobody-has-this-name' is not a user");
	bad("--uid 4294967295", "'4294967295'"); /* (uid_t)-1 is nobody's */
	bad("--uid -1", "'-1'");
}

TEST(options__netns_by_number_or_path)
{
	struct stat st;

	good("--netns 4026531840,1 --netns /proc/self/ns/net --netns self");
	assert_int_equal(options.select.filter.n_netns, 4);
	assert_int_equal(options.select.filter.netns[0], 4026531840u);
	assert_int_equal(stat("/proc/self/ns/net", &st), 0);
	assert_int_equal(options.select.filter.netns[2], st.st_ino);
	assert_int_equal(options.select.filter.netns[3], st.st_ino);
	assert_int_equal(options.select.filter.on, SW_F_NETNS);
	bad("--netns no-namespace-has-this-name", "'no-namespace-has-this-name' is not a network");
	bad("--netns=", "'' is not a network namespace");
	bad("--netns /etc/passwd", "'/etc/passwd' is not a network namespace");
	bad("--netns /proc/self/ns/mnt", "'/proc/self/ns/mnt' is not a network namespace");
	bad("--netns .", "'.' is not a network namespace");
	bad("--netns /run", "'/run' is not a network namespace");
	bad("--netns 0", "'0'");
}

/* Those that exist are found by the live tests: there is no cgroup on every machine. */
TEST(options__cgroup_by_id_or_not_at_all)
{
	char args[1024] = "--cgroup 1";

	good("--cgroup 4711,18446744073709551615 --cgroup 7");
	assert_int_equal(options.select.filter.n_cgroups, 3);
	assert_int_equal(options.select.filter.cgroups[0], 4711);
	assert_true(options.select.filter.cgroups[1] == UINT64_MAX);
	assert_int_equal(options.select.filter.on, SW_F_CGROUP);
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
	assert_string_equal(options.select.filter.comms[0].name, "systemd-resolve");
	assert_int_equal(options.select.filter.comms[0].len, 16);
	good("--comm ngi*");
	assert_string_equal(options.select.filter.comms[0].name, "ngi");
	assert_int_equal(options.select.filter.comms[0].len, 3);
	SETS("--comm curl", select.filter.comms[0].len, 5);
	bad("--comm=", "--comm: '' is not a process name");
}

TEST(options__states_in_every_spelling)
{
	SETS("--state TIME_WAIT,time-wait,timewait,FIN_WAIT1,fin-wait-1", select.filter.states,
	     1u << SW_TCP_TIME_WAIT | 1u << SW_TCP_FIN_WAIT1);
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
	char line[1024];

	for (size_t i = 0; i < COUNT(lists); i++) {
		int n = snprintf(line, sizeof(line), "%s ", lists[i].name);

		for (int k = 0; k < SW_FILTER_MAX; k++)
			n += snprintf(line + n, sizeof(line) - (size_t)n, "%s%s", k ? "," : "",
				      lists[i].value);
		good(line);
		snprintf(line + n, sizeof(line) - (size_t)n, ",%s", lists[i].value);
		bad(line, lists[i].name);
		bad(line, ": at most 64 values");
	}
}

TEST(options__service_of_one_protocol_only_is_a_port)
{
	good("-u -P ntp");
	assert_true(options.select.filter.any_port.bits[123 / 64] >> 123 % 64 & 1);
}
