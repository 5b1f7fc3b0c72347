// SPDX-License-Identifier: GPL-2.0-only
#include "cli/take.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cli/habits.h"
#include "cli/options.h"
#include "cli/table.h"
#include "cli/values.h"
#include "core/kinds.h"

#define INTERIM_MAX_MS (10 * 24 * 3600 * 1000u) /* the kernel side counts in 32 bits */
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

/* A beginning ("cur*") is none: the kernel side can tell. */
static bool is_pattern(const char *name)
{
	size_t at = strcspn(name, "*?[");

	return name[at] && (name[at] != '*' || name[at + 1]);
}

/* Each is kept in two ways, of which one is left in the end: check.c. */
int take_comm(struct options *o, const char *v)
{
	char *copy, *rest, *name;
	int err = where_take(&o->select.where.comms, v);

	copy = rest = err ? NULL : strdup(v);
	if (!copy)
		return err ? err : -ENOMEM;
	while (!err && (name = strsep(&rest, ","))) {
		o->comm_patterns = o->comm_patterns || is_pattern(name);
		err = take_filter(o, SW_F_COMM, value_comm(name, &o->select.filter));
	}
	free(copy);
	return err;
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

int take_idle(struct options *o, const char *v)
{
	uint64_t ms = 0;

	if (strcmp(v, "none") && strcmp(v, "0") &&
	    (value_duration(v, &ms) || ms < 100 || ms > INTERIM_MAX_MS))
		return -EINVAL;
	o->watch.idle_ms = ms;
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
	static const char *const names[] = {
		[JSON_ECS] = "ecs", [JSON_OCSF] = "ocsf", [JSON_OTEL] = "otel"
	};
	int schema = o->print.schema; /* -j asks for no other */

	if (v && take_choice(v, names, JSON_ECS, COUNT(names), &schema))
		return -EINVAL;
	o->print.format = OUTPUT_JSON;
	o->print.schema = (enum json_schema)schema;
	return 0;
}

int take_plot(struct options *o, const char *v)
{
	if (v && strcmp(v, "svg") && strcmp(v, "text"))
		return -EINVAL;
	o->print.plot = v && !strcmp(v, "svg") ? PLOT_SVG : PLOT_TEXT;
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

int take_view(struct options *o, const char *v)
{
	static const char *const names[] = { "",	  "connections", "processes", "remotes",
					     "listeners", "failures",	 "units",     "tree" };

	return take_choice(v, names, 1, COUNT(names), &o->top.view);
}

const char *const tally_key_names[TALLY_KEYS] = { [TALLY_PROTO] = "proto",
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
						  [TALLY_DAY] = "day",
						  [TALLY_HOST] = "host" };

int take_by(struct options *o, const char *v)
{
	int key;

	if (take_choice(v, tally_key_names, TALLY_PROTO, TALLY_KEYS, &key))
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

int take_sql(struct options *o, const char *v)
{
	o->past.sql = v;
	return 0;
}

int take_timeout(struct options *o, const char *v)
{
	return value_duration(v, &o->past.timeout_ms);
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
	if (v)
		return habit_is_lsof_where(v) ? take_lsof_where(o, v) : -EINVAL;
	return take_word(o, WORD_LINK);
}

int take_stats(struct options *o, const char *v)
{
	if (v)
		return habit_is_lsof_state(v) ? take_lsof_state(o, v) : -EINVAL;
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
