// SPDX-License-Identifier: GPL-2.0-only
#include "proc/netns_names.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/hash.h"

#define FRESH_NS 1000000000u
#define NAMES_MAX 65536
#define UNNAMED UINT32_MAX
#define UNNAMED_MAX 4096

struct netns_names {
	const char *dir; /* borrowed */
	char **names;	 /* owned, as each of them */
	uint32_t n;
	size_t cap;
	uint32_t unnamed;     /* that were asked for since it was read */
	struct hash by_inode; /* index in names, or UNNAMED */
	uint64_t read_ns;     /* 0: never */
	uint64_t checked_ns;
	struct timespec changed; /* the directory, when it was read */
};

struct netns_names *netns_names_new(const char *dir)
{
	struct netns_names *n = calloc(1, sizeof(*n));

	if (n)
		n->dir = dir;
	return n;
}

static void forget_all(struct netns_names *n)
{
	for (uint32_t i = 0; i < n->n; i++)
		free(n->names[i]);
	n->n = 0;
	n->unnamed = 0;
	hash_free(&n->by_inode);
}

void netns_names_free(struct netns_names *n)
{
	if (!n)
		return;
	forget_all(n);
	free(n->names);
	free(n);
}

/* Without memory it has no name. */
static void add(struct netns_names *n, uint32_t inode, const char *name)
{
	if (ARRAY_RESERVE(n->names, n->n, n->cap))
		return;
	n->names[n->n] = strdup(name);
	if (!n->names[n->n])
		return;
	hash_put(&n->by_inode, inode, n->n);
	n->n++;
}

static void read_all(struct netns_names *n)
{
	DIR *dir = opendir(n->dir);
	struct dirent *entry;
	struct stat st;

	forget_all(n);
	n->changed = (struct timespec){ 0 };
	if (!dir)
		return;
	if (!fstat(dirfd(dir), &st))
		n->changed = st.st_mtim;
	while (n->n < NAMES_MAX && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' && !fstatat(dirfd(dir), entry->d_name, &st, 0))
			add(n, (uint32_t)st.st_ino, entry->d_name);
	closedir(dir);
}

static bool is_changed(const struct netns_names *n)
{
	struct stat st;

	if (stat(n->dir, &st))
		return n->changed.tv_sec != 0;
	return st.st_mtim.tv_sec != n->changed.tv_sec || st.st_mtim.tv_nsec != n->changed.tv_nsec;
}

/* A number that is in use again has another name, or none; one never seen may have a new one. */
static void refresh(struct netns_names *n, bool seen, bool named, uint64_t now_ns)
{
	bool again = !n->read_ns;

	if (!again && now_ns >= n->read_ns + FRESH_NS)
		again = !named || n->unnamed > UNNAMED_MAX;
	if (!again && (!seen || now_ns >= n->checked_ns + FRESH_NS)) {
		again = is_changed(n);
		n->checked_ns = now_ns;
	}
	if (!again)
		return;
	read_all(n);
	n->read_ns = n->checked_ns = now_ns;
}

const char *netns_names_get(struct netns_names *n, uint32_t inode, uint64_t now_ns)
{
	uint32_t at = UNNAMED;
	bool seen;

	if (!inode)
		return NULL;
	seen = hash_get(&n->by_inode, inode, &at);
	refresh(n, seen, at != UNNAMED, now_ns);
	if (hash_get(&n->by_inode, inode, &at))
		return at == UNNAMED ? NULL : n->names[at];
	if (n->unnamed <= UNNAMED_MAX && !hash_put(&n->by_inode, inode, UNNAMED))
		n->unnamed++;
	return NULL;
}
