// SPDX-License-Identifier: GPL-2.0-only
#include "cli/table.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "cli/options.h"
#include "cli/values.h"
#include "cli/words.h"
#include "core/kinds.h"

#define COUNT(array) (int)(sizeof(array) / sizeof((array)[0]))

static int take_filter(struct options *o, uint32_t bit, int err)
{
	if (!err)
		o->select.filter.on |= bit;
	return err;
}

/* One of the names, which are those of an enum that starts at `first`. -EINVAL for none of them. */
static int take_choice(const char *v, const char *const *names, int first, int n, int *ret)
{
	for (int i = first; i < n; i++) {
		if (!strcmp(v, names[i])) {
			*ret = i;
			return 0;
		}
	}
	return -EINVAL;
}

static int take_nothing(struct options *o, const char *v)
{
	(void)o;
	(void)v;
	return 0;
}

static int take_port(struct options *o, const char *v)
{
	return take_filter(o, SW_F_PORT, value_port(v, &o->select.filter.any_port));
}

static int take_local_port(struct options *o, const char *v)
{
	return take_filter(o, SW_F_LOCAL_PORT, value_port(v, &o->select.filter.local_port));
}

static int take_remote_port(struct options *o, const char *v)
{
	return take_filter(o, SW_F_REMOTE_PORT, value_port(v, &o->select.filter.remote_port));
}

static int take_addr(struct options *o, const char *v)
{
	return take_filter(o, SW_F_ADDR, value_cidr(v, &o->select.filter.any_addr));
}

static int take_local_addr(struct options *o, const char *v)
{
	return take_filter(o, SW_F_LOCAL_ADDR, value_cidr(v, &o->select.filter.local_addr));
}

static int take_remote_addr(struct options *o, const char *v)
{
	return take_filter(o, SW_F_REMOTE_ADDR, value_cidr(v, &o->select.filter.remote_addr));
}

static int take_pid(struct options *o, const char *v)
{
	return take_filter(o, SW_F_PID, value_pid(v, &o->select.filter));
}

static int take_comm(struct options *o, const char *v)
{
	return take_filter(o, SW_F_COMM, value_comm(v, &o->select.filter));
}

static int take_uid(struct options *o, const char *v)
{
	return take_filter(o, SW_F_UID, value_uid(v, &o->select.filter));
}

static int take_netns(struct options *o, const char *v)
{
	return take_filter(o, SW_F_NETNS, value_netns(v, o->words->own_netns, &o->select.filter));
}

static int take_cgroup(struct options *o, const char *v)
{
	return take_filter(o, SW_F_CGROUP,
			   value_cgroup(v, o->words->find_cgroup, &o->select.filter));
}

static int take_state(struct options *o, const char *v)
{
	return take_filter(o, SW_F_STATE, value_state(v, &o->select.filter));
}

static int take_proto(struct options *o, const char *v)
{
	const struct sock_kind *kind = kind_find(v);

	if (!kind)
		return -EINVAL;
	kind_ask(&o->select, kind);
	return 0;
}

static int take_count(struct options *o, const char *v)
{
	if (value_number(v, 1, UINT64_MAX, &o->watch.count))
		return -EINVAL;
	o->page.count = o->watch.count;
	return 0;
}

static int take_duration(struct options *o, const char *v)
{
	return value_duration(v, &o->watch.duration_ms);
}

static int take_buffer_size(struct options *o, const char *v)
{
	return value_buffer_size(v, &o->watch.buffer_size);
}

static int take_snapshot(struct options *o, const char *v)
{
	if (!strcmp(v, "bpf"))
		o->rows.source = ROWS_BPF;
	else if (!strcmp(v, "proc"))
		o->rows.source = ROWS_PROC;
	else if (!strcmp(v, "walk"))
		o->rows.source = ROWS_WALK;
	else
		return -EINVAL;
	return 0;
}

static int take_max_sockets(struct options *o, const char *v)
{
	uint64_t n;

	if (value_number(v, 1, 1 << 24, &n))
		return -EINVAL;
	o->watch.max_sockets = (uint32_t)n;
	return 0;
}

static int take_time_wait(struct options *o, const char *v)
{
	if (strcmp(v, "timers") && strcmp(v, "rule"))
		return -EINVAL;
	o->watch.time_wait_by_rule = !strcmp(v, "rule");
	return 0;
}

static int take_json(struct options *o, const char *v)
{
	(void)v;
	o->print.format = OUTPUT_JSON;
	return 0;
}

static int take_csv(struct options *o, const char *v)
{
	if (v && strcmp(v, "safe"))
		return -EINVAL;
	o->print.format = OUTPUT_CSV;
	o->print.csv_safe = v;
	return 0;
}

static int take_time(struct options *o, const char *v)
{
	static const char *const names[] = { [TIME_CLOCK] = "clock",
					     [TIME_ISO] = "iso",
					     [TIME_EPOCH] = "epoch",
					     [TIME_DELTA] = "delta" };
	int style;

	if (take_choice(v, names, TIME_CLOCK, COUNT(names), &style))
		return -EINVAL;
	o->print.time = (enum time_style)style;
	return 0;
}

static int take_output(struct options *o, const char *v)
{
	o->out_path = v;
	return *v ? 0 : -EINVAL;
}

static int take_verbose(struct options *o, const char *v)
{
	(void)v;
	o->verbosity++;
	return 0;
}

static int take_repeat(struct options *o, const char *v)
{
	o->page.repeat_ms = 1000;
	return v ? value_duration(v, &o->page.repeat_ms) : 0;
}

const char *const sort_names[] = {
	[SORT_PORT] = "port",	  [SORT_PID] = "pid",	    [SORT_STATE] = "state",
	[SORT_RECV_Q] = "recv-q", [SORT_SEND_Q] = "send-q", [SORT_ADDR] = "addr",
	[SORT_COUNT] = "count",	  [SORT_GROWTH] = "growth"
};

static int take_sort(struct options *o, const char *v)
{
	int key;

	if (take_choice(v, sort_names, SORT_PORT, COUNT(sort_names), &key))
		return -EINVAL;
	if (o->n_sorts == SORT_KEYS_MAX)
		return -E2BIG;
	o->sorts[o->n_sorts++] = (enum sort_key)key;
	return 0;
}

static int take_by(struct options *o, const char *v)
{
	static const char *const names[TALLY_KEYS] = { [TALLY_PROTO] = "proto",
						       [TALLY_STATE] = "state",
						       [TALLY_COMM] = "comm",
						       [TALLY_PID] = "pid",
						       [TALLY_UID] = "uid",
						       [TALLY_UNIT] = "unit",
						       [TALLY_CONTAINER] = "container",
						       [TALLY_CGROUP] = "cgroup",
						       [TALLY_NETNS] = "netns",
						       [TALLY_LOCAL] = "local",
						       [TALLY_PORT] = "port",
						       [TALLY_REMOTE] = "remote",
						       [TALLY_REMOTE_PORT] = "remote-port" };
	int key;

	if (take_choice(v, names, TALLY_PROTO, TALLY_KEYS, &key))
		return -EINVAL;
	for (size_t i = 0; i < o->count.n_keys; i++)
		if (o->count.keys[i] == (enum tally_key)key)
			return 0;
	if (o->count.n_keys == TALLY_CELLS_MAX)
		return -E2BIG;
	o->count.keys[o->count.n_keys++] = (enum tally_key)key;
	return 0;
}

static int take_color(struct options *o, const char *v)
{
	static const char *const names[] = {
		[COLOR_AUTO] = "auto", [COLOR_ALWAYS] = "always", [COLOR_NEVER] = "never"
	};
	int when;

	if (take_choice(v, names, COLOR_AUTO, COUNT(names), &when))
		return -EINVAL;
	o->print.color = (enum color_when)when;
	return 0;
}

/* -r, -i and -s are words, for fingers that know netstat. */
static int take_word(struct options *o, enum word_id id)
{
	if (o->word != WORD_WATCH && o->word != id)
		return -EEXIST;
	o->word = id;
	return 0;
}

static int take_route(struct options *o, const char *v)
{
	(void)v;
	return take_word(o, WORD_ROUTE);
}

static int take_link(struct options *o, const char *v)
{
	(void)v;
	return take_word(o, WORD_LINK);
}

static int take_stats(struct options *o, const char *v)
{
	(void)v;
	return take_word(o, WORD_STATS);
}

static int take_features(struct options *o, const char *v)
{
	(void)v;
	o->word = WORD_FEATURES;
	return 0;
}

static int take_completion(struct options *o, const char *v)
{
	static const char *const names[] = {
		[SHELL_BASH] = "bash", [SHELL_ZSH] = "zsh", [SHELL_FISH] = "fish"
	};
	int shell;

	if (take_choice(v, names, SHELL_BASH, COUNT(names), &shell))
		return -EINVAL;
	o->shell = (enum shell)shell;
	o->action = ACTION_COMPLETION;
	return 0;
}

static int take_version(struct options *o, const char *v)
{
	(void)v;
	o->action = ACTION_VERSION;
	return 0;
}

static int take_help(struct options *o, const char *v)
{
	(void)v;
	o->action = ACTION_HELP;
	return 0;
}

#define PORTS "a port (443), a range (8000-8099) or a service name (https)"
#define BY_KEYS                                                                           \
	"what sockets have in common: state, comm, unit, remote, port, uid, proto, pid, " \
	"container, cgroup, netns, local or remote-port"
#define CIDRS "an address (10.0.0.5, ::1) or a block (10.0.0.0/8)"
#define PROTOS \
	"tcp, udp, udplite, icmp, raw, mptcp, sctp, unix, packet, netlink, vsock, tipc or xdp"
#define PROTO_CHOICES "tcp udp udplite icmp raw mptcp sctp unix packet netlink vsock tipc xdp"
/* One of what --proto names, for fingers that know ss and netstat. */
#define KIND(letter_, name_, member)                                                        \
	{                                                                                   \
		letter_, name_, NULL, false, take_nothing, NULL, NULL, FLAG(select.member), \
			.words = FOR_LIST                                                   \
	}
#define FLAG(member) .flag = offsetof(struct options, member)

const struct option_def defs[] = {
	{ .name = "Select", .list = true },
	{ 't', "tcp", NULL, false, take_nothing, "TCP (the stream's default)", NULL,
	  FLAG(select.tcp), .words = FOR_SOCKETS | FOR_STATS, .not_letter = FOR_WHO },
	{ 'u', "udp", NULL, false, take_nothing, "UDP; -tu: both", NULL, FLAG(select.udp),
	  .words = FOR_SOCKETS | FOR_STATS },
	{ 'w', "raw", NULL, false, take_nothing, "raw sockets", NULL, FLAG(select.raw),
	  .words = FOR_LIST | FOR_STATS },
	{ 'x', "unix", NULL, false, take_nothing, "Unix sockets", NULL, FLAG(select.unix_sockets),
	  .words = FOR_LIST },
	{ 0, "proto", "NAME", true, take_proto, "by name: mptcp, packet, netlink, ...",
	  .wants = PROTOS, .words = FOR_LIST, .choices = PROTO_CHOICES },
	{ '4', "ipv4", NULL, false, take_nothing, "only IPv4, v4-mapped connections too", NULL,
	  .bit = SW_F_IPV4, .words = FOR_SOCKETS | FOR_ROUTE },
	{ '6', "ipv6", NULL, false, take_nothing, "only IPv6", NULL, .bit = SW_F_IPV6,
	  .words = FOR_SOCKETS | FOR_ROUTE },
	{ 'a', "all", NULL, false, take_nothing, "also what is zero, down, or of the table local",
	  NULL, FLAG(all), .words = FOR_ALL },
	{ 'l', "listening", NULL, false, take_nothing, "only listening sockets", NULL,
	  .bit = SW_F_LISTEN, .words = FOR_SOCKETS },
	{ .name = "Filter",
	  .list = true,
	  .help = "Repeat an option or give commas for \"or\"; different options are \"and\"." },
	{ 'P', "port", "PORT", true, take_port, "local or remote port: 443, 8000-8099, https",
	  .wants = PORTS, .words = FOR_STREAMS | FOR_LIST, .choices = "@service" },
	{ 'L', "local-port", "PORT", true, take_local_port, "local port", .wants = PORTS,
	  .words = FOR_STREAMS | FOR_LIST, .choices = "@service" },
	{ 'D', "remote-port", "PORT", true, take_remote_port, "remote port", .wants = PORTS,
	  .words = FOR_STREAMS | FOR_LIST, .choices = "@service" },
	{ 0, "addr", "CIDR", true, take_addr, "local or remote address: 10.0.0.0/8, ::1",
	  .wants = CIDRS, .words = FOR_SOCKETS },
	{ 0, "local-addr", "CIDR", true, take_local_addr, "local address", .wants = CIDRS,
	  .words = FOR_SOCKETS },
	{ 0, "remote-addr", "CIDR", true, take_remote_addr, "remote address", .wants = CIDRS,
	  .words = FOR_SOCKETS },
	{ 0, "pid", "PID", true, take_pid, "owner, or the process that acts",
	  .wants = "a process number", .words = FOR_SOCKETS, .choices = "@pid" },
	{ 0, "comm", "NAME", true, take_comm, "the same by name: curl; nginx* for a beginning",
	  .wants = "a process name", .words = FOR_SOCKETS, .choices = "@comm" },
	{ 0, "uid", "USER", true, take_uid, "user of the socket: name or number",
	  .wants = "a user's name or number", .words = FOR_SOCKETS, .choices = "@user" },
	{ 0, "netns", "NAME", true, take_netns, "namespace: ip netns name, self, number or path",
	  .wants = "a network namespace (a name in /run/netns, self, a number, or a path)",
	  .words = FOR_SOCKETS, .choices = "@netns" },
	{ 0, "cgroup", "PATH", true, take_cgroup, "of a cgroup or below: system.slice/ssh.service",
	  .wants = "a cgroup of v2 (its path below the root, as --json has it: "
		   "system.slice/ssh.service; the path of its directory; or its id)",
	  .words = FOR_SOCKETS, .choices = "@cgroup" },
	{ 0, "state", "STATE", true, take_state, "the state that is reached: established, close",
	  .wants = "a TCP state (ESTABLISHED, SYN_SENT, SYN_RECV, FIN_WAIT1, FIN_WAIT2, TIME_WAIT, "
		   "CLOSE, CLOSE_WAIT, LAST_ACK, LISTEN, CLOSING)",
	  .words = FOR_SOCKETS & ~FOR_CONNS,
	  .choices = "ESTABLISHED SYN_SENT SYN_RECV FIN_WAIT1 FIN_WAIT2 TIME_WAIT CLOSE CLOSE_WAIT "
		     "LAST_ACK LISTEN CLOSING" },
	{ 0, "no-loopback", NULL, false, take_nothing, "nothing on 127.0.0.0/8 or ::1", NULL,
	  .bit = SW_F_NO_LOOPBACK, .words = FOR_SOCKETS },
	{ 0, "failed", NULL, false, take_nothing,
	  "only what failed or was cut off, with the reason", NULL, .bit = SW_F_FAILED,
	  .words = FOR_STREAMS },
	{ .name = "Stream" },
	{ 'E', "events", NULL, false, take_nothing, "no snapshot, only what happens from now on",
	  NULL, FLAG(watch.events_only), .words = FOR_WATCH },
	{ 0, "retransmits", NULL, false, take_nothing, "an event for each segment sent again", NULL,
	  FLAG(watch.retransmits), .words = FOR_WATCH },
	{ 0, "duration", "TIME", false, take_duration, "end after so long: 10, 0.5, 2m, 1h",
	  .wants = "a time (10, 0.5, 90s, 2m, 1h)", .words = FOR_STREAMS | FOR_WHO },
	{ 0, "buffer-size", "BYTES", false, take_buffer_size, "ring buffer: 64K, 16M (default 4M)",
	  .wants = "a size up to 1G (65536, 256K, 4M)", .words = FOR_STREAMS | FOR_WHO },
	{ 0, "strict", NULL, false, take_nothing, "exit with 3 when events were lost", NULL,
	  FLAG(strict), .words = FOR_STREAMS },
	{ 0, "time-wait", "HOW", false, take_time_wait, NULL, /* the manual has it */
	  .wants = "timers or rule", .words = FOR_WATCH, .choices = "timers rule" },
	{ 0, "max-sockets", "N", false, take_max_sockets, NULL, /* the manual has it */
	  .wants = "a number up to 16777216", .words = FOR_STREAMS | FOR_WHO },
	{ .name = "Page" },
	{ 'c', "continuous", "SEC", false, take_repeat, "again and again, each SEC seconds (1)",
	  .wants = "a time (2, 0.5, 90s, 2m)", .words = FOR_PAGES, .number = true },
	{ 'f', "follow", NULL, false, take_nothing, "go on with every change", NULL, FLAG(follow),
	  .words = FOR_WHO | FOR_ROUTE },
	{ 0, "pids", NULL, false, take_nothing, "or -t: PIDs only, one a line: kill $(...)", NULL,
	  FLAG(pids_only), .words = FOR_WHO },
	{ 0, "count", "N", false, take_count, "end after N events, or N times of -c",
	  .wants = "a number from 1", .words = FOR_ALL },
	{ 0, "sort", "KEY", true, take_sort, "by port, addr, pid, state, recv-q, send-q, growth",
	  .wants = "port, addr, pid, state, recv-q, send-q, or of --by: count or growth",
	  .words = FOR_LIST, .choices = "port addr pid state recv-q send-q count growth" },
	{ 0, "by", "KEY", true, take_by, "counts by state, comm, unit, remote, port, uid, ...",
	  .wants = BY_KEYS, .words = FOR_LIST,
	  .choices = "state comm unit remote port uid proto pid container cgroup netns local "
		     "remote-port" },
	{ .name = "Output" },
	{ 'j', "json", NULL, false, take_json, "one JSON object a line", .wants = NULL,
	  .words = FOR_ALL },
	{ 0, "csv", "safe", false, take_csv, "comma-separated values; safe: no cell is a formula",
	  .wants = "safe", .words = FOR_ALL, .number = true, .choices = "safe" },
	{ 'n', "numeric", NULL, false, take_nothing, "numbers, no names (the stream's default)",
	  NULL, FLAG(print.numeric), .words = FOR_ALL },
	{ 'W', "wide", NULL, false, take_nothing, "no name of a host is cut, no column left out",
	  NULL, FLAG(print.wide), .words = FOR_ALL },
	{ 0, "resolve", NULL, false, take_nothing, "names of hosts, services and users", NULL,
	  FLAG(print.resolve), .words = FOR_SOCKETS },
	{ 'e', "extended", NULL, false, take_nothing,
	  "more: user, inode, container, command line, ...", NULL, FLAG(print.extended),
	  .words = FOR_SOCKETS | FOR_ROUTE | FOR_LINK },
	{ 'o', "timers", NULL, false, take_nothing, "the timers of TCP", NULL, FLAG(rows.timers),
	  .words = FOR_LIST },
	{ 'm', "memory", NULL, false, take_nothing, NULL, /* the manual has it */ NULL,
	  FLAG(rows.memory), .words = FOR_LIST },
	{ 0, "info", NULL, false, take_nothing, NULL, /* -i has it */
	  NULL, FLAG(rows.info), .words = FOR_LIST },
	{ 'T', "time", "STYLE", false, take_time, "clock, iso, epoch or delta",
	  .wants = "clock, iso, epoch or delta", .words = FOR_ALL,
	  .choices = "clock iso epoch delta" },
	{ 'H', "no-header", NULL, false, take_nothing, "no header line", NULL,
	  FLAG(print.no_header), .words = FOR_ALL },
	{ 'O', "output", "FILE", false, take_output, "append to a file; SIGHUP opens it again",
	  .wants = "the name of a file", .words = FOR_ALL },
	{ 0, "color", "WHEN", false, take_color, "auto, always or never",
	  .wants = "auto, always or never", .words = FOR_ALL, .choices = "auto always never" },
	{ 0, "snapshot", "SOURCE", false, take_snapshot, NULL, /* the manual has it */
	  .wants = "walk, bpf or proc", .words = FOR_SOCKETS & ~FOR_CONNS,
	  .choices = "walk bpf proc" },
	{ .name = "Other", .list = true },
	{ 'r', "route", NULL, false, take_route, "the word route", .words = FOR_WATCH | FOR_ROUTE },
	{ 'i', "interfaces", NULL, false, take_link, "the word link; list: round trips, ...",
	  .words = FOR_WATCH | FOR_LINK | FOR_LIST },
	{ 's', "statistics", NULL, false, take_stats, "the word stats",
	  .words = FOR_WATCH | FOR_STATS | FOR_LIST },
	{ 'v', "verbose", NULL, false, take_verbose, "say what was chosen and why; -vv: libbpf too",
	  .wants = NULL, .words = FOR_ALL },
	{ 0, "features", NULL, false, take_features, "what this kernel allows", .wants = NULL,
	  .words = FOR_WATCH },
	{ 0, "completion", "SHELL", false, take_completion,
	  "print the completion for bash, zsh or fish", .wants = "bash, zsh or fish",
	  .words = FOR_WATCH, .choices = "bash zsh fish" },
	{ 'V', "version", NULL, false, take_version, "print the version", .words = FOR_ALL },
	{ 'h', "help", NULL, false, take_help, "print this help", .words = FOR_ALL },
	/* fingers that know netstat and ss; without help: not listed */
	KIND('U', "udplite", udplite),
	KIND(0, "icmp", icmp),
	KIND('M', "mptcp", mptcp),
	KIND('S', "sctp", sctp),
	KIND('0', "packet", packet),
	KIND(0, "netlink", netlink),
	KIND(0, "vsock", vsock),
	KIND(0, "tipc", tipc),
	KIND(0, "xdp", xdp),
	{ 'p', "programs", NULL, false, take_nothing, NULL, .wants = NULL, .words = FOR_SOCKETS },
};

_Static_assert(sizeof(defs) / sizeof(defs[0]) <= DEFS_MAX, "make DEFS_MAX larger");

const size_t n_defs = sizeof(defs) / sizeof(defs[0]);
