// SPDX-License-Identifier: GPL-2.0-only
#include "flow/attach.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "filter.h"
#include "flow/rights.h"
#include "flow/watch.h"
#include "live/loader.h"
#include "proc/cgroup.h"
#include "proc/cgroup_root.h"
#include "proc/process.h"

static void *describe_nothing(const char *path)
{
	(void)path;
	return NULL;
}

static void take_path(struct cgroup_cache *cache, uint64_t id, struct sw_cgroup_path *ret)
{
	const struct cgroup_owner nobody = { 0 };
	struct cgroup_place place;

	cgroup_cache_get(cache, id, &nobody, clock_now(), &place);
	if (place.path && strlen(place.path) < sizeof(ret->path))
		snprintf(ret->path, sizeof(ret->path), "%s", place.path);
}

/*
 * The paths of the filter's cgroups, in their order, as the kernel tells them: from the root of
 * all. "" for one that has none by now, whose path is too long, or where the root that we see is
 * not that of all (a cgroup namespace of our own).
 */
static void find_paths(const struct sw_filter *f, int proc_fd,
		       struct sw_cgroup_path ret[SW_FILTER_MAX])
{
	struct cgroup_cache *cache = NULL;
	int root = -1;

	memset(ret, 0, SW_FILTER_MAX * sizeof(*ret));
	if (f->on & SW_F_CGROUP)
		root = cgroup_root_open();
	if (root < 0)
		return;
	if (!cgroup_root_is_of_all(root))
		log_verbose("--cgroup: what is made anew is not known again in a cgroup namespace");
	else
		cache = cgroup_cache_new(root, proc_fd, describe_nothing);
	for (uint32_t i = 0; cache && i < f->n_cgroups; i++)
		take_path(cache, f->cgroups[i], &ret[i]);
	cgroup_cache_free(cache);
	close(root);
}

int attach_open(const struct watch_job *job, int proc_fd, struct loader **ret)
{
	const struct watch_opts *o = job->opts;
	struct sw_cgroup_path paths[SW_FILTER_MAX];
	struct loader_opts opts = { .filter = &job->select->filter,
				    .cgroup_paths = paths,
				    .buffer_size = o->buffer_size,
				    .max_sockets = o->max_sockets,
				    .pidns = process_own_pidns(proc_fd),
				    .cgroup_fd = job->select->udp ? cgroup_root_open() : -1,
				    .stream = true,
				    .conns = o->conns,
				    .listeners = o->listeners,
				    .interim_ms = o->interim_ms,
				    .snapshot = !o->events_only &&
						rows_by_programs(job->rows.source),
				    .details = job->details,
				    .timers = job->rows.timers,
				    .tcp = job->select->tcp,
				    .udp = job->select->udp,
				    .retransmits = o->retransmits,
				    .processes = job->processes,
				    .time_wait_end = !o->time_wait_by_rule };
	int err = rights_check(job->select->udp);
	char why[512];

	if (!err) {
		find_paths(opts.filter, proc_fd, paths);
		err = loader_open(&opts, ret, why, sizeof(why));
		if (err)
			log_error("%s", why);
		else
			loader_describe(*ret);
	}
	if (!err && opts.cgroup_fd >= 0 && !cgroup_root_is_of_all(opts.cgroup_fd))
		log_note("UDP is seen of the processes of this cgroup namespace alone; of all with "
			 "--cgroupns=host of podman or docker, privileged: true of Kubernetes");
	if (opts.cgroup_fd >= 0)
		close(opts.cgroup_fd);
	return err;
}
