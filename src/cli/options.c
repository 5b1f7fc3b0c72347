// SPDX-License-Identifier: GPL-2.0-only
#include "cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cli/suggest.h"
#include "cli/values.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BUFFER_DEFAULT ((size_t)4 << 20)
#define ONLY_LONG 256 /* + index: getopt's value of an option without a letter */

/* Takes one value (of a list: each in turn). 0, or an error of values.h. */
typedef int (*option_take)(struct options *o, const char *value);

struct option_def {
	char letter;	  /* 0: none */
	const char *name; /* NULL: only a letter */
	const char *arg;  /* what the help calls the value; NULL: takes none */
	bool list;	  /* several values, with commas or by repetition */
	option_take take;
	const char *help;  /* NULL: a title, in name */
	const char *wants; /* what a good value looks like, for the error; NULL: takes none */
	size_t flag;	   /* offset of a bool in struct options that it sets; 0: none */
	uint32_t bit;	   /* of the filter that it sets; 0: none */
};

static int take_filter(struct options *o, uint32_t bit, int err)
{
	if (!err)
		o->filter.on |= bit;
	return err;
}

static int take_nothing(struct options *o, const char *v)
{
	(void)o;
	(void)v;
	return 0;
}

static int take_other_socket(struct options *o, const char *v)
{
	(void)o;
	(void)v;
	return -ENOTSUP;
}

static int take_port(struct options *o, const char *v)
{
	return take_filter(o, SW_F_PORT, value_port(v, &o->filter.any_port));
}

static int take_local_port(struct options *o, const char *v)
{
	return take_filter(o, SW_F_LOCAL_PORT, value_port(v, &o->filter.local_port));
}

static int take_remote_port(struct options *o, const char *v)
{
	return take_filter(o, SW_F_REMOTE_PORT, value_port(v, &o->filter.remote_port));
}

static int take_addr(struct options *o, const char *v)
{
	return take_filter(o, SW_F_ADDR, value_cidr(v, &o->filter.any_addr));
}

static int take_local_addr(struct options *o, const char *v)
{
	return take_filter(o, SW_F_LOCAL_ADDR, value_cidr(v, &o->filter.local_addr));
}

static int take_remote_addr(struct options *o, const char *v)
{
	return take_filter(o, SW_F_REMOTE_ADDR, value_cidr(v, &o->filter.remote_addr));
}

static int take_pid(struct options *o, const char *v)
{
	return take_filter(o, SW_F_PID, value_pid(v, &o->filter));
}

static int take_comm(struct options *o, const char *v)
{
	return take_filter(o, SW_F_COMM, value_comm(v, &o->filter));
}

static int take_uid(struct options *o, const char *v)
{
	return take_filter(o, SW_F_UID, value_uid(v, &o->filter));
}

static int take_netns(struct options *o, const char *v)
{
	return take_filter(o, SW_F_NETNS, value_netns(v, &o->filter));
}

static int take_state(struct options *o, const char *v)
{
	return take_filter(o, SW_F_STATE, value_state(v, &o->filter));
}

static int take_count(struct options *o, const char *v)
{
	return value_number(v, 1, UINT64_MAX, &o->count);
}

static int take_duration(struct options *o, const char *v)
{
	return value_duration(v, &o->duration_ms);
}

static int take_buffer_size(struct options *o, const char *v)
{
	return value_buffer_size(v, &o->buffer_size);
}

static int take_snapshot(struct options *o, const char *v)
{
	if (!strcmp(v, "bpf"))
		o->snapshot = SNAPSHOT_BPF;
	else if (!strcmp(v, "proc"))
		o->snapshot = SNAPSHOT_PROC;
	else
		return -EINVAL;
	return 0;
}

static int take_store(struct options *o, const char *v)
{
	if (!strcmp(v, "socket"))
		o->store = STORE_SOCKET;
	else if (!strcmp(v, "hash"))
		o->store = STORE_HASH;
	else
		return -EINVAL;
	return 0;
}

static int take_time_wait(struct options *o, const char *v)
{
	if (strcmp(v, "timers") && strcmp(v, "rule"))
		return -EINVAL;
	o->time_wait_by_rule = !strcmp(v, "rule");
	return 0;
}

static int take_json(struct options *o, const char *v)
{
	(void)v;
	o->format = OUTPUT_JSON;
	return 0;
}

static int take_csv(struct options *o, const char *v)
{
	(void)v;
	o->format = OUTPUT_CSV;
	return 0;
}

static int take_time(struct options *o, const char *v)
{
	static const char *const names[] = { [TIME_CLOCK] = "clock",
					     [TIME_ISO] = "iso",
					     [TIME_EPOCH] = "epoch",
					     [TIME_DELTA] = "delta" };

	for (size_t i = TIME_CLOCK; i < COUNT(names); i++) {
		if (!strcmp(v, names[i])) {
			o->time = (enum time_style)i;
			return 0;
		}
	}
	return -EINVAL;
}

static int take_verbose(struct options *o, const char *v)
{
	(void)v;
	o->verbosity++;
	return 0;
}

static int take_features(struct options *o, const char *v)
{
	(void)v;
	o->action = ACTION_FEATURES;
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
#define CIDRS "an address (10.0.0.5, ::1) or a block (10.0.0.0/8)"

static const struct option_def defs[] = {
	{ .name = "Select" },
	{ 't', "tcp", NULL, false, take_nothing, "TCP (the default)", NULL,
	  .flag = offsetof(struct options, tcp) },
	{ 'u', "udp", NULL, false, take_nothing,
	  "UDP: bind, connect, each new peer, the end; -tu: both", NULL,
	  .flag = offsetof(struct options, udp) },
	{ '4', "ipv4", NULL, false, take_nothing, "only IPv4, v4-mapped connections too", NULL,
	  .bit = SW_F_IPV4 },
	{ '6', "ipv6", NULL, false, take_nothing, "only IPv6", NULL, .bit = SW_F_IPV6 },
	{ 'l', "listening", NULL, false, take_nothing, "only listening sockets", NULL,
	  .bit = SW_F_LISTEN },
	{ .name = "Filter (repeat or give commas for \"or\"; different options are \"and\")" },
	{ 'P', "port", "PORT", true, take_port, "local or remote port: 443, 8000-8099, https",
	  .wants = PORTS },
	{ 'L', "local-port", "PORT", true, take_local_port, "local port", .wants = PORTS },
	{ 'D', "remote-port", "PORT", true, take_remote_port, "remote port", .wants = PORTS },
	{ 0, "addr", "CIDR", true, take_addr, "local or remote address: 10.0.0.0/8, ::1",
	  .wants = CIDRS },
	{ 0, "local-addr", "CIDR", true, take_local_addr, "local address", .wants = CIDRS },
	{ 0, "remote-addr", "CIDR", true, take_remote_addr, "remote address", .wants = CIDRS },
	{ 0, "pid", "PID", true, take_pid, "owner, or the process that acts",
	  .wants = "a process number" },
	{ 0, "comm", "NAME", true, take_comm, "the same by name: curl, or nginx* for a beginning",
	  .wants = "a process name" },
	{ 0, "uid", "USER", true, take_uid, "user of the socket: name or number",
	  .wants = "a user's name or number" },
	{ 0, "netns", "NAME", true, take_netns,
	  "network namespace: of ip netns, a number, or a path (/proc/PID/ns/net)",
	  .wants = "a network namespace (a name in /run/netns, a number, or a path)" },
	{ 0, "state", "STATE", true, take_state, "the state that is reached: established, close",
	  .wants = "a TCP state (ESTABLISHED, SYN_SENT, SYN_RECV, FIN_WAIT1, FIN_WAIT2, TIME_WAIT, "
		   "CLOSE, "
		   "CLOSE_WAIT, LAST_ACK, LISTEN, CLOSING)" },
	{ 0, "no-loopback", NULL, false, take_nothing, "nothing on 127.0.0.0/8 or ::1", NULL,
	  .bit = SW_F_NO_LOOPBACK },
	{ 0, "failed", NULL, false, take_nothing,
	  "only ends that were not orderly, with the reason", NULL, .bit = SW_F_FAILED },
	{ .name = "Stream" },
	{ 'E', "events", NULL, false, take_nothing, "no snapshot, only what happens from now on",
	  NULL, .flag = offsetof(struct options, events_only) },
	{ 0, "retransmits", NULL, false, take_nothing, "an event for each segment sent again", NULL,
	  .flag = offsetof(struct options, retransmits) },
	{ 0, "count", "N", false, take_count, "end after N events", .wants = "a number from 1" },
	{ 0, "duration", "TIME", false, take_duration, "end after so long: 10, 0.5, 2m, 1h",
	  .wants = "a time (10, 0.5, 90s, 2m, 1h)" },
	{ 0, "buffer-size", "BYTES", false, take_buffer_size, "ring buffer: 64K, 16M (default 4M)",
	  .wants = "a size up to 1G (65536, 256K, 4M)" },
	{ 0, "strict", NULL, false, take_nothing, "exit with 3 when events were lost", NULL,
	  .flag = offsetof(struct options, strict) },
	{ 0, "snapshot", "SOURCE", false, take_snapshot,
	  "where rows come from: bpf (iterators), proc; default: what works",
	  .wants = "bpf or proc" },
	{ 0, "time-wait", "HOW", false, take_time_wait,
	  "timers: to its end; rule: only its beginning, cheaper", .wants = "timers or rule" },
	{ 0, "store", "WHERE", false, take_store, "where owners are kept: socket, hash (for tests)",
	  .wants = "socket or hash" },
	{ .name = "Output" },
	{ 'j', "json", NULL, false, take_json, "one JSON object a line", .wants = NULL },
	{ 0, "csv", NULL, false, take_csv, "comma-separated values", .wants = NULL },
	{ 'T', "time", "STYLE", false, take_time, "clock, iso, epoch or delta",
	  .wants = "clock, iso, epoch or delta" },
	{ 'H', "no-header", NULL, false, take_nothing, "no header line", NULL,
	  .flag = offsetof(struct options, no_header) },
	{ 'e', "extended", NULL, false, take_nothing,
	  "more: uid, inode, cookie, netns, cgroup, executable, command line", NULL,
	  .flag = offsetof(struct options, extended) },
	{ .name = "Other" },
	{ 'v', "verbose", NULL, false, take_verbose, "say what was chosen and why; -vv: libbpf too",
	  .wants = NULL },
	{ 0, "features", NULL, false, take_features,
	  "what this kernel allows, and what takes its place; with -j too", .wants = NULL },
	{ 'V', "version", NULL, false, take_version, "print the version", .wants = NULL },
	{ 'h', "help", NULL, false, take_help, "print this help", .wants = NULL },
	/* fingers that know netstat and ss; without help: not listed */
	{ 'a', "all", NULL, false, take_nothing, NULL, .wants = NULL },
	{ 'n', "numeric", NULL, false, take_nothing, NULL, .wants = NULL },
	{ 'p', "programs", NULL, false, take_nothing, NULL, .wants = NULL },
	{ 'W', "wide", NULL, false, take_nothing, NULL, .wants = NULL },
	{ 'w', "raw", NULL, false, take_other_socket, NULL, .wants = NULL },
	{ 'x', "unix", NULL, false, take_other_socket, NULL, .wants = NULL },
};

/* getopt's two tables, made from ours. */
static void getopt_tables(char *letters, struct option *longs)
{
	*letters++ = ':'; /* tell a missing value from an unknown option */
	for (size_t i = 0; i < COUNT(defs); i++) {
		const struct option_def *d = &defs[i];

		if (!d->take)
			continue;
		if (d->letter) {
			*letters++ = d->letter;
			if (d->arg)
				*letters++ = ':';
		}
		longs->name = d->name;
		longs->has_arg = d->arg ? required_argument : no_argument;
		longs->flag = NULL;
		longs->val = ONLY_LONG + (int)i;
		longs++;
	}
	*letters = '\0';
	*longs = (struct option){ 0 };
}

static const struct option_def *def_of(int val)
{
	if (val >= ONLY_LONG)
		return &defs[val - ONLY_LONG];
	for (size_t i = 0; i < COUNT(defs); i++)
		if (defs[i].letter == val)
			return &defs[i];
	return NULL;
}

static void explain(int err, const struct option_def *d, const char *value, char *why, size_t size)
{
	if (err == -ENOTSUP)
		snprintf(why, size, "--%s: only TCP and UDP sockets are traced so far", d->name);
	else if (err == -E2BIG)
		snprintf(why, size, "--%s %s: at most %d values", d->name, value, SW_FILTER_MAX);
	else
		snprintf(why, size, "--%s: '%s' is not %s", d->name, value, d->wants);
}

/* Gives an option its value, or each value of a list. */
static int take(struct options *o, const struct option_def *d, const char *arg, char *why,
		size_t size)
{
	char *copy, *rest, *value;
	int err = 0;

	o->filter.on |= d->bit;
	if (d->flag)
		*(bool *)((char *)o + d->flag) = true;
	if (!d->list) {
		err = d->take(o, arg);
		if (err)
			explain(err, d, arg, why, size);
		return err ? -EINVAL : 0;
	}
	copy = rest = strdup(arg);
	if (!copy) {
		snprintf(why, size, "out of memory");
		return -EINVAL;
	}
	while (!err && (value = strsep(&rest, ","))) {
		err = d->take(o, value);
		if (err)
			explain(err, d, value, why, size);
	}
	free(copy);
	return err ? -EINVAL : 0;
}

/* The long option that looks most like `word` ("--prot"), or NULL. */
static const char *nearest_option(const char *word)
{
	const char *names[COUNT(defs) + 1];
	size_t n = 0;

	for (size_t i = 0; i < COUNT(defs); i++)
		if (defs[i].take && defs[i].help)
			names[n++] = defs[i].name;
	return suggest(word, names, n);
}

static void explain_unknown(const char *word, int letter, char *why, size_t size)
{
	char name[64];
	const char *near;

	if (letter) {
		snprintf(why, size, "unknown option '-%c' (sockwatch --help lists them)", letter);
		return;
	}
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word + 2, "="), word + 2);
	near = nearest_option(name);
	if (near)
		snprintf(why, size, "unknown option '%s': did you mean --%s?", word, near);
	else
		snprintf(why, size, "unknown option '%s' (sockwatch --help lists them)", word);
}

/* A word that belongs to no option. */
static void explain_word(const char *before, const char *word, char *why, size_t size)
{
	static const char *const words[] = { "list" };
	const char *near = suggest(word, words, COUNT(words));
	uint64_t number;

	if (near)
		snprintf(why, size, "unexpected word '%s': did you mean %s?", word, near);
	else if (value_number(word, 1, UINT32_MAX, &number))
		snprintf(why, size, "unexpected word '%s' (sockwatch --help shows what there is)",
			 word);
	else if (before[0] == '-' && before[1] != '-' && strchr(before, 'p'))
		snprintf(why, size, "%s takes no value: did you mean --pid %s?", before, word);
	else if (number > 65535)
		snprintf(why, size, "unexpected word '%s': did you mean --pid %s?", word, word);
	else
		snprintf(why, size, "unexpected word '%s': did you mean --port %s or --pid %s?",
			 word, word, word);
}

/* What `list` has no use for. */
static const char *stream_option(const struct options *o)
{
	if (o->events_only)
		return "--events";
	if (o->filter.on & SW_F_FAILED)
		return "--failed";
	if (o->retransmits)
		return "--retransmits";
	if (o->duration_ms)
		return "--duration";
	return o->count ? "--count" : NULL;
}

static int check(struct options *o, char *why, size_t size)
{
	if (o->action == ACTION_LIST && stream_option(o)) {
		snprintf(why, size,
			 "%s is about what happens, and list shows what is there: leave one out",
			 stream_option(o));
		return -EINVAL;
	}
	if (!o->udp)
		o->tcp = true;
	if ((o->filter.on & SW_F_IPV4) && (o->filter.on & SW_F_IPV6)) {
		snprintf(why, size, "-4 and -6 exclude one another: without both, both are shown");
		return -EINVAL;
	}
	return 0;
}

int options_parse(int argc, char **argv, struct options *ret, char *why, size_t size)
{
	char letters[COUNT(defs) * 2 + 2];
	struct option longs[COUNT(defs) + 1];
	int val, at = 1;

	*ret = (struct options){ .buffer_size = BUFFER_DEFAULT };
	getopt_tables(letters, longs);
	opterr = 0;
	optind = 0; /* start anew, also when called twice (tests) */
	while ((val = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		const struct option_def *d = def_of(val);

		if (val == ':') {
			d = def_of(optopt);
			snprintf(why, size, "--%s needs a value: %s", d ? d->name : "?",
				 d ? d->wants : "");
			return -EINVAL;
		}
		if (val == '?' && optopt >= ONLY_LONG) {
			snprintf(why, size, "--%s takes no value", def_of(optopt)->name);
			return -EINVAL;
		}
		if (val == '?') {
			explain_unknown(argv[optind > 1 && !optopt ? optind - 1 : at], optopt, why,
					size);
			return -EINVAL;
		}
		if (take(ret, d, optarg, why, size))
			return -EINVAL;
		if (ret->action == ACTION_HELP || ret->action == ACTION_VERSION)
			return 0;
		at = optind;
	}
	if (optind < argc && !strcmp(argv[optind], "list")) {
		if (ret->action == ACTION_STREAM)
			ret->action = ACTION_LIST;
		optind++;
	}
	if (optind < argc) {
		explain_word(optind > 1 ? argv[optind - 1] : "", argv[optind], why, size);
		return -EINVAL;
	}
	return check(ret, why, size);
}

static void print_option(FILE *out, const struct option_def *d)
{
	char left[48];
	int n = snprintf(left, sizeof(left), d->letter ? "-%c, " : "    ", d->letter);
	snprintf(left + n, sizeof(left) - (size_t)n, d->arg ? "--%s=%s" : "--%s", d->name, d->arg);
	fprintf(out, "  %-26s %s\n", left, d->help);
}

void options_print_help(FILE *out)
{
	fputs("Usage: sockwatch [OPTIONS]        the sockets that exist, then every change to them "
	      "as it\n"
	      "                                  happens, each with the process that owns it\n"
	      "       sockwatch list [OPTIONS]   the sockets that exist, once\n",
	      out);
	for (size_t i = 0; i < COUNT(defs); i++) {
		if (!defs[i].take)
			fprintf(out, "\n%s:\n", defs[i].name);
		else if (defs[i].help)
			print_option(out, &defs[i]);
	}
	fputs("\nExamples:\n"
	      "  sockwatch -P 443                who talks https, from now on\n"
	      "  sockwatch --failed              connects refused, reset, timed out\n"
	      "  sockwatch -l                    who listens, and who starts to\n"
	      "  sockwatch list -P 8080          who has port 8080\n"
	      "  sockwatch -jE --comm sshd       one JSON object for each event of sshd\n",
	      out);
}
