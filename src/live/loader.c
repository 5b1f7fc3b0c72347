// SPDX-License-Identifier: GPL-2.0-only
#include "live/loader.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/clock.h"
#include "base/log.h"
#include "conn.h"
#include "core/peers.h"
#include "event.h"
#include "filter.h"
#include "live/choice.h"
#include "live/features.h"
#include "live/walk.h"
#include "peer.h"
#include "sockwatch.skel.h"

struct loader {
	struct loader_opts opts;
	struct walk *walk;	      /* owned; NULL: iterators */
	struct sockwatch_bpf *skel;   /* owned; NULL: the walk */
	struct bpf_link *accept4;     /* owned; on_accept's second place; NULL: none */
	struct bpf_link *descriptors; /* owned; the iterator over them; NULL: made when asked for */
	struct bpf_link *so_far;      /* owned; the pass over long connections; NULL: none */
	struct features features;
	struct choice choice;
	int untold_fd;	       /* owned; the sweep at the end, to be read once; -1: none */
	struct sw_peer *peers; /* owned: mapped; NULL: none are kept */
	uint32_t n_peers;
	size_t cpus;
	uint64_t missed; /* as far as it was told */
	uint64_t began_ns;
};

__attribute__((format(printf, 2, 0))) static int print_libbpf(enum libbpf_print_level level,
							      const char *fmt, va_list args)
{
	if (log_level() < 2 || (level == LIBBPF_DEBUG && log_level() < 3))
		return 0;
	return vfprintf(stderr, fmt, args);
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

/* 0 or -errno. */
static int map_peers(struct loader *l)
{
	const struct bpf_map *map = l->skel->maps.peers;
	size_t n = bpf_map__max_entries(map);
	void *at;

	if (!l->choice.stream || !l->opts.conns || !l->opts.udp)
		return 0;
	at = mmap(NULL, n * sizeof(*l->peers), PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map),
		  0);
	if (at == MAP_FAILED)
		return -errno;
	l->peers = at;
	l->n_peers = (uint32_t)n;
	return 0;
}

static void unload(struct loader *l)
{
	if (l->peers)
		munmap(l->peers, l->n_peers * sizeof(*l->peers));
	l->peers = NULL;
	bpf_link__destroy(l->accept4);
	l->accept4 = NULL;
	bpf_link__destroy(l->descriptors);
	l->descriptors = NULL;
	bpf_link__destroy(l->so_far);
	l->so_far = NULL;
	if (l->untold_fd >= 0)
		close(l->untold_fd);
	l->untold_fd = -1;
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

/* The sweep, made while there are rights. A kernel that refuses it counts a little less. */
static void open_untold(struct loader *l)
{
	struct bpf_link *link;

	if (!bpf_program__autoload(l->skel->progs.count_untold))
		return;
	link = bpf_program__attach_iter(l->skel->progs.count_untold, NULL);
	if (!link)
		return;
	l->untold_fd = bpf_iter_create(bpf_link__fd(link));
	bpf_link__destroy(link); /* the iterator keeps the program */
}

/* Owners first: a child that is born right after the attach inherits that of its listener. */
static int attach(struct loader *l, const struct loader_opts *opts)
{
	int err;

	/* kept: new iterators of it can be made when the rights are gone */
	l->descriptors = bpf_program__attach_iter(l->skel->progs.tell_descriptors, NULL);
	loader_seed_owners(l);
	open_untold(l);
	if (l->choice.so_far)
		l->so_far = bpf_program__attach_iter(l->skel->progs.tell_so_far, NULL);
	err = sockwatch_bpf__attach(l->skel);
	if (!err)
		err = attach_accept4(l);
	if (!err && opts->udp)
		err = attach_cgroup(l, opts->cgroup_fd);
	l->began_ns = clock_now(); /* before the first event can be */
	if (!err)
		__atomic_store_n(&l->skel->bss->tracing, 1, __ATOMIC_SEQ_CST);
	return err;
}

uint64_t loader_began(const struct loader *l)
{
	return l->began_ns;
}

/*
 * The cgroups that are asked for into the map `ids`, and how they are known when they are made anew
 * into `paths`; -1: there is none. 0 or -errno.
 */
static int fill_cgroups(const struct loader_opts *opts, int ids, int paths)
{
	const struct sw_filter *f = opts->filter;
	const __u8 asked = 1;
	int err = 0;

	if (!(f->on & SW_F_CGROUP))
		return 0;
	for (uint32_t i = 0; i < f->n_cgroups && !err; i++) {
		struct sw_cgroup_ids known = { .now = f->cgroups[i] };

		err = bpf_map_update_elem(ids, &f->cgroups[i], &asked, BPF_ANY);
		if (!err && paths >= 0 && opts->cgroup_paths && opts->cgroup_paths[i].path[0])
			err = bpf_map_update_elem(paths, &opts->cgroup_paths[i], &known, BPF_ANY);
	}
	return err ? -errno : 0;
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
	choice_apply(&l->choice, opts, &l->features, l->skel);
	look_at_modules(l);
	err = sockwatch_bpf__load(l->skel);
	if (err) {
		snprintf(why, size, "the kernel refused the BPF programs: %s (%s)", strerror(-err),
			 choice_refusal(err));
		return err;
	}
	err = fill_cgroups(opts, bpf_map__fd(l->skel->maps.asked_cgroups),
			   bpf_map__fd(l->skel->maps.asked_paths));
	if (!err)
		err = map_peers(l);
	if (!err && l->choice.stream)
		err = attach(l, opts);
	if (err)
		snprintf(why, size, "cannot attach the BPF programs: %s", strerror(-err));
	return err;
}

/* Loads, and goes without what is refused as long as that helps. */
static int load_some(struct loader *l, const struct loader_opts *opts, char *why, size_t size)
{
	int err = load(l, opts, why, size);
	const char *refused;

	while (err && (refused = choice_reduce(&l->choice, &l->features))) {
		log_verbose("%s; trying without %s", why, refused);
		unload(l);
		err = load(l, opts, why, size);
	}
	return err;
}

static int open_programs(struct loader *l, char *why, size_t size)
{
	int err;

	features_probe(l->opts.cgroup_fd, &l->features);
	choice_make(&l->opts, &l->features, &l->choice);
	err = choice_check(&l->opts, &l->features, why, size);
	return err ? err : load_some(l, &l->opts, why, size);
}

int loader_open(const struct loader_opts *opts, struct loader **ret, char *why, size_t size)
{
	struct loader *l = calloc(1, sizeof(*l));
	int err;

	if (!l) {
		snprintf(why, size, "out of memory");
		return -ENOMEM;
	}
	l->untold_fd = -1;
	libbpf_set_print(print_libbpf);
	l->cpus = (size_t)libbpf_num_possible_cpus();
	if (l->cpus > SW_MAX_CPUS) /* so is an error, negative before the cast */
		l->cpus = SW_MAX_CPUS;
	l->opts = *opts;
	snprintf(why, size, "it knows no PID namespace but the initial one");
	err = opts->walk ? walk_open(opts, &l->walk, why, size) : -EOPNOTSUPP;
	if (err && !opts->walk_only) {
		if (opts->walk)
			log_verbose("no walk: %s", why);
		err = open_programs(l, why, size);
	}
	if (err)
		loader_free(l);
	else
		*ret = l;
	return err;
}

bool loader_has_snapshot(const struct loader *l)
{
	return l->walk || l->choice.snapshot;
}

struct walk *loader_walk(const struct loader *l)
{
	return l->walk;
}

int loader_leave_walk(struct loader *l, char *why, size_t size)
{
	walk_free(l->walk);
	l->walk = NULL;
	return open_programs(l, why, size);
}

int loader_iterate(const struct loader *l, enum loader_iter which)
{
	bool again = which == LOADER_ITER_DESCRIPTORS && l->descriptors;
	struct bpf_link *link = again ? l->descriptors
				      : bpf_program__attach_iter(iter_program(l, which), NULL);
	int fd;

	if (!link)
		return -errno;
	if (which == LOADER_ITER_DESCRIPTORS)
		l->skel->bss->seeding++;
	fd = bpf_iter_create(bpf_link__fd(link));
	if (fd < 0)
		fd = -errno;
	if (!again)
		bpf_link__destroy(link); /* the iterator keeps the program */
	return fd;
}

/* For iterators whose programs do all there is to do. 0, or -errno. */
static int read_to_end(int fd)
{
	char none[4096];
	ssize_t n;

	do {
		n = read(fd, none, sizeof(none));
		/* EAGAIN: it stopped after a million objects to let others run */
	} while (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)));
	return n < 0 ? -errno : 0;
}

/* What the iterator tells is not of interest here. */
int loader_seed_owners(struct loader *l)
{
	int fd, err;

	if (!l->choice.stream)
		return 0;
	__atomic_store_n(&l->skel->bss->owners_wanted, 0, __ATOMIC_SEQ_CST);
	fd = loader_iterate(l, LOADER_ITER_DESCRIPTORS);
	if (fd < 0)
		return fd;
	err = read_to_end(fd);
	close(fd);
	return err;
}

int loader_tell_so_far(struct loader *l, uint32_t *ret_wait_ms)
{
	const struct sw_so_far *found = &l->skel->bss->so_far;
	int fd, err;

	if (!l->so_far)
		return -EOPNOTSUPP;
	fd = bpf_iter_create(bpf_link__fd(l->so_far));
	if (fd < 0)
		return -errno;
	err = read_to_end(fd);
	close(fd);
	if (!err)
		*ret_wait_ms = found->again ? 0 : found->next_ms;
	return err;
}

bool loader_owners_wanted(const struct loader *l)
{
	return l->choice.stream && __atomic_load_n(&l->skel->bss->owners_wanted, __ATOMIC_RELAXED);
}

/* Programs that began before the end of tracing are done by the time it begins. */
static void count_untold(const struct loader *l)
{
	struct timespec moment = { .tv_nsec = 1000000 };

	if (l->untold_fd < 0 || !__atomic_load_n(&l->skel->bss->remembers, __ATOMIC_RELAXED))
		return;
	nanosleep(&moment, NULL);
	read_to_end(l->untold_fd);
}

void loader_detach(struct loader *l)
{
	__atomic_store_n(&l->skel->bss->ending, 1, __ATOMIC_SEQ_CST);
	__atomic_store_n(&l->skel->bss->tracing, 0, __ATOMIC_SEQ_CST);
	count_untold(l);
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

bool loader_peers(const struct loader *l, struct peers *ret)
{
	if (!l->peers)
		return false;
	ret->slots = l->peers;
	ret->room = l->n_peers;
	ret->top = &l->skel->bss->peers_top;
	ret->hand = &l->skel->bss->peers_hand;
	return true;
}

int loader_ended(const struct loader *l, struct sw_event *ret)
{
	uint32_t zero = 0;

	if (!l->choice.by_timers)
		return 0;
	return bpf_map_lookup_elem(bpf_map__fd(l->skel->maps.ended), &zero, ret) ? -errno : 0;
}

static uint64_t recursion_misses(const struct bpf_program *prog)
{
	struct bpf_prog_info info = { 0 };
	uint32_t size = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &size))
		return 0;
	return info.recursion_misses;
}

/*
 * Not those whose skipped run is no event: on_state has its twin, and what neither saw breaks a
 * chain; a read tells an owner; execs and forks tell names. The kernel never skips those of
 * cgroups.
 */
uint64_t loader_missed(struct loader *l)
{
	const bool udp = l->choice.udp; /* a length of TCP tells an owner */
	const struct bpf_program *const programs[] = {
		l->skel->progs.on_accept,
		l->skel->progs.on_bind,
		l->skel->progs.on_connect,
		l->skel->progs.on_listen,
		l->skel->progs.on_sys_exit,
		l->skel->progs.on_uring,
		l->skel->progs.on_timer_start,
		l->skel->progs.on_timer_cancel,
		l->skel->progs.on_retransmit,
		l->skel->progs.on_retransmit_synack,
		udp ? l->skel->progs.on_sent : NULL,
		udp ? l->skel->progs.on_received : NULL,
	};
	uint64_t missed = 0;

	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		if (programs[i] && bpf_program__autoload(programs[i]))
			missed += recursion_misses(programs[i]);
	/* kernels before 5.19 do not tell it to who has dropped CAP_BPF: what was known stays */
	if (missed > l->missed)
		l->missed = missed;
	return l->missed;
}

size_t loader_cpu_count(const struct loader *l)
{
	return l->cpus;
}

void loader_describe(const struct loader *l)
{
	if (l->choice.stream)
		choice_describe(&l->choice, &l->features, l->skel);
}

void loader_free(struct loader *l)
{
	if (!l)
		return;
	walk_free(l->walk);
	unload(l);
	free(l);
}
