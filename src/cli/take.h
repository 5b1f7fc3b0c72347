/* SPDX-License-Identifier: GPL-2.0-only */
/* How each option takes its value: as option_take of cli/table.h, one function for each. */
#ifndef SOCKWATCH_CLI_TAKE_H
#define SOCKWATCH_CLI_TAKE_H

#include "core/tally.h"

struct options;

/* As --by has them. */
extern const char *const tally_key_names[TALLY_KEYS];

int take_nothing(struct options *o, const char *v);
int take_port(struct options *o, const char *v);
int take_local_port(struct options *o, const char *v);
int take_remote_port(struct options *o, const char *v);
int take_addr(struct options *o, const char *v);
int take_local_addr(struct options *o, const char *v);
int take_remote_addr(struct options *o, const char *v);
int take_pid(struct options *o, const char *v);
int take_comm(struct options *o, const char *v);
int take_uid(struct options *o, const char *v);
int take_netns(struct options *o, const char *v);
int take_unit(struct options *o, const char *v);
int take_container(struct options *o, const char *v);
int take_pod(struct options *o, const char *v);
int take_exe(struct options *o, const char *v);
int take_cgroup(struct options *o, const char *v);
int take_state(struct options *o, const char *v);
int take_proto(struct options *o, const char *v);
int take_count(struct options *o, const char *v);
int take_duration(struct options *o, const char *v);
int take_interim(struct options *o, const char *v);
int take_idle(struct options *o, const char *v);
int take_buffer_size(struct options *o, const char *v);
int take_snapshot(struct options *o, const char *v);
int take_max_sockets(struct options *o, const char *v);
int take_time_wait(struct options *o, const char *v);
int take_json(struct options *o, const char *v);
int take_tag(struct options *o, const char *v);
int take_plot(struct options *o, const char *v);
int take_csv(struct options *o, const char *v);
int take_time(struct options *o, const char *v);
int take_output(struct options *o, const char *v);
int take_verbose(struct options *o, const char *v);
int take_repeat(struct options *o, const char *v);
int take_sort(struct options *o, const char *v);
int take_view(struct options *o, const char *v);
int take_by(struct options *o, const char *v);
int take_color(struct options *o, const char *v);
int take_route(struct options *o, const char *v);
int take_link(struct options *o, const char *v);
int take_stats(struct options *o, const char *v);
int take_features(struct options *o, const char *v);
int take_completion(struct options *o, const char *v);
int take_version(struct options *o, const char *v);
int take_since(struct options *o, const char *v);
int take_until(struct options *o, const char *v);
int take_at(struct options *o, const char *v);
int take_sql(struct options *o, const char *v);
int take_timeout(struct options *o, const char *v);
int take_dir(struct options *o, const char *v);
int take_max_size(struct options *o, const char *v);
int take_max_age(struct options *o, const char *v);
int take_keep_free(struct options *o, const char *v);
int take_segment(struct options *o, const char *v);
int take_report(struct options *o, const char *v);
int take_config(struct options *o, const char *v);
int take_notable(struct options *o, const char *v);
int take_help(struct options *o, const char *v);

#endif
