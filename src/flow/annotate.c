// SPDX-License-Identifier: GPL-2.0-only
#include "flow/annotate.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "core/addr.h"
#include "core/record.h"
#include "core/row.h"
#include "core/who.h"
#include "flow/devices.h"
#include "flow/natted.h"
#include "names/container.h"
#include "names/label.h"
#include "names/labels.h"
#include "names/resolver.h"
#include "names/services.h"
#include "proc/cgroup.h"
#include "proc/cgroup_root.h"
#include "proc/netns_names.h"
#include "proc/ns_pids.h"
#include "proc/process.h"
#include "proc/process_cache.h"

#define CLOCK_JITTER_NS 1000000

struct annotate {
	struct resolver *resolver; /* borrowed; NULL: not asked for, as all below */
	struct labels *labels;	   /* borrowed */
	struct natted natted;
	struct services *services; /* owned, as all below */
	struct cgroup_cache *cgroups;
	struct ns_pids *ns_pids;
	struct process_cache *processes;
	struct netns_names *netns; /* always, as until `devices` */
	struct netns_names *docker_netns;
	struct devices *devices;
	bool users;
	bool in_pidns;	 /* our own, and it was not said yet that others are not seen */
	bool in_cgroups; /* likewise of a cgroup namespace */
	struct number_opts numbers;
	struct record_names names;    /* of the record at hand; what they point to is borrowed */
	int proc_fd;		      /* borrowed */
	int cgroup_fd;		      /* -1: there is no cgroup v2 */
	int64_t wall_offset;	      /* of CLOCK_BOOTTIME */
	char socket_cgroup[PATH_MAX]; /* of the record at hand */
};

/* What a path says, in as much memory as it takes: thousands are kept. */
struct place_names {
	const char *runtime;   /* static; NULL: not known, as all below */
	const char *container; /* in text, as all below */
	const char *containers;
	const char *pod;
	const char *unit;
	const char *user_unit;
	bool of_unit; /* who was given the cgroup may have made it, too */
	bool labelled;
	struct label_question question; /* labelled: what the container is called */
	char text[];
};

static const char *keep(char **at, const char *text)
{
	char *kept = *at;

	if (!text[0])
		return NULL;
	*at = stpcpy(kept, text) + 1;
	return kept;
}

static void *describe(const char *path)
{
	struct container c;
	struct place_names *n;
	char *at;

	if (!container_parse(path, &c))
		return NULL;
	n = malloc(sizeof(*n) + strlen(c.id) + strlen(c.all) + strlen(c.pod) + strlen(c.unit) +
		   strlen(c.user_unit) + 5);
	if (!n)
		return NULL;
	at = n->text;
	n->runtime = c.runtime;
	n->container = keep(&at, c.id);
	n->containers = keep(&at, c.all);
	n->pod = keep(&at, c.pod);
	n->unit = keep(&at, c.unit);
	n->user_unit = keep(&at, c.user_unit);
	n->of_unit = c.of == CONTAINER_OF_UNIT;
	n->labelled = label_question_make(&n->question, &c);
	return n;
}

/* False: there is no memory. */
static bool open_place(struct annotate *a, int proc_fd)
{
	a->cgroup_fd = cgroup_root_open();
	a->cgroups = cgroup_cache_new(a->cgroup_fd, proc_fd, describe);
	a->ns_pids = ns_pids_new(proc_fd);
	return a->cgroups && a->ns_pids;
}

struct annotate *annotate_new(const struct annotate_opts *opts)
{
	struct annotate *a = calloc(1, sizeof(*a));
	bool good;

	if (!a)
		return NULL;
	a->proc_fd = opts->proc_fd;
	a->cgroup_fd = -1;
	a->resolver = opts->resolver;
	a->labels = opts->labels;
	a->natted.nats = opts->nats;
	a->in_pidns = process_own_pidns(opts->proc_fd) != 0;
	a->in_cgroups = true;
	a->numbers = opts->numbers;
	a->users = opts->names && opts->users && a->resolver && !a->numbers.users;
	a->devices = devices_new(opts->proc_fd);
	a->netns = netns_names_new(NETNS_NAMES_DIR);
	a->docker_netns = netns_names_new(DOCKER_NETNS_DIR);
	good = a->devices && a->netns && a->docker_netns;
	if (opts->place)
		good = open_place(a, opts->proc_fd) && good;
	if (opts->processes)
		good = (a->processes = process_cache_new(opts->proc_fd)) && good;
	if (opts->names)
		good = (a->services = services_read()) && good;
	if (good)
		return a;
	annotate_free(a);
	return NULL;
}

void annotate_free(struct annotate *a)
{
	if (!a)
		return;
	services_free(a->services);
	cgroup_cache_free(a->cgroups);
	ns_pids_free(a->ns_pids);
	netns_names_free(a->netns);
	netns_names_free(a->docker_netns);
	process_cache_free(a->processes);
	devices_free(a->devices);
	if (a->cgroup_fd >= 0)
		close(a->cgroup_fd);
	free(a);
}

void annotate_note_exec(struct annotate *a, const struct sw_exec *exec)
{
	process_cache_note_exec(a->processes, exec, clock_boot_now());
}

void annotate_note_fork(struct annotate *a, const struct sw_fork *fork)
{
	process_cache_note_fork(a->processes, fork, clock_boot_now());
}

void annotate_note_cgroup(struct annotate *a, const struct sw_cgroup_made *made)
{
	if (a->cgroups)
		cgroup_cache_learn(a->cgroups, made->id, made->path, clock_boot_now());
}

/* Steady for one process, unless the clock was set. */
static uint64_t wall_of_boot(struct annotate *a, uint64_t boot_ns)
{
	int64_t offset = clock_boot_wall_offset();

	if (llabs(offset - a->wall_offset) > CLOCK_JITTER_NS)
		a->wall_offset = offset;
	return boot_ns + (uint64_t)a->wall_offset;
}

static const char *unless_empty(const char *text)
{
	return text[0] ? text : NULL;
}

static void set_process(struct annotate *a, struct record *rec, uint64_t now_ns)
{
	const struct sw_event *e = rec->ev;
	struct process_facts facts;

	process_cache_get(a->processes, e->sock.pid, e->sock.start_ns, e->sock.comm, now_ns,
			  &facts);
	rec->exe = facts.exe;
	rec->cmdline = facts.cmdline;
	rec->ppid = facts.origin->ppid;
	rec->parent_comm = unless_empty(facts.origin->parent_comm);
	rec->has_login_uid = facts.origin->has_login_uid;
	rec->login_uid = facts.origin->login_uid;
	if (facts.start_ns)
		rec->start_wall_ns = wall_of_boot(a, facts.start_ns);
}

/* A socket that was handed on stays in the cgroup of who made it. */
static void set_socket_cgroup(struct annotate *a, struct record *rec, uint64_t now_ns)
{
	const struct cgroup_owner nobody = { 0 };
	const struct sw_sock *s = &rec->ev->sock;
	struct cgroup_place place;

	if (!s->cgroup_id || s->cgroup_id == s->owner_cgroup)
		return;
	cgroup_cache_get(a->cgroups, s->cgroup_id, &nobody, now_ns, &place);
	if (!place.path)
		return;
	snprintf(a->socket_cgroup, sizeof(a->socket_cgroup), "%s", place.path);
	rec->socket_cgroup = a->socket_cgroup;
}

uint64_t annotate_cgroup_of(struct annotate *a, const struct sw_sock *s)
{
	struct cgroup_owner owner = { .pid = s->pid, .start_ns = s->start_ns };

	if (s->owner_cgroup || !a->cgroups || !sock_has_process(s))
		return s->owner_cgroup;
	return cgroup_cache_process(a->cgroups, &owner, clock_boot_now());
}

uint64_t annotate_start_of(struct annotate *a, const struct sw_sock *s)
{
	struct process_facts facts;

	if (s->start_ns || !a->processes || !sock_has_process(s))
		return s->start_ns;
	process_cache_get(a->processes, s->pid, 0, s->comm, clock_boot_now(), &facts);
	return facts.start_ns;
}

uint32_t annotate_ns_pid_of(struct annotate *a, const struct sw_sock *s)
{
	if (!a->ns_pids || !sock_has_process(s))
		return 0;
	return ns_pids_get(a->ns_pids, s->pid, s->start_ns, clock_boot_now());
}

/* Root's engines make what is root's: a unit's user may give a cgroup another container's id. */
static bool is_roots(const struct annotate *a, const char *path)
{
	struct stat st;

	return a->cgroup_fd >= 0 && path[0] == '/' &&
	       !fstatat(a->cgroup_fd, path[1] ? path + 1 : ".", &st, 0) && st.st_uid == 0;
}

static void set_label(struct annotate *a, struct record *rec, const struct place_names *n)
{
	struct label_texts label;

	if (!a->labels || !n->labelled)
		return;
	labels_get(a->labels, &n->question, !n->of_unit || is_roots(a, rec->cgroup), &label);
	rec->container_name = label.name;
	rec->container_image = label.image;
	rec->pod_name = label.pod_name;
	rec->pod_namespace = label.pod_namespace;
	if (a->processes)
		rec->container_labels = label.labels;
}

/* Where the owner is: another may have made the socket. */
static void set_place(struct annotate *a, struct record *rec, uint64_t now_ns)
{
	const struct sw_event *e = rec->ev;
	struct cgroup_owner owner = { 0 };
	struct cgroup_place place;
	const struct place_names *n;

	set_socket_cgroup(a, rec, now_ns);
	if (!sock_has_process(&e->sock))
		return;
	owner = (struct cgroup_owner){ .pid = e->sock.pid, .start_ns = e->sock.start_ns };
	cgroup_cache_get(a->cgroups, e->sock.owner_cgroup, &owner, now_ns, &place);
	rec->cgroup = place.path;
	n = place.facts;
	if (!n)
		return;
	rec->runtime = n->runtime;
	rec->container = n->container;
	rec->containers = n->containers;
	rec->pod = n->pod;
	rec->unit = n->unit;
	rec->user_unit = n->user_unit;
	set_label(a, rec, n);
}

void annotate_process(struct annotate *a, const struct holder *holder, struct who_process *ret)
{
	struct sw_event e = { .sock.pid = holder->pid, .sock.owner_source = SW_OWNER_SNAPSHOT };
	struct record rec = { .ev = &e };
	uint64_t now_ns = clock_boot_now();

	memcpy(e.sock.comm, holder->comm, SW_COMM_LEN);
	set_place(a, &rec, now_ns);
	set_process(a, &rec, now_ns);
	*ret = (struct who_process){ .pid = holder->pid,
				     .ns_pid = annotate_ns_pid_of(a, &e.sock),
				     .exe = rec.exe,
				     .cmdline = rec.cmdline,
				     .unit = rec.unit,
				     .user_unit = rec.user_unit,
				     .container = rec.container,
				     .containers = rec.containers,
				     .runtime = rec.runtime,
				     .pod = rec.pod,
				     .container_name = rec.container_name,
				     .container_image = rec.container_image,
				     .pod_name = rec.pod_name,
				     .pod_namespace = rec.pod_namespace,
				     .container_labels = rec.container_labels,
				     .start_wall_ns = rec.start_wall_ns };
	memcpy(ret->comm, holder->comm, SW_COMM_LEN);
	ret->has_uid = process_user(a->proc_fd, holder->pid, &ret->uid);
	if (ret->has_uid && a->resolver)
		ret->user = resolver_user(a->resolver, ret->uid, clock_now());
}

static bool has_addresses(const struct sw_sock *sock)
{
	return sock->tuple.family == SW_AF_INET || sock->tuple.family == SW_AF_INET6;
}

struct devices *annotate_devices(struct annotate *a)
{
	return a->devices;
}

static bool asks_hosts(const struct annotate *a, const struct sw_sock *sock)
{
	return a->resolver && !a->numbers.hosts && has_addresses(sock);
}

void annotate_names(struct annotate *a, struct record *rec)
{
	const struct sw_sock *sock = &rec->ev->sock;
	const struct sw_tuple *t = &sock->tuple;
	uint64_t now_ns;

	if (t->device)
		rec->device = devices_name(a->devices, t->netns, t->device, rec->row);
	if (!a->services)
		return;
	now_ns = clock_now();
	a->names = (struct record_names){ 0 };
	if (!a->numbers.ports) {
		a->names.local_service = services_name(a->services, sock->proto, t->local_port);
		a->names.remote_service = services_name(a->services, sock->proto, t->remote_port);
	}
	if (asks_hosts(a, sock)) {
		a->names.local_host = resolver_host(a->resolver, &t->local, now_ns);
		a->names.remote_host = resolver_host(a->resolver, &t->remote, now_ns);
	}
	if (a->users && (sock->have & SW_HAVE_UID))
		a->names.user = resolver_user(a->resolver, sock->uid, now_ns);
	rec->names = &a->names;
}

void annotate_ask(struct annotate *a, const struct sw_sock *sock, uint64_t deadline_ns)
{
	if (asks_hosts(a, sock)) {
		resolver_ask_host(a->resolver, &sock->tuple.local, deadline_ns);
		resolver_ask_host(a->resolver, &sock->tuple.remote, deadline_ns);
	}
	if (a->users && (sock->have & SW_HAVE_UID))
		resolver_ask_user(a->resolver, sock->uid, deadline_ns);
}

void annotate_wait(struct annotate *a, uint64_t deadline_ns)
{
	if (!a->resolver)
		return;
	resolver_wait(a->resolver, deadline_ns);
	annotate_take_names(a);
}

int annotate_attach(struct annotate *a, struct loop *loop)
{
	return a->resolver ? resolver_attach(a->resolver, loop) : 0;
}

void annotate_take_names(struct annotate *a)
{
	if (a->resolver && resolver_take(a->resolver, clock_now()))
		log_note("no more names are looked up: the process that did it has ended; what has "
			 "none yet is a number");
}

/* A socket that somebody has whom this PID namespace does not show. */
static bool is_owned_outside(const struct record *rec)
{
	const struct sw_sock *s = &rec->ev->sock;

	if (sock_has_process(s))
		return !s->pid;
	return rec->row && s->inode && s->owner_source == SW_OWNER_UNKNOWN;
}

/* Once each: what is not as it is on the host, and the way out. */
static void note_pidns(struct annotate *a, const struct record *rec)
{
	if (!a->in_pidns || !is_owned_outside(rec))
		return;
	a->in_pidns = false;
	log_note("sockets of processes outside this PID namespace have no PID here; they have "
		 "with --pid=host of podman or docker, hostPID: true of Kubernetes");
}

static void note_cgroupns(struct annotate *a, const struct record *rec)
{
	if (!a->in_cgroups || !rec->cgroup || strncmp(rec->cgroup, "/..", 3) != 0)
		return;
	a->in_cgroups = false;
	log_note("paths of cgroups begin at this cgroup namespace: containers and units outside "
		 "it are not told; they are with --cgroupns=host of podman or docker, privileged: "
		 "true of Kubernetes");
}

void annotate_record(struct annotate *a, struct record *rec)
{
	uint64_t now_ns;

	if (rec->ev->kind == SW_EV_RECORDER && a->processes)
		set_process(a, rec, clock_boot_now());
	if (!record_is_socket(rec))
		return;
	annotate_names(a, rec);
	rec->elsewhere = devices_elsewhere(a->devices, rec->ev->sock.tuple.netns);
	natted_set(&a->natted, rec);
	note_pidns(a, rec);
	if (!a->cgroups && !rec->elsewhere)
		return;
	now_ns = clock_boot_now();
	rec->netns_name = netns_names_get(a->netns, rec->ev->sock.tuple.netns, now_ns);
	if (!rec->netns_name && rec->elsewhere) /* Docker's "default" is the host's */
		rec->netns_name = netns_names_get(a->docker_netns, rec->ev->sock.tuple.netns,
						  now_ns);
	if (!a->cgroups)
		return;
	set_place(a, rec, now_ns);
	note_cgroupns(a, rec);
	if (a->processes && rec->ev->sock.owner_source != SW_OWNER_UNKNOWN)
		set_process(a, rec, now_ns);
}
