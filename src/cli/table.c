// SPDX-License-Identifier: GPL-2.0-only
#include "cli/table.h"

#include <stddef.h>
#include <string.h>

#include "cli/columns.h"
#include "cli/export.h"
#include "cli/fleet.h"
#include "cli/habits.h"
#include "cli/options.h"
#include "cli/take.h"
#include "cli/words.h"
#include "core/when.h"

#define PORTS "a port (443), a range (8000-8099) or a service name (https)"
#define BY_KEYS                                                                               \
	"what sockets have in common: state, comm, unit, remote, port, uid, proto, pid, "     \
	"container, cgroup, netns, local or remote-port; of log also exe, reason, hour, day " \
	"or, with --from, host"
#define SERVERS                                                \
	"a server (clickhouse://host:8123/database; with TLS " \
	"clickhouse+https://host:8443/database)"
#define CIDRS "an address (10.0.0.5, ::1) or a block (10.0.0.0/8)"
#define METRICS                                                                             \
	"a file (/var/lib/prometheus/node-exporter/sockwatch.prom), an address and a port " \
	"(127.0.0.1:9435, [::1]:9435), or unix:PATH"
#define SIZES "a size from 64K to 64T (500M, 1G)"
#define PROTOS \
	"tcp, udp, udplite, icmp, raw, mptcp, sctp, unix, packet, netlink, vsock, tipc or xdp"
#define FAMILIES "inet, inet6, unix, link, tcp, udp or another of --proto"
#define PROTO_CHOICES "tcp udp udplite icmp raw mptcp sctp unix packet netlink vsock tipc xdp"
/* One of what --proto names, for fingers that know ss and netstat. */
#define KIND(letter_, name_, member, words_)                                                \
	{                                                                                   \
		letter_, name_, NULL, false, take_nothing, NULL, NULL, FLAG(select.member), \
			.words = words_                                                     \
	}
#define FLAG(member) .flag = offsetof(struct options, member)

const struct option_def defs[] = {
	{ .name = "Select", .list = true },
	{ 't', "tcp", NULL, false, take_nothing, "TCP (the stream's default)", NULL,
	  FLAG(select.tcp), .words = FOR_SOCKETS | FOR_STATS | FOR_TRACERS, .not_letter = FOR_WHO },
	{ 'u', "udp", NULL, false, take_nothing, "UDP; -tu: both", NULL, FLAG(select.udp),
	  .words = FOR_SOCKETS | FOR_STATS | FOR_TRACERS },
	{ 'w', "raw", NULL, false, take_nothing, "raw sockets", NULL, FLAG(select.raw),
	  .words = FOR_LIST | FOR_STATS },
	{ 'x', "unix", NULL, false, take_nothing, "Unix sockets", NULL, FLAG(select.unix_sockets),
	  .words = FOR_LIST },
	{ 0, "proto", "NAME", true, take_proto, "by name: mptcp, packet, netlink, ...",
	  .wants = PROTOS, .words = FOR_LIST, .choices = PROTO_CHOICES },
	{ '4', "ipv4", NULL, false, take_nothing, "only IPv4, v4-mapped connections too", NULL,
	  .bit = SW_F_IPV4, .words = FOR_SOCKETS | FOR_ROUTE | FOR_TRACERS },
	{ '6', "ipv6", NULL, false, take_nothing, "only IPv6", NULL, .bit = SW_F_IPV6,
	  .words = FOR_SOCKETS | FOR_ROUTE | FOR_TRACERS },
	{ 'a', "all", NULL, false, take_nothing, "also what is zero, down, or of the table local",
	  NULL, FLAG(all), .words = FOR_ALL },
	{ 'l', "listening", NULL, false, take_nothing, "only listening sockets", NULL,
	  .bit = SW_F_LISTEN, .words = FOR_SOCKETS | FOR_RECORD },
	{ .name = "Filter",
	  .list = true,
	  .help = "Repeat an option or give commas for \"or\"; different options are \"and\"." },
	{ 'P', "port", "PORT", true, take_port, "local or remote port: 443, 8000-8099, https",
	  .wants = PORTS, .words = FOR_STREAMS | FOR_LIST | FOR_LOG | FOR_TRACERS,
	  .choices = "@service" },
	{ 'L', "local-port", "PORT", true, take_local_port, "local port", .wants = PORTS,
	  .words = FOR_STREAMS | FOR_LIST | FOR_LOG | FOR_TRACERS, .choices = "@service" },
	{ 'D', "remote-port", "PORT", true, take_remote_port, "remote port", .wants = PORTS,
	  .words = FOR_STREAMS | FOR_LIST | FOR_LOG | FOR_TRACERS, .choices = "@service" },
	{ 0, "addr", "CIDR", true, take_addr, "local or remote address: 10.0.0.0/8, ::1",
	  .wants = CIDRS, .words = FOR_SOCKETS | FOR_TRACERS },
	{ 0, "local-addr", "CIDR", true, take_local_addr, "local address", .wants = CIDRS,
	  .words = FOR_SOCKETS | FOR_TRACERS },
	{ 0, "remote-addr", "CIDR", true, take_remote_addr, "remote address", .wants = CIDRS,
	  .words = FOR_SOCKETS | FOR_TRACERS },
	{ 0, "pid", "PID", true, take_pid, "owner, or the process that acts",
	  .wants = "a process number", .words = FOR_SOCKETS | FOR_TRACERS, .choices = "@pid" },
	{ 0, "comm", "NAME", false, take_comm, "the same by name: curl; or pattern: nginx*, *sql",
	  .wants = "a process name, or a pattern", .words = FOR_SOCKETS | FOR_TRACERS,
	  .choices = "@comm" },
	{ 0, "uid", "USER", true, take_uid, "user of the socket: name or number",
	  .wants = "a user's name or number", .words = FOR_SOCKETS | FOR_TRACERS,
	  .choices = "@user" },
	{ 0, "netns", "NAME", true, take_netns, "namespace: ip netns name, self, number or path",
	  .wants = "a network namespace (a name in /run/netns, self, a number, or a path)",
	  .words = FOR_SOCKETS | FOR_TRACERS, .choices = "@netns" },
	{ 0, "cgroup", "PATH", true, take_cgroup, "of a cgroup or below: system.slice/ssh.service",
	  .wants = "a cgroup of v2 (its path below the root, as --json has it: "
		   "system.slice/ssh.service; the path of its directory; or its id)",
	  .words = FOR_SOCKETS | FOR_TRACERS, .choices = "@cgroup" },
	{ 0, "unit", "UNIT", false, take_unit, "of a unit of systemd: ssh, nginx.service, user@*",
	  .wants = "a unit (ssh, nginx.service), or a pattern of some",
	  .words = FOR_STREAMS | FOR_LIST | FOR_LOG | FOR_TRACERS, .choices = "@unit" },
	{ 0, "container", "NAME", false, take_container,
	  "of a container: its name, its id, or 12 digits",
	  .wants = "a container's name, its id, the first 12 digits of that, or a pattern",
	  .words = FOR_STREAMS | FOR_LIST | FOR_LOG | FOR_TRACERS },
	{ 0, "pod", "NAME", false, take_pod, "of a pod of Kubernetes: its name, or its UID",
	  .wants = "a pod's name, its UID, or a pattern",
	  .words = FOR_STREAMS | FOR_LIST | FOR_LOG | FOR_TRACERS },
	{ 0, "exe", "PATH", false, take_exe, "whose owner runs this: /usr/sbin/nginx, or nginx",
	  .wants = "an executable's path, its name, or a pattern",
	  .words = FOR_STREAMS | FOR_LIST | FOR_LOG | FOR_TRACERS },
	{ 0, "state", "STATE", true, take_state, "the state that is reached: established, close",
	  .wants = "a TCP state (ESTABLISHED, SYN_SENT, SYN_RECV, FIN_WAIT1, FIN_WAIT2, TIME_WAIT, "
		   "CLOSE, CLOSE_WAIT, LAST_ACK, LISTEN, CLOSING)",
	  .words = FOR_SOCKETS & ~(FOR_CONNS | FOR_LOG),
	  .choices = "established syn-sent syn-recv fin-wait1 fin-wait2 time-wait close close-wait "
		     "last-ack listen closing" },
	{ 0, "no-loopback", NULL, false, take_nothing, "nothing on 127.0.0.0/8 or ::1", NULL,
	  .bit = SW_F_NO_LOOPBACK, .words = FOR_SOCKETS | FOR_TRACERS },
	{ 0, "failed", NULL, false, take_nothing,
	  "only what failed or was cut off, with the reason", NULL, .bit = SW_F_FAILED,
	  .words = FOR_STREAMS | FOR_LOG | FOR_RECORD },
	{ .name = "Stream" },
	{ 'E', "events", NULL, false, take_nothing, "no snapshot, only what happens from now on",
	  NULL, FLAG(watch.events_only), .words = FOR_WATCH },
	{ 0, "retransmits", NULL, false, take_nothing,
	  "only segments sent again; with -E or -a all else too", NULL, FLAG(watch.retransmits),
	  .words = FOR_WATCH },
	{ 0, "duration", "TIME", false, take_duration, "end after so long: 10, 0.5, 2m, 1h",
	  .wants = "a time (10, 0.5, 90s, 2m, 1h)", .words = FOR_STREAMS | FOR_WHO | FOR_TRACERS },
	{ 0, "interim", "TIME", false, take_interim,
	  "long connections are told so far, so often: 5m",
	  .wants = "a time from 0.1 seconds to 10 days (5m, 90s, 1h)",
	  .words = FOR_CONNS | FOR_RECORD },
	{ 0, "idle", "TIME", false, take_idle,
	  "UDP with a peer ends when nothing moved so long (60s)",
	  .wants = "a time from 0.1 seconds to 10 days (60s, 5m), or none",
	  .words = FOR_CONNS | FOR_TRACERS, .choices = "30s 60s 5m none" },
	{ 0, "buffer-size", "BYTES", false, take_buffer_size, NULL, /* the manual has it */
	  .wants = "a size up to 1G (65536, 256K, 4M)",
	  .words = FOR_STREAMS | FOR_WHO | FOR_TRACERS },
	{ 0, "strict", NULL, false, take_nothing, "exit with 3 when events were lost", NULL,
	  FLAG(strict), .words = FOR_STREAMS | FOR_TRACERS },
	{ 0, "time-wait", "HOW", false, take_time_wait, NULL, /* the manual has it */
	  .wants = "timers or rule", .words = FOR_WATCH, .choices = "timers rule" },
	{ 0, "max-sockets", "N", false, take_max_sockets, NULL, /* the manual has it */
	  .wants = "a number up to 16777216", .words = FOR_STREAMS | FOR_WHO | FOR_TRACERS },
	{ .name = "Past" },
	{ 0, "since", "TIME", false, take_since, "from then on: 10m, 2h, yesterday, 14:00, a date",
	  .wants = WHEN_WANTS, .words = FOR_LOG | FOR_WHO, .choices = "10m 1h today yesterday" },
	{ 0, "until", "TIME", false, take_until, "what was before then", .wants = WHEN_WANTS,
	  .words = FOR_LOG | FOR_WHO, .choices = "now today yesterday" },
	{ 0, "at", "TIME", false, take_at, "the sockets of that moment, as list has them",
	  .wants = WHEN_WANTS, .words = FOR_LOG | FOR_WHO | FOR_TOP,
	  .choices = "10m 1h yesterday" },
	{ 'n', "lines", "N", false, take_count, "or --count: only the last N",
	  .wants = "a number from 1", .words = FOR_LOG },
	{ 'r', "reverse", NULL, false, take_nothing, "the newest first", NULL,
	  FLAG(past.newest_first), .words = FOR_LOG },
	{ 0, "peer", NULL, false, take_nothing, "who is at the other end, as far as it is recorded",
	  NULL, FLAG(past.peers), .words = FOR_LOG },
	{ 0, "sql", "SELECT", false, take_sql, "in SQL: from connections, owners, failures, ...",
	  .wants = "a statement of SQL", .words = FOR_LOG },
	{ 0, "timeout", "TIME", false, take_timeout, NULL, /* the manual has it */
	  .wants = "a time (10, 90s, 2m)", .words = FOR_LOG | FOR_EXPORT },
	{ 0, "report", "FILE", false, take_report, "a page: who listened, talked, failed, and when",
	  .wants = "the name of a file (report.html)", .words = FOR_LOG },
	{ 0, "verify", NULL, false, take_nothing, "is the store as it was written?", NULL,
	  FLAG(past.verify), .words = FOR_LOG },
	{ .name = "Store" },
	{ 0, "dir", "DIR", false, take_dir, "where it is (default /var/lib/sockwatch)",
	  .wants = "the name of a directory",
	  .words = FOR_RECORD | FOR_LOG | FOR_WHO | FOR_EXPORT | FOR_TOP },
	{ 0, "max-size", "SIZE", false, take_max_size, "the oldest goes beyond that (default 1G)",
	  .wants = SIZES, .words = FOR_RECORD },
	{ 0, "max-age", "TIME", false, take_max_age, "what is older goes (default 30d)",
	  .wants = "a time (30d, 12h)", .words = FOR_RECORD | FOR_EXPORT },
	{ 0, "keep-free", "PERCENT", false, take_keep_free, "of the disk, for others (default 10%)",
	  .wants = "a part from 0% to 90%", .words = FOR_RECORD },
	{ 0, "segment", "SIZE", false, take_segment, "of each file, which goes whole (default 64M)",
	  .wants = SIZES, .words = FOR_RECORD },
	{ 0, "notable", "SOCKET", false, take_notable,
	  "what is new, or fails in a row, to the journal",
	  .wants = "the path of a socket, or nothing (for systemd's journal)", .words = FOR_RECORD,
	  .number = true },
	{ 0, "config", "FILE", false, take_config, "more options from there; SIGHUP reads it again",
	  .wants = "the name of a file", .words = FOR_RECORD },
	{ 0, "check", NULL, false, take_nothing, "only say whether it could be done", NULL,
	  FLAG(check_only), .words = FOR_RECORD },
	{ .name = "Metrics" },
	{ 0, "metrics", "WHERE", false, take_metrics,
	  "a file, 127.0.0.1:9435, [::1]:9435 or unix:PATH", .wants = METRICS,
	  .words = FOR_EXPORT },
	{ 0, "interval", "TIME", false, take_interval, "between two looks, and two files (15s)",
	  .wants = "a time from 0.1 seconds to a day (15s, 1m)", .words = FOR_EXPORT },
	{ 0, "metrics-max-series", "N", false, take_max_series, "what is more is summed up (2000)",
	  .wants = "a number from 100 to 30000", .words = FOR_EXPORT },
	{ 0, "allow-remote", NULL, false, take_nothing, "listen where others can read them, too",
	  NULL, FLAG(out.allow_remote), .words = FOR_EXPORT },
	{ .name = "Fleet" },
	{ 0, "to", "URL", false, take_to, "what is recorded, to clickhouse://host:8123/database",
	  .wants = SERVERS, .words = FOR_EXPORT },
	{ 0, "from", "URL", false, take_from, "asks that server, of all machines, not the store",
	  .wants = SERVERS, .words = FOR_LOG },
	{ 0, "host", "NAME", false, take_host, "of these machines: web3; or pattern: web*",
	  .wants = "a machine's name, or a pattern of some", .words = FOR_LOG },
	{ 0, "create", "CLUSTER", false, take_create,
	  "only make the tables; of a cluster, its name",
	  .wants = "the name of a cluster, or nothing (for one server)", .words = FOR_EXPORT,
	  .number = true },
	{ 0, "login", "FILE", false, take_login, "which has USER:PASSWORD in its first line",
	  .wants = "the name of a file", .words = FOR_EXPORT | FOR_LOG },
	{ 0, "ca", "FILE", false, take_ca, "certificates that are trusted, instead of the usual",
	  .wants = "the name of a file", .words = FOR_EXPORT | FOR_LOG },
	{ 0, "cursor", "FILE", false, take_cursor, "what was sent so far (default DIR/cursor)",
	  .wants = "the name of a file", .words = FOR_EXPORT },
	{ 0, "batch-rows", "N", false, take_batch, "that are sent at a time (10000)",
	  .wants = "a number from 1 to 100000", .words = FOR_EXPORT },
	{ 0, "batch-wait", "TIME", false, take_batch_wait, "or when the first waits so long (5s)",
	  .wants = "a time from 0.1 seconds to a day (5s, 10m)", .words = FOR_EXPORT },
	{ 0, "once", NULL, false, take_nothing, "send what there is by now, and end", NULL,
	  FLAG(fleet.once), .words = FOR_EXPORT },
	{ .name = "Page" },
	{ 'c', "continuous", "SEC", false, take_repeat, "again and again, each SEC seconds (1)",
	  .wants = "a time (2, 0.5, 90s, 2m)", .words = FOR_PAGES | FOR_TOP, .number = true },
	{ 'f', "follow", NULL, false, take_nothing, "go on with every change", NULL, FLAG(follow),
	  .words = FOR_WHO | FOR_ROUTE | FOR_LOG },
	{ 0, "pids", NULL, false, take_nothing, "or -t: PIDs only, one a line: kill $(...)", NULL,
	  FLAG(pids_only), .words = FOR_WHO },
	{ 0, "count", "N", false, take_count, "end after N events, or N times of -c",
	  .wants = "a number from 1", .words = FOR_ALL },
	{ 'b', "batch", NULL, false, take_nothing, "print frames, one behind the other; -j: JSON",
	  NULL, FLAG(top.batch), .words = FOR_TOP },
	{ 0, "view", "VIEW", false, take_view, "connections, processes, remotes, listeners, ...",
	  .wants = "connections, processes, remotes, listeners, failures, units or tree",
	  .words = FOR_TOP,
	  .choices = "connections processes remotes listeners failures units tree" },
	{ 0, "allow-kill", NULL, false, take_nothing,
	  "k signals an owner, K closes a socket; both ask first", NULL, FLAG(top.allow_kill),
	  .words = FOR_TOP },
	{ 0, "sort", "KEY", true, take_sort, "by a column: port, addr, remote, comm, recv-q, ...",
	  .wants = "port, addr, remote, remote-port, proto, pid, comm, uid, state, timer, recv-q, "
		   "send-q, or of --by: count, growth or what it names; of log: count, sent, "
		   "received, failed, "
		   "first or last; of top: a column (rate, down, rtt, age, conns, close-wait, ...)",
	  .words = FOR_LIST | FOR_LOG | FOR_TOP | FOR_WHO,
	  .choices = "port addr remote remote-port proto pid comm uid state timer recv-q send-q "
		     "count growth sent received failed first last rate down retrans rtt age owner "
		     "local conns close-wait type inode refcnt" },
	{ 0, "by", "KEY", true, take_by, "counts by state, comm, unit, remote, port, uid, ...",
	  .wants = BY_KEYS, .words = FOR_LIST | FOR_LOG | FOR_WHO,
	  .choices = "state comm unit remote port uid proto pid container cgroup netns local "
		     "remote-port exe reason hour day host" },
	{ .name = "Output" },
	{ 'j', "json", "SCHEMA", false, take_json,
	  "one JSON object a line; SCHEMA: ecs, ocsf, otel",
	  .wants = "a schema (ecs, ocsf or otel)", .words = FOR_ALL, .number = true,
	  .by_name = true, .choices = "ecs ocsf otel" },
	{ 0, "csv", "safe", false, take_csv, "comma-separated values; safe: no cell is a formula",
	  .wants = "safe", .words = FOR_ALL & ~FOR_TOP, .number = true, .choices = "safe" },
	{ 0, "fields", "NAMES", true, take_fields, "these columns, in this order; help: lists them",
	  .wants = "a column (sockwatch --fields help lists them)",
	  .words = FOR_WATCH | FOR_CONNS | FOR_LIST | FOR_LOG, .choices = "@field" },
	{ 0, "tag", "KEY=TEXT", false, take_tag,
	  "in each object of -j; host, boot, schema: as known",
	  .wants = "KEY=TEXT with a key that no object has (env=prod), or host, boot or schema",
	  .words = FOR_ALL, .choices = "host boot schema" },
	{ 0, "plot", "svg", false, take_plot, "at the end: how long they were, when; or as SVG",
	  .wants = "svg, or nothing (for text)", .words = FOR_CONNS | FOR_LOG, .number = true,
	  .choices = "svg text" },
	{ 'n', "numeric", NULL, false, take_nothing, "numbers, no names (the stream's default)",
	  NULL, FLAG(print.numeric), .words = FOR_ALL, .not_letter = FOR_LOG },
	{ 'W', "wide", NULL, false, take_nothing, "no name of a host is cut, no column left out",
	  NULL, FLAG(print.wide), .words = FOR_ALL },
	{ 0, "resolve", NULL, false, take_nothing, "names of hosts, services and users", NULL,
	  FLAG(print.resolve), .words = FOR_SOCKETS },
	{ 0, "nat", NULL, false, take_nothing, "the other ends of what NAT changed (conntrack)",
	  NULL, FLAG(nat), .words = FOR_WATCH | FOR_CONNS | FOR_LIST },
	{ 'e', "extended", NULL, false, take_nothing,
	  "more: user, inode, container, command line, ...", NULL, FLAG(print.extended),
	  .words = (FOR_SOCKETS | FOR_ROUTE | FOR_LINK) & ~FOR_TOP },
	{ 'o', "timers", NULL, false, take_nothing, "the timers of TCP", NULL, FLAG(rows.timers),
	  .words = FOR_LIST },
	{ 'm', "memory", NULL, false, take_nothing, NULL, /* the manual has it */ NULL,
	  FLAG(rows.memory), .words = FOR_LIST },
	{ 0, "info", NULL, false, take_nothing, NULL, /* -i has it */
	  NULL, FLAG(rows.info), .words = FOR_LIST },
	{ 'T', "time", "STYLE", false, take_time, "clock, iso, epoch or delta",
	  .wants = "clock, iso, epoch or delta", .words = FOR_ALL & ~FOR_TOP,
	  .choices = "clock iso epoch delta" },
	{ 'H', "no-header", NULL, false, take_nothing, "no header line", NULL,
	  FLAG(print.no_header), .words = FOR_ALL & ~FOR_TOP },
	{ 'O', "output", "FILE", false, take_output, "append to a file; SIGHUP opens it again",
	  .wants = "the name of a file", .words = FOR_ALL },
	{ 0, "snapshot", "SOURCE", false, take_snapshot, NULL, /* the manual has it */
	  .wants = "walk, bpf, netlink or proc",
	  .words = FOR_SOCKETS & ~(FOR_CONNS | FOR_LOG | FOR_TOP),
	  .choices = "walk bpf netlink proc" },
	{ .name = "Other", .list = true },
	{ 'r', "route", NULL, false, take_route, "the word route", .words = FOR_WATCH | FOR_ROUTE },
	{ 'i', "interfaces", NULL, false, take_link, "the word link; list: round trips, ...",
	  .wants = "as lsof has it, once: TCP:80, UDP, @10.0.0.9:443, :8080, 4TCP",
	  .words = FOR_WATCH | FOR_LINK | FOR_LIST, .number = true,
	  .is_value = habit_is_lsof_where },
	{ 's', "statistics", NULL, false, take_stats, "the word stats",
	  .wants = "as lsof has it: TCP:LISTEN, TCP:ESTABLISHED",
	  .words = FOR_WATCH | FOR_STATS | FOR_LIST, .number = true,
	  .is_value = habit_is_lsof_state },
	{ 'v', "verbose", NULL, false, take_verbose, "say what was chosen and why; -vv: libbpf too",
	  .wants = NULL, .words = FOR_ALL | FOR_TRACERS },
	{ 0, "color", "WHEN", false, take_color, "auto, always or never",
	  .wants = "auto, always or never", .words = FOR_ALL, .choices = "auto always never" },
	{ 0, "features", NULL, false, take_features, "what this kernel allows", .wants = NULL,
	  .words = FOR_WATCH },
	{ 0, "completion", "SHELL", false, take_completion,
	  "print the completion for bash, zsh or fish", .wants = "bash, zsh or fish",
	  .words = FOR_WATCH, .choices = "bash zsh fish" },
	{ 'V', "version", NULL, false, take_version, "print the version",
	  .words = FOR_ALL | FOR_TRACERS },
	{ 'h', "help", NULL, false, take_help, "print this help", .words = FOR_ALL | FOR_TRACERS },
	/* fingers that know netstat and ss; without help: not listed */
	KIND('U', "udplite", udplite, FOR_LIST | FOR_WHO),
	KIND(0, "icmp", icmp, FOR_LIST),
	KIND('M', "mptcp", mptcp, FOR_LIST | FOR_WHO),
	KIND('S', "sctp", sctp, FOR_LIST | FOR_WHO),
	KIND('0', "packet", packet, FOR_LIST),
	KIND(0, "netlink", netlink, FOR_LIST),
	KIND(0, "vsock", vsock, FOR_LIST | FOR_WHO),
	KIND(0, "tipc", tipc, FOR_LIST),
	KIND(0, "xdp", xdp, FOR_LIST),
	{ 'A', "protocol", "FAMILY", true, take_family, NULL, .wants = FAMILIES,
	  .words = FOR_LIST | FOR_ROUTE },
	{ 0, "family", "FAMILY", true, take_family, NULL, .wants = FAMILIES, .words = FOR_LIST },
	{ 0, "query", "FAMILY", true, take_family, NULL, .wants = FAMILIES, .words = FOR_LIST },
	{ 0, "socket", "FAMILY", true, take_family, NULL, .wants = FAMILIES, .words = FOR_LIST },
	{ 0, "inet", NULL, false, take_inet, NULL, .words = FOR_SOCKETS | FOR_ROUTE },
	{ 0, "inet6", NULL, false, take_inet6, NULL, .words = FOR_SOCKETS | FOR_ROUTE },
	{ 'B', "bound-inactive", NULL, false, take_bound, NULL, .bit = SW_F_STATE,
	  .words = FOR_LIST },
	{ 'N', "net", "NAME", true, take_netns, NULL,
	  .wants = "a network namespace (a name in /run/netns, self, a number, or a path)",
	  .words = FOR_SOCKETS },
	{ 0, "summary", NULL, false, take_summary, NULL, .words = FOR_LIST },
	{ 0, "options", NULL, false, take_nothing, NULL, NULL, FLAG(rows.timers),
	  .words = FOR_LIST },
	{ 0, "notrim", NULL, false, take_nothing, NULL, NULL, FLAG(print.wide), .words = FOR_ALL },
	{ 0, "numeric-hosts", NULL, false, take_nothing, NULL, NULL, FLAG(print.numbers.hosts),
	  .words = FOR_SOCKETS & ~FOR_TOP },
	{ 0, "numeric-ports", NULL, false, take_nothing, NULL, NULL, FLAG(print.numbers.ports),
	  .words = FOR_SOCKETS & ~FOR_TOP },
	{ 0, "numeric-users", NULL, false, take_nothing, NULL, NULL, FLAG(print.numbers.users),
	  .words = FOR_SOCKETS & ~FOR_TOP },
	{ 0, "symbolic", NULL, false, take_nothing, NULL, .words = FOR_ALL },
	{ 0, "oneline", NULL, false, take_nothing, NULL, .words = FOR_LIST },
	{ 0, "processes", NULL, false, take_nothing, NULL, .words = FOR_SOCKETS },
	{ 'p', "programs", NULL, false, take_nothing, NULL, .wants = NULL, .words = FOR_SOCKETS },
};

_Static_assert(sizeof(defs) / sizeof(defs[0]) <= DEFS_MAX, "make DEFS_MAX larger");

const size_t n_defs = sizeof(defs) / sizeof(defs[0]);

bool option_has_letter(const struct option_def *d, uint32_t first)
{
	if (!d->letter || !d->take)
		return false;
	for (size_t i = 0; i < n_defs; i++)
		if (&defs[i] != d && defs[i].letter == d->letter && defs[i].take)
			return first == WORD_LOG ? d->words & FOR_LOG & ~d->not_letter
						 : d->words & ~FOR_LOG;
	return true;
}
