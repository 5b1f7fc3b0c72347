// SPDX-License-Identifier: GPL-2.0-only
#include "live/loader.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/log.h"
#include "event.h"
#include "filter.h"
#include "sockwatch.skel.h"

struct loader {
	struct sockwatch_bpf *skel; /* owned */
	struct bpf_link *accept4;   /* owned; on_accept's second place; NULL: none */
	struct features features;
	size_t cpus;
	bool by_sys_exit; /* calls are seen at every system call's exit */
	bool by_timers;	  /* TIME_WAIT is told to its end */
	bool stream;
	bool snapshot; /* its iterators are loaded */
	bool udp;
	uint64_t missed_accepts; /* as far as it was told */
};

__attribute__((format(printf, 2, 0))) static int print_libbpf(enum libbpf_print_level level,
							      const char *fmt, va_list args)
{
	if (log_level() < 2 || (level == LIBBPF_DEBUG && log_level() < 3))
		return 0;
	return vfprintf(stderr, fmt, args);
}

static int check_kernel(const struct features *f, char *why, size_t size)
{
	const char *missing = NULL;

	if (!f->has[FEATURE_BTF])
		missing = "type information (BTF): /sys/kernel/btf/vmlinux is not there; it needs "
			  "CONFIG_DEBUG_INFO_BTF=y";
	else if (!f->has[FEATURE_STATE])
		missing =
			"the tracepoint sock:inet_sock_set_state (Linux 4.16 and later, with BTF)";
	else if (!f->has[FEATURE_TASK_FILE])
		missing = "the BPF iterator task_file (Linux 5.8 and later)";
	if (!missing)
		return 0;
	snprintf(why, size, "this kernel lacks %s", missing);
	return -ENOSYS;
}

static struct bpf_program *iter_program(const struct loader *l, enum loader_iter which)
{
	struct bpf_program *const programs[] = {
		[LOADER_ITER_DESCRIPTORS] = l->skel->progs.tell_descriptors,
		[LOADER_ITER_TCP] = l->skel->progs.tell_tcp,
		[LOADER_ITER_UDP] = l->skel->progs.tell_udp,
	};

	return programs[which];
}

static void choose_programs(struct loader *l, const struct loader_opts *opts)
{
	const bool *has = l->features.has;
	const struct {
		struct bpf_program *prog;
		bool load;
	} choice[] = {
		{ l->skel->progs.on_state, opts->tcp },
		{ l->skel->progs.on_state_nested, opts->tcp },
		{ l->skel->progs.on_destroy, opts->tcp },
		{ l->skel->progs.on_read, opts->tcp && has[FEATURE_READ] },
		{ l->skel->progs.on_sent, has[FEATURE_LENGTHS] },
		{ l->skel->progs.on_received, opts->udp && has[FEATURE_LENGTHS] },
		{ l->skel->progs.on_accept, opts->tcp && !l->by_sys_exit },
		{ l->skel->progs.on_bind, !l->by_sys_exit },
		{ l->skel->progs.on_connect, !l->by_sys_exit },
		{ l->skel->progs.on_sys_exit, l->by_sys_exit },
		{ l->skel->progs.on_timer_start, l->by_timers },
		{ l->skel->progs.on_timer_cancel, l->by_timers },
		{ l->skel->progs.on_retransmit, opts->retransmits && has[FEATURE_RETRANSMIT] },
		{ l->skel->progs.on_retransmit_synack,
		  opts->retransmits && has[FEATURE_RETRANSMIT] },
		{ l->skel->progs.on_exec, opts->processes && has[FEATURE_EXEC] },
		{ l->skel->progs.on_fork, opts->processes && has[FEATURE_EXEC] },
		{ l->skel->progs.on_sendmsg4, opts->udp },
		{ l->skel->progs.on_sendmsg6, opts->udp },
		{ l->skel->progs.on_recvmsg4, opts->udp },
		{ l->skel->progs.on_recvmsg6, opts->udp },
		{ l->skel->progs.on_release, opts->udp },
	};

	for (size_t i = 0; i < sizeof(choice) / sizeof(choice[0]); i++)
		bpf_program__set_autoload(choice[i].prog, l->stream && choice[i].load);
	/* run when asked for */
	for (int i = 0; i < LOADER_ITERS; i++)
		bpf_program__set_autoattach(iter_program(l, i), false);
	bpf_program__set_autoload(iter_program(l, LOADER_ITER_TCP), l->snapshot && opts->tcp);
	bpf_program__set_autoload(iter_program(l, LOADER_ITER_UDP), l->snapshot && opts->udp);
}

static void choose_maps(struct loader *l, const struct loader_opts *opts)
{
	const struct {
		struct bpf_map *map;
		bool create;
	} choice[] = {
		{ l->skel->maps.events, true },
		{ l->skel->maps.facts_by_address, true },
		{ l->skel->maps.ended_connects, true },
		{ l->skel->maps.ended, l->by_timers },
		{ l->skel->maps.udp_in_socket, opts->udp },
		{ l->skel->maps.udp_peers, opts->udp },
	};

	for (size_t i = 0; i < sizeof(choice) / sizeof(choice[0]); i++)
		bpf_map__set_autocreate(choice[i].map, l->stream && choice[i].create);
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

/* Settings and the choice of programs; all before load, so that the verifier sees constants. */
static void configure(struct loader *l, const struct loader_opts *opts)
{
	struct sockwatch_bpf *skel = l->skel;
	const struct features *f = &l->features;

	memcpy(&skel->rodata->filter, opts->filter, sizeof(*opts->filter));
	skel->rodata->use_cookie = f->has[FEATURE_SOCKET_COOKIE];
	skel->rodata->use_sock_from_file = f->has[FEATURE_SOCK_FROM_FILE];
	skel->rodata->use_task_pt_regs = f->has[FEATURE_TASK_PT_REGS];
	skel->rodata->use_cast = f->has[FEATURE_CAST];
	skel->rodata->use_preempt = f->has[FEATURE_PREEMPT];
	skel->rodata->use_timers = l->by_timers;
	skel->rodata->use_lengths = f->has[FEATURE_LENGTHS];
	skel->rodata->want_tcp = opts->tcp;
	skel->rodata->want_udp = opts->udp;
	skel->rodata->own_pidns = opts->pidns;
	skel->rodata->nr_accept = SYS_accept;
	skel->rodata->nr_accept4 = SYS_accept4;
	skel->rodata->nr_bind = SYS_bind;
	skel->rodata->nr_connect = SYS_connect;

	skel->rodata->seeds_owners = l->stream;
	skel->rodata->tells_all = opts->all_sockets;
	skel->rodata->tells_details = opts->details;

	bpf_map__set_max_entries(skel->maps.events, (uint32_t)opts->buffer_size);
	bpf_map__set_max_entries(skel->maps.facts_by_address,
				 opts->max_sockets ? opts->max_sockets : socket_room());
	choose_maps(l, opts);
	choose_programs(l, opts);
}

static int attach_accept4(struct loader *l)
{
	if (!bpf_program__autoload(l->skel->progs.on_accept))
		return 0;
	l->accept4 = bpf_program__attach_tracepoint(l->skel->progs.on_accept, "syscalls",
						    "sys_exit_accept4");
	return l->accept4 ? 0 : -errno;
}

/* The programs of UDP sit at the root of the cgroups. */
static int attach_cgroup(struct loader *l, int cgroup_fd)
{
	struct sockwatch_bpf *skel = l->skel;
	const struct {
		struct bpf_program *prog;
		struct bpf_link **link;
	} all[] = {
		{ skel->progs.on_sendmsg4, &skel->links.on_sendmsg4 },
		{ skel->progs.on_sendmsg6, &skel->links.on_sendmsg6 },
		{ skel->progs.on_recvmsg4, &skel->links.on_recvmsg4 },
		{ skel->progs.on_recvmsg6, &skel->links.on_recvmsg6 },
		{ skel->progs.on_release, &skel->links.on_release },
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]) && !err; i++) {
		*all[i].link = bpf_program__attach_cgroup(all[i].prog, cgroup_fd);
		err = *all[i].link ? 0 : -errno;
	}
	return err;
}

static void unload(struct loader *l)
{
	bpf_link__destroy(l->accept4);
	l->accept4 = NULL;
	sockwatch_bpf__destroy(l->skel);
	l->skel = NULL;
}

/*
 * Before 1.4 libbpf looks for a kernel function that the kernel lacks in its modules, too, and
 * takes it for a fault that those may not be listed without CAP_SYS_ADMIN. It does so once for an
 * object: so it may fail here, for a function that nobody has.
 */
static void look_at_modules(const struct loader *l)
{
	if (!l->features.has[FEATURE_CAST] || !l->features.has[FEATURE_PREEMPT])
		bpf_program__set_attach_target(l->skel->progs.on_state, 0, "no such function");
}

static int load(struct loader *l, const struct loader_opts *opts, char *why, size_t size)
{
	int err;

	l->skel = sockwatch_bpf__open();
	if (!l->skel) {
		err = -errno;
		snprintf(why, size, "cannot open the BPF object: %s", strerror(errno));
		return err;
	}
	configure(l, opts);
	look_at_modules(l);
	err = sockwatch_bpf__load(l->skel);
	if (err) {
		snprintf(why, size, "the kernel refused the BPF programs: %s (%s)", strerror(-err),
			 err == -EPERM ? "before Linux 5.11 CAP_SYS_RESOURCE is needed too"
				       : "-vv shows the verifier's words");
		return err;
	}
	if (!l->stream)
		return 0;
	/* Listeners first: a child that is born right after the attach inherits its owner. */
	loader_seed_owners(l);
	err = sockwatch_bpf__attach(l->skel);
	if (!err)
		err = attach_accept4(l);
	if (!err && opts->udp)
		err = attach_cgroup(l, opts->cgroup_fd);
	if (err) {
		snprintf(why, size, "cannot attach the BPF programs: %s", strerror(-err));
		return err;
	}
	__atomic_store_n(&l->skel->bss->tracing, 1, __ATOMIC_SEQ_CST);
	return 0;
}

/* What may be refused where the rest is not, one after the other; false when nothing is left. */
static bool try_less(struct loader *l)
{
	/* system call tracepoints go through perf, which may be locked down further */
	if (l->stream && !l->by_sys_exit && l->features.has[FEATURE_SYS_EXIT])
		return l->by_sys_exit = true;
	if (l->stream && l->snapshot) {
		l->snapshot = false;
		return true;
	}
	return false;
}

int loader_open(const struct loader_opts *opts, struct loader **ret, char *why, size_t size)
{
	struct loader *l = calloc(1, sizeof(*l));
	int err;

	if (!l) {
		snprintf(why, size, "out of memory");
		return -ENOMEM;
	}
	libbpf_set_print(print_libbpf);
	l->cpus = (size_t)libbpf_num_possible_cpus();
	if (l->cpus > SW_MAX_CPUS) /* so is an error, negative before the cast */
		l->cpus = SW_MAX_CPUS;
	features_probe(opts->cgroup_fd, &l->features);
	err = check_kernel(&l->features, why, size);
	if (err)
		goto fail;
	if (opts->stream && opts->udp && !l->features.has[FEATURE_CGROUP2]) {
		snprintf(why, size,
			 "no cgroup2 hierarchy, which UDP is traced by: mount one with "
			 "'mount -t cgroup2 none /sys/fs/cgroup'");
		err = -ENOSYS;
		goto fail;
	}
	l->stream = opts->stream;
	l->snapshot = opts->snapshot && l->features.has[FEATURE_ITERATORS];
	l->udp = opts->udp;
	l->by_timers = opts->tcp && opts->time_wait_end && l->features.has[FEATURE_TIMERS];
	/* their programs may remember a socket only where a hash allocates for any program */
	l->by_sys_exit = !l->features.has[FEATURE_SYSCALL_EVENTS] ||
			 !l->features.has[FEATURE_HASH_ALLOC];
	err = load(l, opts, why, size);
	while (err && try_less(l)) {
		log_verbose("%s; trying without %s", why,
			    l->snapshot ? "the system call tracepoints" : "iterators of sockets");
		unload(l);
		err = load(l, opts, why, size);
	}
	if (err)
		goto fail;
	*ret = l;
	return 0;
fail:
	loader_free(l);
	return err;
}

bool loader_has_snapshot(const struct loader *l)
{
	return l->snapshot;
}

int loader_iterate(const struct loader *l, enum loader_iter which)
{
	struct bpf_link *link = bpf_program__attach_iter(iter_program(l, which), NULL);
	int fd;

	if (!link)
		return -errno;
	if (which == LOADER_ITER_DESCRIPTORS)
		l->skel->bss->seeding++;
	fd = bpf_iter_create(bpf_link__fd(link));
	if (fd < 0)
		fd = -errno;
	bpf_link__destroy(link); /* the iterator keeps the program */
	return fd;
}

/* The iterator does this while it is read; what it tells is not of interest here. */
int loader_seed_owners(struct loader *l)
{
	char none[4096];
	int fd, err = 0;
	ssize_t n;

	if (!l->stream)
		return 0;
	fd = loader_iterate(l, LOADER_ITER_DESCRIPTORS);
	if (fd < 0)
		return fd;
	do {
		n = read(fd, none, sizeof(none));
		/* EAGAIN: it stopped after a million descriptors to let others run */
	} while (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)));
	if (n < 0)
		err = -errno;
	close(fd);
	return err;
}

void loader_detach(struct loader *l)
{
	__atomic_store_n(&l->skel->bss->tracing, 0, __ATOMIC_SEQ_CST);
	bpf_link__destroy(l->accept4);
	l->accept4 = NULL;
	sockwatch_bpf__detach(l->skel);
}

int loader_ring_fd(const struct loader *l)
{
	return bpf_map__fd(l->skel->maps.events);
}

size_t loader_ring_size(const struct loader *l)
{
	return bpf_map__max_entries(l->skel->maps.events);
}

uint32_t *loader_reader_waits(const struct loader *l)
{
	return &l->skel->bss->reader_waits;
}

const struct sw_cpu *loader_cpus(const struct loader *l)
{
	return l->skel->bss->cpus;
}

static uint64_t recursion_misses(const struct bpf_program *prog)
{
	struct bpf_prog_info info = { 0 };
	uint32_t size = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &size))
		return 0;
	return info.recursion_misses;
}

uint64_t loader_missed_accepts(struct loader *l)
{
	uint64_t missed;

	if (l->by_sys_exit)
		return 0;
	missed = recursion_misses(l->skel->progs.on_accept);
	/* kernels before 5.19 do not tell it to who has dropped CAP_BPF: what was known stays */
	if (missed > l->missed_accepts)
		l->missed_accepts = missed;
	return l->missed_accepts;
}

size_t loader_cpu_count(const struct loader *l)
{
	return l->cpus;
}

void loader_describe(const struct loader *l)
{
	const struct features *f = &l->features;

	if (!l->stream)
		return;
	log_verbose("room for: %u sockets", bpf_map__max_entries(l->skel->maps.facts_by_address));
	log_verbose("accept, bind and connect seen by: %s",
		    !l->by_sys_exit		      ? "system call tracepoints"
		    : !f->has[FEATURE_SYSCALL_EVENTS] ? "sys_exit (tracefs is not mounted)"
		    : !f->has[FEATURE_HASH_ALLOC]     ? "sys_exit (no bpf_mem_alloc)"
						      : "sys_exit (the tracepoints were refused)");
	log_verbose("socket cookies: %s",
		    f->has[FEATURE_SOCKET_COOKIE] ? "yes" : "only those that exist already");
	log_verbose("use seen by: %s",
		    f->has[FEATURE_LENGTHS] ? "reads and writes" : "reads (no sock_send_length)");
	log_verbose("TIME_WAIT: %s",
		    l->by_timers ? "by timers, to its end"
		    : f->has[FEATURE_TIMERS]
			    ? "by rule, its beginning only (asked for)"
			    : "by rule, its beginning only (no timer tracepoints)");
	if (l->udp)
		log_verbose("UDP seen by: programs at the root of the cgroups%s",
			    f->has[FEATURE_LENGTHS] ? ", counted" : ", not counted");
	log_verbose("ring buffer: %u bytes", bpf_map__max_entries(l->skel->maps.events));
}

void loader_free(struct loader *l)
{
	if (!l)
		return;
	unload(l);
	free(l);
}
