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
#include "proc/process.h"

#define SLOTS 4096
#define FRESH_NS 1000000000u
#define KERNFS_ID 0xfe /* FILEID_KERNFS of linux/exportfs.h */
#define WALK_DEPTH 32  /* directories are kept open on the way */
#define WALK_DIRECTORIES 65536
#define MEMBERSHIP_MAX 16384 /* of /proc/PID/cgroup */

struct slot {
	uint64_t read_ns;
	char *path;  /* owned; NULL: not found */
	void *facts; /* owned; NULL: it says nothing */
};

/* Of fixed size: by id, or by process where the id says nothing. */
struct table {
	struct lru *lru;
	struct slot *slots;
};

struct cgroup_cache {
	int root_fd; /* borrowed, as proc_fd */
	int proc_fd;
	cgroup_describe_fn *describe;
	bool handles;	     /* open_by_handle_at() works */
	uint64_t walk_ns;    /* when the tree was walked last; 0: never */
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
	}
	if (!strcmp(c->root, "/")) /* a mount that no path leads to */
		c->root[0] = '\0';
	return c;
}

void cgroup_cache_free(struct cgroup_cache *c)
{
	if (!c)
		return;
	table_free(&c->by_id);
	table_free(&c->by_process);
	free(c);
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

struct walk {
	struct cgroup_cache *c; /* borrowed */
	uint64_t id;
	uint64_t now_ns;
	int left; /* directories that may still be read */
	int room; /* for cgroups that nobody asked for yet */
	size_t len;
	char path[PATH_MAX]; /* of the present directory; "": the root */
};

static void walk_note(struct walk *w, uint64_t id)
{
	struct slot *s = table_find(&w->c->by_id, id);

	if (!s && id != w->id && w->room-- <= 0)
		return;
	if (!s)
		s = table_add(&w->c->by_id, id);
	s->read_ns = w->now_ns;
	if (!s->path)
		slot_set_path(w->c, s, w->len ? w->path : "/");
}

static void walk_directory(struct walk *w, int fd, int depth);

static void walk_entry(struct walk *w, int parent_fd, const char *name, int depth)
{
	size_t before = w->len;
	int n = snprintf(w->path + w->len, sizeof(w->path) - w->len, "/%s", name);
	int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && n > 0 && (size_t)n < sizeof(w->path) - w->len) {
		w->len += (size_t)n;
		walk_directory(w, fd, depth);
	} else if (fd >= 0) {
		close(fd);
	}
	w->len = before;
	w->path[before] = '\0';
}

/* Takes fd over. */
static void walk_directory(struct walk *w, int fd, int depth)
{
	DIR *dir = fdopendir(fd);
	struct dirent *entry;
	struct stat st;

	if (!dir) {
		close(fd);
		return;
	}
	if (!fstat(fd, &st))
		walk_note(w, st.st_ino);
	while (depth < WALK_DEPTH && (entry = readdir(dir))) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.' || w->left-- <= 0)
			continue;
		walk_entry(w, fd, entry->d_name, depth + 1);
	}
	closedir(dir);
}

/* Where opening by handle is refused. Notes every cgroup on the way: it will be asked for soon. */
static void walk_tree(struct cgroup_cache *c, uint64_t id, uint64_t now_ns)
{
	struct walk *w;
	int fd;

	if (c->walk_ns && now_ns < c->walk_ns + FRESH_NS)
		return;
	c->walk_ns = now_ns;
	w = malloc(sizeof(*w));
	fd = w ? openat(c->root_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (fd >= 0) {
		*w = (struct walk){ .c = c,
				    .id = id,
				    .now_ns = now_ns,
				    .left = WALK_DIRECTORIES,
				    .room = SLOTS / 2 };
		walk_directory(w, fd, 0);
	}
	free(w);
}

static struct slot *find_by_id(struct cgroup_cache *c, uint64_t id, uint64_t now_ns)
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
		walk_tree(c, id, now_ns);
		return table_find(&c->by_id, id); /* the walk may have taken its slot */
	}
	if (fd < 0)
		return s;
	if (path_below_root(c, fd, path, sizeof(path)))
		slot_set_path(c, s, path);
	close(fd);
	return s;
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

static void read_membership(const struct cgroup_cache *c, const struct cgroup_owner *owner,
			    struct slot *s)
{
	int process = process_dir_open(c->proc_fd, owner->pid);
	char text[MEMBERSHIP_MAX];
	size_t n = 0;

	if (process < 0)
		return;
	if (!owner->start_ns || process_same_start(process_start(process), owner->start_ns))
		n = file_read(process, "cgroup", text, sizeof(text));
	close(process);
	if (n)
		take_membership(c, s, text);
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

void cgroup_cache_get(struct cgroup_cache *c, uint64_t id, const struct cgroup_owner *owner,
		      uint64_t now_ns, struct cgroup_place *ret)
{
	const struct slot *s = NULL, *member;

	if (id && c->root_fd >= 0)
		s = find_by_id(c, id, now_ns);
	if (owner->pid && (!s || !s->path || !strcmp(s->path, "/"))) {
		member = find_by_process(c, owner, now_ns);
		if (member->path)
			s = member;
	}
	ret->path = s ? s->path : NULL;
	ret->facts = s ? s->facts : NULL;
}
