// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Cgroups that are made: what runs in one may be over, and the cgroup gone, when user space comes
 * to it. And those that are made anew: a service or a container that is started again has the path
 * that it had, and another id.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "emit.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SW_FILTER_MAX);
	__type(key, struct sw_cgroup_path);
	__type(value, struct sw_cgroup_ids);
} asked_paths SEC(".maps");

/* What is in the cgroup before the last may still close; what is in the one before that is gone. */
static __always_inline void follow(struct sw_cgroup_ids *ids, __u64 id)
{
	const __u8 asked = 1;

	if (ids->before)
		bpf_map_delete_elem(&asked_cgroups, &ids->before);
	ids->before = ids->now;
	ids->now = id;
	bpf_map_update_elem(&asked_cgroups, &id, &asked, BPF_ANY);
}

static __noinline void follow_path(__u64 id, const char *path)
{
	struct sw_cgroup_path key = {};
	struct sw_cgroup_ids *ids;

	if (bpf_probe_read_kernel_str(key.path, sizeof(key.path), path) <= 0)
		return;
	ids = bpf_map_lookup_elem(&asked_paths, &key);
	if (ids)
		follow(ids, id);
}

/* No event of a socket: where it does not fit, a path is looked for later. Nor is one that is cut.
 */
static __always_inline void tell_made(__u64 id, const char *path)
{
	struct sw_cgroup_made *made = bpf_ringbuf_reserve(&events, sizeof(*made), 0);
	long n;

	if (!made)
		return;
	made->id = id;
	made->pad = 0;
	n = bpf_probe_read_kernel_str(made->path, sizeof(made->path), path);
	if (n <= 0 || n == sizeof(made->path))
		bpf_ringbuf_discard(made, BPF_RB_NO_WAKEUP);
	else
		record_submit(made);
}

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(on_cgroup_mkdir, struct cgroup *cgroup, const char *path)
{
	preempt_off();
	/* the other hierarchies, of v1, have ids of their own */
	if (!READ(READ(cgroup, root), hierarchy_id)) {
		__u64 id = cgroup_id(cgroup);

		if (filter.on & SW_F_CGROUP)
			follow_path(id, path);
		if (tells_cgroups)
			tell_made(id, path);
	}
	preempt_on();
	return 0;
}
