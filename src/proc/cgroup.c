// SPDX-License-Identifier: GPL-2.0-only
#include "proc/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/lru.h"
#include "proc/dir.h"
#include "proc/membership.h"
#include "proc/process.h"

#define SLOTS 4096
#define FRESH_NS 1000000000u
#define ROOT_OF_ALL 1		/* its id, as kernfs numbers */
#define KERNFS_ID 0xfe		/* FILEID_KERNFS of linux/exportfs.h */
#define WALK_DEPTH 32		/* directories are kept open on the way */
#define WALK_FIRST 4096		/* directories: at once, when nothing is known yet; */
#define WALK_STEP 512		/* then so many, */
#define WALK_STEP_NS 250000000u /* at most so often: whoever drains the ring has to wait for it */
#define MEMBERSHIP_MAX 16384	/* of /proc/PID/cgroup */

struct slot {
	uint64_t read_ns;
	uint64_t unified; /* of a process: the id of its cgroup of v2; 0: not known */
	char *path;	  /* owned; NULL: not found */
	void *facts;	  /* owned; NULL: it says nothing */
};

/* Of fixed size: by id, or by process where the id says nothing. */
struct table {
	struct lru *lru;
	struct slot *slots;
};

struct walk;

struct cgroup_cache {
	int root_fd; /* borrowed, as proc_fd */
	int proc_fd;
	cgroup_describe_fn *describe;
	bool handles;	     /* open_by_handle_at() works */
	bool has_all;	     /* our root is that of all */
	uint64_t walk_ns;    /* when a step of the walk was made last; 0: never */
	struct walk *walk;   /* owned; NULL: none was made yet */
	char root[PATH_MAX]; /* as our descriptor's link shows it */
	struct table by_id;
	struct table by_process;
};

static int table_init(struct table *t)
{
	t->lru = lru_new(SLOTS);
	t->slots = calloc(SLOTS, sizeof(*t->slots));
	return t->lru && t->slots ? 0 : -ENOMEM;
}

static void slot_clear(struct slot *s)
{
	free(s->path);
	free(s->facts);
	*s = (struct slot){ 0 };
}

static void table_free(struct table *t)
{
	for (size_t i = 0; t->slots && i < SLOTS; i++)
		slot_clear(&t->slots[i]);
	free(t->slots);
	lru_free(t->lru);
}

static struct slot *table_find(struct table *t, uint64_t key)
{
	uint32_t at = lru_find(t->lru, key);

	if (at == LRU_NONE)
		return NULL;
	lru_touch(t->lru, at);
	return &t->slots[at];
}

static struct slot *table_add(struct table *t, uint64_t key)
{
	struct slot *s = &t->slots[lru_add(t->lru, key)];

	slot_clear(s);
	return s;
}

static void slot_set_path(const struct cgroup_cache *c, struct slot *s, const char *path)
{
	free(s->path);
	free(s->facts);
	s->path = strdup(path);
	s->facts = s->path ? c->describe(s->path) : NULL;
}

static ssize_t read_own_link(int proc_fd, int fd, char *path, size_t size)
{
	char name[32];
	ssize_t n;

	snprintf(name, sizeof(name), "self/fd/%d", fd);
	n = readlinkat(proc_fd, name, path, size - 1);
	path[n > 0 ? n : 0] = '\0';
	return n;
}

static int open_by_id(int root_fd, uint64_t id)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + sizeof(id)];
	} h = { .handle = { .handle_bytes = sizeof(id), .handle_type = KERNFS_ID } };
	int fd;

	memcpy(h.room + offsetof(struct file_handle, f_handle), &id, sizeof(id));
	fd = open_by_handle_at(root_fd, &h.handle, O_PATH | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Whether the root itself can be opened by its id: not without CAP_DAC_READ_SEARCH. */
static bool has_handles(int root_fd)
{
	struct stat st;
	int fd = fstat(root_fd, &st) ? -1 : open_by_id(root_fd, st.st_ino);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

struct cgroup_cache *cgroup_cache_new(int root_fd, int proc_fd, cgroup_describe_fn *describe)
{
	struct cgroup_cache *c = calloc(1, sizeof(*c));
	struct stat st;

	if (!c)
		return NULL;
	if (table_init(&c->by_id) || table_init(&c->by_process)) {
		cgroup_cache_free(c);
		return NULL;
	}
	c->root_fd = root_fd;
	c->proc_fd = proc_fd;
	c->describe = describe;
	if (root_fd >= 0) {
		read_own_link(proc_fd, root_fd, c->root, sizeof(c->root));
		c->handles = has_handles(root_fd);
		c->has_all = !fstat(root_fd, &st) && st.st_ino == ROOT_OF_ALL;
	}
	if (!strcmp(c->root, "/")) /* a mount that no path leads to */
		c->root[0] = '\0';
	return c;
}

/* --- by id ------------------------------------------------------------------------------------ */

/* The path of an open cgroup below the root; false when it is not below it. */
static bool path_below_root(const struct cgroup_cache *c, int fd, char *path, size_t size)
{
	static const char gone[] = " (deleted)";
	size_t skip = strlen(c->root), len;

	if (read_own_link(c->proc_fd, fd, path, size) <= 0 || strncmp(path, c->root, skip))
		return false;
	len = strlen(path);
	if (len > strlen(gone) && !strcmp(path + len - strlen(gone), gone))
		path[len - strlen(gone)] = '\0';
	if (path[skip] && path[skip] != '/')
		return false;
	memmove(path, path + skip, strlen(path + skip) + 1);
	if (!path[0])
		strcpy(path, "/");
	return true;
}

/* --- by process ------------------------------------------------------------------------------- */

/*
 * Takes the path of the line of v1 that says something, "4:memory:/docker/...", else that of v2,
 * "0::/...".
 */
static void take_membership(const struct cgroup_cache *c, struct slot *s, char *text)
{
	const char *unified = NULL;
	char *save, *line;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		const char *path = strchr(line, ':');

		path = path ? strchr(path + 1, ':') : NULL;
		if (!path || path[1] != '/')
			continue;
		if (!strncmp(line, "0::", 3))
			unified = path + 1;
		slot_set_path(c, s, path + 1);
		if (s->facts)
			return;
	}
	if (unified)
		slot_set_path(c, s, unified);
	else
		slot_clear(s);
}

/* text: of /proc/PID/cgroup. */
static uint64_t unified_id(const struct cgroup_cache *c, const char *text)
{
	size_t len;
	const char *unified = membership_unified(text, &len);
	char path[PATH_MAX];
	struct stat st;

	if (!unified || c->root_fd < 0 || len > sizeof(path))
		return 0;
	memcpy(path, unified + 1, len - 1);
	path[len - 1] = '\0';
	return fstatat(c->root_fd, path[0] ? path : ".", &st, 0) ? 0 : st.st_ino;
}

static void read_membership(const struct cgroup_cache *c, const struct cgroup_owner *owner,
			    struct slot *s)
{
	int process = process_dir_open(c->proc_fd, owner->pid);
	char text[MEMBERSHIP_MAX];
	uint64_t id;
	size_t n = 0;

	if (process < 0)
		return;
	if (!owner->start_ns || process_same_start(process_start(process), owner->start_ns))
		n = file_read(process, "cgroup", text, sizeof(text));
	close(process);
	if (!n)
		return;
	id = unified_id(c, text);
	take_membership(c, s, text);
	s->unified = id;
}

static uint64_t process_key(const struct cgroup_owner *owner)
{
	return owner->pid ^ owner->start_ns << 22; /* a PID has no more bits */
}

/* A process may be moved; one that is gone keeps the cgroup that it was known in. */
static struct slot *find_by_process(struct cgroup_cache *c, const struct cgroup_owner *owner,
				    uint64_t now_ns)
{
	struct slot *s = table_find(&c->by_process, process_key(owner));

	if (s && now_ns < s->read_ns + FRESH_NS)
		return s;
	if (!s)
		s = table_add(&c->by_process, process_key(owner));
	read_membership(c, owner, s);
	s->read_ns = now_ns;
	return s;
}

/* --- by a walk -------------------------------------------------------------------------------- */

/* Through the tree in small steps; what is open stays open until the next one. */
struct walk {
	DIR *open[WALK_DEPTH];	   /* owned; from the root to the present directory */
	size_t before[WALK_DEPTH]; /* the length of the path without it */
	int depth;		   /* 0: it has ended */
	int room;		   /* for cgroups that nobody asked for yet */
	size_t len;
	char path[PATH_MAX]; /* of the present directory; "": the root */
};

static void walk_note(struct cgroup_cache *c, struct walk *w, uint64_t id, uint64_t now_ns)
{
	struct slot *s = table_find(&c->by_id, id);

	if (!s && w->room-- <= 0)
		return;
	if (!s)
		s = table_add(&c->by_id, id);
	s->read_ns = now_ns;
	if (!s->path)
		slot_set_path(c, s, w->len ? w->path : "/");
}

static void walk_leave(struct walk *w)
{
	w->depth--;
	closedir(w->open[w->depth]);
	w->len = w->before[w->depth];
	w->path[w->len] = '\0';
}

/* `parent_fd` and name: of a directory whose name is to be put behind the path; "." is the root. */
static void walk_enter(struct cgroup_cache *c, struct walk *w, int parent_fd, const char *name,
		       uint64_t now_ns)
{
	size_t room = sizeof(w->path) - w->len;
	int n = w->depth ? snprintf(w->path + w->len, room, "/%s", name) : 0;
	int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd >= 0 && (size_t)n < room ? fdopendir(fd) : NULL;
	struct stat st;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		w->path[w->len] = '\0';
		return;
	}
	w->before[w->depth] = w->len;
	w->open[w->depth++] = dir;
	w->len += (size_t)n;
	if (!fstat(fd, &st))
		walk_note(c, w, st.st_ino, now_ns);
}

/* On to the next directory. */
static void walk_on(struct cgroup_cache *c, struct walk *w, uint64_t now_ns)
{
	DIR *dir = w->open[w->depth - 1];
	struct dirent *entry;

	while ((entry = readdir(dir)) && (entry->d_type != DT_DIR || entry->d_name[0] == '.'))
		;
	if (!entry)
		walk_leave(w);
	else if (w->depth < WALK_DEPTH)
		walk_enter(c, w, dirfd(dir), entry->d_name, now_ns);
}

/*
 * Where opening by handle is refused and the owner does not tell. Notes every cgroup on the way: it
 * will be asked for soon. What no step has come to yet is not known.
 */
static void walk_tree(struct cgroup_cache *c, uint64_t now_ns)
{
	int left = c->walk_ns ? WALK_STEP : WALK_FIRST;

	if (c->walk_ns && now_ns < c->walk_ns + WALK_STEP_NS)
		return;
	c->walk_ns = now_ns;
	if (!c->walk)
		c->walk = calloc(1, sizeof(*c->walk));
	if (!c->walk)
		return;
	if (!c->walk->depth) {
		c->walk->room = SLOTS / 2;
		walk_enter(c, c->walk, c->root_fd, ".", now_ns);
	}
	while (c->walk->depth && left-- > 0)
		walk_on(c, c->walk, now_ns);
}

/*
 * What the owner's process says, where that is the cgroup that is asked for and not one that it was
 * moved to. True when it is, with the path in the slot.
 */
static bool ask_owner(struct cgroup_cache *c, const struct cgroup_owner *owner, uint64_t id,
		      uint64_t now_ns, struct slot *s)
{
	const struct slot *member = owner->pid ? find_by_process(c, owner, now_ns) : NULL;
	const char *path = member ? member->path : NULL;
	struct stat st;

	if (!path || fstatat(c->root_fd, path[1] ? path + 1 : ".", &st, 0) || st.st_ino != id)
		return false;
	slot_set_path(c, s, path);
	return true;
}

static struct slot *find_by_id(struct cgroup_cache *c, uint64_t id,
			       const struct cgroup_owner *owner, uint64_t now_ns)
{
	struct slot *s = table_find(&c->by_id, id);
	char path[PATH_MAX];
	int fd;

	if (s && (s->path || now_ns < s->read_ns + FRESH_NS))
		return s;
	if (!s)
		s = table_add(&c->by_id, id);
	s->read_ns = now_ns;
	fd = c->handles ? open_by_id(c->root_fd, id) : -EPERM;
	if (fd == -EPERM) { /* the right to do so was given up meanwhile, or was never there */
		c->handles = false;
		if (ask_owner(c, owner, id, now_ns, s))
			return s;
		walk_tree(c, now_ns);
		return table_find(&c->by_id, id); /* the walk may have taken its slot */
	}
	if (fd < 0)
		return s;
	if (path_below_root(c, fd, path, sizeof(path)))
		slot_set_path(c, s, path);
	close(fd);
	return s;
}

void cgroup_cache_get(struct cgroup_cache *c, uint64_t id, const struct cgroup_owner *owner,
		      uint64_t now_ns, struct cgroup_place *ret)
{
	const struct slot *s = NULL, *member;

	if (id && c->root_fd >= 0)
		s = find_by_id(c, id, owner, now_ns);
	if (owner->pid && (!s || !s->path || !strcmp(s->path, "/"))) {
		member = find_by_process(c, owner, now_ns);
		if (member->path)
			s = member;
	}
	ret->path = s ? s->path : NULL;
	ret->facts = s ? s->facts : NULL;
}

void cgroup_cache_learn(struct cgroup_cache *c, uint64_t id, const char *path, uint64_t now_ns)
{
	struct slot *s;

	if (!c->has_all)
		return;
	s = table_find(&c->by_id, id);
	if (!s)
		s = table_add(&c->by_id, id);
	s->read_ns = now_ns;
	slot_set_path(c, s, path);
}

uint64_t cgroup_cache_process(struct cgroup_cache *c, const struct cgroup_owner *owner,
			      uint64_t now_ns)
{
	return owner->pid ? find_by_process(c, owner, now_ns)->unified : 0;
}

/* NULL is fine. */
static void walk_free(struct walk *w)
{
	while (w && w->depth)
		walk_leave(w);
	free(w);
}

void cgroup_cache_free(struct cgroup_cache *c)
{
	if (!c)
		return;
	walk_free(c->walk);
	table_free(&c->by_id);
	table_free(&c->by_process);
	free(c);
}
