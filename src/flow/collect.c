// SPDX-License-Identifier: GPL-2.0-only
#include "flow/collect.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "core/kinds.h"
#include "core/row.h"
#include "flow/bound.h"
#include "flow/devices.h"
#include "flow/diagnosed.h"
#include "flow/families.h"
#include "flow/unseen.h"
#include "flow/visit.h"
#include "live/features.h"
#include "live/loader.h"
#include "live/snapshot.h"
#include "proc/dir.h"
#include "proc/membership.h"
#include "proc/netns.h"
#include "proc/netns_names.h"
#include "proc/process.h"
#include "proc/snapshot.h"
#include "proc/sockstat.h"

/* What the iterators ask for on their way; all borrowed. */
struct namespaces {
	const struct collect_opts *opts;
	struct netns_set *set;
	uint32_t n_closed;   /* that we may not enter, where only a socket of somebody's leads */
	uint32_t closed_pid; /* one who has such a socket */
};

static int add_netns(void *arg, uint32_t inode, uint32_t pid, int fd)
{
	const struct namespaces *n = arg;

	return netns_set_add_held(n->set, inode, pid, fd);
}

static int open_netns(void *arg, size_t index)
{
	struct namespaces *n = arg;
	const struct netns *netns = &n->set->all[index];
	int fd = netns_open(n->opts->proc_fd, netns);

	if (fd >= 0 || fd == -ENOENT || netns->n_pids || !netns->holder_pid)
		return fd;
	n->n_closed++;
	n->closed_pid = netns->holder_pid;
	return -ENOENT;
}

static int step(void *arg)
{
	const struct namespaces *n = arg;

	return n->opts->step ? n->opts->step(n->opts->arg) : 0;
}

/* Where nobody that we see lives, no socket is seen. */
static void note_namespaces(const struct collect_opts *o, const struct namespaces *n)
{
	if (n->n_closed)
		unseen_describe(
			o->proc_fd, n->n_closed, n->closed_pid,
			"it has sockets in a network namespace that nobody lives in and that we "
			"may not enter (this needs CAP_SYS_PTRACE): they are missing among the "
			"first rows");
	else
		unseen_describe(
			o->proc_fd, n->set->hidden, n->set->hidden_pid,
			"its network namespace may not be seen (this needs CAP_SYS_PTRACE): "
			"sockets of one that nobody else lives in are missing among the first "
			"rows");
	if (proc_hides_others(o->proc_fd))
		log_note("/proc hides the processes of others (hidepid; seeing them needs "
			 "CAP_SYS_PTRACE): sockets of network namespaces that only they live in "
			 "are missing among the first rows");
	else if (collect_unseen())
		log_verbose("%s", collect_unseen());
}

void collect_owners(struct loader *loader)
{
	if (loader_seed_owners(loader))
		log_note("owners of older sockets are not known to the kernel side");
}

static struct proc_snapshot_opts proc_opts(const struct collect_opts *o)
{
	return (struct proc_snapshot_opts){ .proc_fd = o->proc_fd,
					    .tcp = o->select->tcp,
					    .udp = o->select->udp,
					    .udplite = o->select->udplite,
					    .icmp = o->select->icmp,
					    .raw = o->select->raw,
					    .named = o->select->kinds_named,
					    .ipv4 = true,
					    .ipv6 = true,
					    .timers = o->rows.timers || o->rows.waits,
					    .filter = &o->select->filter,
					    .step = o->step,
					    .arg = o->arg };
}

/* For what is asked for by its holders. */
static void mark_holders(const struct collect_opts *o, struct gathered *g)
{
	if (o->select->filter.on & SW_F_CGROUP)
		membership_mark(o->proc_fd, &o->select->filter, &g->holders);
}

/* What there is no iterator for. */
static int collect_others(const struct collect_opts *o, struct gathered *g, struct snapshot *s)
{
	struct proc_snapshot_opts opts = proc_opts(o);
	struct proc_snapshot_gaps gaps = { 0 };
	int err;

	mark_holders(o, g);
	opts.tcp = opts.udp = false;
	err = proc_tables(&opts, &g->holders, &g->namespaces, s, &gaps);
	if (!o->quiet)
		unseen_note_gaps(o, &gaps);
	return err;
}

static int collect_bpf(const struct collect_opts *o, struct gathered *g, struct snapshot *s)
{
	struct namespaces n = { .opts = o, .set = &g->namespaces };
	struct live_snapshot_opts opts = { .tcp = o->select->tcp,
					   .udp = o->select->udp,
					   .holders = &g->holders,
					   .n_netns = &g->namespaces.n,
					   .add_netns = add_netns,
					   .open_netns = open_netns,
					   .step = step,
					   .arg = &n };
	int err = netns_set_scan(&g->namespaces, o->proc_fd, NETNS_NAMES_DIR);

	/* a /proc of another PID namespace: what the iterators tell would get a wrong number */
	if (!err && (opts.tcp || opts.udp) &&
	    (!g->namespaces.n || !netns_is_own(&g->namespaces.all[0])))
		err = -ENXIO;
	if (!err)
		err = live_snapshot(o->loader, &opts, s);
	if (!err && opts.tcp)
		err = bound_add(o, g, s);
	if (!err && kinds_any_other(o->select))
		err = collect_others(o, g, s);
	if (!o->quiet && (!err || err == -EINTR))
		note_namespaces(o, &n);
	return err;
}

/* Their interfaces are named by the namespaces that they are in. */
static bool any_device(const struct snapshot *s)
{
	for (size_t i = 0; i < s->n_rows; i++)
		if (s->rows[i].sock.tuple.device)
			return true;
	return false;
}

/* Those that the walk left are known by sockets in them only: all others join them. */
static int complete_namespaces(struct netns_set *set, int proc_fd)
{
	struct netns_set held = *set;
	int err;

	if (set->n && netns_is_own(&set->all[0]))
		return 0;
	*set = (struct netns_set){ 0 };
	err = netns_set_scan(set, proc_fd, NETNS_NAMES_DIR);
	for (size_t i = 0; i < held.n && !err; i++)
		err = netns_set_add_held(set, held.all[i].inode, held.all[i].holder_pid,
					 held.all[i].holder_fd);
	netns_set_free(&held);
	return err;
}

struct inside {
	int (*fn)(void *fn_arg, uint32_t netns);
	void *arg;
};

static int call_inside(void *arg, const struct netns *netns, int entered)
{
	const struct inside *in = arg;

	return entered ? 0 : in->fn(in->arg, netns->inode);
}

static int visit_all(void *arg, int (*fn)(void *fn_arg, uint32_t netns), void *fn_arg)
{
	const struct namespaces *n = arg;
	struct inside in = { .fn = fn, .arg = fn_arg };
	int err = complete_namespaces(n->set, n->opts->proc_fd);

	return err ? err : visit_namespaces(n->opts->proc_fd, n->set, call_inside, &in);
}

/* All namespaces at once: which there are matters to what is not told so. */
static int collect_walk(const struct collect_opts *o, struct gathered *g, struct snapshot *s)
{
	const bool others = kinds_any_other(o->select);
	bool bound = o->rows.every && o->select->tcp && bound_can_pass(&o->select->filter);
	uint64_t n_tcp = 0;
	struct namespaces n = { .opts = o, .set = &g->namespaces };
	struct live_snapshot_opts opts = { .tcp = o->select->tcp,
					   .udp = o->select->udp,
					   .holders = &g->holders,
					   .add_netns = add_netns,
					   .visit = visit_all,
					   .step = step,
					   .arg = &n };
	int err = others ? netns_set_scan(&g->namespaces, o->proc_fd, NETNS_NAMES_DIR) : 0;

	if (bound)
		sockstat_tcp(o->proc_fd, &n_tcp);
	if (!err)
		err = live_snapshot(o->loader, &opts, s);
	bound = bound && !err && bound_may_lack(o->proc_fd, n_tcp, s);
	if (!err && (bound || any_device(s)))
		err = complete_namespaces(&g->namespaces, o->proc_fd);
	if (!err && bound)
		err = bound_add(o, g, s);
	if (!err && others)
		err = collect_others(o, g, s);
	if (others && !o->quiet && (!err || err == -EINTR))
		note_namespaces(o, &n);
	return err;
}

/* Diagnosis is asked from within a namespace only: a table is read through who lives there. */
static int collect_left(const struct collect_opts *o, const struct gathered *g,
			const struct netns_set *left, struct snapshot *s,
			struct proc_snapshot_gaps *gaps)
{
	struct proc_snapshot_opts opts = proc_opts(o);

	if (!left->n)
		return 0;
	opts.udplite = opts.icmp = opts.raw = false;
	log_verbose("%zu network namespaces cannot be entered (this needs CAP_SYS_ADMIN): their "
		    "sockets come from /proc",
		    left->n);
	return proc_tables(&opts, &g->holders, left, s, gaps);
}

/* The kernel's diagnosis, where it tells them. */
static int collect_tables(const struct collect_opts *o, const struct gathered *g, bool diagnosed,
			  struct snapshot *s, struct proc_snapshot_gaps *gaps)
{
	struct proc_snapshot_opts opts = proc_opts(o);
	struct netns_set left = { 0 };
	int err = 0;

	if (diagnosed) {
		err = diagnosed_add(o, g, &left, s);
		if (!err)
			err = collect_left(o, g, &left, s, gaps);
		opts.tcp = opts.udp = false;
	}
	netns_set_free(&left);
	if (!err)
		err = proc_tables(&opts, &g->holders, &g->namespaces, s, gaps);
	if (!err && opts.tcp)
		err = bound_add(o, g, s);
	return err;
}

/* With owners by the descriptors in /proc, and the sockets by diagnosis or from there as well. */
static int collect_proc(const struct collect_opts *o, bool diagnosed, struct gathered *g,
			struct snapshot *s)
{
	struct proc_snapshot_opts opts = proc_opts(o);
	struct proc_snapshot_gaps gaps = { 0 };
	int err;

	if (o->loader)
		collect_owners(o->loader);
	err = proc_processes(&opts, &g->holders, &g->namespaces, &gaps);
	if (!err)
		err = netns_set_add_names(&g->namespaces, NETNS_NAMES_DIR);
	if (!err && o->netns)
		err = netns_set_keep(&g->namespaces, o->netns);
	if (!err)
		mark_holders(o, g);
	if (!err)
		err = collect_tables(o, g, diagnosed, s, &gaps);
	if (!o->quiet && (!diagnosed || !err))
		unseen_note_gaps(o, &gaps);
	return err;
}

static void describe(const char *source, const struct snapshot *s, uint64_t since_ns)
{
	log_verbose("snapshot by %s: %zu rows, %zu holders, %" PRIu64 " ms", source, s->n_rows,
		    s->n_holders, (clock_now() - since_ns) / 1000000);
}

static bool can_bpf(const struct collect_opts *o)
{
	return rows_by_programs(o->rows.source) && o->loader && loader_has_snapshot(o->loader);
}

/* What a source gave, with the families that have none of their own; err: what it returned. */
static int complete(const struct collect_opts *o, struct gathered *g, struct snapshot *s, int err,
		    const char *name, uint64_t since_ns)
{
	if (!err)
		err = collect_families(o, g, s);
	if (!err)
		describe(name, s, since_ns);
	return err;
}

/* 1: the next source is to be tried. */
static int next_source(const struct collect_opts *o, struct gathered *g, struct snapshot *s,
		       enum row_source source, const char *name, int err)
{
	if (o->rows.source != source) {
		log_verbose("no snapshot by %s: %s", name, strerror(-err));
		snapshot_free(s);
		gathered_free(g);
		return 1;
	}
	log_error("the sockets cannot be read by %s: %s%s", name, strerror(-err),
		  source == ROWS_BPF && err == -EPERM
			  ? " (those of other network namespaces: CAP_SYS_ADMIN)"
			  : "");
	return err;
}

static int try_walk(const struct collect_opts *o, struct gathered *g, struct snapshot *s)
{
	uint64_t since_ns = clock_now();
	char why[512];
	int err;

	if (!o->loader || !loader_walk(o->loader))
		return 1;
	err = complete(o, g, s, collect_walk(o, g, s), "a walk through the kernel's tables",
		       since_ns);
	if (!err || err == -EINTR)
		return err;
	err = next_source(o, g, s, ROWS_WALK, "a walk", err);
	if (err == 1 && loader_leave_walk(o->loader, why, sizeof(why)))
		log_verbose("no BPF iterators: %s", why);
	return err;
}

static int try_bpf(const struct collect_opts *o, struct gathered *g, struct snapshot *s)
{
	uint64_t since_ns = clock_now();
	int err = can_bpf(o) ? collect_bpf(o, g, s) : -EOPNOTSUPP;

	err = complete(o, g, s, err, "BPF iterators", since_ns);
	if (!err || err == -EINTR)
		return err;
	if (!can_bpf(o) && o->rows.source != ROWS_BPF) /* -v has said why */
		return 1;
	return next_source(o, g, s, ROWS_BPF, "BPF iterators", err);
}

/* A kernel has diagnosis of both protocols or, most often, of none. */
static int try_netlink(const struct collect_opts *o, struct gathered *g, struct snapshot *s)
{
	uint64_t since_ns = clock_now();
	int err;

	if (o->rows.source == ROWS_PROC || !(o->select->tcp || o->select->udp))
		return 1;
	err = complete(o, g, s, collect_proc(o, true, g, s),
		       "netlink (sock_diag), owners from /proc", since_ns);
	if (!err || err == -EINTR)
		return err;
	return next_source(o, g, s, ROWS_NETLINK, "netlink (sock_diag)", err);
}

static int collect(const struct collect_opts *o, struct gathered *g, struct snapshot *s)
{
	int err = try_walk(o, g, s);
	uint64_t since_ns;

	if (err == 1)
		err = try_bpf(o, g, s);
	if (err == 1)
		err = try_netlink(o, g, s);
	if (err <= 0)
		return err;
	since_ns = clock_now();
	err = complete(o, g, s, collect_proc(o, false, g, s), "/proc", since_ns);
	if (err && err != -EINTR)
		log_error("cannot read the sockets in /proc: %s", strerror(-err));
	return err;
}

/* It numbers processes as the initial PID namespace does. */
static bool wants_walk(struct rows_opts rows, uint32_t pidns)
{
	return !pidns && (rows.source == ROWS_WALK || rows.source == ROWS_AUTO);
}

int collect_open(const struct select_opts *select, struct rows_opts rows, bool details, int proc_fd,
		 struct loader **ret)
{
	struct loader_opts opts = { .filter = &select->filter,
				    .pidns = process_own_pidns(proc_fd),
				    .cgroup_fd = -1,
				    .snapshot = true,
				    .details = details || rows.info,
				    .info = (rows.memory ? SW_INFO_MEMORY : 0) |
					    (rows.info ? SW_INFO_TCP : 0),
				    .timers = rows.timers,
				    .waits = rows.waits,
				    .all_sockets = true, /* cheaper than to look which */
				    .tcp = select->tcp,
				    .udp = select->udp };
	const char *what = rows.source == ROWS_WALK ? "walk" : "BPF iterators";
	char why[512], missing[64];
	int err;

	opts.walk = wants_walk(rows, opts.pidns);
	opts.walk_only = rows.source == ROWS_WALK;
	*ret = NULL;
	if (!rows_by_programs(rows.source))
		return 0;
	privilege_missing(false, missing, sizeof(missing));
	snprintf(why, sizeof(why), "%s missing", missing);
	err = missing[0] ? -EPERM : loader_open(&opts, ret, why, sizeof(why));
	if (!err)
		return 0;
	if (rows.source != ROWS_AUTO)
		log_error("no %s: %s", what, why);
	else
		log_verbose("no %s: %s", what, why);
	return rows.source != ROWS_AUTO ? err : 0;
}

int collect_snapshot(const struct collect_opts *o, struct snapshot *s)
{
	struct gathered unasked = { 0 };
	struct gathered *g = o->gathered ? o->gathered : &unasked;
	int err;

	unseen_begin();
	err = collect(o, g, s);
	if (!err && (o->select->filter.on & SW_F_CGROUP))
		membership_mark_rows(o->proc_fd, &o->select->filter, s);
	if (!err && o->devices) {
		err = devices_learn(o->devices, s, &g->namespaces);
		if (err)
			log_error("cannot look up interfaces: %s", strerror(-err));
	}
	gathered_free(&unasked);
	return err;
}

int collect_bound(const struct collect_opts *o, struct snapshot *s)
{
	struct netns_set *set = &o->gathered->namespaces;
	int err;

	if (!o->select->tcp)
		return 0;
	err = complete_namespaces(set, o->proc_fd);
	if (!collect_unseen()) /* the walk has found all others there */
		unseen_describe(o->proc_fd, set->hidden, set->hidden_pid,
				"its network namespace may not be seen (this needs "
				"CAP_SYS_PTRACE): a socket there that is bound only, and in no "
				"process, is not found");
	return err ? err : bound_add(o, o->gathered, s);
}

void gathered_free(struct gathered *g)
{
	holders_free(&g->holders);
	netns_set_free(&g->namespaces);
}
