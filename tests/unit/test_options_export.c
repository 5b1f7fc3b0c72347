// SPDX-License-Identifier: GPL-2.0-only
/* Where metrics go, and how many there may be. */
#include "unit.h"

#include "cli/options.h"
#include "command_line.h"

TEST(options__metrics_go_to_a_file_an_address_or_a_path)
{
	SETS("export --metrics /x/y.prom", word, WORD_EXPORT);
	SETS("export --metrics /x/y.prom", out.form, METRICS_FILE);
	SETS("export --metrics y.prom", out.form, METRICS_FILE);
	SETS("export --metrics /x/a:9", out.form, METRICS_FILE);
	SETS("export --metrics 127.0.0.1:9435", out.form, METRICS_INET);
	SETS("export --metrics 127.0.0.1:9435", out.port, 9435);
	SETS("export --metrics 127.3.0.1:9435", out.form, METRICS_INET);
	SETS("export --metrics localhost:1", out.port, 1);
	SETS("export --metrics [::1]:9435", out.addr.b[15], 1);
	SETS("export --metrics [::1]:9435", out.addr.b[10], 0);
	SETS("export --metrics unix:/run/x", out.form, METRICS_UNIX);
	good("export --metrics unix:/run/x");
	assert_ptr_equal(options.out.path, options.out.metrics + 5);
	good("export --metrics /x/y.prom");
	assert_ptr_equal(options.out.path, options.out.metrics);
	bad("export", "export: say where to: --metrics FILE");
	bad("export --metrics=", "--metrics: '' is not a file");
	bad("export --metrics unix:", "--metrics: 'unix:' is not a file");
	bad("export --metrics /x/", "--metrics: '/x/' is not a file");
	bad("export --metrics :9435", "is not a file");
	bad("export --metrics ::1:9435", "is not a file");
	bad("export --metrics host:9435", "is not a file");
	bad("export --metrics 127.0.0.1:0", "is not a file");
	bad("export --metrics 127.0.0.1:65536", "is not a file");
	bad("list --metrics x", "--metrics is not for list (but for: export)");
}

TEST(options__metrics_are_for_this_machine_unless_it_is_said)
{
	bad("export --metrics 0.0.0.0:9435",
	    "--metrics 0.0.0.0:9435: whoever reaches that address");
	bad("export --metrics [::]:9435", "--allow-remote");
	bad("export --metrics 10.0.0.5:9435", "--allow-remote");
	bad("export --metrics [fe80::1]:9435", "--allow-remote");
	SETS("export --metrics 0.0.0.0:9435 --allow-remote", out.form, METRICS_INET);
	SETS("export --allow-remote --metrics [2001:db8::5]:9435", out.port, 9435);
}

TEST(options__metrics_have_limits)
{
	SETS("export --metrics x", out.interval_ms, 15000);
	SETS("export --metrics x --interval 0.1", out.interval_ms, 100);
	SETS("export --metrics x --interval 1m", out.interval_ms, 60000);
	SETS("export --metrics x", out.max_series, 2000);
	SETS("export --metrics x --metrics-max-series 30000", out.max_series, 30000);
	bad("export --metrics x --interval 0.05", "--interval: '0.05' is not a time from 0.1");
	bad("export --metrics x --interval 2d", "--interval: '2d'");
	bad("export --metrics x --metrics-max-series 99",
	    "--metrics-max-series: '99' is not a number");
	bad("export --metrics x --metrics-max-series 30001", "is not a number");
	bad("export --metrics x -j", "--json is not for export");
	bad("export --metrics x --failed", "--failed is not for export");
}

TEST(options__metrics_are_of_tcp_and_udp)
{
	SETS("export --metrics x", select.tcp, true);
	SETS("export --metrics x", select.udp, true);
	SETS("export --metrics x -t", select.udp, false);
}
