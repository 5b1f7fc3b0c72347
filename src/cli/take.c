// SPDX-License-Identifier: GPL-2.0-only
#include "cli/take.h"

#include <errno.h>
#include <string.h>

#include "cli/options.h"
#include "cli/table.h"
#include "cli/values.h"
#include "core/kinds.h"

#define INTERIM_MAX_MS (10 * 24 * 3600 * 1000u) /* the kernel side counts in 32 bits */
#define COUNT(array) (int)(sizeof(array) / sizeof((array)[0]))
#define STORE_LEAST ((uint64_t)64 << 10)
#define STORE_MOST ((uint64_t)64 << 40)

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

int take_nothing(struct options *o, const char *v)
{
	(void)o;
	(void)v;
	return 0;
}

int take_port(struct options *o, const char *v)
{
	return take_filter(o, SW_F_PORT, value_port(v, &o->select.filter.any_port));
}

int take_local_port(struct options *o, const char *v)
{
	return take_filter(o, SW_F_LOCAL_PORT, value_port(v, &o->select.filter.local_port));
}

int take_remote_port(struct options *o, const char *v)
{
	return take_filter(o, SW_F_REMOTE_PORT, value_port(v, &o->select.filter.remote_port));
}

int take_addr(struct options *o, const char *v)
{
	return take_filter(o, SW_F_ADDR, value_cidr(v, &o->select.filter.any_addr));
}

int take_local_addr(struct options *o, const char *v)
{
	return take_filter(o, SW_F_LOCAL_ADDR, value_cidr(v, &o->select.filter.local_addr));
}

int take_remote_addr(struct options *o, const char *v)
{
	return take_filter(o, SW_F_REMOTE_ADDR, value_cidr(v, &o->select.filter.remote_addr));
}

int take_pid(struct options *o, const char *v)
{
	return take_filter(o, SW_F_PID, value_pid(v, &o->select.filter));
}

int take_comm(struct options *o, const char *v)
{
	return take_filter(o, SW_F_COMM, value_comm(v, &o->select.filter));
}

int take_uid(struct options *o, const char *v)
{
	return take_filter(o, SW_F_UID, value_uid(v, &o->select.filter));
}

int take_netns(struct options *o, const char *v)
{
	return take_filter(o, SW_F_NETNS, value_netns(v, o->words->own_netns, &o->select.filter));
}

int take_unit(struct options *o, const char *v)
{
	return where_take(&o->select.where.units, v);
}

int take_container(struct options *o, const char *v)
{
	return where_take(&o->select.where.containers, v);
}

int take_pod(struct options *o, const char *v)
{
	return where_take(&o->select.where.pods, v);
}

int take_exe(struct options *o, const char *v)
{
	return where_take(&o->select.where.exes, v);
}

int take_cgroup(struct options *o, const char *v)
{
	return take_filter(o, SW_F_CGROUP,
			   value_cgroup(v, o->words->find_cgroup, &o->select.filter));
}

int take_state(struct options *o, const char *v)
{
	return take_filter(o, SW_F_STATE, value_state(v, &o->select.filter));
}

int take_proto(struct options *o, const char *v)
{
	const struct sock_kind *kind = kind_find(v);

	if (!kind)
		return -EINVAL;
	kind_ask(&o->select, kind);
	return 0;
}

int take_count(struct options *o, const char *v)
{
	if (value_number(v, 1, UINT64_MAX, &o->watch.count))
		return -EINVAL;
	o->page.count = o->watch.count;
	return 0;
}

int take_duration(struct options *o, const char *v)
{
	return value_duration(v, &o->watch.duration_ms);
}

int take_interim(struct options *o, const char *v)
{
	uint64_t ms;

	if (value_duration(v, &ms) || ms < 100 || ms > INTERIM_MAX_MS)
		return -EINVAL;
	o->watch.interim_ms = (uint32_t)ms;
	return 0;
}

int take_buffer_size(struct options *o, const char *v)
{
	return value_buffer_size(v, &o->watch.buffer_size);
}

int take_snapshot(struct options *o, const char *v)
{
	if (!strcmp(v, "bpf"))
		o->rows.source = ROWS_BPF;
	else if (!strcmp(v, "proc"))
		o->rows.source = ROWS_PROC;
	else if (!strcmp(v, "netlink"))
		o->rows.source = ROWS_NETLINK;
	else if (!strcmp(v, "walk"))
		o->rows.source = ROWS_WALK;
	else
		return -EINVAL;
	return 0;
}

int take_max_sockets(struct options *o, const char *v)
{
	uint64_t n;

	if (value_number(v, 1, 1 << 24, &n))
		return -EINVAL;
	o->watch.max_sockets = (uint32_t)n;
	return 0;
}

int take_time_wait(struct options *o, const char *v)
{
	if (strcmp(v, "timers") && strcmp(v, "rule"))
		return -EINVAL;
	o->watch.time_wait_by_rule = !strcmp(v, "rule");
	return 0;
}

int take_json(struct options *o, const char *v)
{
	(void)v;
	o->print.format = OUTPUT_JSON;
	return 0;
}

int take_csv(struct options *o, const char *v)
{
	if (v && strcmp(v, "safe"))
		return -EINVAL;
	o->print.format = OUTPUT_CSV;
	o->print.csv_safe = v;
	return 0;
}

int take_time(struct options *o, const char *v)
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

int take_output(struct options *o, const char *v)
{
	o->out_path = v;
	return *v ? 0 : -EINVAL;
}

int take_verbose(struct options *o, const char *v)
{
	(void)v;
	o->verbosity++;
	return 0;
}

int take_repeat(struct options *o, const char *v)
{
	o->page.repeat_ms = 1000;
	return v ? value_duration(v, &o->page.repeat_ms) : 0;
}

const char *const sort_names[] = {
	[SORT_PORT] = "port",	      [SORT_PID] = "pid",	[SORT_STATE] = "state",
	[SORT_RECV_Q] = "recv-q",     [SORT_SEND_Q] = "send-q", [SORT_ADDR] = "addr",
	[SORT_COUNT] = "count",	      [SORT_GROWTH] = "growth", [SORT_SENT] = "sent",
	[SORT_RECEIVED] = "received", [SORT_FAILED] = "failed", [SORT_FIRST] = "first",
	[SORT_LAST] = "last"
};

int take_sort(struct options *o, const char *v)
{
	int key;

	if (take_choice(v, sort_names, SORT_PORT, COUNT(sort_names), &key))
		return -EINVAL;
	if (o->n_sorts == SORT_KEYS_MAX)
		return -E2BIG;
	o->sorts[o->n_sorts++] = (enum sort_key)key;
	return 0;
}

int take_by(struct options *o, const char *v)
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
						       [TALLY_REMOTE_PORT] = "remote-port",
						       [TALLY_SERVICE] = "port", /* of log */
						       [TALLY_EXE] = "exe",
						       [TALLY_REASON] = "reason",
						       [TALLY_HOUR] = "hour",
						       [TALLY_DAY] = "day" };
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

int take_color(struct options *o, const char *v)
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

/* Times mean something together only: times_check(). */
int take_since(struct options *o, const char *v)
{
	o->past.since = v;
	return 0;
}

int take_until(struct options *o, const char *v)
{
	o->past.until = v;
	return 0;
}

int take_at(struct options *o, const char *v)
{
	o->past.at = v;
	return 0;
}

int take_dir(struct options *o, const char *v)
{
	o->past.dir = v;
	return *v ? 0 : -EINVAL;
}

int take_max_size(struct options *o, const char *v)
{
	return value_size(v, STORE_LEAST, STORE_MOST, &o->keep.max_size);
}

int take_max_age(struct options *o, const char *v)
{
	return value_duration(v, &o->keep.max_age_ms);
}

int take_keep_free(struct options *o, const char *v)
{
	return value_percent(v, 90, &o->keep.keep_free);
}

int take_segment(struct options *o, const char *v)
{
	return value_size(v, STORE_LEAST, STORE_MOST, &o->keep.segment_size);
}

/* -r, -i and -s are words, for fingers that know netstat. */
static int take_word(struct options *o, enum word_id id)
{
	if (o->word != WORD_WATCH && o->word != id)
		return -EEXIST;
	o->word = id;
	return 0;
}

int take_route(struct options *o, const char *v)
{
	(void)v;
	return take_word(o, WORD_ROUTE);
}

int take_link(struct options *o, const char *v)
{
	(void)v;
	return take_word(o, WORD_LINK);
}

int take_stats(struct options *o, const char *v)
{
	(void)v;
	return take_word(o, WORD_STATS);
}

int take_features(struct options *o, const char *v)
{
	(void)v;
	o->word = WORD_FEATURES;
	return 0;
}

int take_completion(struct options *o, const char *v)
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

int take_version(struct options *o, const char *v)
{
	(void)v;
	o->action = ACTION_VERSION;
	return 0;
}

int take_help(struct options *o, const char *v)
{
	(void)v;
	o->action = ACTION_HELP;
	return 0;
}
