// SPDX-License-Identifier: GPL-2.0-only
#include "proc/process_cache.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/lru.h"
#include "event.h"
#include "proc/process.h"

#define SLOTS 4096
#define FRESH_NS 1000000000u
#define LATE_NS 5000000000u /* a fork is told at most so long after it happened */

/* What a process runs; a fork shares it. */
struct image {
	uint32_t users;
	char *exe;     /* owned; NULL: not known */
	char *cmdline; /* owned; likewise */
};

struct slot {
	uint32_t pid;
	bool forked; /* just before read_ns; when exactly is not known yet */
	bool unread; /* forked by a process of which nothing was known */
	char comm[SW_COMM_LEN];
	uint64_t start_ns;   /* 0: not known */
	uint64_t read_ns;    /* when it was read or told */
	struct image *image; /* a share; NULL: nothing is known */
	struct process_origin origin;
};

struct process_cache {
	int proc_fd; /* borrowed */
	struct lru *lru;
	struct slot slots[SLOTS];
};

struct process_cache *process_cache_new(int proc_fd)
{
	struct process_cache *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->proc_fd = proc_fd;
	c->lru = lru_new(SLOTS);
	if (!c->lru) {
		free(c);
		return NULL;
	}
	return c;
}

/* Takes over both strings; NULL, and both freed, when there is no memory or nothing in them. */
static struct image *image_new(char *exe, char *cmdline)
{
	struct image *image = exe || cmdline ? malloc(sizeof(*image)) : NULL;

	if (!image) {
		free(exe);
		free(cmdline);
		return NULL;
	}
	*image = (struct image){ .users = 1, .exe = exe, .cmdline = cmdline };
	return image;
}

static void image_drop(struct image *image)
{
	if (!image || --image->users)
		return;
	free(image->exe);
	free(image->cmdline);
	free(image);
}

static void slot_set_image(struct slot *s, struct image *image)
{
	image_drop(s->image);
	s->image = image;
}

static struct slot *slot_add(struct process_cache *c, uint32_t pid)
{
	struct slot *s = &c->slots[lru_add(c->lru, pid)];

	slot_set_image(s, NULL);
	*s = (struct slot){ .pid = pid };
	return s;
}

static struct slot *slot_at(struct process_cache *c, uint32_t at)
{
	if (at == LRU_NONE)
		return NULL;
	lru_touch(c->lru, at);
	return &c->slots[at];
}

/* The process with this PID and start. */
static struct slot *find_started(struct process_cache *c, uint32_t pid, uint64_t start_ns)
{
	uint32_t at = lru_find(c->lru, pid);

	while (at != LRU_NONE &&
	       (!c->slots[at].start_ns || !process_same_start(c->slots[at].start_ns, start_ns)))
		at = lru_next(c->lru, at);
	return slot_at(c, at);
}

/* The child of a fork whose start nobody told yet. */
static struct slot *find_forked(struct process_cache *c, uint32_t pid)
{
	uint32_t at = lru_find(c->lru, pid);

	while (at != LRU_NONE && !c->slots[at].forked)
		at = lru_next(c->lru, at);
	return slot_at(c, at);
}

/* The process with this PID and start; or the child of a recent fork, whose start this is then. */
static struct slot *find(struct process_cache *c, uint32_t pid, uint64_t start_ns)
{
	struct slot *s = find_started(c, pid, start_ns);

	if (s)
		return s;
	s = find_forked(c, pid);
	if (!s || start_ns > s->read_ns || s->read_ns - start_ns > LATE_NS)
		return NULL;
	s->forked = false;
	s->start_ns = start_ns;
	return s;
}

/* The process that had the PID last, when it has this name. */
static struct slot *find_named(struct process_cache *c, uint32_t pid, const char *comm)
{
	uint32_t at = lru_find(c->lru, pid);

	if (at == LRU_NONE || memcmp(c->slots[at].comm, comm, SW_COMM_LEN))
		return NULL;
	return slot_at(c, at);
}

/* --- what is told ----------------------------------------------------------------------------- */

/* What was known first of the parent stays: it may have ended. A login comes later. */
static void slot_learn_origin(struct slot *s, const struct process_origin *o)
{
	struct process_origin known = s->origin;

	s->origin = *o;
	if (known.ppid) {
		s->origin.ppid = known.ppid;
		memcpy(s->origin.parent_comm, known.parent_comm, SW_COMM_LEN);
	}
	if (!o->has_login_uid) {
		s->origin.has_login_uid = known.has_login_uid;
		s->origin.login_uid = known.login_uid;
	}
}

static struct process_origin origin_told(const struct sw_origin *o)
{
	struct process_origin origin = { .ppid = o->ppid };

	if (o->ppid)
		memcpy(origin.parent_comm, o->parent_comm, SW_COMM_LEN - 1);
	origin.has_login_uid = o->login_uid != SW_NO_LOGIN;
	if (origin.has_login_uid)
		origin.login_uid = o->login_uid;
	return origin;
}

/* The arguments as one line, as process_read() has it. NULL: none, or no memory. */
static char *join_args(const struct sw_exec *exec)
{
	size_t len = exec->args_len < SW_EXEC_ARGS ? exec->args_len : SW_EXEC_ARGS;
	char *line;

	while (len && !exec->args[len - 1])
		len--;
	line = len ? malloc(len + 1) : NULL;
	if (!line)
		return NULL;
	for (size_t i = 0; i < len; i++)
		line[i] = exec->args[i] ? exec->args[i] : ' ';
	line[len] = '\0';
	return line;
}

/* Whether /proc tells of the same process, which has not exec'd again since: by its arguments. */
static bool is_of_exec(const struct process *p, const struct sw_exec *exec, const char *args)
{
	return p->exe && process_same_start(p->start_ns, exec->start_ns) &&
	       (!args || (p->cmdline && !strncmp(p->cmdline, args, strlen(args))));
}

static struct image *image_of_exec(struct process_cache *c, const struct sw_exec *exec)
{
	char *args = join_args(exec);
	struct process p;

	if (process_read(c->proc_fd, exec->pid, &p))
		return image_new(NULL, args);
	if (is_of_exec(&p, exec, args)) {
		free(args);
		return image_new(p.exe, p.cmdline);
	}
	process_free(&p);
	return image_new(exec->filename[0] ? strndup(exec->filename, SW_EXEC_FILENAME) : NULL,
			 args);
}

void process_cache_note_exec(struct process_cache *c, const struct sw_exec *exec, uint64_t now_ns)
{
	struct process_origin origin = origin_told(&exec->origin);
	struct slot *s;

	if (!exec->pid) /* not visible in our PID namespace */
		return;
	s = find(c, exec->pid, exec->start_ns);
	if (!s)
		s = slot_add(c, exec->pid);
	s->start_ns = exec->start_ns;
	s->read_ns = now_ns;
	memcpy(s->comm, exec->comm, SW_COMM_LEN);
	slot_learn_origin(s, &origin);
	slot_set_image(s, image_of_exec(c, exec));
}

/* --- what is read ----------------------------------------------------------------------------- */

static void slot_fill(struct slot *s, struct process *p, const char *comm, uint64_t now_ns)
{
	if (comm)
		memcpy(s->comm, comm, SW_COMM_LEN);
	if (!s->start_ns)
		s->start_ns = p->start_ns;
	s->read_ns = now_ns;
	s->unread = false;
	slot_learn_origin(s, &p->origin);
	slot_set_image(s, image_new(p->exe, p->cmdline));
}

/* A process that cannot be read is remembered as one of which nothing is known. */
static struct slot *read_started(struct process_cache *c, uint32_t pid, uint64_t start_ns,
				 const char *comm, uint64_t now_ns)
{
	struct slot *s = slot_add(c, pid);
	struct process p = { 0 };

	s->start_ns = start_ns;
	if (!process_read(c->proc_fd, pid, &p) && p.start_ns &&
	    !process_same_start(p.start_ns, start_ns))
		process_free(&p); /* another process has the PID by now */
	slot_fill(s, &p, comm, now_ns);
	return s;
}

/* The process that has the PID now; `known` (NULL: none) when no process has it any more. */
static struct slot *read_present(struct process_cache *c, uint32_t pid, struct slot *known,
				 const char *comm, uint64_t now_ns)
{
	struct slot *s = NULL;
	struct process p = { 0 };

	if (process_read(c->proc_fd, pid, &p) || (known && !p.start_ns)) {
		process_free(&p);
		s = known;
	} else if (p.start_ns) {
		s = find(c, pid, p.start_ns);
	}
	if (!s)
		s = slot_add(c, pid);
	if (s == known && !p.start_ns)
		s->read_ns = now_ns;
	else
		slot_fill(s, &p, comm, now_ns);
	return s;
}

/* A process that is gone by now keeps what was known of it. */
static void read_again(struct process_cache *c, struct slot *s, const char *comm, uint64_t now_ns)
{
	struct process p;

	s->read_ns = now_ns;
	s->unread = false;
	if (process_read(c->proc_fd, s->pid, &p))
		return;
	if (p.exe && process_same_start(p.start_ns, s->start_ns))
		slot_fill(s, &p, comm, now_ns);
	else
		process_free(&p);
}

/* The child begins as its parent is. */
void process_cache_note_fork(struct process_cache *c, const struct sw_fork *fork, uint64_t now_ns)
{
	struct slot *parent, *s, child = { .pid = fork->child_pid, .forked = true };

	if (!fork->child_pid || !fork->parent_pid)
		return;
	parent = slot_at(c, lru_find(c->lru, fork->parent_pid));
	if (!parent)
		parent = read_present(c, fork->parent_pid, NULL, NULL, now_ns);
	child.read_ns = now_ns;
	child.unread = !parent->image;
	child.image = parent->image;
	child.origin = origin_told(&fork->origin);
	memcpy(child.comm, parent->comm, SW_COMM_LEN);
	if (child.image)
		child.image->users++;
	s = find_forked(c, fork->child_pid); /* the start of an older one was never told */
	if (!s)
		s = slot_add(c, fork->child_pid);
	slot_set_image(s, NULL);
	*s = child;
}

static bool is_stale(const struct slot *s, uint64_t now_ns)
{
	return s->unread || now_ns > s->read_ns + FRESH_NS;
}

static struct slot *get_started(struct process_cache *c, uint32_t pid, uint64_t start_ns,
				const char *comm, uint64_t now_ns)
{
	struct slot *s = find(c, pid, start_ns);

	if (!s)
		return read_started(c, pid, start_ns, comm, now_ns);
	if ((s->unread || memcmp(s->comm, comm, SW_COMM_LEN)) && is_stale(s, now_ns))
		read_again(c, s, comm, now_ns);
	return s;
}

static struct slot *get_named(struct process_cache *c, uint32_t pid, const char *comm,
			      uint64_t now_ns)
{
	struct slot *s = find_named(c, pid, comm);

	if (!s || is_stale(s, now_ns))
		s = read_present(c, pid, s, comm, now_ns);
	return s;
}

void process_cache_get(struct process_cache *c, uint32_t pid, uint64_t start_ns, const char *comm,
		       uint64_t now_ns, struct process_facts *ret)
{
	static const struct process_origin nothing;
	const struct slot *s;

	*ret = (struct process_facts){ .start_ns = start_ns, .origin = &nothing };
	if (!pid) /* not visible in our PID namespace */
		return;
	s = start_ns ? get_started(c, pid, start_ns, comm, now_ns)
		     : get_named(c, pid, comm, now_ns);
	if (!start_ns)
		ret->start_ns = s->start_ns;
	ret->origin = &s->origin;
	if (s->image) {
		ret->exe = s->image->exe;
		ret->cmdline = s->image->cmdline;
	}
}

void process_cache_free(struct process_cache *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < SLOTS; i++)
		slot_set_image(&c->slots[i], NULL);
	lru_free(c->lru);
	free(c);
}
