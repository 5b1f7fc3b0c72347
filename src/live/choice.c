// SPDX-License-Identifier: GPL-2.0-only
#include "live/choice.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "base/log.h"
#include "conn.h"
#include "event.h"
#include "filter.h"
#include "live/features.h"
#include "live/loader.h"
#include "sockwatch.skel.h"

/* With a look at cgroups verifiers before 6.1 take minutes over the iterators of rows. */
static bool is_too_much_for_verifier(const struct loader_opts *opts, const struct features *f)
{
	return (opts->filter->on & SW_F_CGROUP) && !f->has[FEATURE_HASH_ALLOC];
}

int choice_check(const struct loader_opts *opts, const struct features *f, char *why, size_t size)
{
	const char *missing = NULL;

	if (f->btf_err && f->btf_err != -ENOENT) {
		snprintf(why, size, "cannot read /sys/kernel/btf/vmlinux: %s",
			 strerror(-f->btf_err));
		return f->btf_err;
	}
	if (!f->has[FEATURE_BTF])
		missing = "type information (BTF): /sys/kernel/btf/vmlinux is not there; it needs "
			  "CONFIG_DEBUG_INFO_BTF=y";
	else if (!f->has[FEATURE_STATE])
		missing =
			"the tracepoint sock:inet_sock_set_state (Linux 4.16 and later, with BTF)";
	else if (!f->has[FEATURE_TASK_FILE])
		missing = "the BPF iterator task_file (Linux 5.8 and later)";
	if (missing) {
		snprintf(why, size, "this kernel lacks %s", missing);
		return -ENOSYS;
	}
	if (!opts->stream && is_too_much_for_verifier(opts, f)) {
		snprintf(why, size, "before Linux 6.1 rows of cgroups are read from /proc");
		return -ENOSYS;
	}
	if (opts->stream && opts->udp && !f->has[FEATURE_CGROUP2]) {
		snprintf(why, size,
			 "no cgroup2 hierarchy, which UDP is traced by: mount one with "
			 "'mount -t cgroup2 none /sys/fs/cgroup'");
		return -ENOSYS;
	}
	return 0;
}

void choice_make(const struct loader_opts *opts, const struct features *f, struct choice *ret)
{
	*ret = (struct choice){
		.stream = opts->stream,
		.udp = opts->udp,
		.snapshot = opts->snapshot && f->has[FEATURE_ITERATORS] &&
			    !is_too_much_for_verifier(opts, f),
		/* a program of perf's may remember a socket only where bpf_mem_alloc serves it */
		.by_sys_exit = !f->has[FEATURE_SYSCALL_EVENTS] || !f->has[FEATURE_HASH_ALLOC],
		/* with the timers locked nothing may be deleted where it ends in call_rcu() */
		.by_timers = opts->tcp && opts->time_wait_end && !opts->conns &&
			     f->has[FEATURE_TIMERS] && f->has[FEATURE_HASH_ALLOC],
		.untold = opts->stream && opts->tcp && f->has[FEATURE_FOR_EACH],
		.so_far = opts->stream && opts->tcp && opts->interim_ms &&
			  f->has[FEATURE_FOR_EACH] && f->has[FEATURE_SOCKET_COOKIE],
	};
}

const char *choice_reduce(struct choice *c, const struct features *f)
{
	/* system call tracepoints go through perf, which may be locked down further */
	if (c->stream && !c->by_sys_exit && f->has[FEATURE_SYS_EXIT]) {
		c->by_sys_exit = true;
		return "the system call tracepoints";
	}
	if (c->stream && c->snapshot) {
		c->snapshot = false;
		return "iterators of sockets";
	}
	if (c->so_far) {
		c->so_far = false;
		return "records of connections so far";
	}
	if (c->untold) {
		c->untold = false;
		return "the sweep at the end";
	}
	return NULL;
}

const char *choice_refusal(int err)
{
	if (err != -EPERM)
		return "-vv shows the verifier's words";
	if (prctl(PR_GET_SECCOMP) == SECCOMP_MODE_FILTER)
		return "a seccomp profile is on, as that of a container: bpf() must be allowed in "
		       "it, or "
		       "--security-opt seccomp=unconfined of podman and docker, seccompProfile: "
		       "{type: Unconfined} of Kubernetes";
	return "before Linux 5.11 CAP_SYS_RESOURCE is needed too";
}

static void set_programs(const struct choice *c, const struct loader_opts *opts,
			 const struct features *f, struct sockwatch_bpf *skel)
{
	const bool *has = f->has;
	const bool retransmits = opts->retransmits && has[FEATURE_RETRANSMIT];
	const bool tells_binds = !opts->conns || opts->listeners;
	const bool processes = opts->processes && has[FEATURE_EXEC];
	const struct {
		struct bpf_program *prog;
		bool load;
	} programs[] = {
		{ skel->progs.on_state, opts->tcp },
		{ skel->progs.on_state_nested, opts->tcp },
		{ skel->progs.on_destroy, opts->tcp },
		{ skel->progs.on_read, opts->tcp && has[FEATURE_READ] },
		{ skel->progs.on_sent, has[FEATURE_LENGTHS] },
		{ skel->progs.on_received, has[FEATURE_LENGTHS] },
		{ skel->progs.on_accept, opts->tcp && !c->by_sys_exit },
		{ skel->progs.on_bind, !c->by_sys_exit && tells_binds },
		{ skel->progs.on_connect, !c->by_sys_exit },
		{ skel->progs.on_listen, opts->tcp && !c->by_sys_exit && tells_binds },
		{ skel->progs.on_sys_exit, c->by_sys_exit },
		{ skel->progs.on_uring, has[FEATURE_URING] },
		{ skel->progs.on_timer_start, c->by_timers },
		{ skel->progs.on_timer_cancel, c->by_timers },
		{ skel->progs.on_drop, c->by_timers && has[FEATURE_DROPS] },
		{ skel->progs.on_retransmit, retransmits },
		{ skel->progs.on_retransmit_synack, retransmits },
		{ skel->progs.on_exec, processes },
		{ skel->progs.on_fork, processes },
		{ skel->progs.on_cgroup_mkdir,
		  has[FEATURE_MKDIR] && (opts->details || opts->filter->on & SW_F_CGROUP) },
		{ skel->progs.on_sendmsg4, opts->udp },
		{ skel->progs.on_sendmsg6, opts->udp },
		{ skel->progs.on_recvmsg4, opts->udp },
		{ skel->progs.on_recvmsg6, opts->udp },
		{ skel->progs.on_release, opts->udp },
		{ skel->progs.count_untold, c->untold },
		{ skel->progs.tell_so_far, c->so_far },
	};

	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		bpf_program__set_autoload(programs[i].prog, c->stream && programs[i].load);
}

/* The iterators are run when asked for, and not attached with the rest. */
static void set_iterators(const struct choice *c, const struct loader_opts *opts,
			  struct sockwatch_bpf *skel)
{
	bpf_program__set_autoattach(skel->progs.tell_descriptors, false);
	bpf_program__set_autoattach(skel->progs.count_untold, false);
	bpf_program__set_autoattach(skel->progs.tell_so_far, false);
	bpf_program__set_autoattach(skel->progs.tell_tcp, false);
	bpf_program__set_autoattach(skel->progs.tell_udp, false);
	bpf_program__set_autoload(skel->progs.tell_tcp, c->snapshot && opts->tcp);
	bpf_program__set_autoload(skel->progs.tell_udp, c->snapshot && opts->udp);
}

/*
 * How many sockets can be remembered, those in TIME_WAIT among them. One costs the kernel at least
 * 4 KiB, so this is reached when they take an eighth of the memory. Room that is not in use costs
 * 16 bytes and, at every start, 12 ns: hence the limit.
 */
static uint32_t socket_room(void)
{
	uint64_t memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
	uint32_t room = 1U << 16;

	while (room < 1U << 20 && (uint64_t)room * 2 * 32768 <= memory)
		room *= 2;
	return room;
}

/*
 * How many peers UDP sockets may have at once, in all. Each slot is taken from the memory at the
 * start, whether it is needed or not.
 */
static uint32_t peer_room(const struct loader_opts *opts)
{
	return opts->max_sockets ? opts->max_sockets : socket_room() / 16;
}

/* Of records of UDP (bpf/peers.h). */
static void set_peer_maps(const struct choice *c, const struct loader_opts *opts,
			  struct sockwatch_bpf *skel)
{
	struct bpf_map *const maps[] = { skel->maps.peers, skel->maps.peer_slots,
					 skel->maps.peer_claims };
	const bool create = c->stream && opts->conns && opts->udp;

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		bpf_map__set_autocreate(maps[i], create);
		bpf_map__set_max_entries(maps[i], peer_room(opts));
	}
	bpf_map__set_autocreate(skel->maps.current_peers, create);
	bpf_map__set_autocreate(skel->maps.udp_bound, create);
}

static void set_maps(const struct choice *c, const struct loader_opts *opts,
		     struct sockwatch_bpf *skel)
{
	const struct {
		struct bpf_map *map;
		bool create;
	} maps[] = {
		{ skel->maps.events, true },
		{ skel->maps.facts_by_address, true },
		{ skel->maps.ended_connects, true },
		{ skel->maps.held_listens, true },
		{ skel->maps.ended, c->by_timers },
		{ skel->maps.udp_in_socket, opts->udp },
		{ skel->maps.udp_peers, opts->udp && !opts->conns },
		{ skel->maps.past_owners, opts->conns },
	};
	const bool cgroups = opts->filter->on & SW_F_CGROUP;

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++)
		bpf_map__set_autocreate(maps[i].map, c->stream && maps[i].create);
	bpf_map__set_autocreate(skel->maps.asked_cgroups, cgroups);
	bpf_map__set_autocreate(skel->maps.asked_paths, c->stream && cgroups);
	bpf_map__set_max_entries(skel->maps.events, (uint32_t)opts->buffer_size);
	bpf_map__set_max_entries(skel->maps.facts_by_address,
				 opts->max_sockets ? opts->max_sockets : socket_room());
	set_peer_maps(c, opts, skel);
}

/* Numbers of the other system call table of this CPU, which our own headers do not have. */
static void set_calls_of_32_bit(struct sockwatch_bpf *skel)
{
#if defined(__x86_64__) /* arch/x86/entry/syscalls/syscall_32.tbl; it has no accept */
	skel->rodata->nr32_accept4 = 364;
	skel->rodata->nr32_bind = 361;
	skel->rodata->nr32_connect = 362;
	skel->rodata->nr32_listen = 363;
	skel->rodata->nr32_socketcall = 102;
#elif defined(__aarch64__) /* arch/arm64/tools/syscall_32.tbl; no socketcall in the EABI */
	skel->rodata->nr32_accept = 285;
	skel->rodata->nr32_accept4 = 366;
	skel->rodata->nr32_bind = 282;
	skel->rodata->nr32_connect = 283;
	skel->rodata->nr32_listen = 284;
#endif
}

/*
 * Calls that look at files of others: they read what an iterator or fdinfo tells, or follow a link
 * in /proc/PID/fd.
 */
static void set_calls_that_look(struct sockwatch_bpf *skel)
{
	static const uint32_t calls[] = {
		SYS_read,      SYS_pread64,    SYS_readv,      SYS_preadv,     SYS_preadv2,
		SYS_openat,    SYS_openat2,    SYS_readlinkat, SYS_newfstatat, SYS_statx,
		SYS_faccessat, SYS_faccessat2, SYS_getdents64,
#ifdef SYS_open
		SYS_open,      SYS_readlink,   SYS_stat,       SYS_lstat,      SYS_access,
		SYS_getdents,
#endif
	};
	const size_t n = sizeof(calls) / sizeof(calls[0]);
	const size_t room = sizeof(skel->rodata->nr_looks) / sizeof(skel->rodata->nr_looks[0]);

	for (size_t i = 0; i < room; i++)
		skel->rodata->nr_looks[i] = calls[i < n ? i : 0];
}

/* A coarse clock is as fine as the kernel's tick. */
uint32_t choice_tick(void)
{
	struct timespec tick;

	if (clock_getres(CLOCK_MONOTONIC_COARSE, &tick) || tick.tv_sec || tick.tv_nsec < 100000)
		return 0;
	return (uint32_t)tick.tv_nsec;
}

static void set_constants(const struct choice *c, const struct loader_opts *opts,
			  const struct features *f, struct sockwatch_bpf *skel)
{
	memcpy(&skel->rodata->filter, opts->filter, sizeof(*opts->filter));
	skel->rodata->use_cookie = f->has[FEATURE_SOCKET_COOKIE];
	skel->rodata->use_sock_from_file = f->has[FEATURE_SOCK_FROM_FILE];
	skel->rodata->use_task_pt_regs = f->has[FEATURE_TASK_PT_REGS];
	skel->rodata->use_cast = f->has[FEATURE_CAST];
	skel->rodata->use_preempt = f->has[FEATURE_PREEMPT];
	skel->rodata->use_timers = c->by_timers;
	skel->rodata->use_drops = c->by_timers && f->has[FEATURE_DROPS];
	skel->rodata->use_lengths = f->has[FEATURE_LENGTHS];
	skel->rodata->tells_conns = opts->conns;
	skel->rodata->tells_listeners = opts->listeners;
	skel->rodata->interim_ms = opts->interim_ms;
	skel->rodata->ring_size = (uint32_t)opts->buffer_size;
	skel->rodata->want_tcp = opts->tcp;
	skel->rodata->want_udp = opts->udp;
	skel->rodata->own_pidns = opts->pidns;
	skel->rodata->nr_accept = SYS_accept;
	skel->rodata->nr_accept4 = SYS_accept4;
	skel->rodata->nr_bind = SYS_bind;
	skel->rodata->nr_connect = SYS_connect;
	skel->rodata->nr_listen = SYS_listen;
	skel->rodata->nr_io_uring_enter = SYS_io_uring_enter;
	set_calls_that_look(skel);
	skel->rodata->use_uring = f->has[FEATURE_URING];
	if (c->by_sys_exit)
		set_calls_of_32_bit(skel);
	skel->rodata->seeds_owners = c->stream;
	skel->rodata->tells_all = opts->all_sockets;
	skel->rodata->tells_bound = c->snapshot && opts->tcp;
	skel->rodata->tells_details = opts->details;
	skel->rodata->tells_cgroups = opts->stream && opts->details;
	skel->rodata->tells_info = opts->info;
	skel->rodata->tick_ns = opts->timers || opts->waits ? choice_tick() : 0;
}

void choice_apply(const struct choice *c, const struct loader_opts *opts, const struct features *f,
		  struct sockwatch_bpf *skel)
{
	set_constants(c, opts, f, skel);
	set_maps(c, opts, skel);
	set_programs(c, opts, f, skel);
	set_iterators(c, opts, skel);
}

static const char *how_calls_are_seen(const struct choice *c, const struct features *f)
{
	if (!c->by_sys_exit)
		return "system call tracepoints";
	if (!f->has[FEATURE_SYSCALL_EVENTS])
		return "sys_exit (tracefs is not mounted)";
	if (!f->has[FEATURE_HASH_ALLOC])
		return "sys_exit (no bpf_mem_alloc)";
	return "sys_exit (the tracepoints were refused)";
}

static const char *how_time_wait_is_seen(const struct choice *c, const struct features *f)
{
	if (c->by_timers)
		return "by timers, to its end";
	if (!f->has[FEATURE_TIMERS])
		return "by rule, its beginning only (no timer tracepoints)";
	if (!f->has[FEATURE_HASH_ALLOC])
		return "by rule, its beginning only (no bpf_mem_alloc)";
	return "by rule, its beginning only (asked for)";
}

void choice_describe(const struct choice *c, const struct features *f,
		     const struct sockwatch_bpf *skel)
{
	bool lengths = f->has[FEATURE_LENGTHS];

	log_verbose("room for: %u sockets", bpf_map__max_entries(skel->maps.facts_by_address));
	log_verbose("accept, bind and connect seen by: %s", how_calls_are_seen(c, f));
	log_verbose("those of 32-bit programs: %s",
		    c->by_sys_exit ? "seen" : "not seen (the tracepoints leave them out)");
	log_verbose("those through io_uring: %s",
		    f->has[FEATURE_URING] ? "seen" : "not seen (the kernel does not tell which)");
	log_verbose("socket cookies: %s",
		    f->has[FEATURE_SOCKET_COOKIE] ? "yes" : "only those that exist already");
	log_verbose("use seen by: %s",
		    lengths ? "reads and writes" : "reads (no sock_send_length)");
	log_verbose("TIME_WAIT: %s", how_time_wait_is_seen(c, f));
	if (c->udp)
		log_verbose("UDP seen by: programs at the root of our cgroup namespace%s",
			    lengths ? ", counted" : ", not counted");
	log_verbose("ring buffer: %u bytes", bpf_map__max_entries(skel->maps.events));
}
